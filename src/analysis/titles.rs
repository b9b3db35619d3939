//! What titles say.

use std::collections::BTreeSet;

use serde::Serialize;

use super::LISTED;
use crate::catalog::fold;
use crate::corpus::{Corpus, TitleVocabulary, TitleWord};

/// What titles say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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

/// A word of titles, as [`crate::corpus::title_words`] gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Word {
    /// The word.
    pub word: String,
    /// Playlists whose title has it.
    pub playlists: u64,
    /// What it tells about the artists, see [`TitleWord::tells`].
    pub tells: f64,
    /// Whether that is enough to learn from, see [`TitleWord::is_telling`].
    pub telling: bool,
}

/// Counts titles and words; a word counts once a title.
pub(super) fn count(corpus: &Corpus) -> Titles {
    // An apostrophe parts no words.
    let folded = |i| fold(&corpus.title(i).replace(['\'', '’'], ""));
    let folded: Vec<String> = (0..corpus.len()).map(folded).filter(|title| !title.is_empty()).collect();
    let (playlists, different) = (folded.len() as u64, folded.iter().collect::<BTreeSet<_>>().len() as u64);
    let words = TitleVocabulary::new(corpus, 1).words;
    let different_words = words.len() as u64;
    let listed = words.into_iter().take(LISTED).map(|found| {
        let telling = found.is_telling();
        let TitleWord { word, playlists, tells, .. } = found;
        Word { word, playlists: playlists.into(), tells, telling }
    });
    Titles { playlists, different, different_words, words: listed.collect() }
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
        assert_eq!(words, [("chill", 2), ("ete", 2), ("90s", 1), ("vibes", 1), ("🔥", 1)]);
        assert_eq!(count(&Corpus::in_memory(Artists::default(), &[], &[])), Titles::default());
    }
}
