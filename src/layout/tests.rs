//! The whole road on small models, and umap-learn as the judge.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::catalog::metadata::Provenance;
use crate::corpus::Artists;
use crate::progress::Silent;
use crate::training::TitleWords;

fn model(dimensions: usize, input: Vec<f32>) -> Model {
    let n = input.len() / dimensions;
    Model {
        artists: Artists {
            names: (0..n).map(|i| format!("Artist {i}")).collect(),
            ids: vec![String::new(); n],
            mentions: vec![1; n],
        },
        dimensions,
        input,
        output: vec![],
        squares: Vec::new(),
        weights: Vec::new(),
        bias: Vec::new(),
        words: TitleWords::default(),
        provenance: Provenance::default(),
    }
}

/// `n` points around `clusters` random centres, of `dimensions` dimensions.
fn clusters(n: usize, clusters: usize, dimensions: usize) -> Model {
    let mut rng = Rng::new(11);
    let centres: Vec<f64> = (0..clusters * dimensions).map(|_| normal(&mut rng)).collect();
    let input = (0..n * dimensions)
        .map(|i| {
            let (row, column) = (i / dimensions, i % dimensions);
            (centres[row % clusters * dimensions + column] + 0.5 * normal(&mut rng)) as f32
        })
        .collect();
    model(dimensions, input)
}

/// Fewer rounds than usual.
fn fast() -> Settings {
    Settings { epochs: Some(60), ..Settings::default() }
}

#[test]
fn clusters_stay_together_in_the_unit_ball() {
    let model = clusters(600, 6, 20);
    let layout = compute(&model, &fast(), &Silent).unwrap();
    assert_eq!(layout.artists, 600);
    assert_eq!(layout.model_digest, model.digest());
    let place = |i: usize| &layout.positions[3 * i..3 * i + 3];
    let distance = |i: usize, j: usize| place(i).iter().zip(place(j)).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    for i in 0..600 {
        let nearest = (0..600).filter(|&j| j != i).min_by(|&a, &b| distance(i, a).total_cmp(&distance(i, b))).unwrap();
        assert_eq!(nearest % 6, i % 6);
    }
    let outside = layout.positions.chunks_exact(3).filter(|p| p.iter().map(|x| x * x).sum::<f32>() > 1.0001).count();
    assert!(outside <= 3, "{outside}");
    let step = &layout.provenance.steps[0];
    assert_eq!(step.command, "layout");
    assert!(step.measured.iter().any(|m| m.name == "neighbours-used" && m.value == "15"));
}

#[test]
fn the_same_bits_on_any_number_of_threads_and_others_for_another_seed() {
    let model = clusters(900, 5, 12);
    let run = |threads, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compute(&model, &Settings { seed, ..fast() }, &Silent)).unwrap()
    };
    let first = run(1, 1);
    assert_eq!(first, run(1, 1));
    assert_eq!(first, run(3, 1));
    assert_ne!(first.positions, run(1, 2).positions);
}

#[test]
fn tiny_equal_and_flat_models_have_a_map() {
    for n in 0..6 {
        for row in [vec![1.0, 2.0], vec![f32::MAX, f32::MIN], vec![1.0], vec![0.0, 0.0, 0.0, 0.0]] {
            for metric in [Metric::Cosine, Metric::Euclidean] {
                let model = model(row.len(), row.repeat(n));
                let layout = compute(&model, &Settings { metric, ..fast() }, &Silent).unwrap();
                assert_eq!(layout.positions.len(), 3 * n);
                assert!(layout.positions.iter().all(|x| x.is_finite()), "{n} {row:?} {:?}", layout.positions);
            }
        }
    }
    let layout = compute(&clusters(3, 3, 4), &fast(), &Silent).unwrap();
    assert!(layout.provenance.steps[0].measured.iter().any(|m| m.name == "neighbours-used" && m.value == "3"));
    assert!(layout.positions.chunks_exact(3).any(|p| p != [0.0; 3]));
}

#[test]
fn an_artist_without_direction_lies_at_the_origin() {
    let mut model = clusters(50, 2, 4);
    model.input[40..44].fill(0.0);
    let layout = compute(&model, &fast(), &Silent).unwrap();
    assert_eq!(layout.positions[30..33], [0.0; 3]);
    let measured = &layout.provenance.steps[0].measured;
    assert!(measured.iter().any(|m| m.name == "artists-without-direction" && m.value == "1"));
    // The others do not notice it.
    let mut without = model.clone();
    without.input.drain(40..44);
    without.artists.names.remove(10);
    without.artists.ids.remove(10);
    without.artists.mentions.remove(10);
    let other = compute(&without, &fast(), &Silent).unwrap();
    assert_eq!(other.positions[..30], layout.positions[..30]);
    assert_eq!(other.positions[30..], layout.positions[33..]);
}

