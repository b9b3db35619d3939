//! The catalog for JavaScript: an ES module (`pkg/`, scripts/build-module.sh) with TypeScript's types.
//!
//! Owns how JavaScript asks and is answered: arguments of any of the usual kinds, plain objects, `Error`s with a `code`.
//! Every answer is the catalog's own. Knows no framework and no page; the custom element (`element.js`) stands on top of
//! it as anybody's page would. `artist2vec.js` beside this file starts the WebAssembly; `types.d.ts` names what goes in
//! and out.

mod answers;
mod arguments;
mod error;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Float32Array, Function, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use self::answers::object;
use self::arguments::field;
use self::error::Thrown;
use crate::catalog;
use crate::catalog::questions::{self, FoundAxis, Origin, Places};
use crate::fetch::{self, Request};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// How many artists `search` and how many words and axes other methods list by default.
const LISTED: usize = 10;

/// A list of names longer than this is none that anybody reads, and takes long to put in order.
const MOST_FOUND: usize = 1000;

/// A pack, as far as it has arrived: everything that can be asked of it. `open()` makes one.
///
/// Methods throw a `PackError`: an `Error` with a `code`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pack {
    folder: String,
    /// Each part that arrives puts a new one here.
    current: Rc<RefCell<catalog::Pack>>,
}

/// Fetches and opens a pack; `folder` is its address with a slash at its end.
#[wasm_bindgen(skip_typescript)]
pub fn load(folder: String, options: JsValue) -> Promise {
    future_to_promise(async move { Ok(load_pack(folder, None, &options).await?) })
}

async fn load_pack(folder: String, known: Option<catalog::Pack>, options: &JsValue) -> Result<JsValue, Thrown> {
    let tell = |name: &str, argument: &JsValue| {
        if let Some(function) = field(options, name).and_then(|value| value.dyn_into::<Function>().ok()) {
            // What the listener throws is the caller's own: it is reported as nobody's, and loading goes on.
            if let Err(error) = function.call1(&JsValue::UNDEFINED, argument) {
                let _ = Promise::reject(&error);
            }
        }
    };
    let is_set = |name: &str| field(options, name).is_some_and(|value| value.is_truthy());
    let signal = match field(options, "signal").map(|value| value.dyn_into::<AbortSignal>()) {
        None => None,
        Some(Ok(signal)) => Some(signal),
        Some(Err(_)) => return arguments::bad("signal", "an AbortSignal"),
    };
    let request = Request {
        folder: folder.clone(),
        again: is_set("reload"),
        first_only: is_set("firstOnly"),
        signal: signal.clone(),
    };
    // The one object that stands for the pack, and what it holds.
    let made: RefCell<Option<(JsValue, Rc<RefCell<catalog::Pack>>)>> = RefCell::new(None);
    let hold = |pack: &catalog::Pack| {
        let mut made = made.borrow_mut();
        let (object, current) = made.get_or_insert_with(|| {
            let current = Rc::new(RefCell::new(pack.clone()));
            (JsValue::from(Pack { folder: folder.clone(), current: Rc::clone(&current) }), current)
        });
        current.replace(pack.clone());
        object.clone()
    };
    let progress = |percent: u8| tell("onProgress", &percent.into());
    let arrived = |pack: &catalog::Pack| tell("onArrival", &hold(pack));
    match fetch::fetch_pack(&request, known, progress, arrived).await {
        Ok(pack) => Ok(hold(&pack)),
        Err(error) => match signal.filter(AbortSignal::aborted) {
            Some(signal) => Err(Thrown(signal.reason())),
            None => Err(error.into()),
        },
    }
}

impl Pack {
    /// What has arrived by now; it never changes.
    fn now(&self) -> catalog::Pack {
        self.current.borrow().clone()
    }
}

