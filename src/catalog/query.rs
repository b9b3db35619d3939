//! What a question is made of, what an answer is, and how a question can fail.

/// An artist's place in the order of popularity: 0 is the most mentioned.
pub type ArtistId = u32;

/// One summand of a question: +1 adds the artist, −1 subtracts it, other weights do so more or less strongly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Which artist.
    pub artist: ArtistId,
    /// Its weight; any finite number.
    pub weight: f32,
}

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Which artist.
    pub artist: ArtistId,
    /// Cosine similarity to the question, in [−1, 1] up to the rounding of the codes.
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
    /// A weight is infinite or not a number.
    #[error("a weight in the question is not a finite number")]
    BadWeight,
    /// What is added and what is subtracted cancel out, or the artists have no direction.
    #[error(
        "nothing is left of this question: what is added and what is subtracted cancel out. Remove or change an artist"
    )]
    CancelsOut,
}
