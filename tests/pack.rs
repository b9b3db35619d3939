//! The pack's promises, on two small packs that every build opens, for ever: `tests/data/small-1/`, and `extras-1/` with
//! all that a publisher may add, which the tests in the browser show, too.
//!
//! Run with `ARTIST2VEC_WRITE_GOLDEN=1` to write the packs of the current format version where they are absent; a pack
//! that exists is never changed.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use artist2vec::catalog::metadata::{CorpusSummary, Provenance, Source, Step};
use artist2vec::catalog::questions::{Method, Options, Term};
use artist2vec::catalog::{
    AlignedBytes, EncodedPack, FormatError, MANIFEST_FILE, Manifest, ManifestError, PACK, Pack, PackContent, PackError,
    PackMetadata, QuantisationLoss, WordContent, sha256_hex,
};
use artist2vec::export::OpenError;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{name}-{}", PACK.version))
}

fn read(folder: &Path) -> EncodedPack {
    let manifest: Manifest = serde_json::from_slice(&std::fs::read(folder.join(MANIFEST_FILE)).unwrap()).unwrap();
    let part = |file: &String| AlignedBytes::from(std::fs::read(folder.join(file)).unwrap().as_slice());
    EncodedPack { parts: manifest.parts.iter().map(|part| &part.file).map(part).collect(), manifest }
}

/// The golden pack, and what this program writes for the same content.
fn golden_and_encoded(folder: &Path, content: &PackContent) -> (EncodedPack, EncodedPack) {
    let encoded = content.encode().unwrap();
    if !folder.exists() && std::env::var_os("ARTIST2VEC_WRITE_GOLDEN").is_some() {
        std::fs::create_dir(folder).unwrap();
        for (entry, part) in encoded.manifest.parts.iter().zip(&encoded.parts) {
            std::fs::write(folder.join(&entry.file), part.as_slice()).unwrap();
        }
        std::fs::write(folder.join(MANIFEST_FILE), serde_json::to_vec_pretty(&encoded.manifest).unwrap()).unwrap();
    }
    (read(folder), encoded)
}

/// The same pack with one part's bytes replaced behind a right length and hash.
fn with_part(pack: &EncodedPack, part: usize, bytes: &[u8]) -> EncodedPack {
    let mut other = pack.clone();
    other.parts[part] = AlignedBytes::from(bytes);
    other.manifest.parts[part].bytes = bytes.len() as u64;
    other.manifest.parts[part].sha256 = sha256_hex(bytes);
    other
}

/// Forty artists on a spiral in two blocks, with everything but what [`extras`] adds.
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
        vectors,
        weights: (1..10_u8).map(f32::from).collect(),
        norms: (0..artists).map(|i| 1.0 + f32::from(i) / 8.0).collect(),
        biases: (0..artists).map(|i| f32::from(i) / -16.0).collect(),
        words: WordContent {
            words: ["chill", "rap", "90s"].map(String::from).to_vec(),
            titles: vec![30, 20, 10],
            vectors: (0..27).map(|i| number(i, 3)).collect(),
            norms: vec![1.0, 2.0, 3.0],
        },
        first_block: 25,
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
        // Each with the next one, and every third with the first, too.
        together: (0..40_u32)
            .map(|i| {
                if i == 39 {
                    vec![]
                } else if i % 3 == 1 {
                    vec![(i + 1, 50 - i), (0, 2)]
                } else {
                    vec![(i + 1, 50 - i)]
                }
            })
            .collect(),
        credits: vec!["Followers: Example (2026-11-22)".into(), "Pictures: Example (2026-11-22)".into()],
        ..small()
    }
}

#[test]
fn the_golden_pack_opens_and_answers() {
    let (stored, encoded) = golden_and_encoded(&golden("small"), &small());
    let pack = stored.open().unwrap();
    assert_eq!((pack.len(), pack.dimensions(), pack.name(2)), (40, 9, "宇多田ヒカル"));
    assert_eq!(pack.metadata().provenance.corpus.playlist_lengths, [3, 2, 1, 1]);
    assert_eq!((pack.words(), pack.word(2), pack.word_titles(2)), (3, "90s", 10));
    assert_eq!(pack.mentions()[24..27], [40, 38, 37]);
    let answer = pack.blend(&[Term::artist(0, 1.0), Term::artist(5, -1.0)], Method::Add, &Options::limit(3)).unwrap();
    let bits: Vec<(u32, u32)> = answer.iter().map(|n| (n.artist, n.score.to_bits())).collect();
    assert_eq!(bits, GOLDEN_ANSWER);
    // What is written today is what was written when the pack was made, but for the program's version.
    if env!("CARGO_PKG_VERSION") == "0.1.0" {
        assert_eq!(encoded.manifest, stored.manifest);
    }
}

