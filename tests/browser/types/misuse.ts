// What the types must refuse. A line that compiles after all is an error.
import type { Axis, Pack } from "artist2vec";

export function wrong(pack: Pack, axis: Axis): void {
  // @ts-expect-error an artist is missing
  pack.similar();
  // @ts-expect-error a text
  pack.search(5);
  // @ts-expect-error a text
  pack.find(undefined);
  // @ts-expect-error a text
  pack.parse({});
  // @ts-expect-error no such option
  pack.similar("Drake", { most: 3 });
  // @ts-expect-error a number
  pack.similar("Drake", { limit: "3" });
  // @ts-expect-error only blends are multiplied
  pack.recommend("Drake", { multiply: true });
  // @ts-expect-error words are no artists
  pack.path(["Drake", { word: "rap" }]);
  // @ts-expect-error an end is missing
  pack.axis({ low: "rap" });
  // @ts-expect-error facts are for reading
  pack.title = "mine";
  // @ts-expect-error it may be nobody
  pack.find("Drake").name;
  // @ts-expect-error a position may not be there
  pack.artist("Drake").position[0];
  // @ts-expect-error places have no score
  axis.place("Drake").score;
}
