//! The original's groups of popularity.

use serde::Serialize;

/// How popular an artist is, by rank among the artists of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Rank 1 to 1,000.
    Top,
    /// Rank 1,001 to 10,000.
    Mid,
    /// Rank 10,001 and beyond.
    Low,
}

impl Group {
    /// All groups, the most popular first.
    pub const ALL: [Self; 3] = [Self::Top, Self::Mid, Self::Low];

    /// The group of the artist with this index in popularity order (rank less one).
    pub fn of(index: u32) -> Self {
        match index {
            0..1_000 => Self::Top,
            1_000..10_000 => Self::Mid,
            _ => Self::Low,
        }
    }

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Mid => "mid",
            Self::Low => "low",
        }
    }
}