#[test]
fn the_golden_pack_with_extras_opens() {
    let (stored, encoded) = golden_and_encoded(&golden("extras"), &extras());
    let pack = stored.open().unwrap();
    assert_eq!(pack.genres(4), ["rap", "genre 4"]);
    assert_eq!([1, 3, 13].map(|artist| pack.followers(artist)), [Some(123_456), None, Some(1_604_928)]);
    assert_eq!((pack.picture_link(1), pack.picture_link(4)), ("https://a.example/1", ""));
    assert_eq!((pack.thumbnail(1), pack.thumbnail(5)), (&include_bytes!("data/thumbnail.jpg")[..], &[][..]));
    assert_eq!(pack.credits().count(), 2);
    let together = [(2, 3), (3, 2), (0, 4), (0, 5)].map(|(a, b)| pack.playlists_together(a, b));
    assert_eq!(together, [Some(48), Some(48), Some(2), None]);
    if env!("CARGO_PKG_VERSION") == "0.1.0" {
        assert_eq!(encoded.manifest, stored.manifest);
    }
}

const GOLDEN_ANSWER: [(u32, u32); 3] = [(16, 1_056_105_677), (8, 1_055_029_050), (20, 1_054_942_449)];

#[test]
fn every_truncation_is_refused() {
    let pack = extras().encode().unwrap();
    for (i, part) in pack.parts.iter().enumerate() {
        // The manifest knows every length; a manifest that was made for the cut part does not help it.
        let step = part.len() / 400 + 1;
        for length in (0..part.len()).step_by(step) {
            let mut cut = pack.clone();
            cut.parts[i] = AlignedBytes::from(&part.as_slice()[..length]);
            assert!(
                matches!(cut.open(), Err(PackError::Manifest(ManifestError::OtherLength { .. }))),
                "part {i}, {length}"
            );
            let error = with_part(&pack, i, &part.as_slice()[..length]).open().expect_err("a cut part must not open");
            assert!(
                matches!(error, PackError::Format(FormatError::Truncated { .. } | FormatError::OtherFile { .. })),
                "part {i} cut to {length} bytes: {error}"
            );
        }
    }
}

#[test]
fn flipped_bits_are_refused() {
    let pack = small().encode().unwrap();
    let mut rng = artist2vec::rng::Rng::new(7);
    for (part, bytes) in pack.parts.iter().enumerate() {
        // A bit in each stretch of twelve bytes. The hash tells, and behind a right hash the checksums do.
        for stretch in (0..bytes.len() - 12).step_by(12) {
            let mut damaged = bytes.as_slice().to_vec();
            damaged[stretch + rng.below(12) as usize] ^= 1 << rng.below(8);
            let error = with_part(&pack, part, &damaged).open().expect_err("a damaged part must not open");
            assert!(matches!(error, PackError::Format(_)), "part {part}, {stretch}: {error}");
        }
    }
    let mut flipped = pack.clone();
    flipped.parts[2].as_mut_slice()[100] ^= 1;
    assert!(matches!(flipped.open(), Err(PackError::Manifest(ManifestError::OtherContent { .. }))));
}

