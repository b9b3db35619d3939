//! Answers as plain JavaScript objects.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::catalog::questions::{Item, NearWord, Term, WordId};
use crate::catalog::{ArtistId, MatchKind, NameMatch, Neighbour, Pack};

/// A plain object.
pub(super) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes every property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// `{ id, key, name, mentions }`.
pub(super) fn artist(pack: &Pack, artist: ArtistId) -> Object {
    object(&[
        ("id", artist.into()),
        ("key", pack.key(artist).into()),
        ("name", pack.name(artist).into()),
        ("mentions", pack.mentions().get(artist as usize).copied().unwrap_or_default().into()),
    ])
}

/// Artists in order.
pub(super) fn artists(pack: &Pack, artists: impl IntoIterator<Item = ArtistId>) -> Array {
    artists.into_iter().map(|one| artist(pack, one)).collect()
}

/// Artists in order, each with how its name matches.
pub(super) fn found(pack: &Pack, found: &[NameMatch]) -> Array {
    let one = |found: &NameMatch| {
        let object = artist(pack, found.artist);
        let kind = match found.kind {
            MatchKind::Exact => "exact",
            MatchKind::Start => "start",
            MatchKind::Inside => "inside",
            MatchKind::Typo => "typo",
        };
        set(&object, "match", &kind.into());
        object
    };
    found.iter().map(one).collect()
}

/// Artists in order, each with its score.
pub(super) fn answers(pack: &Pack, listed: &[Neighbour]) -> Array {
    listed.iter().map(|answer| self::answer(pack, answer)).collect()
}

/// An artist with its score.
pub(super) fn answer(pack: &Pack, answer: &Neighbour) -> Object {
    let object = artist(pack, answer.artist);
    set(&object, "score", &answer.score.into());
    object
}

/// Artists in order, each with the playlists that it shares with another.
pub(super) fn playlists(pack: &Pack, shared: &[(ArtistId, u32)]) -> Array {
    let one = |&(other, count): &(ArtistId, u32)| {
        let object = artist(pack, other);
        set(&object, "playlists", &count.into());
        object
    };
    shared.iter().map(one).collect()
}

/// Everything that the pack knows of an artist.
pub(super) fn details(pack: &Pack, artist: ArtistId) -> Object {
    let object = self::artist(pack, artist);
    let genres: Array = pack.genres(artist).into_iter().map(JsValue::from).collect();
    set(&object, "genres", &genres);
    let start = 3 * artist as usize;
    if let Some(position) = pack.positions().get(start..start + 3) {
        set(&object, "position", &position.iter().map(|&x| JsValue::from(x)).collect::<Array>());
    }
    if let Some(followers) = pack.followers(artist) {
        set(&object, "followers", &followers.into());
    }
    if !pack.picture_link(artist).is_empty() {
        set(&object, "picture", &pack.picture_link(artist).into());
    }
    object
}

/// Terms as a question takes them.
pub(super) fn terms(pack: &Pack, terms: &[Term]) -> Array {
    let term = |term: &Term| match term.item {
        Item::Artist(artist) => {
            object(&[("artist", self::artist(pack, artist).into()), ("weight", term.weight.into())])
        }
        Item::Word(word) => object(&[("word", pack.word(word as usize).into()), ("weight", term.weight.into())]),
    };
    terms.iter().map(term).collect()
}

/// Title words that describe something.
pub(super) fn near_words(pack: &Pack, words: &[NearWord]) -> Array {
    let word = |near: &NearWord| {
        object(&[
            ("word", pack.word(near.word as usize).into()),
            ("cosine", near.cosine.into()),
            ("deviations", near.deviations.into()),
        ])
    };
    words.iter().map(word).collect()
}

/// Title words alone.
pub(super) fn words(pack: &Pack, words: &[WordId]) -> Array {
    words.iter().map(|&word| JsValue::from(pack.word(word as usize))).collect()
}
