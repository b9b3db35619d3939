//! The map: a place in 3-D space for every artist, so that similar artists lie together.
//!
//! Owns UMAP (McInnes, Healy & Melville, arXiv:1802.03426), from the exact neighbour graph to the optimised positions,
//! and the layout file. Must not know playlists, packs, the page or how the vectors were trained.
//!
//! [`compute`] walks the road: `knn` → `fuzzy` → `pca` → `optimize`, then measures `quality`. The same model, settings
//! and seed give the same bits on any number of threads.

mod file;
mod fuzzy;
mod knn;
mod optimize;
mod pca;
mod quality;

use crate::catalog::metadata::Step;
use crate::progress::Progress;
use crate::rng::Rng;
use crate::training::Model;

pub use file::{LAYOUT, Layout};

/// Scale of the map against which `min_dist` is meant; the result is normalised, so nothing else depends on it.
const SPREAD: f64 = 1.0;

/// The largest coordinate before noise is added, and the noise's standard deviation: as umap-learn.
const INITIAL_SIZE: f32 = 10.0;
const INITIAL_NOISE: f64 = 1e-4;

/// Share of the artists that lie inside the unit ball afterwards; a few strays must not shrink all others to a dot.
const INSIDE: f64 = 0.995;

/// Streams of the seed, so that one draw more in a stage leaves the others' numbers as they were.
const NOISE_STREAM: u64 = 1;
const OPTIMIZE_STREAM: u64 = 2;
const QUALITY_STREAM: u64 = 3;

/// How far apart two vectors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// 1 − cosine of the input vectors.
    Cosine,
    /// Length of the difference.
    Euclidean,
}

/// What shapes a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Nearest neighbours per artist, itself included, as umap-learn counts them; at least 2. Few show fine structure,
    /// many show the whole.
    pub neighbours: usize,
    /// How close points may lie, from 0 (dense knots) to 1 (evenly spread).
    pub min_dist: f64,
    /// Rounds of optimisation; `None`: 500 up to 10,000 artists, else 200, as umap-learn.
    pub epochs: Option<u32>,
    /// Seed of noise and negative samples.
    pub seed: u64,
    /// How vectors are compared.
    pub metric: Metric,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbours: 15, min_dist: 0.1, epochs: None, seed: 1, metric: Metric::Cosine }
    }
}

/// A layout could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// A vector holds a number that is infinite or NaN.
    #[error("the vector of artist {artist:?} holds a number that is infinite or NaN: train anew with a lower alpha")]
    NotFinite {
        /// The artist.
        artist: String,
    },
    /// Too few neighbours to make a graph.
    #[error("{found} neighbours make no map: at least 2 are needed, the artist itself and one other")]
    Neighbours {
        /// What was asked for.
        found: usize,
    },
    /// `min_dist` beyond its range.
    #[error("a minimum distance of {found} is out of range: it must lie between 0 and 1")]
    MinDist {
        /// What was asked for.
        found: f64,
    },
    /// No epochs.
    #[error("0 epochs make no map: at least 1 is needed")]
    Epochs,
    /// The user stopped before there was any map to keep.
    #[error("stopped before there was a map to keep")]
    Interrupted,
}