#[test]
fn other_versions_and_other_files_say_what_they_are() {
    let pack = small().encode().unwrap();
    let names = pack.parts[0].as_slice().to_vec();
    let open = |bytes: &[u8]| match with_part(&pack, 0, bytes).open() {
        Err(PackError::Format(error)) => error,
        other => panic!("{other:?}"),
    };
    let mut newer = names.clone();
    newer[12] = 9;
    newer[14] = 9;
    let error = open(&newer);
    assert!(matches!(error, FormatError::OtherVersion { found: 9, .. }), "{error}");
    assert!(error.to_string().ends_with("Update artist2vec, or reload the page"), "{error}");
    let mut older = names.clone();
    (older[12], older[14]) = (0, 0);
    let error = open(&older);
    assert!(matches!(error, FormatError::OtherVersion { found: 0, .. }), "{error}");
    assert!(error.to_string().ends_with("Export it anew with `artist2vec export`"), "{error}");
    let mut model = names;
    model[8..12].copy_from_slice(b"MODL");
    assert!(matches!(open(&model), FormatError::OtherKind { .. }));
    assert!(matches!(open(b"<!doctype html>"), FormatError::OtherFile { .. }));
    assert!(matches!(open(&[]), FormatError::Truncated { .. }));
    let other = |found| PackError::Manifest(ManifestError::OtherVersion { found });
    let manifest = Manifest { version: 2, ..pack.manifest };
    assert_eq!(Pack::begin(manifest).map(|_| ()), Err(other(2)));
    // Whatever else such a manifest says.
    let folder = tempfile::tempdir().unwrap();
    let open = |json: &str| {
        std::fs::write(folder.path().join(MANIFEST_FILE), json).unwrap();
        artist2vec::export::open_pack(folder.path()).unwrap_err()
    };
    for (json, found) in [
        (r#"{"version": 2, "name": "Later"}"#, 2),
        (r#"{"version": "2", "parts": {}}"#, 2),
        (r#"{"version": 0}"#, 0),
        (r#"{"version": 99999999999}"#, u16::MAX),
    ] {
        let error = open(json);
        assert!(matches!(&error, OpenError::Pack { source, .. } if *source == other(found)), "{json}: {error}");
    }
    for json in [r#"{"version": 1}"#, r#"{"version": "1"}"#, r#"{"version": null}"#, r#"{"version": -1}"#, "[]", "{}"] {
        let error = open(json);
        assert!(matches!(error, OpenError::NotAManifest { .. }), "{json}: {error}");
    }
}

#[test]
fn lengths_and_numbers_of_a_liar_are_refused() {
    use artist2vec::catalog::container::{self, Container};
    let pack = extras().encode().unwrap();
    // Every section of every part, replaced by bytes that claim the most that can be claimed.
    let claims: [&[u8]; 6] = [&[], &[0xff; 5], &[0xff; 64], &[0x80, 0x80, 0x80, 0x80, 0x10], &[0; 64], &[0x7f; 8]];
    let nan: Vec<u8> = f32::NAN.to_le_bytes().repeat(9);
    let infinite: Vec<u8> = f32::INFINITY.to_le_bytes().repeat(9);
    let mut refused = 0;
    for (i, part) in pack.parts.iter().enumerate() {
        let container = Container::open(&PACK, part.as_slice()).unwrap();
        for at in 0..container.entries().len() {
            for claim in claims.iter().copied().chain([nan.as_slice(), infinite.as_slice()]) {
                let sections: Vec<_> = container
                    .entries()
                    .iter()
                    .enumerate()
                    .map(|(j, entry)| (entry.tag, if j == at { claim } else { container.section(entry.tag).unwrap() }))
                    .collect();
                let bytes = container::encode(&PACK, &sections).unwrap();
                let tag = container.entries()[at].tag;
                match with_part(&pack, i, bytes.as_slice()).open() {
                    Err(PackError::Format(FormatError::BadColumn { .. } | FormatError::OtherPart { .. })) => {
                        refused += 1;
                    }
                    Err(error) => panic!("part {i}, {}: {error}", String::from_utf8_lossy(&tag)),
                    // Columns of free numbers: a radius of zero, say, or weights that are missing.
                    Ok(_) => {
                        let free =
                            [b"RADI", b"POSN", b"WGTS", b"NORM", b"BIAS", b"WTIT", b"FOLW", b"THUM", b"CRED", b"AGEN"];
                        assert!(free.contains(&&tag), "part {i}, {}: {claim:?}", String::from_utf8_lossy(&tag));
                    }
                }
            }
        }
    }
    assert!(refused > 150, "{refused}");
}

/// Words lie on the axes of the vectors before them; no later part may bring others, not even behind a part without rows.
#[test]
fn axes_do_not_change_under_words() {
    let nobody = PackContent {
        dimensions: 2,
        words: WordContent { words: vec!["rap".into()], titles: vec![1], vectors: vec![0.6, 0.8], norms: vec![] },
        ..PackContent::default()
    };
    let somebody = PackContent {
        names: vec!["A".into(), "B".into()],
        ids: vec![String::new(); 2],
        mentions: vec![2, 1],
        positions: vec![0.0; 6],
        dimensions: 1,
        vectors: vec![1.0, -1.0],
        ..PackContent::default()
    };
    let (nobody, mut mixed) = (nobody.encode().unwrap(), somebody.encode().unwrap());
    let at = |pack: &EncodedPack, role: &str| pack.manifest.parts.iter().position(|part| part.role == role).unwrap();
    let behind = at(&mixed, "vectors");
    for role in ["words", "vectors"] {
        let from = at(&nobody, role);
        mixed.manifest.parts.insert(behind, nobody.manifest.parts[from].clone());
        mixed.parts.insert(behind, nobody.parts[from].clone());
    }
    let roles: Vec<&str> = mixed.manifest.parts.iter().map(|part| part.role.as_str()).collect();
    assert_eq!(roles[behind..behind + 3], ["vectors", "words", "vectors"]);
    let error = mixed.open().expect_err("the second axes must be refused");
    assert!(matches!(error, PackError::Format(FormatError::BadColumn { .. })), "{error}");
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(part in 0_usize..8, bytes: Vec<u8>) {
        let pack = small().encode().unwrap();
        proptest::prop_assert!(with_part(&pack, part, &bytes).open().is_err());
    }

    /// Damage behind right checksums: a section's bytes replaced, the container and the manifest made for it.
    #[test]
    fn sections_with_right_checksums_never_panic(part in 0_usize..12, section in 1_usize..9, noise: Vec<u8>) {
        use artist2vec::catalog::container::{self, Container};
        let whole = extras().encode().unwrap();
        let part = part % whole.parts.len();
        let container = Container::open(&PACK, whole.parts[part].as_slice()).unwrap();
        let sections: Vec<_> = container
            .entries()
            .iter()
            .enumerate()
            .map(|(i, entry)| (entry.tag, if i == section { noise.as_slice() } else { container.section(entry.tag).unwrap() }))
            .collect();
        let bytes = container::encode(&PACK, &sections).unwrap();
        if let Ok(pack) = with_part(&whole, part, bytes.as_slice()).open() {
            let _ = (pack.similar(0, &Options::limit(5)), pack.search("a", 5), pack.genres(0), pack.key(0));
            let _ = (pack.followers(1), pack.picture_link(1), pack.thumbnail(1), pack.credits().count());
        }
    }

    /// Manifests from a stranger are refused or hold together.
    #[test]
    fn manifests_never_panic(
        version in 0_u16..3, artists: Option<u32>, parts: Vec<(u8, Option<u32>, u16, Option<u32>, u32)>,
    ) {
        use artist2vec::catalog::PartEntry;
        let roles = ["names", "map", "vectors", "lyrics"];
        // Where chance says nothing, a part begins where the one before ended, and there are as many artists as names.
        let mut ends = [0_u32; 4];
        let parts: Vec<_> = parts.iter().enumerate().map(|(i, &(role, first, few, rows, bytes))| {
            let role = usize::from(role) % 4;
            let (first, rows) = (first.unwrap_or(ends[role]), rows.unwrap_or(few.into()));
            ends[role] = first.wrapping_add(rows);
            let (role, file, bytes) = (roles[role].into(), format!("{i}.a2v"), bytes.into());
            PartEntry { role, first, rows, file, bytes, sha256: "0".repeat(64) }
        }).collect();
        let manifest = Manifest { version, title: String::new(), artists: artists.unwrap_or(ends[0]), parts };
        if let Ok(pack) = Pack::begin(manifest) {
            let names = pack.manifest().parts.iter().filter(|part| part.role == "names");
            proptest::prop_assert_eq!(names.map(|part| part.rows as usize).sum::<usize>(), pack.len());
            let next = pack.next_part(|_| true).map(|(number, _)| number);
            if let Some(number) = next {
                proptest::prop_assert!(pack.with_part(number, &AlignedBytes::zeroed(64)).is_err());
            }
        }
    }
}
