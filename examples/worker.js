// The ES module in a worker, for questions of many scans, so that the page never pauses: see docs/EMBED.md.
import { open } from "../pkg/artist2vec.js";

const opening = open(new URL("../data/demo/", import.meta.url).href);
onmessage = async ({ data: { number, question, values } }) => {
  try {
    const pack = await opening;
    postMessage({ number, answer: pack[question](...values) });
  } catch ({ code, message }) {
    postMessage({ number, code, message });
  }
};
