import type { Artist, Pack, PackError } from "./artist2vec.js";

/** `<artist-2vec pack="…">`: a search box and the artists near the one chosen. Importing this module defines it. */
export class Artist2vecElement extends HTMLElement {
  /** The folder of the pack. */
  pack: string | null;
  /** Who is asked for: a name, a key, or an expression such as "Drake - rap + country". */
  artist: string | null;
  /** How many artists are listed, as text; 10 where there is none. */
  limit: string | number | null;
  /** The dial from obscure (-1) to popular (1), as text; 0 where there is none. */
  temper: string | number | null;
  /** The pack, as far as it has arrived; `undefined` before its names are there. All elements that show it share it: `free`
   * does nothing here. */
  readonly openedPack: Pack | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    "artist-2vec": Artist2vecElement;
  }
  // Of elements, the document and the window.
  interface GlobalEventHandlersEventMap {
    /** Somebody chose an artist. `preventDefault()` keeps the element from asking for it. */
    "artist-select": CustomEvent<{ artist: Artist; pack: Pack }>;
    /** All of the pack has arrived. */
    "pack-ready": CustomEvent<{ pack: Pack }>;
    /** Loading failed; the visitor sees why and a button to try again. */
    "pack-error": CustomEvent<{ error: PackError }>;
  }
}
