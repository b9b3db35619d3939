//! What a caller passes: artists by number, name or object, questions as text or lists, options as plain objects.

use core::ops::Range;

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

use super::error::{CallError, Thrown};
use crate::catalog::questions::{Item, Length, Method, Options, PathOptions, Pole, Term};
use crate::catalog::{ArtistId, Pack, Role, fold};

/// How many names an error suggests.
const SUGGESTIONS: usize = 3;

pub(super) fn bad<T>(name: &str, wanted: &'static str) -> Result<T, Thrown> {
    Err(CallError::BadArgument { name: name.into(), wanted }.into())
}

/// A field of an object; `None` where there is no object, no such field, or nothing in it.
pub(super) fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = object.is_object().then(|| Reflect::get(object, &name.into()).ok()).flatten();
    value.filter(|value| !value.is_undefined() && !value.is_null())
}

fn number(object: &JsValue, name: &str, otherwise: f32) -> Result<f32, Thrown> {
    match field(object, name).map(|value| value.as_f64()) {
        None => Ok(otherwise),
        Some(Some(number)) => Ok(number as f32),
        Some(None) => bad(name, "a number"),
    }
}

/// A whole number that is not negative; infinity is the largest.
pub(super) fn whole(value: Option<&JsValue>, name: &str, otherwise: usize) -> Result<usize, Thrown> {
    match value.map(|value| value.as_f64()) {
        None => Ok(otherwise),
        Some(Some(number)) if number >= 0.0 && (number % 1.0 == 0.0 || number == f64::INFINITY) => Ok(number as usize),
        Some(_) => bad(name, "a whole number"),
    }
}

/// A number that is passed as an argument of its own.
pub(super) fn limit(value: &JsValue, otherwise: usize) -> Result<usize, Thrown> {
    whole(Some(value).filter(|value| !value.is_undefined()), "limit", otherwise)
}

/// A text that is passed as an argument of its own. Declared as `&str` instead, anything else would make the glue write
/// to where nothing may be written.
pub(super) fn text(value: &JsValue, name: &str) -> Result<String, Thrown> {
    value.as_string().map_or_else(|| bad(name, "a text"), Ok)
}

fn list(value: &JsValue) -> Option<Array> {
    value.dyn_ref::<Array>().cloned()
}

/// Whom a number, a name, a stable id or an object with an `id` means, arrived with its vector or not. Ids are those of one
/// pack: where an object has a `key`, too, that is what counts.
pub(super) fn named(pack: &Pack, value: &JsValue) -> Result<ArtistId, Thrown> {
    if let Some(name) = value.as_string() {
        return pack.find_name(&name).ok_or_else(|| {
            let suggestions = pack.search(&name, SUGGESTIONS);
            let suggestions = suggestions.into_iter().map(|found| pack.name(found.artist).into()).collect();
            CallError::UnknownName { name, suggestions }.into()
        });
    }
    let id = value.as_f64().or_else(|| field(value, "id").and_then(|id| id.as_f64()));
    let Some(id) = id else { return bad("artist", "an id, a name or what a search gave back") };
    let here = (id >= 0.0 && id % 1.0 == 0.0 && id < pack.len() as f64).then_some(id as ArtistId);
    let is_named = |&id: &ArtistId| (id as usize) < pack.named();
    if let Some(key) = field(value, "key").and_then(|key| key.as_string()) {
        return match here.filter(is_named).filter(|&id| is_meant(pack, id, &key, value)).or_else(|| pack.find_key(&key))
        {
            Some(id) => Ok(id),
            None if !pack.has(&[Role::Names, Role::Ids]) => Err(CallError::NotYetArrived.into()),
            None => Err(CallError::UnknownArtist { key }.into()),
        };
    }
    match here {
        Some(id) if is_named(&id) => Ok(id),
        Some(_) => Err(CallError::NotYetArrived.into()),
        None => bad("artist", "the id of one in this pack"),
    }
}

/// Whether an object with a key can be of this artist: a pack gives back the folded name as the key until its ids are there,
/// and its answers outlive that.
fn is_meant(pack: &Pack, id: ArtistId, key: &str, object: &JsValue) -> bool {
    let (name, stable_id) = (pack.name(id), pack.stable_id(id));
    stable_id == key
        || fold(name) == key
        || stable_id.is_empty() && field(object, "name").and_then(|name| name.as_string()).is_some_and(|it| it == name)
}

/// The same, of those whose vectors are there.
pub(super) fn artist(pack: &Pack, value: &JsValue) -> Result<ArtistId, Thrown> {
    let artist = named(pack, value)?;
    if is_answering(pack, Item::Artist(artist)) { Ok(artist) } else { Err(CallError::NotYetArrived.into()) }
}

/// Whether an artist's vector is there. Those of words come with the words.
fn is_answering(pack: &Pack, item: Item) -> bool {
    !matches!(item, Item::Artist(artist) if artist as usize >= pack.answering())
}

/// A list of artists; none where nothing is given.
pub(super) fn artists(pack: &Pack, value: Option<&JsValue>, name: &str) -> Result<Vec<ArtistId>, Thrown> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let Some(list) = list(value) else { return bad(name, "a list of artists") };
    list.iter().map(|value| artist(pack, &value)).collect()
}

