//! The whole road on small models, and umap-learn as the judge.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::catalog::metadata::Provenance;
use crate::corpus::Artists;
use crate::progress::Silent;

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

fn fast() -> Settings {
    Settings { epochs: Some(60), ..Settings::default() }
}

#[test]
fn clusters_stay_together_in_the_unit_ball() {
    let model = clusters(600, 6, 20);
    let layout = compute(&model, &fast(), &Silent).unwrap();
    assert_eq!(layout.artists, 600);
    assert_eq!(layout.model_digest, model_digest(&model));
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
    assert!(step.measured.iter().any(|m| m.name == "neighbours_used" && m.value == "15"));
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
    assert!(layout.provenance.steps[0].measured.iter().any(|m| m.name == "neighbours_used" && m.value == "3"));
    assert!(layout.positions.chunks_exact(3).any(|p| p != [0.0; 3]));
}

#[test]
fn an_artist_without_direction_lies_at_the_origin() {
    let mut model = clusters(50, 2, 4);
    model.input[40..44].fill(0.0);
    let layout = compute(&model, &fast(), &Silent).unwrap();
    assert_eq!(layout.positions[30..33], [0.0; 3]);
    let measured = &layout.provenance.steps[0].measured;
    assert!(measured.iter().any(|m| m.name == "artists_without_direction" && m.value == "1"));
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
    assert!(layout.provenance.steps[0].measured.iter().any(|m| m.name == "epochs_done" && m.value == "20"));
    assert!(layout.positions.iter().all(|x| x.is_finite()));
}
