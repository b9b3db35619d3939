//! The catalog's query as a bare WebAssembly module, for the browser benchmark beside it (`run.mjs`).

#[cfg(target_arch = "wasm32")]
mod bench {
    // For the plain read, in which nothing but reading may cost time.
    #![allow(unsafe_code)]

    use core::arch::wasm32::{u64x2_extract_lane, u64x2_splat, v128, v128_load, v128_xor};

    use artist2vec::catalog::questions::{Item, Length, Method, Options, PathOptions, Term};
    use artist2vec::catalog::{EncodedPack, Neighbour, Pack, PackContent, QueryError};
    use wasm_bindgen::prelude::wasm_bindgen;

    /// A pack of artists without names.
    #[wasm_bindgen]
    pub struct Bench {
        encoded: EncodedPack,
        pack: Option<Pack>,
    }

    #[wasm_bindgen]
    impl Bench {
        /// Makes the files, as `artist2vec export` does.
        #[wasm_bindgen(constructor)]
        pub fn new(vectors: Vec<f32>, dimensions: usize) -> Result<Bench, String> {
            let artists = vectors.len() / dimensions;
            let content = PackContent {
                names: vec!["x".to_owned(); artists],
                ids: vec![String::new(); artists],
                // As Zipf has it, from a million on.
                mentions: (1..=artists as u32).map(|rank| 1_000_000 / rank + 1).collect(),
                positions: vec![0.0; 3 * artists],
                dimensions,
                vectors,
                norms: vec![1.0; artists],
                biases: vec![0.0; artists],
                ..PackContent::default()
            };
            let encoded = content.encode().map_err(|error| error.to_string())?;
            Ok(Bench { encoded, pack: None })
        }

        /// How long the files with the vectors are.
        pub fn bytes(&self) -> usize {
            let parts = self.encoded.manifest.parts.iter().zip(&self.encoded.parts);
            parts.filter(|(entry, _)| entry.role == "vectors").map(|(_, part)| part.len()).sum()
        }

        /// Verifies, decodes and opens the files, as the page does when they have arrived.
        pub fn open(&mut self) -> Result<(), String> {
            self.pack = Some(self.encoded.open().map_err(|error| error.to_string())?);
            Ok(())
        }

        /// The page's own query: the nearest artists to one artist.
        pub fn similar(&self, artist: u32, limit: usize) -> Vec<u32> {
            let options = Options::limit(limit);
            let answer = self.pack.as_ref().and_then(|pack| pack.similar(artist, &options).ok()).unwrap_or_default();
            answer.iter().map(|neighbour| neighbour.artist).collect()
        }
    }

    #[wasm_bindgen]
    impl Bench {
        /// Asks another question, by its name, of some artists; says how many answers there were.
        pub fn ask(&self, question: &str, a: u32, b: u32, c: u32) -> Result<usize, String> {
            let pack = self.pack.as_ref().ok_or("not open")?;
            let answer = |list: Result<Vec<Neighbour>, QueryError>| {
                list.map(|list| list.len()).map_err(|error| error.to_string())
            };
            let terms = |weights: &[f32]| -> Vec<Term> {
                let artists = [a, b, c, a / 2 + 1, b / 2 + 1, c / 2 + 1, a / 3 + 1, b / 3 + 1];
                artists.iter().zip(weights).map(|(&artist, &weight)| Term::artist(artist, weight)).collect()
            };
            let path = |length| {
                let path = pack.path(&[a, b], &PathOptions { length, ..PathOptions::default() });
                // A way that there is not has been looked for as well.
                Ok(path.map_or(1, |path| path.artists.len()))
            };
            let options = Options::default();
            match question {
                "blend of three" => answer(pack.blend(&terms(&[1.0, 1.0, -1.0]), Method::Add, &options)),
                "similar, temper −1" => {
                    answer(pack.blend(&terms(&[1.0]), Method::Add, &Options { temper: -1.0, ..options }))
                }
                "similar, diversity ½" => {
                    answer(pack.blend(&terms(&[1.0]), Method::Add, &Options { diversity: 0.5, ..options }))
                }
                "3CosMul, three terms" => answer(pack.blend(&terms(&[1.0, 1.0, -1.0]), Method::Multiply, &options)),
                "3CosMul, eight terms and powers" => {
                    let weights = [1.5, 0.7, -0.5, 0.3, 1.2, -0.8, 0.4, 0.9];
                    answer(pack.blend(&terms(&weights), Method::Multiply, &options))
                }
                "recommend for three" => answer(pack.recommend(&terms(&[1.0, 1.0, 1.0]), &options)),
                "why" => pack.why(&terms(&[1.0]), b, &options).map(|why| why.bridges.len()).map_err(|e| e.to_string()),
                "path of ten" => path(Length::Exactly(10)),
                "shortest path" => path(Length::Shortest(0.5)),
                "rank" => pack.rank(Item::Artist(a), b).map_err(|error| error.to_string()),
                _ => Err(format!("no question {question}")),
            }
        }
    }

    /// Bytes to be read and nothing else: the measure of how fast this machine's memory is.
    #[wasm_bindgen]
    pub struct PlainBytes(Vec<u64>);

    #[wasm_bindgen]
    impl PlainBytes {
        /// Makes them.
        #[wasm_bindgen(constructor)]
        pub fn new(bytes: usize) -> PlainBytes {
            PlainBytes((0..bytes as u64 / 8).collect())
        }

        /// Reads them all, 64 at a time.
        pub fn read(&self) -> u64 {
            let [mut a, mut b, mut c, mut d] = [u64x2_splat(0); 4];
            for line in self.0.as_chunks::<8>().0 {
                let line = line.as_ptr().cast::<v128>();
                // SAFETY: a line has 64 bytes, each load takes 16 of them and needs no alignment.
                unsafe {
                    a = v128_xor(a, v128_load(line));
                    b = v128_xor(b, v128_load(line.add(1)));
                    c = v128_xor(c, v128_load(line.add(2)));
                    d = v128_xor(d, v128_load(line.add(3)));
                }
            }
            u64x2_extract_lane::<0>(v128_xor(v128_xor(a, b), v128_xor(c, d)))
        }
    }
}

fn main() {}
