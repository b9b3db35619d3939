//! Stochastic gradient descent on UMAP's cross entropy: neighbours attract, random others repel.
//!
//! McInnes, Healy & Melville, arXiv:1802.03426v3, algorithm 5, with the schedule of umap-learn 0.5.12. Sequential and
//! seeded: the same bits in every run.

use super::fuzzy::Edge;
use crate::progress::Progress;
use crate::rng::Rng;

/// Random others that repel for each neighbour that attracts.
const NEGATIVE_SAMPLES: f64 = 5.0;

/// No coordinate of one gradient exceeds this in size.
const CLIP: f32 = 4.0;

/// The curve 1 / (1 + a d²ᵇ) that turns a distance on the map into a probability of being neighbours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    /// Steepness.
    pub(super) a: f64,
    /// Half of the exponent.
    pub(super) b: f64,
}

impl Curve {
    /// Fits the curve to one that is 1 up to `min_dist` and then falls as exp(−(d − `min_dist`) / `spread`), by least
    /// squares at 300 points in [0, 3 `spread`] (Levenberg–Marquardt from a = b = 1, as umap-learn's `find_ab_params`).
    pub(super) fn fit(spread: f64, min_dist: f64) -> Self {
        let samples: Vec<(f64, f64)> = (0..300)
            .map(|i| {
                let x = 3.0 * spread * f64::from(i) / 299.0;
                (x, if x < min_dist { 1.0 } else { libm::exp(-(x - min_dist) / spread) })
            })
            .collect();
        let value = |a: f64, b: f64, x: f64| 1.0 / (1.0 + a * libm::pow(x, 2.0 * b));
        let loss = |a: f64, b: f64| samples.iter().map(|&(x, y)| (value(a, b, x) - y).powi(2)).sum::<f64>();
        let (mut a, mut b, mut damping) = (1.0, 1.0, 1e-3);
        for _ in 0..200 {
            // Normal equations: J'J (2 × 2) and J'r; the derivatives at x = 0 are 0.
            let (mut aa, mut ab, mut bb, mut ar, mut br) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for &(x, y) in &samples[1..] {
                let f = value(a, b, x);
                let power = libm::pow(x, 2.0 * b);
                let da = -power * f * f;
                let db = a * da * 2.0 * libm::log(x);
                aa += da * da;
                ab += da * db;
                bb += db * db;
                ar += da * (f - y);
                br += db * (f - y);
            }
            let (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
            let determinant = aa * bb - ab * ab;
            let (next_a, next_b) = (a - (bb * ar - ab * br) / determinant, b - (aa * br - ab * ar) / determinant);
            if next_a > 0.0 && next_b > 0.0 && loss(next_a, next_b) < loss(a, b) {
                (a, b, damping) = (next_a, next_b, damping / 10.0);
            } else if damping < 1e10 {
                damping *= 10.0;
            } else {
                break;
            }
        }
        Self { a, b }
    }
}

/// Moves `positions` (three coordinates a point) along the edges for `epochs` epochs and returns how many were done:
/// fewer where the user interrupted, in which case the positions are those of the last whole epoch.
pub(super) fn optimize(
    positions: &mut [f32],
    edges: &[Edge],
    curve: Curve,
    epochs: u32,
    rng: &mut Rng,
    progress: &dyn Progress,
) -> u32 {
    let largest = edges.iter().map(|edge| edge.weight).fold(0.0, f32::max);
    // An edge of weight w is visited every largest / w epochs; weaker ones would never be.
    let mut schedule: Vec<Visit> = edges
        .iter()
        .filter(|edge| edge.weight >= largest / epochs as f32)
        .map(|edge| {
            let every = f64::from(largest) / f64::from(edge.weight);
            Visit {
                head: edge.head as usize * 3,
                tail: edge.tail as usize * 3,
                every,
                next: every,
                next_negative: every / NEGATIVE_SAMPLES,
            }
        })
        .collect();
    let points = (positions.len() / 3) as u64;
    let (a, b) = (curve.a as f32, curve.b as f32);
    progress.stage("optimise", Some(u64::from(epochs)));
    for epoch in 0..epochs {
        if progress.interrupted() {
            return epoch;
        }
        let now = f64::from(epoch);
        let alpha = 1.0 - epoch.saturating_sub(1) as f32 / epochs as f32;
        for visit in &mut schedule {
            if visit.next > now {
                continue;
            }
            visit.next += visit.every;
            let mut here = point(positions, visit.head);
            let mut there = point(positions, visit.tail);
            let squared = squared_distance(here, there);
            if squared > 0.0 {
                let pull = attraction(squared, a, b);
                for d in 0..3 {
                    let step = alpha * (pull * (here[d] - there[d])).clamp(-CLIP, CLIP);
                    here[d] += step;
                    there[d] -= step;
                }
                positions[visit.tail..visit.tail + 3].copy_from_slice(&there);
            }
            let every_negative = visit.every / NEGATIVE_SAMPLES;
            let negatives = ((now - visit.next_negative) / every_negative) as u32;
            visit.next_negative += f64::from(negatives) * every_negative;
            for _ in 0..negatives {
                let other = rng.below(points) as usize * 3;
                let there = point(positions, other);
                let squared = squared_distance(here, there);
                // A point does not repel itself, and two in one place have no direction in which to part.
                if other == visit.head || squared <= 0.0 {
                    continue;
                }
                let push = repulsion(squared, a, b);
                for d in 0..3 {
                    here[d] += alpha * (push * (here[d] - there[d])).clamp(-CLIP, CLIP);
                }
            }
            positions[visit.head..visit.head + 3].copy_from_slice(&here);
        }
        progress.advance(1);
    }
    epochs
}

/// An edge and when it is due.
struct Visit {
    /// Offset of the start's coordinates.
    head: usize,
    /// Offset of the end's coordinates.
    tail: usize,
    /// Epochs between two visits.
    every: f64,
    /// The epoch of the next visit.
    next: f64,
    /// The epoch of the next negative sample.
    next_negative: f64,
}

/// The gradient of ln φ, φ = 1 / (1 + a d²ᵇ), with respect to a point is this times its difference from the other.
///
/// The divisor is a d²ᵇ + 1; a further factor d² beside a, which some ports have, is a known error (umap-learn issue 930).
#[inline]
fn attraction(squared: f32, a: f32, b: f32) -> f32 {
    let power = power(squared, b);
    -2.0 * a * b * power / squared / (a * power + 1.0)
}

/// The gradient of ln (1 − φ) is this times the difference, but for the 0.001 that keeps it finite at distance 0.
#[inline]
fn repulsion(squared: f32, a: f32, b: f32) -> f32 {
    2.0 * b / ((0.001 + squared) * (a * power(squared, b) + 1.0))
}

/// x to the power y for positive x: about three times as fast as `libm::powf`, within 3 parts in a million at the
/// exponents that occur, and like it the same on every machine.
#[inline]
fn power(x: f32, y: f32) -> f32 {
    libm::exp2f(y * libm::log2f(x))
}

#[inline]
fn point(positions: &[f32], at: usize) -> [f32; 3] {
    [positions[at], positions[at + 1], positions[at + 2]]
}

#[inline]
fn squared_distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let (x, y, z) = (a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    x * x + y * y + z * z
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn forces_are_the_gradients_of_the_cross_entropy() {
        let (a, b) = (1.577_f64, 0.895_f64);
        let phi = |distance: f64| 1.0 / (1.0 + a * distance.powf(2.0 * b));
        let slope = |f: &dyn Fn(f64) -> f64, at: f64| (f(at + 1e-6) - f(at - 1e-6)) / 2e-6;
        for distance in [0.3, 1.0, 2.5, 8.0] {
            let squared = (distance * distance) as f32;
            let pull = f64::from(attraction(squared, a as f32, b as f32)) * distance;
            let expected = slope(&|d| phi(d).ln(), distance);
            assert!((pull / expected - 1.0).abs() < 1e-4, "{distance}: {pull} {expected}");
            let push = f64::from(repulsion(squared, a as f32, b as f32)) * distance;
            let expected = slope(&|d| (1.0 - phi(d)).ln(), distance) * f64::from(squared / (squared + 0.001));
            assert!((push / expected - 1.0).abs() < 1e-4, "{distance}: {push} {expected}");
        }
    }

    #[test]
    fn neighbours_come_together_and_strangers_part() {
        // Two triangles, mixed on a line.
        let mut edges = Vec::new();
        for (head, tail) in [(0, 2), (2, 4), (4, 0), (1, 3), (3, 5), (5, 1)] {
            edges.push(Edge { head, tail, weight: 1.0 });
            edges.push(Edge { head: tail, tail: head, weight: 1.0 });
        }
        let mut positions: Vec<f32> = (0..18).map(|i| (i / 3) as f32 + (i % 3) as f32 * 0.1 * (i / 6) as f32).collect();
        let done = optimize(&mut positions, &edges, Curve::fit(1.0, 0.1), 200, &mut Rng::new(1), &Silent);
        assert_eq!(done, 200);
        let distance = |i: usize, j: usize| squared_distance(point(&positions, i * 3), point(&positions, j * 3)).sqrt();
        for (i, j) in [(0, 2), (2, 4), (1, 3), (3, 5)] {
            assert!(distance(i, j) < distance(i, j - 1), "{positions:?}");
        }
    }
}
