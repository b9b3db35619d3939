//! The pack's promises, on two small packs that every build opens: `tests/data/small-0.a2v`, and `extras-0.a2v` with all
//! that a publisher may add, which the tests in the browser show, too.
//!
//! Run with `ARTIST2VEC_WRITE_GOLDEN=1` to write the file of the current format version where it is absent; a file that
//! exists is never changed.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use artist2vec::catalog::metadata::{CorpusSummary, Provenance, Source, Step};
use artist2vec::catalog::{
    AlignedBytes, FormatError, PACK, Pack, PackContent, PackMetadata, QuantisationLoss, Term, quantise,
};

fn golden(version: u16) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/small-{version}.a2v"))
}

/// The golden file's bytes and those that this program writes for the same content.
fn golden_and_encoded(path: &Path, content: &PackContent) -> (Vec<u8>, AlignedBytes) {
    let encoded = content.encode().unwrap();
    if !path.exists() && std::env::var_os("ARTIST2VEC_WRITE_GOLDEN").is_some() {
        std::fs::write(path, encoded.as_slice()).unwrap();
    }
    (std::fs::read(path).unwrap(), encoded)
}

/// Forty artists on a spiral, with everything but what [`extras`] adds.
fn small() -> PackContent {
    let artists = 40_u16;
    let corpus = CorpusSummary {
        sources: vec![Source { name: "small.tsv".into(), playlists: 7, mentions: 900 }],
        playlists: 7,
        mentions: 900,
        artists: 41,
        playlist_lengths: vec![3, 2, 1, 1],
        digest: "0badcafe".into(),
    };
    let names = ["Drake", "Björk", "宇多田ヒカル", "!!!", "The The", "Orbital", "Orbital"];
    let name = |i: u16| names.get(usize::from(i)).map_or_else(|| format!("Artist {i}"), |&name| name.to_owned());
    // Every tenth of a turn one number rises and another falls: plain arithmetic, the same on every machine.
    let number = |i: u16, d: u16| f32::from((i * 7 + d * 11 + i * d) % 41) - 20.0;
    let vectors: Vec<f32> = (0..artists).flat_map(|i| (0..9).map(move |d| number(i, d))).collect();
    PackContent {
        metadata: PackMetadata {
            title: "Small".into(),
            terms: "For tests.".into(),
            provenance: Provenance { corpus, steps: vec![Step::new("train").setting("seed", 1)] },
            quantisation: QuantisationLoss { sample: 40, recall_at_20: 0.99, mean_score_error: 0.001 },
        },
        names: (0..artists).map(name).collect(),
        ids: (0..artists).map(|i| if i % 3 == 0 { format!("spotify:artist:{i:022}") } else { String::new() }).collect(),
        mentions: (0..artists).map(|i| 1000 / (u32::from(i) + 1)).collect(),
        genres: (0..artists)
            .map(|i| if i % 2 == 0 { vec!["rap".into(), format!("genre {}", i % 5)] } else { vec![] })
            .collect(),
        positions: (0..artists * 3).map(|i| f32::from(i % 17) / 17.0 - 0.5).collect(),
        dimensions: 9,
        vectors: quantise(&vectors, 9),
        ..Default::default()
    }
}

/// The same with all that a publisher may add.
fn extras() -> PackContent {
    let thumbnail = include_bytes!("data/thumbnail.jpg");
    PackContent {
        metadata: PackMetadata { title: "Extras".into(), ..small().metadata },
        followers: (0..40).map(|i| (i % 3 > 0).then_some(i * 123_456)).collect(),
        picture_links: (0..40)
            .map(|i| if i % 4 > 0 { format!("https://a.example/{i}") } else { String::new() })
            .collect(),
        thumbnails: (0..40).map(|i| if i % 5 > 0 { thumbnail.to_vec() } else { vec![] }).collect(),
        credits: vec!["Followers: Example (2026-11-22)".into(), "Pictures: Example (2026-11-22)".into()],
        ..small()
    }
}

fn open(bytes: &[u8]) -> Result<Pack, FormatError> {
    Pack::open(AlignedBytes::from(bytes))
}

