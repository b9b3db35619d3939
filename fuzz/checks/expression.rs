//! Expressions from a stranger: read or refused, and what is read is written so that it is read back.

use std::sync::LazyLock;

use artist2vec::catalog::questions::{Method, Options};
use artist2vec::catalog::{Pack, PackContent, WordContent};

/// Names that try the reader.
const NAMES: [&str; 16] = [
    "Drake",
    "M",
    "-M-",
    "+/-",
    "blink-182",
    "2 Chainz",
    "311",
    ".38 Special",
    "A - B",
    "\"Weird Al\" Yankovic",
    "C+C",
    "Florence + The Machine",
    "artist: x",
    "back\\slash",
    "!!!",
    "Björk",
];

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let angles =
        |count: usize, first: f32| (0..count).flat_map(move |i| [(first + i as f32).cos(), (first + i as f32).sin()]);
    let content = PackContent {
        names: NAMES.map(String::from).to_vec(),
        ids: vec![String::new(); NAMES.len()],
        mentions: (0..NAMES.len() as u32).map(|i| 40 - i).collect(),
        positions: vec![0.0; 3 * NAMES.len()],
        dimensions: 2,
        vectors: angles(NAMES.len(), 0.0).collect(),
        words: WordContent {
            words: ["rap", "r&b", "m", "90s"].map(String::from).to_vec(),
            titles: vec![90, 30, 20, 10],
            vectors: angles(4, 0.5).collect(),
            norms: Vec::new(),
        },
        ..PackContent::default()
    };
    content.encode().and_then(|encoded| encoded.open()).expect("a sound pack")
});

/// Reads the text as an expression, and asks it if it is one.
pub(crate) fn check(text: &str) {
    if let Ok(terms) = PACK.parse(text) {
        let written = PACK.format(&terms);
        assert_eq!(PACK.parse(&written).as_ref(), Ok(&terms), "{written}");
        let _ = PACK.blend(&terms, Method::Add, &Options::default());
        let _ =
            (PACK.blend(&terms, Method::Multiply, &Options::default()), PACK.recommend(&terms, &Options::default()));
    }
}
