//! From nearest neighbours to UMAP's weighted graph: smooth distances, membership strengths, fuzzy union.
//!
//! McInnes, Healy & Melville, "UMAP", arXiv:1802.03426v3, algorithms 2 and 3; constants as in umap-learn 0.5.12, which
//! tests/oracles compares with.

use rayon::prelude::*;

use super::knn::Neighbours;

/// The search for a row's bandwidth ends within this of its target.
const TOLERANCE: f64 = 1e-5;

/// A bandwidth is at least this share of the row's mean distance.
const MIN_BANDWIDTH: f64 = 1e-3;

/// Steps of the search for a row's bandwidth.
const STEPS: usize = 64;

/// An edge of the graph, in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    /// Where it starts.
    pub(super) head: u32,
    /// Where it ends.
    pub(super) tail: u32,
    /// How sure the neighbourhood is, in (0, 1]; the same in both directions.
    pub(super) weight: f32,
}

/// The fuzzy union of all rows' neighbourhoods: each edge in both directions, ordered by head, then tail.
pub(super) fn fuzzy_graph(neighbours: &Neighbours) -> Vec<Edge> {
    let Neighbours { k, indices, distances } = neighbours;
    let mean_of_all = mean(distances);
    let mut edges: Vec<Edge> = (indices.par_chunks(*k))
        .zip(distances.par_chunks(*k))
        .enumerate()
        .flat_map_iter(|(row, (others, distances))| {
            let (rho, sigma) = smooth_distance(distances, mean_of_all);
            others.iter().zip(distances).filter(move |&(&other, _)| other as usize != row).flat_map(
                move |(&other, &distance)| {
                    let weight = membership(distance, rho, sigma);
                    let head = row as u32;
                    [Edge { head, tail: other, weight }, Edge { head: other, tail: head, weight }]
                },
            )
        })
        .collect();
    edges.retain(|edge| edge.weight > 0.0);
    // Where two rows are in each other's neighbourhood, an edge stands twice, with either row's weight. Equal weights
    // are equal entries, so that an unstable order among them changes nothing.
    edges.par_sort_unstable_by(|a, b| {
        (a.head, a.tail).cmp(&(b.head, b.tail)).then_with(|| a.weight.total_cmp(&b.weight))
    });
    edges.dedup_by(|b, a| {
        let same = (a.head, a.tail) == (b.head, b.tail);
        if same {
            // The probabilistic sum: either one holds.
            a.weight = a.weight + b.weight - a.weight * b.weight;
        }
        same
    });
    edges
}

/// A row's ρ, the distance to its nearest other point, and σ, the bandwidth at which the memberships of its neighbours
/// sum to log₂ k.
fn smooth_distance(distances: &[f32], mean_of_all: f64) -> (f32, f32) {
    let target = libm::log2(distances.len() as f64);
    let rho = distances.iter().copied().find(|&distance| distance > 0.0).unwrap_or_default();
    let (mut low, mut high, mut sigma) = (0.0, f64::from(f32::MAX), 1.0);
    for _ in 0..STEPS {
        let sum: f64 = distances[1..]
            .iter()
            .map(|&distance| if distance > rho { libm::exp(-f64::from(distance - rho) / sigma) } else { 1.0 })
            .sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        if sum > target {
            high = sigma;
            sigma = f64::midpoint(low, high);
        } else {
            low = sigma;
            sigma = if high >= f64::from(f32::MAX) { sigma * 2.0 } else { f64::midpoint(low, high) };
        }
    }
    let scale = if rho > 0.0 { mean(distances) } else { mean_of_all };
    (rho, sigma.max(MIN_BANDWIDTH * scale) as f32)
}

/// How strongly a point at `distance` belongs to the neighbourhood: 1 up to ρ, then falling exponentially.
fn membership(distance: f32, rho: f32, sigma: f32) -> f32 {
    if distance <= rho || sigma == 0.0 { 1.0 } else { libm::expf(-((distance - rho) / sigma)) }
}

fn mean(numbers: &[f32]) -> f64 {
    numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / numbers.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_symmetric_and_the_nearest_is_certain() {
        let neighbours = Neighbours {
            k: 3,
            indices: vec![0, 1, 2, 1, 0, 2, 2, 1, 3, 3, 2, 1],
            distances: vec![0.0, 1.0, 3.0, 0.0, 1.0, 2.0, 0.0, 2.0, 5.0, 0.0, 5.0, 7.0],
        };
        let edges = fuzzy_graph(&neighbours);
        for edge in &edges {
            assert!(edge.weight > 0.0 && edge.weight <= 1.0);
            let back = edges.iter().find(|e| e.head == edge.tail && e.tail == edge.head).unwrap();
            assert_eq!(back.weight, edge.weight);
        }
        assert!(edges.windows(2).all(|pair| (pair[0].head, pair[0].tail) < (pair[1].head, pair[1].tail)));
        assert_eq!(edges[0], Edge { head: 0, tail: 1, weight: 1.0 });
    }

    #[test]
    fn equal_points_do_not_divide_by_zero() {
        let neighbours = Neighbours { k: 3, indices: vec![0, 1, 2, 1, 0, 2, 2, 0, 1], distances: vec![0.0; 9] };
        let edges = fuzzy_graph(&neighbours);
        assert_eq!(edges.len(), 6);
        assert!(edges.iter().all(|edge| edge.weight == 1.0));
    }
}
