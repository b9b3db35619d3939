//! Questions to the demo pack and the answers that are committed for them, asked natively by `demo_answers.rs` and in
//! the browser by `web.rs`: both must give the same lists, scores equal bit for bit.

use artist2vec::catalog::questions::{Item, Length, Method, NearWord, Options, PathOptions, Pole, Term};
use artist2vec::catalog::{ArtistId, NameMatch, Neighbour, Pack};

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

/// Expressions, asked of everything that takes one.
const EXPRESSIONS: &[&str] = &[
    "Drake - rap + country",
    "2 Radiohead + .5 \"Björk\" - word:rock",
    "gym",
    "-jazz + AC/DC + 1.3*Simon & Garfunkel",
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
    EXPRESSIONS.iter().for_each(|expression| ask_expression(pack, expression, &mut lines));
    ask_lists(pack, &mut lines);
    ask_paths(pack, &mut lines);
    ask_axes(pack, &mut lines);
    for typed in TYPED {
        lines.push(format!("search\t{typed:?}\n"));
        for (rank, NameMatch { artist, kind }) in pack.search(typed, 10).into_iter().enumerate() {
            lines.push(format!("{}\t{kind:?}\t{}\t{}\n", rank + 1, pack.key(artist), pack.name(artist)));
        }
    }
    lines.concat()
}

fn find(pack: &Pack, name: &str) -> ArtistId {
    pack.find_name(name).unwrap_or_else(|| panic!("{name} is not in the demo pack"))
}

/// One line an answer: the score's bits, key.
fn listed(pack: &Pack, answers: &[Neighbour], lines: &mut Vec<String>) {
    for neighbour in answers {
        lines.push(format!("{:08x}\t{}\n", neighbour.score.to_bits(), pack.key(neighbour.artist)));
    }
}

fn ask_expression(pack: &Pack, expression: &str, lines: &mut Vec<String>) {
    let terms = pack.parse(expression).expect("an expression of known names");
    lines.push(format!("expression\t{}\n", pack.format(&terms)));
    let options = Options::limit(6);
    for method in [Method::Add, Method::Multiply] {
        lines.push(format!("{method:?}\n"));
        listed(pack, &pack.blend(&terms, method, &options).expect("a blend"), lines);
        let subtraction = pack.subtraction(&terms, method, &options).expect("a blend");
        lines.push(format!("removed, brought\t{}\n", subtraction.removed.len()));
        listed(pack, &subtraction.removed, lines);
        listed(pack, &subtraction.brought, lines);
    }
    lines.push("recommend\n".into());
    let recommended = pack.recommend(&terms, &options).expect("a question with likes");
    listed(pack, &recommended, lines);
    let why = pack.why(&terms, recommended[0].artist, &Options::limit(4)).expect("an answer");
    lines.push(format!("why\t{:?}\n", why.genres));
    listed(pack, &why.bridges, lines);
    words(pack, &why.words, lines);
}

fn words(pack: &Pack, near: &[NearWord], lines: &mut Vec<String>) {
    for near in near {
        let word = pack.word(near.word as usize);
        lines.push(format!("{:08x}\t{:08x}\t{word}\n", near.deviations.to_bits(), near.cosine.to_bits()));
    }
}

/// Options of lists, and what is asked of pairs and groups.
fn ask_lists(pack: &Pack, lines: &mut Vec<String>) {
    let artist = find(pack, "Portishead");
    for options in [
        Options { temper: -1.0, ..Options::limit(5) },
        Options { temper: 0.7, diversity: 0.4, ..Options::limit(5) },
        Options { diversity: 1.0, ranks: 100..5000, excluded: vec![find(pack, "Radiohead")], ..Options::limit(5) },
    ] {
        lines.push(format!("{options:?}\n"));
        listed(pack, &pack.similar(artist, &options).expect("an artist"), lines);
        listed(pack, &pack.recommend(&[Term::artist(artist, 1.0)], &options).expect("an artist"), lines);
    }
    let group = ["Metallica", "Slayer", "Megadeth", "Adele"].map(|name| find(pack, name));
    lines.push("fits\n".into());
    listed(pack, &pack.fits(&group).expect("artists"), lines);
    let pair = [Item::Artist(group[0]), Item::Artist(group[1])];
    let similarity = pack.similarity(pair[0], pair[1]).expect("artists");
    lines.push(format!("pair\t{:08x}\t{:?}\n", similarity.to_bits(), pack.rank(pair[0], group[1])));
    lines.push("words\n".into());
    words(pack, &pack.descriptive_words(artist, 5).expect("an artist"), lines);
}

fn ask_paths(pack: &Pack, lines: &mut Vec<String>) {
    let stops = ["Metallica", "Björk", "Taylor Swift"].map(|name| find(pack, name));
    for options in [
        PathOptions::default(),
        PathOptions {
            length: Length::Exactly(9),
            smooth: 1.0,
            bypass: vec![find(pack, "Radiohead")],
            ..PathOptions::default()
        },
    ] {
        let path = pack.path(&stops, &options).expect("a path");
        lines.push(format!("path\t{:?}\n", options.length));
        for (&artist, step) in path.artists.iter().zip(path.steps.iter().chain([&1.0])) {
            lines.push(format!("{:08x}\t{}\n", step.to_bits(), pack.key(artist)));
        }
    }
}

fn ask_axes(pack: &Pack, lines: &mut Vec<String>) {
    let pole = |word: &str| Pole::Items(pack.parse(word).expect("a word").iter().map(|term| term.item).collect());
    let axis = pack.axis(&pole("word:rap"), &pole("word:country")).expect("two words");
    let places = pack.places(&axis).expect("an axis");
    for name in ["Drake", "Johnny Cash", "Björk"] {
        let place = places.place(find(pack, name)).expect("an artist");
        lines.push(format!("place\t{:08x}\t{:08x}\n", place.deviations.to_bits(), place.percentile.to_bits()));
    }
    for found in pack.strongest_axes(4) {
        let ends = pack.end_words(&found.axis).expect("an axis");
        lines.push(format!("axis\t{:?}\t{:08x}\t{ends:?}\n", found.origin, found.variance.to_bits()));
    }
}

/// Fails with the first line that differs, which says more than two long texts.
pub(crate) fn assert_expected(answers: &str) {
    for (line, (found, expected)) in answers.lines().zip(EXPECTED.lines()).enumerate() {
        assert_eq!(found, expected, "tests/answers/expected.tsv, line {}", line + 1);
    }
    assert_eq!(answers.lines().count(), EXPECTED.lines().count(), "lines of tests/answers/expected.tsv");
}
