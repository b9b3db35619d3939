//! Questions to the demo pack and the answers that are committed for them, asked natively by `demo_answers.rs` and in
//! the browser by `web.rs`: both must give the same lists, scores equal bit for bit.

use artist2vec::catalog::questions::{Item, Method, Options, Term};
use artist2vec::catalog::{NameMatch, Pack};

/// The committed answers. After a new demo pack: `UPDATE_ANSWERS=1 cargo test --test demo_answers`.
pub(crate) const EXPECTED: &str = include_str!("expected.tsv");

const QUERIES: &[&[(&str, f32)]] = &[
    &[("Miles Davis", 1.0)],
    &[("Metallica", 1.0)],
    &[("Drake", 1.0)],
    &[("Taylor Swift", 1.0)],
    &[("Björk", 1.0)],
    &[("Bad Bunny", 1.0)],
    &[("Johann Sebastian Bach", 1.0)],
    &[("BTS", 1.0)],
    &[("Miles Davis", 1.0), ("John Coltrane", -1.0)],
    &[("Radiohead", 1.0), ("Daft Punk", 1.0), ("Coldplay", -1.0)],
    &[("Kendrick Lamar", 0.25), ("Nina Simone", 0.75)],
];

const TYPED: &[&str] = &[
    "bjork",
    "the b",
    "JAY",
    "beyonce",
    "guns n",
    "a",
    "zzzz",
    "beyonse",
    "tschaikowsky",
    "asap rocky",
    "P!nk",
    "The The",
    "beatles, the",
    "宇多田",
    "radiohed",
    "simon and g",
];

/// Asks everything: one line a query, one line an answer (rank, score's bits, key, name).
///
/// # Panics
/// Where an artist of the queries is not in the pack.
pub(crate) fn ask(pack: &Pack) -> String {
    let mut lines = vec![format!("pack\t{}\t{}\n", pack.len(), pack.dimensions())];
    for query in QUERIES {
        let terms: Vec<Term> = query
            .iter()
            .map(|&(name, weight)| {
                let artist = pack.find_key(name).unwrap_or_else(|| panic!("{name} is not in the demo pack"));
                Term::artist(artist, weight)
            })
            .collect();
        lines.push(format!("query\t{query:?}\n"));
        for (rank, neighbour) in
            pack.blend(&terms, Method::Add, &Options::default()).expect("known artists").iter().enumerate()
        {
            assert!(terms.iter().all(|term| term.item != Item::Artist(neighbour.artist)), "an input among the answers");
            let (key, name) = (pack.key(neighbour.artist), pack.name(neighbour.artist));
            lines.push(format!("{}\t{:08x}\t{key}\t{name}\n", rank + 1, neighbour.score.to_bits()));
        }
    }
    for typed in TYPED {
        lines.push(format!("search\t{typed:?}\n"));
        for (rank, NameMatch { artist, kind }) in pack.search(typed, 10).into_iter().enumerate() {
            lines.push(format!("{}\t{kind:?}\t{}\t{}\n", rank + 1, pack.key(artist), pack.name(artist)));
        }
    }
    lines.concat()
}

/// Fails with the first line that differs, which says more than two long texts.
pub(crate) fn assert_expected(answers: &str) {
    for (line, (found, expected)) in answers.lines().zip(EXPECTED.lines()).enumerate() {
        assert_eq!(found, expected, "tests/answers/expected.tsv, line {}", line + 1);
    }
    assert_eq!(answers.lines().count(), EXPECTED.lines().count(), "lines of tests/answers/expected.tsv");
}