#[wasm_bindgen]
impl Pack {
    /// Loads what is missing, such as after a connection that broke off; where another pack has been published since, all
    /// of that one. Resolves to a new `Pack`; this one stays as it is.
    #[wasm_bindgen(unchecked_return_type = "Promise<Pack>")]
    pub fn refresh(&self, #[wasm_bindgen(unchecked_optional_param_type = "OpenOptions")] options: JsValue) -> Promise {
        let (folder, known) = (self.folder.clone(), self.now());
        future_to_promise(async move { Ok(load_pack(folder, Some(known), &options).await?) })
    }

    /// What the collection is called.
    #[wasm_bindgen(getter)]
    pub fn title(&self) -> String {
        self.now().title().into()
    }

    /// How many artists the pack has, arrived or not.
    #[wasm_bindgen(getter)]
    pub fn artists(&self) -> usize {
        self.now().len()
    }

    /// How many artists have a name so far: these can be searched.
    #[wasm_bindgen(getter)]
    pub fn named(&self) -> usize {
        self.now().named()
    }

    /// How many artists have a vector so far: these can be asked for and can be answers.
    #[wasm_bindgen(getter)]
    pub fn answering(&self) -> usize {
        self.now().answering()
    }

    /// Numbers a vector; 0 before the first vectors are there.
    #[wasm_bindgen(getter)]
    pub fn dimensions(&self) -> usize {
        self.now().dimensions()
    }

