//! docs/FORMAT.md is enough to write a reader: `examples/read_pack.py` was written from it, in plain Python, and reads in
//! the golden packs what this program reads, scores equal to the bit.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use artist2vec::catalog::container::{self, Container, Tag};
use artist2vec::catalog::questions::Options;
use artist2vec::catalog::{AlignedBytes, MANIFEST_FILE, PACK, Pack, sha256_hex};
use artist2vec::export::open_pack;
use serde_json::{Value, json};

fn python(pack: &Path, what: &str) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/read_pack.py");
    match Command::new("python3").arg(script).arg(pack).arg(what).env("PYTHONIOENCODING", "utf-8").output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: there is no python3 here ({error})");
            None
        }
    }
}

fn expected(pack: &Pack) -> Vec<Value> {
    let artists = (0..pack.len() as u32).map(|artist| {
        let nearest = pack.similar(artist, &Options::limit(3)).unwrap();
        let place = artist as usize * 3;
        json!({
            "name": pack.name(artist),
            "id": pack.stable_id(artist),
            "mentions": pack.mentions()[artist as usize],
            "position": pack.positions()[place..place + 3].iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            "genres": pack.genres(artist),
            "followers": pack.followers(artist),
            "picture": pack.picture_link(artist),
            "thumbnail": sha256_hex(pack.thumbnail(artist))[..8],
            "together": pack
                .playlists_together(artist, artist + 1)
                .map(|count| (artist + 1, count))
                .into_iter()
                .collect::<Vec<_>>(),
            "nearest": nearest.iter().map(|n| (n.artist, n.score.to_bits())).collect::<Vec<_>>(),
        })
    });
    let words = (0..pack.words()).map(|word| json!({ "word": pack.word(word), "titles": pack.word_titles(word) }));
    let credits = pack.credits().map(|credit| json!({ "credit": credit }));
    artists.chain(words).chain(credits).collect()
}

#[test]
fn a_reader_written_from_the_document_agrees() {
    for name in ["small-1", "extras-1"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let Some(output) = python(&folder, "--dump") else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: Vec<Value> =
            String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = expected(&open_pack(&folder).unwrap());
        assert_eq!(read.len(), expected.len());
        for (read, expected) in read.iter().zip(&expected) {
            assert_eq!(read, expected);
        }
    }
}

/// A copy of the golden pack, to be damaged.
fn small() -> tempfile::TempDir {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/small-1");
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

/// Changes the manifest of a pack.
fn change_manifest(pack: &Path, change: impl FnOnce(&mut Value)) {
    let path = pack.join(MANIFEST_FILE);
    let mut manifest = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

/// Changes the first part of a role, behind a right length and hash.
fn change_part(pack: &Path, role: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) {
    change_manifest(pack, |manifest| {
        let mut parts = manifest["parts"].as_array_mut().unwrap().iter_mut();
        let part = parts.find(|part| part["role"] == role).unwrap();
        let path = pack.join(part["file"].as_str().unwrap());
        let bytes = change(&std::fs::read(&path).unwrap());
        (part["bytes"], part["sha256"]) = (bytes.len().into(), sha256_hex(&bytes).into());
        std::fs::write(path, bytes).unwrap();
    });
}

/// The same part with the beginning of one section replaced, behind right checksums.
fn with_section(part: &[u8], tag: Tag, begin: &[u8]) -> Vec<u8> {
    let part = AlignedBytes::from(part);
    let container = Container::open(&PACK, part.as_slice()).unwrap();
    let mut changed = container.section(tag).unwrap().to_vec();
    changed[..begin.len()].copy_from_slice(begin);
    let section = |other: Tag| if other == tag { changed.as_slice() } else { container.section(other).unwrap() };
    let sections: Vec<_> = container.entries().iter().map(|entry| (entry.tag, section(entry.tag))).collect();
    container::encode(&PACK, &sections).unwrap().as_slice().to_vec()
}

/// The reader refuses the pack in one line, which says `because`, and so does this program.
fn refused(pack: &Path, because: &str) {
    assert!(open_pack(pack).is_err(), "{because}: this program opens it");
    let Some(output) = python(pack, "Drake") else { return };
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{because}: {said}");
    assert!(said.contains(because) && said.lines().count() == 1 && !said.contains("Traceback"), "{because}: {said}");
}

#[test]
fn the_reader_refuses_manifests_that_lie() {
    let check = |change: &dyn Fn(&mut Value), because: &str| {
        let pack = small();
        change_manifest(pack.path(), change);
        refused(pack.path(), because);
    };
    check(&|manifest| *manifest = json!([]), "not built like one");
    check(&|manifest| manifest["parts"] = json!([5]), "not built like one");
    check(&|manifest| manifest["parts"] = json!({}), "lacks parts");
    check(&|manifest| manifest["version"] = json!(2), "manifest version 2");
    check(&|manifest| manifest["artists"] = json!(41), "more or fewer artists");
    check(&|manifest| manifest["parts"] = json!([]), "more or fewer artists");
    for file in ["../x.a2v", "/x.a2v", ".x.a2v", "x.js", "x.a2v\n", &format!("{}.a2v", "x".repeat(197))] {
        check(&|manifest| manifest["parts"][0]["file"] = json!(file), "no plain file name");
    }
    check(&|manifest| manifest["parts"][1]["file"] = manifest["parts"][0]["file"].clone(), "named twice");
    check(&|manifest| manifest["parts"][0]["first"] = json!(1), "does not begin where");
    check(&|manifest| manifest["parts"][0]["rows"] = json!(24), "does not begin where");
}

#[test]
fn the_reader_refuses_numbers_that_cannot_be() {
    let check = |role: &str, change: &dyn Fn(&[u8]) -> Vec<u8>, because: &str| {
        let pack = small();
        change_part(pack.path(), role, change);
        refused(pack.path(), because);
    };
    for number in [f32::NAN, f32::INFINITY, -1.0] {
        let bytes = number.to_le_bytes();
        check("map", &|part| with_section(part, *b"RADI", &bytes), "a radius that cannot be");
        check("vectors", &|part| with_section(part, *b"STEP", &bytes), "a step that cannot be");
        check("vectors", &|part| with_section(part, *b"WGTS", &bytes), "a weight that cannot be");
    }
    // Zero, and a number so small that processors differ in what they do with it.
    for number in [0.0, f32::MIN_POSITIVE / 2.0] {
        check("vectors", &|part| with_section(part, *b"STEP", &number.to_le_bytes()), "a step that cannot be");
    }
    for width in [0, 9] {
        check("vectors", &|part| with_section(part, *b"WIDE", &[width]), "a width that cannot be");
    }
    check("vectors", &|part| with_section(part, *b"NORM", &f32::NAN.to_le_bytes()), "a lowest or a step");
    // A reserved byte of the header, behind a right checksum.
    let reserved = |part: &[u8]| {
        let mut part = part.to_vec();
        part[30] = 1;
        let table = 64 + 32 * usize::from(part[24]);
        let mut crc = crc32fast::Hasher::new();
        crc.update(&part[..60]);
        crc.update(&part[64..table]);
        part[60..64].copy_from_slice(&crc.finalize().to_le_bytes());
        part
    };
    check("names", &reserved, "reserved bytes are not zero");
}

#[test]
fn the_reader_refuses_damage() {
    let copy = small();
    let vectors = open_pack(copy.path()).unwrap().manifest().parts[2].file.clone();
    let mut bytes = std::fs::read(copy.path().join(&vectors)).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(copy.path().join(&vectors), bytes).unwrap();
    let Some(output) = python(copy.path(), "Drake") else { return };
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("altered"), "{output:?}");
}
