//! The native half of "the same answers natively and in the browser": see `answers/mod.rs`, and `web.rs` for the other.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod answers;

use std::fs;
use std::path::Path;

use artist2vec::catalog::{AlignedBytes, EncodedPack, MANIFEST_FILE, Manifest, PartEntry};

#[test]
fn the_demo_pack_answers_as_committed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = root.join("data/demo");
    let manifest: Manifest = serde_json::from_slice(&fs::read(demo.join(MANIFEST_FILE)).unwrap()).unwrap();
    let read = |part: &PartEntry| AlignedBytes::from(fs::read(demo.join(&part.file)).unwrap().as_slice());
    let parts = manifest.parts.iter().map(read).collect();
    let found = answers::ask(&EncodedPack { manifest, parts }.open().unwrap());
    if std::env::var_os("UPDATE_ANSWERS").is_some() {
        fs::write(root.join("tests/answers/expected.tsv"), found).unwrap();
    } else {
        answers::assert_expected(&found);
    }
}
