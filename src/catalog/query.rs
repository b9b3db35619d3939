//! What an answer is, and how a question can fail.

/// An artist's place in the order of popularity: 0 is the most mentioned.
pub type ArtistId = u32;

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Which artist.
    pub artist: ArtistId,
    /// What the question ranks by; where it is about nearness, the cosine in [−1, 1] up to the rounding of the codes.
    pub score: f32,
}

/// A question that has no answer.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// There are no terms.
    #[error("the question names no artist. Add at least one")]
    Empty,
    /// A term names an artist that the pack does not have.
    #[error("the pack has {artists} artists, so there is no artist number {artist}")]
    UnknownArtist {
        /// The number asked for.
        artist: ArtistId,
        /// How many the pack has.
        artists: usize,
    },
    /// An artist's vector has not arrived, or the pack has none for it.
    #[error(
        "artist number {artist} has no vector yet: the parts of the pack with vectors are missing. Load them first"
    )]
    NoVector {
        /// The number asked for.
        artist: ArtistId,
    },
    /// A term names a title word that the pack does not have.
    #[error("the pack has {words} title words, so there is no title word number {word}")]
    UnknownWord {
        /// The number asked for.
        word: u32,
        /// How many the pack has.
        words: usize,
    },
    /// A weight is infinite or not a number.
    #[error("a weight in the question is not a finite number")]
    BadWeight,
    /// What is added and what is subtracted cancel out, or the artists have no direction.
    #[error(
        "nothing is left of this question: what is added and what is subtracted cancel out, or nothing has a weight. Remove \
         or change an artist"
    )]
    CancelsOut,
    /// Only dislikes.
    #[error("the question names nobody to like. Give at least one artist or title word a positive weight")]
    NothingLiked,
    /// More terms than this method takes.
    #[error("this question has {terms} terms; multiplication takes at most {most}. Leave some out, or add instead")]
    TooManyTerms {
        /// How many there are.
        terms: usize,
        /// The most that may be.
        most: usize,
    },
    /// An option that is out of its range.
    #[error("{name} is {value}: choose a number from {lowest} to {highest}")]
    Dial {
        /// Which option.
        name: &'static str,
        /// Its value.
        value: f32,
        /// The lowest that it may be.
        lowest: f32,
        /// The highest.
        highest: f32,
    },
}
