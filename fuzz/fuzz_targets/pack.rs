//! Packs and manifests from a stranger: hostile sections of every part behind right checksums and hashes.
//!
//! `cargo +nightly fuzz run pack`
#![no_main]

use std::sync::LazyLock;

use artist2vec::catalog::container::{self, Container};
use artist2vec::catalog::questions::{Method, Options, Term};
use artist2vec::catalog::{AlignedBytes, EncodedPack, Manifest, PACK, Pack, PackContent, WordContent, sha256_hex};
use libfuzzer_sys::fuzz_target;

/// A small pack with every part and every section.
static SOUND: LazyLock<EncodedPack> = LazyLock::new(|| {
    let texts = |prefix: &str| (0..6).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
    let content = PackContent {
        names: texts("artist "),
        ids: texts("id:"),
        mentions: vec![9, 8, 8, 3, 1, 0],
        genres: vec![vec!["rap".into()]; 6],
        positions: (0..18_u8).map(f32::from).collect(),
        dimensions: 3,
        vectors: (0..18_u8).map(|i| f32::from(i % 7) - 3.0).collect(),
        weights: vec![1.0; 3],
        norms: vec![1.0; 6],
        biases: vec![0.5; 6],
        words: WordContent { words: texts("word"), titles: vec![1; 6], vectors: vec![0.5; 18], norms: vec![1.0; 6] },
        followers: vec![Some(7); 6],
        picture_links: texts("https://a.example/"),
        thumbnails: vec![vec![0xff, 0xd8, 0xff, 0]; 6],
        together: (0..6).map(|i| vec![((i + 1) % 6, 3)]).collect(),
        credits: texts("credit "),
        first_block: 4,
        ..PackContent::default()
    };
    content.encode().expect("a sound pack")
});

/// Asks an opened pack everything that the page asks.
fn ask(pack: &Pack) {
    for artist in 0..pack.len().min(4) as u32 {
        let _ = (pack.name(artist), pack.genres(artist), pack.find_key(&pack.key(artist)));
        let _ = (pack.followers(artist), pack.picture_link(artist), pack.thumbnail(artist));
        let _ = pack.blend(&[Term::artist(artist, 1.0), Term::artist(0, -0.5)], Method::Add, &Options::default());
    }
    let _ = (pack.search("a", 8), pack.positions(), pack.metadata(), pack.credits().count());
}

fuzz_target!(|data: &[u8]| {
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(data)
        && let Ok(pack) = Pack::begin(manifest)
    {
        let _ = pack.with_part(0, &AlignedBytes::from(data));
    }
    // The first byte chooses a part, the second one of its sections (or the whole part), the rest stands there instead.
    let [part, section, noise @ ..] = data else { return };
    let mut pack = SOUND.clone();
    let part = usize::from(*part) % pack.parts.len();
    let bytes = {
        let container = Container::open(&PACK, pack.parts[part].as_slice()).expect("a sound part");
        let section = usize::from(*section) % (container.entries().len() + 1);
        let sections: Vec<_> = container
            .entries()
            .iter()
            .enumerate()
            .map(|(i, entry)| (entry.tag, if i == section { noise } else { container.section(entry.tag).expect("its section") }))
            .collect();
        if section == sections.len() { AlignedBytes::from(noise) } else { container::encode(&PACK, &sections).expect("it fits") }
    };
    let entry = &mut pack.manifest.parts[part];
    (entry.bytes, entry.sha256) = (bytes.len() as u64, sha256_hex(bytes.as_slice()));
    pack.parts[part] = bytes;
    if let Ok(pack) = pack.open() {
        ask(&pack);
    }
});
