//! Packs and manifests from a stranger: raw bytes, and hostile sections behind right checksums.
//!
//! `cargo +nightly fuzz run pack`
#![no_main]

use artist2vec::catalog::container::{self, Tag};
use artist2vec::catalog::{AlignedBytes, Manifest, PACK, Pack, Term};
use libfuzzer_sys::fuzz_target;

const TAGS: [Tag; 21] = [
    *b"META", *b"NAMO", *b"NAME", *b"MENT", *b"IDSO", *b"IDS ", *b"GENO", *b"GENR", *b"AGNO", *b"AGEN", *b"POSN", *b"DIMS",
    *b"SCAL", *b"CODE", *b"FOLW", *b"PICO", *b"PICT", *b"THMO", *b"THUM", *b"CREO", *b"CRED",
];

/// Asks an opened pack everything that the page asks.
fn ask(pack: &Pack) {
    for artist in 0..pack.len().min(4) as u32 {
        let _ = (pack.name(artist), pack.genres(artist), pack.find_key(&pack.key(artist)));
        let _ = (pack.followers(artist), pack.picture_link(artist), pack.thumbnail(artist));
        let _ = pack.query(&[Term { artist, weight: 1.0 }, Term { artist: 0, weight: -0.5 }], 20);
    }
    let _ = (pack.search("a", 8), pack.positions(), pack.metadata(), pack.credits().count());
}

fuzz_target!(|data: &[u8]| {
    if let Ok(pack) = Pack::open(AlignedBytes::from(data)) {
        ask(&pack);
    }
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(data) {
        let _ = (manifest.check(), manifest.verify(data));
    }
    // Each section: one byte of length, then that many bytes; the first ten make a pack without genres.
    let mut rest = data;
    let mut sections: Vec<(Tag, &[u8])> = Vec::new();
    for tag in TAGS {
        let Some((&length, tail)) = rest.split_first() else { break };
        let (section, tail) = tail.split_at(usize::from(length).min(tail.len()));
        sections.push((tag, section));
        rest = tail;
    }
    if let Some(bytes) = container::encode(&PACK, &sections)
        && let Ok(pack) = Pack::open(bytes)
    {
        ask(&pack);
    }
});