#[test]
fn settings_out_of_range_and_bad_vectors_are_refused() {
    let good = clusters(20, 2, 4);
    let refuse = |settings: Settings| compute(&good, &settings, &Silent).unwrap_err();
    assert_eq!(refuse(Settings { neighbours: 1, ..fast() }), LayoutError::Neighbours { found: 1 });
    assert_eq!(refuse(Settings { min_dist: 1.5, ..fast() }), LayoutError::MinDist { found: 1.5 });
    assert!(matches!(refuse(Settings { min_dist: f64::NAN, ..fast() }), LayoutError::MinDist { .. }));
    assert_eq!(refuse(Settings { epochs: Some(0), ..fast() }), LayoutError::Epochs);
    for bad in [f32::NAN, f32::INFINITY] {
        let mut model = good.clone();
        model.input[9] = bad;
        let error = compute(&model, &fast(), &Silent).unwrap_err();
        assert_eq!(error, LayoutError::NotFinite { artist: "Artist 2".into() });
    }
}

/// Interrupts at the n-th question.
struct StopAt(AtomicU32);

impl Progress for StopAt {
    fn stage(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn interrupted(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

#[test]
fn an_interrupted_optimisation_keeps_what_it_has() {
    let model = clusters(100, 2, 4);
    let stop = |questions| compute(&model, &fast(), &StopAt(AtomicU32::new(questions)));
    assert_eq!(stop(0).unwrap_err(), LayoutError::Interrupted);
    // One block of rows, then an epoch a question.
    let layout = stop(21).unwrap();
    assert!(layout.provenance.steps[0].measured.iter().any(|m| m.name == "epochs-done" && m.value == "20"));
    assert!(layout.positions.iter().all(|x| x.is_finite()));
}

/// What umap-learn made of the same points: written by tests/oracles/umap_learn.py.
#[derive(serde::Deserialize)]
struct Oracle {
    first_point: Vec<f32>,
    curves: Vec<(f64, f64, f64, f64)>,
    k: usize,
    indices: Vec<u32>,
    distances: Vec<f32>,
    edges: Vec<(u32, u32, f32)>,
    trustworthiness: Vec<f64>,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../../tests/oracles/umap_learn.json")).unwrap()
}

/// `n` points on `count` curved patches of two dimensions, with noise: the rule of the oracle's script.
fn patches(n: usize, count: usize, dimensions: usize) -> Model {
    let mut rng = Rng::new(7);
    let mut draw = move || rng.next_f64() - 0.5;
    let frames: Vec<f64> = (0..count * 4 * dimensions).map(|_| draw()).collect();
    let mut input = Vec::new();
    for i in 0..n {
        let frame = &frames[i % count * 4 * dimensions..][..4 * dimensions];
        let (s, t) = (draw(), draw());
        for j in 0..dimensions {
            let part = |k: usize| frame[k * dimensions + j];
            input.push((part(0) + s * part(1) + t * part(2) + 2.0 * s * t * part(3) + 0.3 * draw()) as f32);
        }
    }
    model(dimensions, input)
}

#[test]
fn curves_are_umap_learns() {
    for (spread, min_dist, a, b) in oracle().curves {
        let curve = optimize::Curve::fit(spread, min_dist);
        assert!((curve.a - a).abs() < 1e-3 && (curve.b - b).abs() < 1e-3, "{spread} {min_dist} {curve:?}");
    }
}

#[test]
fn the_fuzzy_graph_is_umap_learns() {
    let Oracle { k, indices, distances, edges: expected, .. } = oracle();
    let edges = fuzzy::fuzzy_graph(&knn::Neighbours { k, indices, distances });
    assert_eq!(edges.len(), expected.len());
    for (edge, (head, tail, weight)) in edges.iter().zip(expected) {
        assert_eq!((edge.head, edge.tail), (head, tail));
        assert!((edge.weight - weight).abs() < 1e-5, "{edge:?} {weight}");
    }
}

#[test]
fn a_map_is_as_trustworthy_as_umap_learns() {
    let Oracle { first_point, trustworthiness, .. } = oracle();
    let model = patches(500, 6, 16);
    let (_, unit) = prepare(&model, Metric::Cosine).unwrap();
    for (ours, theirs) in unit.iter().zip(&first_point) {
        assert!((ours - theirs).abs() < 1e-6, "the rules that generate the points differ");
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let ours: Vec<f64> = (1..=2)
        .map(|seed| {
            let layout = compute(&model, &Settings { seed, ..Settings::default() }, &Silent).unwrap();
            quality::trustworthiness(&unit, 16, &layout.positions, 14, &mut Rng::new(1))
        })
        .collect();
    assert!(mean(&ours) >= mean(&trustworthiness) - 0.001, "{ours:?} {trustworthiness:?}");
}