#[test]
fn the_golden_pack_opens_and_answers() {
    let (bytes, encoded) = golden_and_encoded(&golden(PACK.version), &small());
    let pack = open(&bytes).unwrap();
    assert_eq!((pack.len(), pack.dimensions(), pack.name(2)), (40, 9, "宇多田ヒカル"));
    assert_eq!(pack.metadata().provenance.corpus.playlist_lengths, [3, 2, 1, 1]);
    assert_eq!(pack.genres(4), ["rap", "genre 4"]);
    let answer = pack.query(&[Term { artist: 0, weight: 1.0 }, Term { artist: 5, weight: -1.0 }], 3).unwrap();
    let bits: Vec<(u32, u32)> = answer.iter().map(|n| (n.artist, n.score.to_bits())).collect();
    assert_eq!(bits, GOLDEN_ANSWER);
    // What is written today is what was written when the file was made, but for the program's version.
    if env!("CARGO_PKG_VERSION") == "0.1.0" {
        assert_eq!(encoded.as_slice(), bytes);
    }
}

#[test]
fn the_golden_pack_with_extras_opens() {
    let path = golden(PACK.version).with_file_name(format!("extras-{}.a2v", PACK.version));
    let (bytes, encoded) = golden_and_encoded(&path, &extras());
    let pack = open(&bytes).unwrap();
    assert_eq!([1, 3, 13].map(|artist| pack.followers(artist)), [Some(123_456), None, Some(1_604_928)]);
    assert_eq!((pack.picture_link(1), pack.picture_link(4)), ("https://a.example/1", ""));
    assert_eq!((pack.thumbnail(1), pack.thumbnail(5)), (&include_bytes!("data/thumbnail.jpg")[..], &[][..]));
    assert_eq!(pack.credits().count(), 2);
    if env!("CARGO_PKG_VERSION") == "0.1.0" {
        assert_eq!(encoded.as_slice(), bytes);
    }
}

const GOLDEN_ANSWER: [(u32, u32); 3] = [(16, 1_056_132_418), (20, 1_054_981_603), (8, 1_054_979_953)];

#[test]
fn every_truncation_is_refused() {
    let bytes = std::fs::read(golden(PACK.version)).unwrap();
    for length in 0..bytes.len() {
        let error = open(&bytes[..length]).expect_err("a cut pack must not open");
        assert!(
            matches!(error, FormatError::Truncated { .. } | FormatError::OtherFile { .. }),
            "cut to {length} bytes: {error}"
        );
    }
}

#[test]
fn ten_thousand_flipped_bits_are_refused() {
    let bytes = std::fs::read(golden(PACK.version)).unwrap();
    let mut rng = artist2vec::rng::Rng::new(7);
    for _ in 0..10_000 {
        let mut damaged = AlignedBytes::from(bytes.as_slice());
        let bit = rng.below(bytes.len() as u64 * 8);
        damaged.as_mut_slice()[(bit / 8) as usize] ^= 1 << (bit % 8);
        assert!(Pack::open(damaged).is_err(), "bit {bit}");
    }
}

#[test]
fn other_versions_and_other_files_say_what_they_are() {
    let bytes = std::fs::read(golden(PACK.version)).unwrap();
    let mut newer = bytes.clone();
    newer[12] = 9;
    newer[14] = 9;
    let error = open(&newer).unwrap_err();
    assert!(matches!(error, FormatError::OtherVersion { found: 9, .. }), "{error}");
    let mut model = bytes;
    model[8..12].copy_from_slice(b"MODL");
    assert!(matches!(open(&model).unwrap_err(), FormatError::OtherKind { .. }));
    assert!(matches!(open(b"<!doctype html>").unwrap_err(), FormatError::OtherFile { .. }));
    assert!(open(&[]).is_err());
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        proptest::prop_assert!(open(&bytes).is_err());
    }

    /// Damage behind right checksums: every section's bytes replaced, the container rebuilt around them.
    #[test]
    fn sections_with_right_checksums_never_panic(section in 0_usize..21, noise: Vec<u8>) {
        use artist2vec::catalog::container::{self, Container};
        let whole = extras().encode().unwrap();
        let container = Container::open(&PACK, whole.as_slice()).unwrap();
        let sections: Vec<_> = container
            .entries()
            .iter()
            .enumerate()
            .map(|(i, entry)| (entry.tag, if i == section { noise.as_slice() } else { container.section(entry.tag).unwrap() }))
            .collect();
        if let Ok(pack) = Pack::open(container::encode(&PACK, &sections).unwrap()) {
            let _ = (pack.query(&[Term { artist: 0, weight: 1.0 }], 5), pack.search("a", 5), pack.genres(0), pack.key(0));
            let _ = (pack.followers(1), pack.picture_link(1), pack.thumbnail(1), pack.credits().count());
        }
    }
}
