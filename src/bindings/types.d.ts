/** An artist of a pack. */
export interface Artist {
  /** Its popularity rank in this pack, 0 the most mentioned. Changes with every pack: keep `key` instead. */
  id: number;
  /** What links and files call it, today and in the next pack: its stable id, else its folded name. */
  key: string;
  /** Its name as people write it. */
  name: string;
  /** How often it is mentioned in the playlists. */
  mentions: number;
}

/** An artist that was searched for. */
export interface FoundArtist extends Artist {
  /** How its name matches what was typed: all of it (case, accents, script and "the" aside), where a word begins, inside, or
   * only with one or two errors of typing. */
  match: "exact" | "start" | "inside" | "typo";
}

/** An artist in a list of answers. */
export interface Answer extends Artist {
  /** What the list is ranked by: the cosine in [-1, 1], but for recommend() and multiply. */
  score: number;
}

/** Everything that a pack knows of an artist, as far as it has arrived. */
export interface ArtistDetails extends Artist {
  /** Its genres; empty where the pack knows none. */
  genres: string[];
  /** Its place on the map: x, y, z, about the unit ball around the origin. */
  position?: [number, number, number];
  /** How many people follow it, on the service that `credits` name. */
  followers?: number;
  /** The `https` address of its picture on another site. */
  picture?: string;
}

/** Whom a question means: an id, a name or key, or an artist that a pack gave back; of another pack's, `key` says who it is. */
export type ArtistRef = number | string | { id: number; key?: string };

/** An artist or a word of playlist titles. */
export type ItemRef = ArtistRef | { word: string };

/** One summand of a question: weight 1 adds (the default), -1 subtracts. */
export type TermRef =
  | ArtistRef
  | { artist: ArtistRef; weight?: number }
  | { word: string; weight?: number };

/** A question: an expression such as "Drake - rap + country", one artist, or a list in which texts are names. */
export type Question = string | TermRef | TermRef[];

/** A summand as parse() gives it back; itself a part of a question. */
export type Term = { artist: Artist; weight: number } | { word: string; weight: number };

/** How answers are listed. */
export interface ListOptions {
  /** The most artists to list; 20 by default. */
  limit?: number;
  /** Artists not to list, such as those that somebody knows already. */
  exclude?: ArtistRef[];
  /** Only artists of these popularity ranks, counted from 1, both included: [1, 1000]. */
  ranks?: [number, number];
  /** The dial from obscure (-1) to popular (1); 0 changes nothing. */
  temper?: number;
  /** How much the first 200 of the list avoid artists like those above them, from 0 (not at all) to 1. */
  diversity?: number;
}

/** How a blend is made and listed. */
export interface BlendOptions extends ListOptions {
  /** Multiply shifted cosines (3CosMul) instead of adding vectors: no single term can decide alone. At most 8 terms. */
  multiply?: boolean;
}

/** What the subtracted terms did to a list. */
export interface Subtraction {
  /** Who would be listed without them, best first. */
  removed: Answer[];
  /** Who is listed only because of them, best first. */
  brought: Answer[];
}

/** What a path is to be like. */
export interface PathOptions {
  /** So many artists, stops included; by default as few as `least` allows. */
  length?: number;
  /** The least similarity (cosine) of neighbours on the way; 0.5 by default. Not looked at where there is a length. */
  least?: number;
  /** How evenly popularity changes, from 0 (as it comes) to 1; 0.5 by default. */
  smooth?: number;
  /** Artists not to come by. */
  bypass?: ArtistRef[];
  /** Only artists of these popularity ranks between the stops, counted from 1, both included. */
  ranks?: [number, number];
}

/** A way from artist to artist. */
export interface Path {
  /** The artists in order, stops included. */
  artists: Artist[];
  /** The cosine of each with the next: one fewer. */
  steps: number[];
}

/** A word of playlist titles. */
export interface TitleWord {
  word: string;
  /** How many titles have it. */
  titles: number;
}

/** A word of playlist titles and how near it is. */
export interface NearWord {
  word: string;
  /** The cosine of its direction. */
  cosine: number;
  /** How far the cosine is above what is usual for this word, in standard deviations. */
  deviations: number;
}

/** What an answer has in common with its question. */
export interface Why {
  /** The cosine of the answer to the question. */
  cosine: number;
  /** Its place among all artists by that, from 1. Far behind, whatever else stands here is little. */
  place: number;
  /** Title words that are near to both, best first. */
  words: NearWord[];
  /** Artists that are near to both, best first. */
  bridges: Answer[];
  /** Genres of both. */
  genres: string[];
  /** Artists that are asked for, each with the number of playlists that it shares with the answer, where the pack knows. */
  playlists: (Artist & { playlists: number })[];
}

/** One end of an axis. */
export type Pole = Question | { genre: string };

/** Where an artist stands on an axis. */
export interface Place {
  /** How far towards the high end, in standard deviations from the mean of all artists. */
  deviations: number;
  /** The share of artists of about its popularity that stand lower, in percent. */
  percentile: number;
}

/** One of the axes along which artists differ most. */
export interface FoundAxis {
  axis: Axis;
  /** What its high end is; its low end is everybody else. */
  origin: { word: string } | { genre: string };
  /** The share of all artists' variance along it, from 0 to 1. */
  variance: number;
  /** How well it tells artists of the genre from others (area under the ROC curve); for genres only. */
  separation?: number;
}

/** How well some artists fit one another. */
export interface Fits {
  /** Who fits least. */
  artist: Answer;
  /** All of them, best first; scores are cosines to the mean. */
  fits: Answer[];
}

/** How a pack is opened. */
export interface OpenOptions {
  /** Hears of each new percent of the way. */
  onProgress?: (percent: number) => void;
  /** Hears of each part that has arrived, with the pack as far as it is there: names can be searched long before vectors
   * have arrived. It is the same object that open() resolves to. */
  onArrival?: (pack: Pack) => void;
  /** Ends the loading. What has arrived stays usable. */
  signal?: AbortSignal;
  /** Leave out all but the most mentioned artists (the first part of each kind): less to download. */
  firstOnly?: boolean;
  /** Ask past every cache, after a damaged answer. */
  reload?: boolean;
}

/** What is thrown. A signal's reason is its own. */
export interface PackError extends Error {
  /** What went wrong, for programs; docs/EMBED.md lists all. The message is for people. */
  code: string;
  /** Where in an expression, in characters from 0. */
  at?: number;
  /** Names that may be meant. */
  suggestions?: string[];
}