    /// The length of all files of the pack, in bytes.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> f64 {
        self.now().manifest().bytes() as f64
    }

    /// Which pack exactly: a hash of all that it holds.
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> String {
        self.now().manifest().digest()
    }

    /// The collection's terms of use, as whole sentences; may be empty.
    #[wasm_bindgen(getter)]
    pub fn terms(&self) -> String {
        self.now().metadata().terms.clone()
    }

    /// Who is to be named for genres, followers and pictures, as whole lines.
    #[wasm_bindgen(getter, unchecked_return_type = "string[]")]
    pub fn credits(&self) -> Array {
        self.now().credits().map(JsValue::from).collect()
    }

    /// The artists whose names match what was typed, best match first, then the more mentioned; 10 by default. Case,
    /// accents, punctuation and script do not count; one or two errors of typing are forgiven. At most 1,000 are found.
    #[wasm_bindgen(unchecked_return_type = "FoundArtist[]")]
    pub fn search(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] typed: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] limit: &JsValue,
    ) -> Result<Array, JsValue> {
        let pack = self.now();
        let typed = arguments::text(typed, "typed")?;
        Ok(answers::found(&pack, &pack.search(&typed, arguments::limit(limit, LISTED)?.min(MOST_FOUND))))
    }

    /// The artist that a person means by a name, a key or a stable id; `undefined` where there is none.
    #[wasm_bindgen(unchecked_return_type = "Artist | undefined")]
    pub fn find(&self, #[wasm_bindgen(unchecked_param_type = "string")] name: &JsValue) -> Result<JsValue, JsValue> {
        let (pack, name) = (self.now(), arguments::text(name, "name")?);
        Ok(pack.find_name(&name).map_or(JsValue::UNDEFINED, |artist| answers::artist(&pack, artist).into()))
    }

    /// Everything that the pack knows of an artist.
    #[wasm_bindgen(unchecked_return_type = "ArtistDetails")]
    pub fn artist(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] artist: &JsValue,
    ) -> Result<Object, JsValue> {
        let pack = self.now();
        Ok(answers::details(&pack, arguments::named(&pack, artist)?))
    }

    /// An artist's small square picture, a JPEG file; `undefined` where the pack has none.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array | undefined")]
    pub fn thumbnail(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] artist: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let pack = self.now();
        let bytes = pack.thumbnail(arguments::named(&pack, artist)?);
        Ok(if bytes.is_empty() { JsValue::UNDEFINED } else { Uint8Array::from(bytes).into() })
    }

    /// Map positions of all artists that have arrived: x, y, z one artist after the other.
    #[wasm_bindgen(unchecked_return_type = "Float32Array")]
    pub fn positions(&self) -> Float32Array {
        Float32Array::from(self.now().positions())
    }

    /// The artists nearest to one artist, best first.
    #[wasm_bindgen(unchecked_return_type = "Answer[]")]
    pub fn similar(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] artist: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "ListOptions")] options: &JsValue,
    ) -> Result<Array, JsValue> {
        let pack = self.now();
        let artist = arguments::artist(&pack, artist)?;
        let listed = pack.similar(artist, &arguments::options(&pack, options)?).map_err(Thrown::from)?;
        Ok(answers::answers(&pack, &listed))
    }

    /// The artists that belong most into a playlist with those of a question, best first. What is subtracted is
    /// disliked. Scores only tell the order.
    #[wasm_bindgen(unchecked_return_type = "Answer[]")]
    pub fn recommend(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Question")] question: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "ListOptions")] options: &JsValue,
    ) -> Result<Array, JsValue> {
        let pack = self.now();
        let terms = arguments::terms(&pack, question)?;
        let listed = pack.recommend(&terms, &arguments::options(&pack, options)?).map_err(Thrown::from)?;
        Ok(answers::answers(&pack, &listed))
    }

    /// The artists nearest to a question, best first: `blend("Drake - rap + country")`.
    #[wasm_bindgen(unchecked_return_type = "Answer[]")]
    pub fn blend(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Question")] question: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "BlendOptions")] options: &JsValue,
    ) -> Result<Array, JsValue> {
        let pack = self.now();
        let (terms, listing) = (arguments::terms(&pack, question)?, arguments::options(&pack, options)?);
        let listed = pack.blend(&terms, arguments::method(options), &listing).map_err(Thrown::from)?;
        Ok(answers::answers(&pack, &listed))
    }

    /// Which artists the subtracted terms of a blend removed from its list, and which they brought.
    #[wasm_bindgen(unchecked_return_type = "Subtraction")]
    pub fn subtraction(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Question")] question: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "BlendOptions")] options: &JsValue,
    ) -> Result<Object, JsValue> {
        let pack = self.now();
        let (terms, listing) = (arguments::terms(&pack, question)?, arguments::options(&pack, options)?);
        let found = pack.subtraction(&terms, arguments::method(options), &listing).map_err(Thrown::from)?;
        Ok(object(&[
            ("removed", answers::answers(&pack, &found.removed).into()),
            ("brought", answers::answers(&pack, &found.brought).into()),
        ]))
    }

    /// Reads an expression: its artists and title words, each with its weight.
    #[wasm_bindgen(unchecked_return_type = "Term[]")]
    pub fn parse(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] expression: &JsValue,
    ) -> Result<Array, JsValue> {
        let (pack, expression) = (self.now(), arguments::text(expression, "expression")?);
        let terms = pack.parse(&expression).map_err(Thrown::from)?;
        Ok(answers::terms(&pack, &terms))
    }

    /// Writes a question as one line that `parse` reads back, such as for a link. Needs names alone.
    pub fn format(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Question")] question: &JsValue,
    ) -> Result<String, JsValue> {
        let pack = self.now();
        Ok(pack.format(&arguments::named_terms(&pack, question)?))
    }

    /// A way from the first artist to the last by way of those between, in small, even steps.
    #[wasm_bindgen(unchecked_return_type = "Path")]
    pub fn path(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef[]")] stops: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "PathOptions")] options: &JsValue,
    ) -> Result<Object, JsValue> {
        let pack = self.now();
        let stops = arguments::artists(&pack, Some(stops), "stops")?;
        let path = pack.path(&stops, &arguments::path_options(&pack, options)?).map_err(Thrown::from)?;
        Ok(object(&[
            ("artists", answers::artists(&pack, path.artists).into()),
            ("steps", path.steps.into_iter().map(JsValue::from).collect::<Array>().into()),
        ]))
    }

    /// What an artist has in common with a question: title words, artists that stand between, genres. Options are those of
    /// the list of artists; its `limit` is that of the words, too.
    #[wasm_bindgen(unchecked_return_type = "Why")]
    pub fn why(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Question")] question: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] answer: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "ListOptions")] options: &JsValue,
    ) -> Result<Object, JsValue> {
        let pack = self.now();
        let (terms, answer) = (arguments::terms(&pack, question)?, arguments::artist(&pack, answer)?);
        let why = pack.why(&terms, answer, &arguments::options(&pack, options)?).map_err(Thrown::from)?;
        Ok(object(&[
            ("cosine", why.cosine.into()),
            ("place", (why.place as f64).into()),
            ("words", answers::near_words(&pack, &why.words).into()),
            ("bridges", answers::answers(&pack, &why.bridges).into()),
            ("genres", why.genres.into_iter().map(JsValue::from).collect::<Array>().into()),
            ("playlists", answers::playlists(&pack, &why.playlists).into()),
        ]))
    }

    /// The words of playlist titles that describe an artist best, best first; 10 by default.
    #[wasm_bindgen(unchecked_return_type = "NearWord[]")]
    pub fn words(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] artist: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] limit: &JsValue,
    ) -> Result<Array, JsValue> {
        let pack = self.now();
        let (artist, limit) = (arguments::artist(&pack, artist)?, arguments::limit(limit, LISTED)?);
        Ok(answers::near_words(&pack, &pack.descriptive_words(artist, limit).map_err(Thrown::from)?))
    }

    /// All words of playlist titles, those of most titles first.
    #[wasm_bindgen(js_name = titleWords, unchecked_return_type = "TitleWord[]")]
    pub fn title_words(&self) -> Array {
        let pack = self.now();
        let word = |i| object(&[("word", pack.word(i).into()), ("titles", pack.word_titles(i).into())]);
        (0..pack.words()).map(word).collect()
    }

    /// The cosine of two artists or title words, in [-1, 1]. One less it is their distance.
    pub fn similarity(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ItemRef")] a: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "ItemRef")] b: &JsValue,
    ) -> Result<f32, JsValue> {
        let pack = self.now();
        let (a, b) = (arguments::item(&pack, a)?, arguments::item(&pack, b)?);
        Ok(pack.similarity(a, b).map_err(Thrown::from)?)
    }

    /// The place of artist `b` among all artists similar to `a`, from 1.
    pub fn rank(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ItemRef")] a: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] b: &JsValue,
    ) -> Result<usize, JsValue> {
        let pack = self.now();
        let (a, b) = (arguments::item(&pack, a)?, arguments::artist(&pack, b)?);
        Ok(pack.rank(a, b).map_err(Thrown::from)?)
    }

    /// Which of some artists does not fit the others, and how well each does.
    #[wasm_bindgen(js_name = oddOneOut, unchecked_return_type = "Fits")]
    pub fn odd_one_out(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef[]")] artists: &JsValue,
    ) -> Result<Object, JsValue> {
        let pack = self.now();
        let artists = arguments::artists(&pack, Some(artists), "artists")?;
        let fits = pack.fits(&artists).map_err(Thrown::from)?;
        let odd = fits.last().map_or(JsValue::UNDEFINED, |odd| answers::answer(&pack, odd).into());
        Ok(object(&[("artist", odd), ("fits", answers::answers(&pack, &fits).into())]))
    }

    /// Which of some artists is nearest to an artist or a title word.
    #[wasm_bindgen(js_name = nearestOf, unchecked_return_type = "Answer")]
    pub fn nearest_of(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ItemRef")] item: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef[]")] artists: &JsValue,
    ) -> Result<Object, JsValue> {
        let pack = self.now();
        let artists = arguments::artists(&pack, Some(artists), "artists")?;
        let nearest = pack.nearest_of(arguments::item(&pack, item)?, &artists).map_err(Thrown::from)?;
        Ok(answers::answer(&pack, &nearest))
    }

    /// A direction with a meaning: from everybody, or from `low`, to `high`.
    pub fn axis(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ low?: Pole; high: Pole }")] ends: &JsValue,
    ) -> Result<Axis, JsValue> {
        let pack = self.now();
        let (low, high) = (field(ends, "low"), field(ends, "high"));
        if high.is_none() {
            return Ok(arguments::bad("high", "given: an artist, a title word, a genre or a list")?);
        }
        let (low, high) = (arguments::pole(&pack, low.as_ref())?, arguments::pole(&pack, high.as_ref())?);
        let axis = pack.axis(&low, &high).map_err(Thrown::from)?;
        Ok(Axis::new(pack, axis)?)
    }

    /// The axes along which artists differ most, strongest first; 10 by default. Title words and genres give them their
    /// names.
    #[wasm_bindgen(js_name = strongestAxes, unchecked_return_type = "FoundAxis[]")]
    pub fn strongest_axes(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] limit: &JsValue,
    ) -> Result<Array, JsValue> {
        let pack = self.now();
        let found = pack.strongest_axes(arguments::limit(limit, LISTED)?);
        let found = found.into_iter().map(|FoundAxis { axis, origin, variance, separation }| {
            let origin = match origin {
                Origin::Word(word) => object(&[("word", pack.word(word as usize).into())]),
                Origin::Genre(genre) => object(&[("genre", genre.into())]),
            };
            let axis = Axis::new(pack.clone(), axis)?;
            let mut fields = vec![("axis", axis.into()), ("origin", origin.into()), ("variance", variance.into())];
            fields.extend(separation.map(|separation| ("separation", separation.into())));
            Ok(object(&fields))
        });
        Ok(found.collect::<Result<Vec<Object>, Thrown>>()?.into_iter().collect())
    }
}

