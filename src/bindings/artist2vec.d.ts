// For `[Symbol.dispose]`, which `using` calls: TypeScript 5.2.
/// <reference lib="esnext.disposable" />
import type { OpenOptions, Pack } from "./artist2vec_wasm.js";

export {
  Axis,
  Pack,
  type Answer,
  type Artist,
  type ArtistDetails,
  type ArtistRef,
  type BlendOptions,
  type Fits,
  type FoundArtist,
  type FoundAxis,
  type ItemRef,
  type ListOptions,
  type NearWord,
  type OpenOptions,
  type PackError,
  type Path,
  type PathOptions,
  type Place,
  type Pole,
  type Question,
  type Subtraction,
  type Term,
  type TermRef,
  type TitleWord,
  type Why,
} from "./artist2vec_wasm.js";

/**
 * Opens the pack in a folder (manifest.json and the parts that it names) and resolves when all of it has arrived.
 * `onArrival` has it earlier. Rejects with a `PackError`, or with the signal's reason.
 */
export function open(url: string | URL, options?: OpenOptions): Promise<Pack>;

/**
 * Starts the WebAssembly. `open` does it by itself; call this first where the .wasm file does not lie beside the module, or
 * where there is no `fetch` for it.
 */
export function start(
  wasm?: string | URL | Request | Response | BufferSource | WebAssembly.Module,
): Promise<unknown>;
