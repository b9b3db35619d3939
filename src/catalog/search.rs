//! Finding artists by what somebody types.

use alloc::string::String;
use alloc::vec::Vec;

use super::names::fold;
use super::query::ArtistId;

/// All folded names end to end, for scans that touch nothing else.
#[derive(Clone, Debug, Default)]
pub(super) struct FoldedNames {
    text: String,
    ends: Vec<usize>,
}

/// How many kinds of match there are.
const MATCHES: usize = 3;

/// The rank of a match, smaller is better: 0 the whole name, 1 the beginning of a word, 2 anywhere inside.
///
/// The beginning of the name is no better than that of a later word: people type "dylan" for Bob Dylan. Spaces may be
/// missing or too many: "acdc" finds AC/DC and "blink182" blink-182.
fn match_rank(name: &str, typed: &str) -> Option<usize> {
    let mut rest = without_spaces(name);
    if without_spaces(typed).all(|byte| rest.next() == Some(byte)) {
        return Some(usize::from(rest.next().is_some()));
    }
    let mut found = None;
    for (at, _) in name.match_indices(typed) {
        if name[..at].ends_with(' ') {
            return Some(1);
        }
        found = Some(2);
    }
    found
}

fn without_spaces(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter(|&byte| byte != b' ')
}

impl FoldedNames {
    /// Folds all names once.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut folded = Self::default();
        for name in names {
            folded.text.push_str(&fold(name));
            folded.ends.push(folded.text.len());
        }
        folded
    }

    /// One folded name.
    pub(super) fn get(&self, artist: usize) -> &str {
        let start = if artist == 0 { 0 } else { self.ends[artist - 1] };
        &self.text[start..self.ends[artist]]
    }

    /// The artists of exactly this folded name, most mentioned first.
    pub(super) fn exact<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = ArtistId> + 'a {
        (0..self.ends.len()).filter(move |&artist| self.get(artist) == folded).map(|artist| artist as ArtistId)
    }
}

/// The best `limit` artists for what was typed, over blocks of names with the id of the first: better matches first, then
/// the more mentioned.
pub(super) fn search<'a>(
    blocks: impl Iterator<Item = (usize, &'a FoldedNames)>,
    typed: &str,
    limit: usize,
) -> Vec<ArtistId> {
    let typed = fold(typed);
    if typed.is_empty() {
        return Vec::new();
    }
    let mut ranked: [Vec<ArtistId>; MATCHES] = Default::default();
    for (first, names) in blocks {
        for place in 0..names.ends.len() {
            if let Some(rank) = match_rank(names.get(place), &typed)
                && ranked[rank].len() < limit
            {
                ranked[rank].push((first + place) as ArtistId);
            }
        }
    }
    ranked.into_iter().flatten().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &FoldedNames, typed: &str, limit: usize) -> Vec<ArtistId> {
        search([(0, names)].into_iter(), typed, limit)
    }

    #[test]
    fn better_matches_come_first_then_popularity() {
        let names = ["Drake Bell", "Nick Drake", "Drake", "Mandrake", "Sir Francis Drake", "Drakeo the Ruler"];
        let folded = FoldedNames::new(names.into_iter());
        let found: Vec<_> = find(&folded, "DRAKE", 10).iter().map(|&a| names[a as usize]).collect();
        assert_eq!(found, ["Drake", "Drake Bell", "Nick Drake", "Sir Francis Drake", "Drakeo the Ruler", "Mandrake"]);
        assert_eq!(find(&folded, "drake", 2).len(), 2);
        assert!(find(&folded, "  ", 5).is_empty());
        assert!(find(&folded, "zappa", 5).is_empty());
    }

    #[test]
    fn accents_and_scripts_are_found() {
        let names = ["Björk", "宇多田ヒカル", "!!!", "Beyoncé", "AC/DC", "blink-182"];
        let folded = FoldedNames::new(names.into_iter());
        for (typed, artist) in [
            ("bjork", 0),
            ("BJÖRK", 0),
            ("宇多田", 1),
            ("!!!", 2),
            ("beyonce", 3),
            ("yonc", 3),
            ("acdc", 4),
            ("blink182", 5),
            ("bli nk", 5),
        ] {
            assert_eq!(find(&folded, typed, 1), [artist], "{typed}");
        }
        assert_eq!(folded.exact("bjork").collect::<Vec<_>>(), [0]);
    }
}
