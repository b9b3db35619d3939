//! docs/FORMAT.md is enough to write a reader: `examples/read_pack.py` was written from it, in plain Python, and reads in
//! the golden packs what this program reads, scores equal to the bit.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use artist2vec::catalog::questions::Options;
use artist2vec::catalog::{Pack, sha256_hex};
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

#[test]
fn the_reader_refuses_damage() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/small-1");
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let vectors = open_pack(copy.path()).unwrap().manifest().parts[2].file.clone();
    let mut bytes = std::fs::read(copy.path().join(&vectors)).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(copy.path().join(&vectors), bytes).unwrap();
    let Some(output) = python(copy.path(), "Drake") else { return };
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("altered"), "{output:?}");
}