/// An artist or `{ word }`, of those whose vectors are there.
pub(super) fn item(pack: &Pack, value: &JsValue) -> Result<Item, Thrown> {
    let item = named_item(pack, value)?;
    if is_answering(pack, item) { Ok(item) } else { Err(CallError::NotYetArrived.into()) }
}

fn named_item(pack: &Pack, value: &JsValue) -> Result<Item, Thrown> {
    let Some(word) = field(value, "word") else { return named(pack, value).map(Item::Artist) };
    let word = word.as_string().unwrap_or_default();
    // As expressions find it: case and accents do not count.
    let terms = pack.parse(&["word:\"", &word.replace(['"', '\\'], ""), "\""].concat());
    match terms.as_deref() {
        Ok([Term { item, .. }]) => Ok(*item),
        _ if pack.words() == 0 => Err(CallError::NotYetArrived.into()),
        _ => Err(CallError::UnknownTitleWord { word }.into()),
    }
}

/// A question: an expression, one artist, or a list of artists and `{ artist, weight }` and `{ word, weight }`.
pub(super) fn terms(pack: &Pack, value: &JsValue) -> Result<Vec<Term>, Thrown> {
    let terms = named_terms(pack, value)?;
    let all = terms.iter().all(|term| is_answering(pack, term.item));
    if all { Ok(terms) } else { Err(CallError::NotYetArrived.into()) }
}

/// The same, arrived with their vectors or not.
pub(super) fn named_terms(pack: &Pack, value: &JsValue) -> Result<Vec<Term>, Thrown> {
    let term = |value: JsValue| -> Result<Term, Thrown> {
        let weight = number(&value, "weight", 1.0)?;
        let item = match field(&value, "artist") {
            Some(inner) => named(pack, &inner).map(Item::Artist)?,
            None => named_item(pack, &value)?,
        };
        Ok(Term { item, weight })
    };
    if let Some(expression) = value.as_string() {
        return Ok(pack.parse(&expression)?);
    }
    match list(value) {
        Some(list) => list.iter().map(term).collect(),
        None => term(value.clone()).map(|term| vec![term]),
    }
}

/// `[from, to]` as people count them, from 1, both included.
fn ranks(object: &JsValue) -> Result<Range<ArtistId>, Thrown> {
    let Some(value) = field(object, "ranks") else { return Ok(Options::default().ranks) };
    let ends: Vec<Option<f64>> =
        list(&value).map(|list| list.iter().map(|end| end.as_f64()).collect()).unwrap_or_default();
    match ends[..] {
        [Some(from), Some(to)] if from >= 1.0 && from <= to && from % 1.0 == 0.0 => {
            // Casts of larger numbers, infinity too, saturate.
            Ok((from - 1.0) as ArtistId..to as ArtistId)
        }
        _ => bad("ranks", "[from, to], counted from 1, both included"),
    }
}

/// How answers are listed: `{ limit, exclude, ranks, temper, diversity }`.
pub(super) fn options(pack: &Pack, object: &JsValue) -> Result<Options, Thrown> {
    let default = Options::default();
    Ok(Options {
        limit: whole(field(object, "limit").as_ref(), "limit", default.limit)?.min(pack.len()),
        excluded: artists(pack, field(object, "exclude").as_ref(), "exclude")?,
        ranks: ranks(object)?,
        temper: number(object, "temper", default.temper)?,
        diversity: number(object, "diversity", default.diversity)?,
    })
}

/// How terms are combined: `{ multiply }`.
pub(super) fn method(object: &JsValue) -> Method {
    let multiply = field(object, "multiply").is_some_and(|value| value.is_truthy());
    if multiply { Method::Multiply } else { Method::Add }
}

/// What a path is to be like: `{ length, least, smooth, bypass, ranks }`.
pub(super) fn path_options(pack: &Pack, object: &JsValue) -> Result<PathOptions, Thrown> {
    let default = PathOptions::default();
    let length = match (field(object, "length"), default.length) {
        (Some(length), _) => Length::Exactly(whole(Some(&length), "length", 0)?),
        (None, Length::Shortest(least)) => Length::Shortest(number(object, "least", least)?),
        (None, exactly) => exactly,
    };
    Ok(PathOptions {
        length,
        smooth: number(object, "smooth", default.smooth)?,
        bypass: artists(pack, field(object, "bypass").as_ref(), "bypass")?,
        ranks: ranks(object)?,
    })
}

/// One end of an axis: everybody where nothing is given, `{ genre }`, else artists and words as in a question.
pub(super) fn pole(pack: &Pack, value: Option<&JsValue>) -> Result<Pole, Thrown> {
    let Some(value) = value else { return Ok(Pole::All) };
    if let Some(genre) = field(value, "genre").and_then(|genre| genre.as_string()) {
        return Ok(Pole::Genre(genre.trim().to_lowercase()));
    }
    let terms = terms(pack, value)?;
    if terms.iter().any(|term| term.weight != 1.0) {
        return bad("the end of an axis", "artists and title words without signs and weights");
    }
    Ok(Pole::Items(terms.into_iter().map(|term| term.item).collect()))
}
