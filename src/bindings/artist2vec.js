// The module's front door: starts the WebAssembly once, whoever opens the first pack.
import init, { load } from "./artist2vec_wasm.js";

export { Axis, Pack } from "./artist2vec_wasm.js";

/** An error as the module's own are. */
const coded = (code, message, cause) => Object.assign(new Error(message, { cause }), { code });

let starting;

/** Starts the WebAssembly, from elsewhere than beside this file if asked. `open` does it by itself. */
export function start(wasm) {
  starting ??= init(wasm === undefined ? undefined : { module_or_path: wasm }).catch((cause) => {
    // The next attempt may have more luck.
    starting = undefined;
    const message = "The program that finds artists could not be started. Try again; if that does not help, its .wasm " +
      "file is missing beside the module, the page's Content-Security-Policy lacks 'wasm-unsafe-eval', or the browser is " +
      `older than 2023. (Details: ${cause?.message ?? cause}.)`;
    throw coded("NotStarted", message, cause);
  });
  return starting;
}

/** The address of a pack's folder, with a slash at its end. For element.js; no part of the module's interface. */
export function folderOf(url) {
  let address;
  try {
    const text = url?.href ?? url;
    // Anything else would be read as text, too: "undefined", "[object Object]".
    if (typeof text !== "string") throw new TypeError("neither a text nor a URL");
    address = new URL(text, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw coded("BadArgument", "the pack's address has to be that of a folder, such as /pack/ or https://example.org/pack/", cause);
  }
  address.search = address.hash = "";
  const folder = address.href.replace(/\/manifest\.json$/, "/");
  return folder.endsWith("/") ? folder : `${folder}/`;
}

/** Opens the pack in a folder: manifest.json and the parts that it names. */
export async function open(url, options) {
  const folder = folderOf(url);
  // What is no signal is refused further on.
  options?.signal?.throwIfAborted?.();
  await start();
  return load(folder, options);
}
