//! Corpora and models with hostile sections behind right checksums, which raw bytes never get past.
//!
//! `cargo +nightly fuzz run corpus_and_model`
#![no_main]

use artist2vec::catalog::container::{self, Container, FileKind, Tag};
use artist2vec::catalog::metadata::{CorpusSummary, Provenance, encode_metadata};
use artist2vec::corpus::{CORPUS, Corpus, TitleVocabulary};
use artist2vec::progress::Silent;
use artist2vec::training::{MODEL, Model, Settings, train};
use libfuzzer_sys::fuzz_target;

const CORPUS_TAGS: [Tag; 10] =
    [*b"NAMO", *b"NAME", *b"IDSO", *b"IDS ", *b"MENT", *b"ENDS", *b"PLAY", *b"TITO", *b"TITL", *b"ORDR"];

const MODEL_TAGS: [Tag; 17] = [
    *b"NAMO", *b"NAME", *b"IDSO", *b"IDS ", *b"MENT", *b"DIMS", *b"VECI", *b"VECO", *b"BIAS", *b"WRDO", *b"WORD", *b"WRDM",
    *b"WRDI", *b"WRDV", *b"CKPT", *b"LOSS", *b"MX00",
];

/// Sections from the fuzzer's bytes, one byte of length before each, and provenance with the digest of what precedes it.
fn file(kind: &'static FileKind, tags: &[Tag], data: &[u8]) -> Option<Vec<u8>> {
    let mut rest = data;
    let mut sections: Vec<(Tag, &[u8])> = Vec::new();
    for &tag in tags {
        let Some((&length, tail)) = rest.split_first() else { break };
        let (section, tail) = tail.split_at(usize::from(length).min(tail.len()));
        sections.push((tag, section));
        rest = tail;
    }
    let without = container::encode(kind, &sections)?;
    let mut digest = crc32fast::Hasher::new();
    for entry in Container::open(kind, without.as_slice()).ok()?.entries() {
        digest.update(&entry.crc32.to_le_bytes());
    }
    let corpus = CorpusSummary { digest: format!("{:08x}", digest.finalize()), ..CorpusSummary::default() };
    let metadata = encode_metadata(&Provenance { corpus, steps: Vec::new() })?;
    sections.push((*b"META", &metadata));
    Some(container::encode(kind, &sections)?.as_slice().to_vec())
}

fuzz_target!(|data: &[u8]| {
    let Ok(directory) = tempfile::tempdir() else { return };
    let path = directory.path().join("file");
    let write = |bytes: Option<Vec<u8>>| bytes.is_some_and(|bytes| std::fs::write(&path, bytes).is_ok());
    if write(file(&CORPUS, &CORPUS_TAGS, data))
        && let Ok(corpus) = Corpus::open(&path)
    {
        for i in 0..corpus.len().min(8) {
            let _ = (corpus.playlist(i), corpus.title(i), corpus.is_ordered(i));
        }
        let _ = TitleVocabulary::new(&corpus, 1).telling();
        let settings = Settings { vector_size: 2, negative: 1, epochs: 1.into(), min_count: 1, ..Settings::default() };
        let _ = train(&corpus, &settings, &Silent);
    }
    if write(file(&MODEL, &MODEL_TAGS, data))
        && let Ok(model) = Model::read(&path)
    {
        model.write(&path).expect("what was read can be written");
        assert_eq!(Model::read(&path).expect("and read again").artists, model.artists);
    }
});
