//! Recommenders that need no training: what any vectors should beat, or at least be compared with.

mod incidence;
mod item_item;
mod popularity;
mod ppmi_svd;

pub(crate) use incidence::Incidence;
pub use item_item::ItemItem;
pub use popularity::Popularity;
pub use ppmi_svd::{PpmiSvd, ppmi_svd};

/// Artificial playlists, and what numpy and scikit-learn make of them: written by tests/oracles/cooccurrence.py.
#[cfg(test)]
mod oracle {
    use serde::Deserialize;

    use crate::corpus::{Artists, Corpus};
    use crate::evaluation::Roster;

    #[derive(Deserialize)]
    pub(super) struct Oracle {
        pub(super) artists: usize,
        playlists: Vec<Vec<u32>>,
        /// Upper triangles with the diagonal, row by row.
        pub(super) item_item: Vec<f64>,
        pub(super) dimensions: usize,
        pub(super) eigenvalues: Vec<f64>,
        pub(super) ppmi_svd: Vec<f64>,
    }

    impl Oracle {
        pub(super) fn read() -> Self {
            serde_json::from_str(include_str!("../../../tests/oracles/cooccurrence.json")).unwrap()
        }

        /// The value for two artists, in either order.
        pub(super) fn of_pair(&self, triangle: &[f64], a: u32, b: u32) -> f64 {
            let (a, b) = (a.min(b) as usize, a.max(b) as usize);
            triangle[a * self.artists - a * (a + 1) / 2 + b]
        }

        pub(super) fn corpus(&self) -> Corpus {
            Corpus::in_memory(artists(self.artists), &self.playlists, &[])
        }

        pub(super) fn roster(&self) -> Roster {
            Roster::new(artists(self.artists))
        }
    }

    /// Artists named after their index.
    pub(super) fn artists(n: usize) -> Artists {
        Artists {
            names: (0..n).map(|i| format!("artist {i}")).collect(),
            ids: vec![String::new(); n],
            mentions: (0..n as u32).rev().collect(),
        }
    }
}
