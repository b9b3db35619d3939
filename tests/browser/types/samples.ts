// Samples of docs/EMBED.md, as they stand in somebody's program behind a bundler; the compiler reads them as a test.
import { open, start, type Artist, type Pack, type PackError } from "artist2vec";
import "artist2vec/element";

export async function everything(): Promise<void> {
  const stop = new AbortController();
  const pack = await open("https://example.org/pack/", {
    onProgress: (percent) => console.log(`${percent} %`),
    onArrival: (pack) => console.log(`${pack.named} names, ${pack.answering} vectors so far`),
    signal: stop.signal,
  });

  const [artist] = pack.search("bjork", 1);
  pack.similar(artist, { limit: 10 });
  pack.recommend(["Drake", { artist: "Rihanna", weight: 2 }, { word: "workout" }], { temper: -0.5, diversity: 0.3 });
  pack.blend("Drake - rap + country", { multiply: true, exclude: ["Eminem"], ranks: [1, 5000] });
  pack.subtraction("Drake - rap + country").removed.map((artist) => artist.name);
  pack.path(["Metallica", "Taylor Swift"], { length: 8, bypass: ["Nickelback"] }).artists;
  pack.why("Drake - rap + country", "Miranda Lambert").words;
  pack.words("Miles Davis", 5).map(({ word }) => word);
  pack.similarity("Drake", "Kendrick Lamar");
  pack.rank("Drake", "Kendrick Lamar");
  pack.oddOneOut(["Metallica", "Slayer", "Megadeth", "Adele"]).artist.name;
  pack.nearestOf({ word: "sleep" }, ["Metallica", "Adele"]).name;

  const axis = pack.axis({ low: { word: "rap" }, high: { word: "country" } });
  axis.place("Lil Nas X").percentile;
  axis.highEnd({ limit: 5, ranks: [1, 1000] });
  for (const { axis, variance } of pack.strongestAxes(5)) console.log(variance, axis.words().high);
}

export async function again(url: string, pack?: Pack): Promise<Pack> {
  try {
    return await (pack?.refresh({ reload: true }) ?? open(url, { firstOnly: true }));
  } catch (error) {
    const { code, message } = error as PackError;
    if (code === "Unreachable") console.log(message);
    throw error;
  }
}

export async function elsewhere(bytes: ArrayBuffer): Promise<void> {
  await start(bytes);
}

export function element(): Artist | undefined {
  const element = document.createElement("artist-2vec");
  element.pack = "/pack/";
  element.limit = 5;
  element.addEventListener("artist-select", (event) => console.log(event.detail.artist.name));
  document.addEventListener("pack-error", (event) => console.log(event.detail.error.code));
  return element.openedPack?.find("Björk");
}
