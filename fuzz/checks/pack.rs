//! Packs from a stranger: hostile sections of every part behind right checksums and hashes.

use std::sync::LazyLock;

use artist2vec::catalog::container::{self, Container};
use artist2vec::catalog::questions::{Item, Length, Method, Options, PathOptions, Pole, Term};
use artist2vec::catalog::{AlignedBytes, EncodedPack, PACK, Pack, PackContent, WordContent, sha256_hex};

/// A small pack with every part and every section.
pub(crate) static SOUND: LazyLock<EncodedPack> = LazyLock::new(|| {
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

/// Asks an opened pack everything that it can be asked.
pub(crate) fn ask(pack: &Pack) {
    let few = Options::limit(3);
    for artist in 0..pack.len().min(6) as u32 {
        let _ = (pack.name(artist), pack.genres(artist), pack.find_key(&pack.key(artist)));
        let _ = (pack.followers(artist), pack.picture_link(artist), pack.thumbnail(artist));
        let _ = (pack.descriptive_words(artist, 3), pack.playlists_together(artist, 0), pack.fits(&[0, artist]));
        let terms = [Term::artist(artist, 1.0), Term::artist(0, -0.5), Term::word(artist, 0.7)];
        for method in [Method::Add, Method::Multiply] {
            let _ = (pack.blend(&terms, method, &few), pack.subtraction(&terms, method, &few));
        }
        let options = Options { temper: 0.5, diversity: 0.5, ..few.clone() };
        let _ = (pack.recommend(&terms, &options), pack.why(&terms, artist, &few));
        let _ = (pack.similarity(Item::Artist(artist), Item::Word(0)), pack.rank(Item::Word(artist), 0));
        for length in [Length::Exactly(artist as usize + 2), Length::Shortest(0.0), Length::Shortest(0.9)] {
            let bypass = vec![(artist + 2) % 6];
            let _ = pack.path(&[artist, 1, 4], &PathOptions { length, bypass, ..PathOptions::default() });
        }
        let _ = pack.nearest_of(Item::Word(0), &[artist, 1]);
    }
    if let Ok(axis) = pack.axis(&Pole::Items(vec![Item::Artist(0)]), &Pole::Genre("rap".into())) {
        let _ = (pack.places(&axis), pack.high_end(&axis, &few), pack.end_words(&axis));
    }
    let _ = (pack.strongest_axes(2), pack.search("a", 8), pack.find_name("artist 1"), pack.parse("artist 1 - word2"));
    let _ = (pack.positions(), pack.mentions(), pack.vectors(), pack.metadata(), pack.credits().count());
    let _ = (pack.words(), pack.word(0), pack.word_titles(0));
}

/// Opens what the bytes make of the sound pack, and asks it if it opens.
///
/// The first byte chooses a part, the second one of its sections (or the whole part). Where the third is even, the rest
/// stands in its place; where it is odd, three bytes each of the rest change one byte of it: place, place, value.
pub(crate) fn check(data: &[u8]) {
    let [part, section, way, noise @ ..] = data else { return };
    let mut pack = SOUND.clone();
    let part = usize::from(*part) % pack.parts.len();
    let changed = |sound: &[u8]| {
        if way % 2 == 0 {
            return noise.to_vec();
        }
        let mut bytes = sound.to_vec();
        for change in noise.as_chunks::<3>().0 {
            let place = usize::from(change[0]) << 8 | usize::from(change[1]);
            let length = bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(place % length) {
                *byte = change[2];
            }
        }
        bytes
    };
    let bytes = {
        let sound = pack.parts[part].as_slice();
        let container = Container::open(&PACK, sound).expect("a sound part");
        let entries = container.entries();
        match usize::from(*section) % (entries.len() + 1) {
            whole if whole == entries.len() => AlignedBytes::from(changed(sound).as_slice()),
            chosen => {
                let sections = entries.iter().map(|entry| container.section(entry.tag).expect("its section"));
                let mut sections: Vec<Vec<u8>> = sections.map(<[u8]>::to_vec).collect();
                sections[chosen] = changed(&sections[chosen]);
                let sections: Vec<_> = entries.iter().map(|entry| entry.tag).zip(&sections).collect();
                let sections: Vec<_> = sections.iter().map(|&(tag, bytes)| (tag, bytes.as_slice())).collect();
                container::encode(&PACK, &sections).expect("it fits")
            }
        }
    };
    let entry = &mut pack.manifest.parts[part];
    (entry.bytes, entry.sha256) = (bytes.len() as u64, sha256_hex(bytes.as_slice()));
    pack.parts[part] = bytes;
    if let Ok(pack) = pack.open() {
        ask(&pack);
    }
}
