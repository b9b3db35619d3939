// <artist-2vec pack="…">: a search box and the artists near the one chosen, in anyone's page.
//
// Attributes: pack (the pack's folder), artist (a name, a key, or an expression such as "Drake - rap + country"), limit,
// temper. Events: artist-select, pack-ready, pack-error. docs/EMBED.md has the custom properties and parts for theming.
import { folderOf, open } from "./artist2vec.js";

const SUGGESTIONS = 8;
const LIMIT = 10;

const STYLE = `
  :host {
    color-scheme: light dark;
    --_background: var(--artist2vec-background, light-dark(#ffffff, #191c22));
    --_text: var(--artist2vec-text, light-dark(#15171c, #eeece6));
    --_muted: var(--artist2vec-muted, light-dark(#575c67, #a0a5b0));
    --_line: var(--artist2vec-line, light-dark(#dadcd6, #2a2e37));
    --_edge: var(--artist2vec-edge, light-dark(#80858f, #737986));
    --_accent: var(--artist2vec-accent, light-dark(#3b49c4, #a9b2ff));
    --_radius: var(--artist2vec-radius, 0.75rem);
    display: block;
    box-sizing: border-box;
    max-width: 32rem;
    padding: 1rem;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_background);
    color: var(--_text);
    font: var(--artist2vec-font, 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    text-align: start;
    overflow-wrap: anywhere;
  }
  :host([hidden]), [hidden] { display: none !important; }
  *, *::before { box-sizing: border-box; }
  p, ol, ul { margin: 0; padding: 0; list-style: none; }
  .search { position: relative; }
  input {
    width: 100%;
    min-height: 2.75rem;
    padding: 0.5rem 0.875rem;
    border: 1px solid var(--_edge);
    border-radius: calc(var(--_radius) * 0.75);
    background: transparent;
    color: inherit;
    font: inherit;
  }
  input::placeholder { color: var(--_muted); opacity: 1; }
  :focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
  .suggestions {
    position: absolute;
    z-index: 1;
    inset: calc(100% + 0.25rem) 0 auto;
    max-height: 23rem;
    overflow-y: auto;
    padding: 0.25rem;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 0.75);
    background: var(--_background);
    box-shadow: 0 0.75rem 2.5rem rgb(0 0 0 / 0.2);
  }
  .hint { padding: 0.375rem 0.625rem; color: var(--_muted); font-size: 0.875em; }
  .suggestions li, .artist {
    display: flex;
    gap: 0.75rem;
    align-items: baseline;
    justify-content: space-between;
    width: 100%;
    min-height: 2.5rem;
    padding: 0.5rem 0.625rem;
    border: 0;
    border-radius: calc(var(--_radius) * 0.5);
    background: transparent;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .suggestions li[aria-selected="true"], .suggestions li:hover, .artist:hover {
    background: color-mix(in srgb, var(--_accent) 14%, transparent);
  }
  .fact { flex: none; color: var(--_muted); font-size: 0.8125em; font-variant-numeric: tabular-nums; }
  .heading { margin: 1rem 0 0.25rem; color: var(--_muted); font-size: 0.875em; font-weight: 600; }
  .list { counter-reset: place; }
  .list li { display: flex; align-items: center; border-top: 1px solid var(--_line); counter-increment: place; }
  .list li:first-child { border-top: 0; }
  .list li::before {
    content: counter(place);
    flex: none;
    width: 1.75rem;
    color: var(--_muted);
    font-size: 0.8125em;
    font-variant-numeric: tabular-nums;
  }
  .name { font-weight: 600; }
  .note { margin-top: 0.75rem; color: var(--_muted); font-size: 0.9375em; }
  progress { display: block; width: 100%; height: 0.25rem; margin-top: 0.75rem; accent-color: var(--_accent); }
  .retry {
    min-height: 2.75rem;
    margin-top: 0.75rem;
    padding: 0.5rem 1rem;
    border: 1px solid var(--_edge);
    border-radius: calc(var(--_radius) * 0.75);
    background: transparent;
    color: inherit;
    font: inherit;
    font-weight: 600;
    cursor: pointer;
  }
  .quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/** An element with attributes and children. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The parts of the element, by name. Built one by one: no text is read as HTML, which some pages forbid. */
function build() {
  const input = {
    part: "input", type: "text", role: "combobox", "aria-label": "Artist", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": "suggestions", placeholder: "Type an artist", maxlength: "100",
    autocomplete: "off", autocapitalize: "off", autocorrect: "off", spellcheck: "false", enterkeyhint: "search",
    disabled: "",
  };
  return {
    input: make("input", input),
    suggestions: make("div", { class: "suggestions", part: "suggestions", hidden: "" }),
    hint: make("p", { class: "hint", part: "hint", hidden: "" }),
    options: make("ul", { id: "suggestions", role: "listbox", "aria-label": "Artists" }),
    progress: make("progress", { part: "progress", max: "100", "aria-label": "Loading", hidden: "" }),
    note: make("p", { class: "note", part: "note", hidden: "" }),
    retry: make("button", { class: "retry", part: "retry", type: "button", hidden: "" }, "Try again"),
    heading: make("p", { class: "heading", part: "heading", id: "heading", hidden: "" }),
    list: make("ol", { class: "list", part: "list", "aria-labelledby": "heading", hidden: "" }),
    status: make("p", { class: "quiet", role: "status" }),
  };
}

/** A pack and how far it is, one for all elements of the page that show it. */
class Shared {
  static #all = new Map();

  /** The one of an address, however it is written. */
  static of(address) {
    let key = address;
    try {
      key = folderOf(address);
    } catch {
      // Loading will say so.
    }
    if (!this.#all.has(key)) this.#all.set(key, new Shared(key));
    return this.#all.get(key);
  }

  pack;
  percent = 0;
  error;
  /** Whether all of it has arrived. */
  complete = false;
  /** Elements that want to hear of changes. */
  watchers = new Set();
  /** Ends the loading; `undefined` where there is none. */
  #stop;

  constructor(address) {
    this.address = address;
  }

  join(watcher) {
    this.watchers.add(watcher);
    if (!this.error) void this.load();
  }

  leave(watcher) {
    this.watchers.delete(watcher);
    // Who only moves is back by then.
    queueMicrotask(() => this.watchers.size > 0 || this.#stop?.abort());
  }

  /** Loads the pack, or goes on where an attempt broke off. */
  async load() {
    if (this.#stop || this.complete) return;
    const { signal } = (this.#stop = new AbortController());
    const options = {
      signal,
      // Who tries again wants another answer than the damaged one that a cache may keep.
      reload: this.error !== undefined,
      onProgress: (percent) => this.#change({ percent }),
      onArrival: (pack) => this.#change({ pack }),
    };
    this.#change({ error: undefined });
    try {
      const pack = await (this.pack?.refresh(options) ?? open(this.address, options));
      this.#change({ pack, complete: true });
    } catch (error) {
      if (!signal.aborted) this.#change({ error });
    }
    this.#stop = undefined;
    // Somebody may have come back after all.
    if (signal.aborted && this.watchers.size > 0) void this.load();
  }

  #change(what) {
    Object.assign(this, what);
    // It is everybody's: who is handed it must not take it from the others.
    if (what.pack) for (const name of ["free", Symbol.dispose]) if (name) what.pack[name] = () => {};
    for (const watcher of [...this.watchers]) watcher.update();
  }
}

/** A message as a sentence. */
const sentence = (error) => {
  const text = String(error?.message ?? error).trim();
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
};

const number = new Intl.NumberFormat("en");

/** An artist's name and how often it is mentioned. */
const named = ({ name, mentions }, telling = "") => [
  make("span", { class: "name", part: "name" }, name),
  make("span", { class: "fact", part: "fact" }, telling + (mentions === 1 ? "1 mention" : `${number.format(mentions)} mentions`)),
];

/** Words of playlists that tell an artist from another of the same name beside it; none before its vector is there. */
const telling = (pack, { id, name }, others) => {
  const isNamesake = (other) => other.id !== id && other.name.toLowerCase() === name.toLowerCase();
  if (id >= pack.answering || !others.some(isNamesake)) return "";
  try {
    return pack.words(id, 3).map(({ word }) => `${word} · `).join("");
  } catch {
    // Whose vector has no direction is near to no word.
    return "";
  }
};

let sheet;

// On a server, where nothing is shown, importing this module does no harm.
export class Artist2vecElement extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ["pack", "artist", "limit", "temper"];

  #shared;
  #parts = {};
  #suggested = [];
  #active = -1;
  /** Whose suggestions and answers are shown. */
  #pack;
  #asked;
  /** Whom somebody chose, and how the attribute names it: before keys are there, nothing tells namesakes
   * apart. */
  #chosen;
  #listed = "";
  #told;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
    }
    root.adoptedStyleSheets = [sheet];
    this.#parts = build();
    const { input, suggestions, hint, options, ...others } = this.#parts;
    suggestions.append(hint, options);
    root.append(make("div", { class: "search", part: "search", role: "search" }, input, suggestions), ...Object.values(others));
    const { retry, list } = others;
    input.addEventListener("input", () => this.#suggest());
    input.addEventListener("focus", () => this.#suggest());
    input.addEventListener("blur", () => this.#close());
    input.addEventListener("keydown", (event) => this.#key(event));
    // A press on the list must not take the focus from the input, which would close the list before the click.
    suggestions.addEventListener("mousedown", (event) => event.preventDefault());
    suggestions.addEventListener("click", (event) => this.#choose(this.#suggested[this.#placeOf(options, event)]));
    list.addEventListener("click", (event) => {
      if (event.target.closest("button")) this.#choose(this.#asked.answers[this.#placeOf(list, event)]);
    });
    retry.addEventListener("click", () => {
      input.focus();
      void this.#shared?.load();
    });
  }

  /** The pack, as far as it has arrived; `undefined` before its names are there. */
  get openedPack() {
    return this.#shared?.pack;
  }

  connectedCallback() {
    // Properties that were set before this class was there hide its own.
    for (const name of Artist2vecElement.observedAttributes) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#watch();
  }

  disconnectedCallback() {
    this.#shared?.leave(this);
    this.#shared = undefined;
  }

  attributeChangedCallback(name) {
    if (!this.isConnected) return;
    if (name === "pack") this.#watch();
    else this.update();
  }

  #watch() {
    const pack = this.getAttribute("pack");
    const shared = pack === null ? undefined : Shared.of(pack);
    if (shared !== this.#shared) {
      this.#shared?.leave(this);
      this.#shared = shared;
      this.#asked = this.#told = this.#listed = undefined;
      this.#say("");
      shared?.join(this);
    }
    this.update();
  }

  /** Shows what there is by now. Called by the pack that it shows; nobody else needs to. */
  update() {
    const { input, progress, note, retry } = this.#parts;
    const { pack, percent, error, complete } = this.#shared ?? {};
    input.disabled = !(pack?.named > 0);
    if (pack !== this.#pack) {
      this.#pack = pack;
      this.#asked = undefined;
      this.#suggestAnew();
    }
    progress.hidden = complete || error !== undefined || !this.#shared;
    progress.value = percent ?? 0;
    retry.hidden = error === undefined;
    let text = "";
    if (!this.#shared) text = "This element has no pack: its attribute “pack” has to name the folder of one.";
    else if (error) text = sentence(error);
    text = this.#ask() || text;
    note.textContent = text;
    note.hidden = text === "";
    if (error && this.#told !== error) {
      this.#told = error;
      this.#say(text);
      this.#tell("pack-error", { error });
    } else if (complete && this.#told !== pack) {
      this.#told = pack;
      if (pack.artists > 0 && !this.hasAttribute("artist")) this.#say(`${number.format(pack.artists)} artists are ready.`);
      this.#tell("pack-ready", { pack });
    }
  }

  /** Asks for the artists near the one that the attributes name; gives back why that cannot be, if so. */
  #ask() {
    const { heading, list } = this.#parts;
    const { pack, complete, error: failure } = this.#shared ?? {};
    const artist = this.getAttribute("artist")?.trim() ?? "";
    const wanted = Number(this.getAttribute("limit")?.trim() || LIMIT);
    const limit = Math.min(Math.max(Math.trunc(Number.isNaN(wanted) ? LIMIT : wanted), 1), 200);
    const temper = Math.min(Math.max(Number(this.getAttribute("temper") ?? 0) || 0, -1), 1);
    const key = JSON.stringify([artist, limit, temper, pack?.answering, complete, failure !== undefined]);
    if (this.#asked?.key === key) return this.#asked.problem;
    const before = this.#asked;
    this.#asked = { key, answers: [], problem: "", said: "" };
    let title = "";
    if (pack && artist !== "") {
      const chosen = this.#chosen?.text === artist;
      const question = chosen ? [{ artist: this.#chosen.artist }] : artist;
      try {
        title = `Artists near ${this.#called(pack, question)}`;
        this.#asked.answers = pack.blend(question, { limit, temper });
      } catch (error) {
        if (complete) this.#asked.problem = sentence(error);
        // Others may not even have their names yet.
        else if (error.code === "NotYetArrived" && title && !failure) this.#asked.problem = `${title} are on their way.`;
      }
    }
    const { answers, problem } = this.#asked;
    heading.textContent = title;
    heading.hidden = list.hidden = answers.length === 0;
    const listed = JSON.stringify(answers.map(({ id, name, mentions }) => [id, name, mentions]));
    // More of the pack seldom changes the list, and what does not change stays where the focus is.
    if (listed !== this.#listed) {
      this.#listed = listed;
      list.replaceChildren(...answers.map((answer) => {
        const button = { class: "artist", part: "artist", type: "button" };
        return make("li", { part: "item" }, make("button", button, ...named(answer)));
      }));
    }
    const said = answers.length > 0 ? `${title}: ${answers.length}, first ${answers[0].name}.` : problem;
    this.#asked.said = said;
    if (said !== (before?.said ?? "")) this.#say(said);
    return problem;
  }

  /** What is asked, in words. */
  #called(pack, question) {
    const expression = typeof question === "string" ? question : pack.format(question);
    return pack.parse(expression).map(({ artist, word, weight }, place) => {
      const sign = weight < 0 ? "− " : place > 0 ? "+ " : "";
      return `${sign}${artist?.name ?? `“${word}”`}`;
    }).join(" ");
  }

  #suggest() {
    const { input, hint, options } = this.#parts;
    const { pack } = this.#shared ?? {};
    const typed = input.value.trim();
    this.#suggested = pack && typed ? pack.search(typed, SUGGESTIONS) : [];
    this.#active = -1;
    options.replaceChildren(...this.#suggested.map((artist, place) => {
      const option = { id: `suggestion-${place}`, role: "option", part: "suggestion" };
      return make("li", option, ...named(artist, telling(pack, artist, this.#suggested)));
    }));
    const count = this.#suggested.length;
    hint.hidden = !typed || !this.#onlySimilar();
    const advice = count === 0 ? "Check the spelling, or try only the first letters." : "Perhaps one of these?";
    hint.textContent = hint.hidden ? "" : `Nobody here is called “${typed}”. ${advice}`;
    this.#show(typed !== "");
    if (typed) this.#say(hint.textContent || (count === 1 ? "1 suggestion" : `${count} suggestions`));
  }

  /** After another pack has come, or none: its suggestions where they are looked at, else none. */
  #suggestAnew() {
    if (this.#pack && !this.#parts.suggestions.hidden) return this.#suggest();
    this.#suggested = [];
    this.#parts.options.replaceChildren();
    this.#close();
  }

  /** Whether nobody is called what was typed; names are similar at best. */
  #onlySimilar() {
    return (this.#suggested[0]?.match ?? "typo") === "typo";
  }

  #show(open) {
    const { input, suggestions, options } = this.#parts;
    suggestions.hidden = !open;
    options.hidden = this.#suggested.length === 0;
    input.ariaExpanded = String(open && !options.hidden);
    [...options.children].forEach((option, place) => {
      option.ariaSelected = String(place === this.#active);
    });
    const active = open ? options.children[this.#active] : undefined;
    if (active) input.setAttribute("aria-activedescendant", active.id);
    else input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  #close() {
    this.#active = -1;
    this.#show(false);
  }

  #key(event) {
    const { input, suggestions } = this.#parts;
    const last = this.#suggested.length - 1;
    const open = !suggestions.hidden;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    switch (event.key) {
      case "ArrowDown":
        this.#active = open && this.#active < last ? this.#active + 1 : 0;
        break;
      case "ArrowUp":
        this.#active = open && this.#active > 0 ? this.#active - 1 : last;
        break;
      case "Home":
      case "End":
        if (!open || this.#active < 0) return;
        this.#active = event.key === "Home" ? 0 : last;
        break;
      case "Enter":
        // Nobody was named, and none of the similar ones chosen.
        if (!open || (this.#active < 0 && this.#onlySimilar())) return;
        event.preventDefault();
        this.#choose(this.#suggested[Math.max(this.#active, 0)]);
        return;
      case "Escape":
        // Once closes the list, twice empties the box.
        if (!open && input.value === "") return;
        event.preventDefault();
        if (open) this.#close();
        else input.value = "";
        return;
      default:
        return;
    }
    event.preventDefault();
    if (last < 0) this.#active = -1;
    this.#show(last >= 0 || open);
  }

  /** Which child of a list an event is about. */
  #placeOf(list, event) {
    return [...list.children].findIndex((child) => child.contains(event.target));
  }

  #choose(artist) {
    const { pack } = this.#shared ?? {};
    if (!artist || !pack) return;
    const { input } = this.#parts;
    input.value = "";
    this.#suggested = [];
    this.#close();
    if (!this.#tell("artist-select", { artist, pack })) return;
    // The button that was pressed goes with its list.
    if (this.shadowRoot.activeElement?.closest("ol")) input.focus();
    // An object with its key means the same artist in every pack, where its name may mean another.
    this.#chosen = { artist, text: pack.format([artist]).trim() };
    this.setAttribute("artist", this.#chosen.text);
  }

  #tell(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  #say(text) {
    this.#parts.status.textContent = text;
  }
}

for (const name of ["pack", "artist", "limit", "temper"]) {
  Object.defineProperty(Artist2vecElement.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      return this.getAttribute(name);
    },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

globalThis.customElements?.get("artist-2vec") ?? globalThis.customElements?.define("artist-2vec", Artist2vecElement);
