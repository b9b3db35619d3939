//! Playlists from a stranger, in every form that ingest reads.
//!
//! `cargo +nightly fuzz run playlists`
#![no_main]

use artist2vec::corpus::{Corpus, IngestSettings, ingest};
use artist2vec::progress::Silent;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(directory) = tempfile::tempdir() else { return };
    for name in ["a.json", "a.tsv", "a.json.gz", "a.zip"] {
        let input = directory.path().join(name);
        let output = directory.path().join("corpus.a2c");
        if std::fs::write(&input, data).is_err() {
            return;
        }
        let settings = IngestSettings { inputs: vec![input], ..IngestSettings::default() };
        if ingest(&settings, &output, &Silent).is_ok() {
            Corpus::open(&output).expect("what ingest wrote opens");
        }
    }
});
