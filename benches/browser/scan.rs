//! The catalog's query as a bare WebAssembly module, for the browser benchmark beside it (`run.mjs`).

#[cfg(target_arch = "wasm32")]
mod bench {
    use artist2vec::catalog::questions::Options;
    use artist2vec::catalog::{Pack, PackContent, Quantised};
    use wasm_bindgen::prelude::wasm_bindgen;

    /// A pack of artists with random codes.
    #[wasm_bindgen]
    pub struct Bench {
        pack: Pack,
        vectors: Quantised,
    }

    #[wasm_bindgen]
    impl Bench {
        /// Makes a pack; the same numbers every time.
        #[wasm_bindgen(constructor)]
        pub fn new(artists: usize, dimensions: usize) -> Result<Bench, String> {
            let mut state = 1_u32;
            let mut random = move || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 8
            };
            let vectors = Quantised {
                codes: (0..artists * dimensions).map(|_| (random() % 255) as i8 - 127).collect(),
                scales: (0..artists).map(|_| 0.001 + random() as f32 * 1e-11).collect(),
            };
            let content = PackContent {
                names: vec!["x".to_owned(); artists],
                ids: vec![String::new(); artists],
                mentions: vec![1; artists],
                positions: vec![0.0; 3 * artists],
                dimensions,
                vectors: vectors.clone(),
                ..PackContent::default()
            };
            let bytes = content.encode().map_err(|error| error.to_string())?;
            Ok(Bench { pack: Pack::open(bytes).map_err(|error| error.to_string())?, vectors })
        }

        /// The codes, for the JavaScript loop.
        pub fn codes(&self) -> Vec<i8> {
            self.vectors.codes.clone()
        }

        /// The scales, for the JavaScript loop.
        pub fn scales(&self) -> Vec<f32> {
            self.vectors.scales.clone()
        }

        /// The page's own query: the nearest artists to one artist.
        pub fn similar(&self, artist: u32, limit: usize) -> Vec<u32> {
            let answer = self.pack.similar(artist, &Options::limit(limit)).unwrap_or_default();
            answer.iter().flat_map(|neighbour| [neighbour.artist, neighbour.score.to_bits()]).collect()
        }
    }
}

fn main() {}
