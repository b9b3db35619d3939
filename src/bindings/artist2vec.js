// The module's front door: starts the WebAssembly once, whoever opens the first pack.
import init, { load } from "./artist2vec_wasm.js";

export { Axis, Pack } from "./artist2vec_wasm.js";

let starting;

/** Starts the WebAssembly, from elsewhere than beside this file if asked. `open` does it by itself. */
export function start(wasm) {
  starting ??= init(wasm === undefined ? undefined : { module_or_path: wasm }).catch((cause) => {
    // The next attempt may have more luck.
    starting = undefined;
    const message = "The program that finds artists could not be started. Try again; if that does not help, its .wasm " +
      "file is missing beside the module, the page's Content-Security-Policy lacks 'wasm-unsafe-eval', or the browser is " +
      `older than 2023. (Details: ${cause?.message ?? cause}.)`;
    throw Object.assign(new Error(message, { cause }), { code: "NotStarted" });
  });
  return starting;
}

/** Opens the pack in a folder: manifest.json and the parts that it names. */
export async function open(url, options) {
  const address = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  address.search = address.hash = "";
  const folder = address.href.replace(/\/manifest\.json$/, "/");
  options?.signal?.throwIfAborted();
  await start();
  return load(folder.endsWith("/") ? folder : `${folder}/`, options);
}
