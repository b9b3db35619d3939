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

/// How well a name matches what was typed; smaller is better.
const MATCHES: usize = 4;

/// The rank of a match: 0 the whole name, 1 its beginning, 2 the beginning of a word, 3 anywhere inside.
fn match_rank(name: &str, typed: &str) -> Option<usize> {
    if name.starts_with(typed) {
        return Some(usize::from(name.len() != typed.len()));
    }
    let mut found = None;
    for (at, _) in name.match_indices(typed) {
        if name[..at].ends_with(' ') {
            return Some(2);
        }
        found = Some(3);
    }
    found
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

    /// The best `limit` artists for what was typed: better matches first, then the more mentioned.
    pub(super) fn search(&self, typed: &str, limit: usize) -> Vec<ArtistId> {
        let typed = fold(typed);
        if typed.is_empty() {
            return Vec::new();
        }
        let mut ranked: [Vec<ArtistId>; MATCHES] = Default::default();
        for artist in 0..self.ends.len() {
            if let Some(rank) = match_rank(self.get(artist), &typed)
                && ranked[rank].len() < limit
            {
                ranked[rank].push(artist as ArtistId);
            }
        }
        ranked.into_iter().flatten().take(limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_matches_come_first_then_popularity() {
        let names = ["Drake Bell", "Nick Drake", "Drake", "Mandrake", "Sir Francis Drake", "Drakeo the Ruler"];
        let folded = FoldedNames::new(names.into_iter());
        let found: Vec<_> = folded.search("DRAKE", 10).iter().map(|&a| names[a as usize]).collect();
        assert_eq!(found, ["Drake", "Drake Bell", "Drakeo the Ruler", "Nick Drake", "Sir Francis Drake", "Mandrake"]);
        assert_eq!(folded.search("drake", 2).len(), 2);
        assert!(folded.search("  ", 5).is_empty());
        assert!(folded.search("zappa", 5).is_empty());
    }

    #[test]
    fn accents_and_scripts_are_found() {
        let names = ["Björk", "宇多田ヒカル", "!!!", "Beyoncé"];
        let folded = FoldedNames::new(names.into_iter());
        for (typed, artist) in [("bjork", 0), ("BJÖRK", 0), ("宇多田", 1), ("!!!", 2), ("beyonce", 3), ("yonc", 3)]
        {
            assert_eq!(folded.search(typed, 1), [artist], "{typed}");
        }
        assert_eq!(folded.exact("bjork").collect::<Vec<_>>(), [0]);
    }
}
