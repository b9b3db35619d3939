// The ES module in sixty lines: search, similar, blend, path. `make module` builds pkg/;
// `node scripts/serve.mjs .` serves it: http://localhost:8080/examples/module/
import { open } from "../../pkg/artist2vec.js";

const $ = (id) => document.getElementById(id);

/** Shows names in a list. */
function list(id, artists, fact = () => "") {
  $(id).replaceChildren(...artists.map((artist) => {
    const item = document.createElement("li");
    item.textContent = `${artist.name} ${fact(artist)}`;
    return item;
  }));
}

/** Shows answers, or the reason why there are none. */
function answer(ask) {
  try {
    $("problem").textContent = "";
    ask();
  } catch (error) {
    $("problem").textContent = `${error.message} (${error.code})`;
  }
}

const score = (artist) => artist.score.toFixed(3);

function search(pack) {
  list("found", pack.search($("typed").value, 5), (artist) => `(${artist.mentions} mentions)`);
}

function similar(pack) {
  const [artist] = pack.search($("typed").value, 1);
  if (artist) answer(() => list("similar", pack.similar(artist, { limit: 10 }), score));
}

function blend(pack) {
  answer(() => list("blend", pack.blend($("expression").value, { limit: 10 }), score));
}

function path(pack) {
  answer(() => list("path", pack.path([$("from").value, $("to").value], { length: 7 }).artists));
}

/** Calls back now and at every change. */
function whenever(ids, change) {
  for (const id of ids) {
    $(id).disabled = false;
    $(id).oninput = change;
  }
  change();
}

try {
  const pack = await open("../../data/demo/", {
    onProgress: (percent) => ($("progress").value = percent),
    // Names come first: artists can be searched long before all has arrived.
    onArrival: (pack) => whenever(["typed"], () => search(pack)),
  });
  $("state").textContent = `${pack.title}: ${pack.artists} artists`;
  whenever(["typed"], () => [search(pack), similar(pack)]);
  whenever(["expression"], () => blend(pack));
  whenever(["from", "to"], () => path(pack));
} catch (error) {
  $("state").textContent = `${error.message} (${error.code})`;
}
