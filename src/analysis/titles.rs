//! What titles say.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::LISTED;
use crate::catalog::fold;
use crate::corpus::Corpus;

/// What titles say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Titles {
    /// Playlists with a title.
    pub playlists: u64,
    /// Different titles, without case, accents and punctuation.
    pub different: u64,
    /// Different words in them.
    pub different_words: u64,
    /// The words in most titles, at most 100, ties in the order of the words.
    pub words: Vec<Word>,
}

/// A word of titles, without case and accents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// The word.
    pub word: String,
    /// Playlists whose title has it.
    pub playlists: u64,
}

/// Counts titles and words; a word counts once a title.
pub(super) fn count(corpus: &Corpus) -> Titles {
    // Whole titles first: few are different, and each is taken apart once.
    let mut raw: HashMap<&str, u64> = HashMap::new();
    for i in 0..corpus.len() {
        *raw.entry(corpus.title(i)).or_default() += 1;
    }
    let mut titles: BTreeMap<String, u64> = BTreeMap::new();
    #[expect(clippy::iter_over_hash_type, reason = "sums in an ordered map do not depend on the order of the terms")]
    for (title, playlists) in raw {
        // An apostrophe parts no words: "90's" is 90s, not 90 and s.
        *titles.entry(fold(&title.replace(['\'', '’'], ""))).or_default() += playlists;
    }
    titles.remove("");
    let mut words: HashMap<&str, u64> = HashMap::new();
    for (title, playlists) in &titles {
        for word in title.split(' ').collect::<BTreeSet<_>>() {
            *words.entry(word).or_default() += playlists;
        }
    }
    let (playlists, different, different_words) = (titles.values().sum(), titles.len() as u64, words.len() as u64);
    let mut words: Vec<(&str, u64)> = words.into_iter().collect();
    words.sort_unstable_by_key(|&(word, playlists)| (Reverse(playlists), word));
    words.truncate(LISTED);
    let words = words.into_iter().map(|(word, playlists)| Word { word: word.into(), playlists }).collect();
    Titles { playlists, different, different_words, words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;

    #[test]
    fn words_count_once_a_title() {
        let titles = ["Chill, CHILL!", "", "chill vibes", " ", "Été", "ete", "🔥🔥", "90’s"].map(String::from);
        let titles = count(&Corpus::in_memory(Artists::default(), &vec![vec![]; 9], &titles));
        assert_eq!((titles.playlists, titles.different, titles.different_words), (6, 5, 5));
        let words: Vec<_> = titles.words.iter().map(|word| (word.word.as_str(), word.playlists)).collect();
        assert_eq!(words, [("chill", 2), ("ete", 2), ("90s", 1), ("vibes", 1), ("🔥🔥", 1)]);
        assert_eq!(count(&Corpus::in_memory(Artists::default(), &[], &[])), Titles::default());
    }
}
