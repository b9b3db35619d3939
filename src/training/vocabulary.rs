//! What is learned: the part of the corpus's artists that stays, and the words of titles.
//!
//! Owns what `min-count`, `max-final-vocab`, `max-vocab-size`, `title-words` and `title-min-count` leave. Knows nothing of
//! vectors.

use super::Settings;
use crate::corpus::{Corpus, TitleVocabulary};

/// What is learned; a token is an index into it, and its row in every matrix.
pub(super) struct Vocabulary {
    /// Mentions of every token in the whole corpus. Artists stand as in the corpus, by popularity: the kept ones are its
    /// first. Behind them stand the words of titles, a word counted once a playlist.
    pub(super) counts: Vec<u32>,
    /// How many of the tokens are artists.
    pub(super) artists: usize,
    /// The words; the token of word i is `artists + i`.
    pub(super) words: TitleVocabulary,
    /// The least mentions of a kept artist: `min-count`, or more where a limit on the number raised it.
    pub(super) min_count: u32,
}

impl Vocabulary {
    /// Chooses from what a corpus has. Of words, those that tell something about the artists are learned
    /// ([`TitleVocabulary::telling`]); `min-count` and the limits are for artists.
    pub(super) fn new(corpus: &Corpus, settings: &Settings) -> Self {
        let mut vocabulary = Self::of_artists(&corpus.artists.mentions, settings);
        if settings.title_words {
            vocabulary.words = TitleVocabulary::new(corpus, settings.title_min_count).telling();
            vocabulary.counts.extend(vocabulary.words.words.iter().map(|word| word.playlists));
        }
        vocabulary
    }

    /// Chooses from artists with these `mentions`, which must fall from one to the next.
    ///
    /// `max-final-vocab` does what gensim's does: where there are more artists, the least count is raised until no more
    /// are left, so artists mentioned equally often stay or go together. gensim's `max_vocab_size` is there to save memory
    /// while words are counted: whenever there are more, it forgets the rarest so far, in the end those that were rare in
    /// between. A corpus is counted already; so here it is one more such limit, and who stays does not depend on the order
    /// of the playlists.
    fn of_artists(mentions: &[u32], settings: &Settings) -> Self {
        let fits = |limit: u32| match mentions.get(limit as usize) {
            Some(first_too_many) if limit > 0 => first_too_many.saturating_add(1),
            _ => 0,
        };
        let min_count = settings.min_count.max(fits(settings.max_final_vocab)).max(fits(settings.max_vocab_size));
        // Who is never mentioned cannot be learned.
        let kept = mentions.partition_point(|&n| n >= min_count.max(1));
        Self { counts: mentions[..kept].to_vec(), artists: kept, words: TitleVocabulary::default(), min_count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_raise_the_least_count_as_gensim_does() {
        let kept = |min_count, max_final_vocab, max_vocab_size| {
            let settings = Settings { min_count, max_final_vocab, max_vocab_size, ..Settings::default() };
            let vocabulary = Vocabulary::of_artists(&[90, 40, 40, 7, 6, 5, 5, 1, 0], &settings);
            (vocabulary.artists, vocabulary.min_count)
        };
        assert_eq!(kept(0, 0, 0), (8, 0));
        assert_eq!(kept(5, 0, 0), (7, 5));
        assert_eq!(kept(6, 0, 0), (5, 6));
        // The limit holds by raising the count; where it does not bind, min-count stays.
        assert_eq!(kept(5, 5, 0), (5, 6));
        assert_eq!(kept(5, 6, 0), (5, 6));
        assert_eq!(kept(5, 8, 0), (7, 5));
        assert_eq!(kept(5, 100, 0), (7, 5));
        // Artists mentioned equally often go together.
        assert_eq!(kept(5, 2, 0), (1, 41));
        assert_eq!(kept(5, 1, 0), (1, 41));
        assert_eq!(kept(5, 0, 4), (4, 7));
        assert_eq!(kept(5, 3, 4), (3, 8));
        assert_eq!(kept(5, 4, 3), (3, 8));
        assert_eq!(kept(u32::MAX, u32::MAX, 0), (0, u32::MAX));
    }
}
