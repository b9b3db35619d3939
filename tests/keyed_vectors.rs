//! The questions that gensim's `KeyedVectors` answers, too, against what gensim 4.4.0 answered on the same vectors
//! (tests/oracles/keyed_vectors.py).

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::panic, clippy::unwrap_used)]

use artist2vec::catalog::questions::{Item, Method, Options, Term};
use artist2vec::catalog::{Neighbour, Pack, PackContent};
use serde::Deserialize;

/// The pack holds the vectors exactly; a direction asked for is rounded to 16 bits.
const TOLERANCE: f32 = 2e-4;

#[derive(Deserialize)]
struct Oracle {
    length: f32,
    rows: Vec<Vec<f32>>,
    add: Vec<Question>,
    multiply: Vec<Question>,
    fits: Vec<Fits>,
    pairs: Vec<Pair>,
    nearest_of: Vec<NearestOf>,
}

#[derive(Deserialize)]
struct Question {
    terms: Vec<(u32, f32)>,
    answer: Vec<(u32, f32)>,
}

#[derive(Deserialize)]
struct Fits {
    artists: Vec<u32>,
    answer: Vec<(u32, f32)>,
    odd_one_out: u32,
}

#[derive(Deserialize)]
struct Pair {
    artists: [u32; 2],
    similarity: f32,
    distance: f32,
    rank: usize,
}

#[derive(Deserialize)]
struct NearestOf {
    artist: u32,
    artists: Vec<u32>,
    answer: u32,
}

fn oracle() -> (Oracle, Pack) {
    let oracle: Oracle = serde_json::from_str(include_str!("oracles/keyed_vectors.json")).unwrap();
    let artists = oracle.rows.len();
    let content = PackContent {
        names: (0..artists).map(|i| format!("artist {i}")).collect(),
        ids: vec![String::new(); artists],
        mentions: vec![1; artists],
        positions: vec![0.0; 3 * artists],
        dimensions: oracle.rows[0].len(),
        vectors: oracle.rows.concat(),
        step: 1.0 / oracle.length,
        ..PackContent::default()
    };
    let pack = content.encode().unwrap().open().unwrap();
    for (back, number) in pack.vectors().iter().zip(oracle.rows.concat()) {
        assert!((back - number / oracle.length).abs() < 1e-6);
    }
    (oracle, pack)
}

fn assert_lists(found: &[Neighbour], expected: &[(u32, f32)]) {
    assert_eq!(found.len(), expected.len());
    for (found, &(artist, score)) in found.iter().zip(expected) {
        assert!((found.score - score).abs() < TOLERANCE * score.abs().max(1.0), "{found:?} {score}");
        assert_eq!(found.artist, artist, "{found:?} {score}");
    }
}

#[test]
fn sums_and_products_of_terms_find_whom_gensim_finds() {
    let (oracle, pack) = oracle();
    for (method, questions) in [(Method::Add, &oracle.add), (Method::Multiply, &oracle.multiply)] {
        for Question { terms, answer } in questions {
            let terms: Vec<Term> = terms.iter().map(|&(artist, weight)| Term::artist(artist, weight)).collect();
            assert_lists(&pack.blend(&terms, method, &Options::limit(12)).unwrap(), answer);
        }
    }
    let [(artist, _)] = oracle.add[0].terms[..] else { panic!("the first question has one term") };
    assert_lists(&pack.similar(artist, &Options::limit(12)).unwrap(), &oracle.add[0].answer);
}

#[test]
fn distances_ranks_and_odd_ones_are_gensims() {
    let (oracle, pack) = oracle();
    for Pair { artists: [a, b], similarity, distance, rank } in oracle.pairs {
        let found = pack.similarity(Item::Artist(a), Item::Artist(b)).unwrap();
        assert!((found - similarity).abs() < 1e-5 && (1.0 - found - distance).abs() < 1e-5);
        assert_eq!(pack.rank(Item::Artist(a), b), Ok(rank));
    }
    for Fits { artists, answer, odd_one_out } in oracle.fits {
        let fits = pack.fits(&artists).unwrap();
        // Two artists fit equally well.
        if artists.len() > 2 {
            assert_lists(&fits, &answer);
            assert_eq!(fits.last().unwrap().artist, odd_one_out);
        } else {
            assert!(fits.iter().zip(&answer).all(|(found, (_, score))| (found.score - score).abs() < TOLERANCE));
        }
    }
    for NearestOf { artist, artists, answer } in oracle.nearest_of {
        assert_eq!(pack.nearest_of(Item::Artist(artist), &artists).unwrap().artist, answer);
    }
}
