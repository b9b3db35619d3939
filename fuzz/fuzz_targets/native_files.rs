//! Files that the native program reads back: corpora, models, layouts, and other programs' vectors.
//!
//! `cargo +nightly fuzz run native_files`
#![no_main]

use artist2vec::convert::{Known, Matrix, read_vectors};
use artist2vec::corpus::Corpus;
use artist2vec::layout::Layout;
use artist2vec::training::Model;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(directory) = tempfile::tempdir() else { return };
    for ending in ["bin", "txt", "fifu", "npy", "safetensors", "tsv"] {
        let path = directory.path().join("vectors").with_extension(ending);
        if std::fs::write(&path, data).is_ok() {
            let _ = read_vectors(&path, Matrix::Input, Known::Nothing);
        }
    }
    let path = directory.path().join("artefact");
    if std::fs::write(&path, data).is_ok() {
        let _ = (Corpus::open(&path), Model::read(&path), Layout::read(&path));
    }
});