/// Computes a map of the model's input vectors.
///
/// Unit vectors stand for the rows under [`Metric::Cosine`]. An artist whose vector is zero has no direction then: it
/// joins no neighbourhood and lies at the origin. Where there are fewer artists than neighbours, all are neighbours;
/// the step "layout" in the result's provenance says so, and how many epochs were done where the user stopped early.
///
/// The cloud is moved so that its median is the origin, and scaled so that 99.5 % of it lie in the unit ball.
///
/// # Errors
/// [`LayoutError`]: a setting out of range, a vector that is not finite, an interruption before the optimisation began.
pub fn compute(model: &Model, settings: &Settings, progress: &dyn Progress) -> Result<Layout, LayoutError> {
    let Settings { neighbours, min_dist, epochs, seed, metric } = *settings;
    if neighbours < 2 {
        return Err(LayoutError::Neighbours { found: neighbours });
    }
    if !(0.0..=1.0).contains(&min_dist) {
        return Err(LayoutError::MinDist { found: min_dist });
    }
    if epochs == Some(0) {
        return Err(LayoutError::Epochs);
    }
    let dimensions = model.dimensions;
    let (placed, rows) = prepare(model, metric)?;
    let epochs = epochs.unwrap_or(if placed.len() <= 10_000 { 500 } else { 200 });
    let mut step = Step::new("layout")
        .setting("neighbours", neighbours)
        .setting("min-dist", min_dist)
        .setting("epochs", epochs)
        .setting("seed", seed)
        .setting("metric", if metric == Metric::Cosine { "cosine" } else { "euclidean" });

    let mut positions = vec![0.0; 3 * model.artists.len()];
    // Nothing to lay out among fewer than two: they stay at the origin.
    if placed.len() >= 2 {
        let nearest = knn::nearest_neighbours(&rows, dimensions, neighbours, metric, progress)?;
        progress.stage("graph", None);
        let edges = fuzzy::fuzzy_graph(&nearest);
        let mut places = initial_positions(&rows, dimensions, &mut Rng::stream(seed, NOISE_STREAM));
        let curve = optimize::Curve::fit(SPREAD, min_dist);
        let mut rng = Rng::stream(seed, OPTIMIZE_STREAM);
        let done = optimize::optimize(&mut places, &edges, curve, epochs, &mut rng, progress);
        progress.stage("quality", None);
        normalise(&mut places);
        step = step.measurement("neighbours-used", nearest.k).measurement("epochs-done", done);
        if metric == Metric::Cosine {
            let mut rng = Rng::stream(seed, QUALITY_STREAM);
            let trust = quality::trustworthiness(&rows, dimensions, &places, nearest.k - 1, &mut rng);
            step = step.measurement("trustworthiness", format!("{trust:.4}"));
        }
        for (&artist, place) in placed.iter().zip(places.chunks_exact(3)) {
            positions[3 * artist..3 * artist + 3].copy_from_slice(place);
        }
    }
    let at_origin = model.artists.len() - placed.len();
    let mut provenance = model.provenance.clone();
    provenance.steps.push(step.measurement("artists-without-direction", at_origin));
    Ok(Layout { artists: model.artists.len(), positions, model_digest: model.digest(), provenance })
}

/// The artists that get a place, and their rows: of unit length under [`Metric::Cosine`].
fn prepare(model: &Model, metric: Metric) -> Result<(Vec<usize>, Vec<f32>), LayoutError> {
    let (mut placed, mut rows) = (Vec::new(), Vec::with_capacity(model.input.len()));
    // A map does not depend on its vectors' scale; at most 1, their squares stay far from the ends of f32.
    let largest = model.input.iter().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    for (artist, row) in model.input.chunks_exact(model.dimensions).enumerate() {
        if row.iter().any(|x| !x.is_finite()) {
            return Err(LayoutError::NotFinite { artist: model.artists.names[artist].clone() });
        }
        match metric {
            Metric::Euclidean => rows.extend(row.iter().map(|x| x / largest)),
            Metric::Cosine => {
                let length = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
                if length == 0.0 {
                    continue;
                }
                rows.extend(row.iter().map(|&x| (f64::from(x) / length) as f32));
            }
        }
        placed.push(artist);
    }
    Ok((placed, rows))
}

/// Principal components, scaled and shaken a little, each axis then stretched over [0, 10]: as umap-learn with
/// `init="pca"`.
fn initial_positions(rows: &[f32], dimensions: usize, rng: &mut Rng) -> Vec<f32> {
    let mut positions = pca::principal_components(rows, dimensions);
    let largest = positions.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    let expansion = if largest > 0.0 { INITIAL_SIZE / largest } else { 0.0 };
    for x in &mut positions {
        *x = *x * expansion + (INITIAL_NOISE * normal(rng)) as f32;
    }
    for axis in 0..3 {
        let values = || positions.iter().skip(axis).step_by(3).copied();
        let (low, high) = (values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max));
        let width = if high > low { high - low } else { 1.0 };
        for x in positions.iter_mut().skip(axis).step_by(3) {
            *x = INITIAL_SIZE * (*x - low) / width;
        }
    }
    positions
}

/// A standard normal number (Box & Muller, 1958).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * libm::log(1.0 - rng.next_f64())).sqrt();
    radius * libm::cos(core::f64::consts::TAU * rng.next_f64())
}

/// Moves the median to the origin and scales [`INSIDE`] of the points into the unit ball.
fn normalise(positions: &mut [f32]) {
    for axis in 0..3 {
        let mut values: Vec<f32> = positions.iter().skip(axis).step_by(3).copied().collect();
        let middle = values.len() / 2;
        let median = *values.select_nth_unstable_by(middle, f32::total_cmp).1;
        positions.iter_mut().skip(axis).step_by(3).for_each(|x| *x -= median);
    }
    let mut radii: Vec<f32> = positions.chunks_exact(3).map(|p| p.iter().map(|x| x * x).sum::<f32>().sqrt()).collect();
    let at = ((radii.len() - 1) as f64 * INSIDE).ceil() as usize;
    let radius = *radii.select_nth_unstable_by(at, f32::total_cmp).1;
    if radius > 0.0 {
        positions.iter_mut().for_each(|x| *x /= radius);
    }
}

#[cfg(test)]
mod tests;