/// A direction with a meaning, from a low end to a high end, and where all artists stand on it. `Pack.axis` makes one.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Axis {
    /// What had arrived when the axis was made.
    pack: catalog::Pack,
    axis: questions::Axis,
    places: Places,
}

impl Axis {
    fn new(pack: catalog::Pack, axis: questions::Axis) -> Result<Self, Thrown> {
        let places = pack.places(&axis)?;
        Ok(Self { pack, axis, places })
    }

    fn farthest(&self, axis: &questions::Axis, options: &JsValue) -> Result<Array, JsValue> {
        let listed = self.pack.high_end(axis, &arguments::options(&self.pack, options)?).map_err(Thrown::from)?;
        Ok(answers::answers(&self.pack, &listed))
    }
}

#[wasm_bindgen]
impl Axis {
    /// Where an artist stands.
    #[wasm_bindgen(unchecked_return_type = "Place")]
    pub fn place(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArtistRef")] artist: &JsValue,
    ) -> Result<Object, JsValue> {
        let place = self.places.place(arguments::artist(&self.pack, artist)?);
        let place = place.ok_or_else(|| Thrown::from(error::CallError::NotYetArrived))?;
        Ok(object(&[("deviations", place.deviations.into()), ("percentile", place.percentile.into())]))
    }

    /// The artists farthest at the low end, the farthest first.
    #[wasm_bindgen(js_name = lowEnd, unchecked_return_type = "Answer[]")]
    pub fn low_end(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "ListOptions")] options: &JsValue,
    ) -> Result<Array, JsValue> {
        self.farthest(&self.axis.reversed(), options)
    }

    /// The artists farthest at the high end, the farthest first.
    #[wasm_bindgen(js_name = highEnd, unchecked_return_type = "Answer[]")]
    pub fn high_end(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "ListOptions")] options: &JsValue,
    ) -> Result<Array, JsValue> {
        self.farthest(&self.axis, options)
    }

    /// Title words that stand for the ends, the farthest first.
    #[wasm_bindgen(unchecked_return_type = "{ low: string[]; high: string[] }")]
    pub fn words(&self) -> Result<Object, JsValue> {
        let (low, high) = self.pack.end_words(&self.axis).map_err(Thrown::from)?;
        let words = |words: &[u32]| answers::words(&self.pack, words).into();
        Ok(object(&[("low", words(&low)), ("high", words(&high))]))
    }
}
