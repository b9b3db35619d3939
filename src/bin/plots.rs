//! The plots of "How it works", compiled to a WebAssembly module of their own: the page loads it when somebody looks, and
//! everybody else is spared its weight.

// What wasm-bindgen exports is public, though no crate can reach it.
#![cfg_attr(target_arch = "wasm32", expect(unreachable_pub))]

#[cfg(target_arch = "wasm32")]
mod plots {
    use artist2vec::charts;
    use wasm_bindgen::prelude::wasm_bindgen;

    /// Draws how long playlists are: counts of playlists by tens of artists.
    #[wasm_bindgen]
    pub fn playlist_lengths(bins: &[f64]) -> String {
        charts::playlist_lengths(&bins.iter().map(|&count| count as u64).collect::<Vec<_>>())
    }

    /// Draws rank against mentions.
    #[wasm_bindgen]
    pub fn zipf(mentions: &[u32]) -> String {
        charts::zipf(mentions)
    }
}

fn main() {}
