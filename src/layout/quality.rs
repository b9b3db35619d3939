//! How faithful a map is: trustworthiness, measured on a sample of points.

use rayon::prelude::*;

use crate::linear::dot_products;
use crate::rng::Rng;

/// Points that are measured at most.
const SAMPLE: usize = 1000;

/// Points that one task measures.
const BLOCK: usize = 16;

/// Trustworthiness at `k` of a map of unit vectors (Venna & Kaski, 2001): 1 where the `k` nearest points on the map are
/// also the nearest by cosine, less the farther away they really are, about 0.5 for a random map.
///
/// T = 1 − 2 / (m k (2 n − 3 k − 1)) Σ over m points Σ over false neighbours of (rank − k). All points are measured up
/// to 1000, else as many drawn by `rng`. 1 where there are too few points for any to be false.
pub(super) fn trustworthiness(unit: &[f32], dimensions: usize, positions: &[f32], k: usize, rng: &mut Rng) -> f64 {
    let n = unit.len() / dimensions;
    if n < 2 || k == 0 || 2 * n <= 3 * k + 1 {
        return 1.0;
    }
    let mut sample: Vec<usize> = (0..n).collect();
    if n > SAMPLE {
        rng.shuffle(&mut sample);
        sample.truncate(SAMPLE);
    }
    let penalty: u64 = sample
        .par_chunks(BLOCK)
        .map(|sample| {
            let rows: Vec<f32> =
                sample.iter().flat_map(|&i| &unit[i * dimensions..(i + 1) * dimensions]).copied().collect();
            let mut cosines = vec![0.0; sample.len() * n];
            dot_products(&rows, unit, dimensions, &mut cosines);
            sample
                .iter()
                .zip(cosines.chunks_exact(n))
                .map(|(&i, cosines)| false_ranks(i, cosines, positions, k))
                .sum::<u64>()
        })
        .sum();
    let worst = sample.len() * k * (2 * n - 3 * k - 1);
    1.0 - 2.0 * penalty as f64 / worst as f64
}

/// Sum of rank − k over those of the `k` nearest points on the map that are not among the `k` nearest by `cosines`.
fn false_ranks(i: usize, cosines: &[f32], positions: &[f32], k: usize) -> u64 {
    let place = |j: usize| &positions[j * 3..j * 3 + 3];
    let mut on_map: Vec<(f32, usize)> = (0..cosines.len())
        .filter(|&j| j != i)
        .map(|j| (place(i).iter().zip(place(j)).map(|(a, b)| (a - b) * (a - b)).sum(), j))
        .collect();
    on_map.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    on_map[..k]
        .iter()
        .map(|&(_, near)| {
            // Ranks count from 1; ties go to the smaller number.
            let nearer = |j: usize, &cosine: &f32| cosine > cosines[near] || (cosine == cosines[near] && j < near);
            let rank = 1 + cosines.iter().enumerate().filter(|&(j, cosine)| j != i && nearer(j, cosine)).count();
            rank.saturating_sub(k) as u64
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(n: usize) -> Vec<f32> {
        (0..n).flat_map(|i| [(i as f32 * 0.01).cos(), (i as f32 * 0.01).sin()]).collect()
    }

    #[test]
    fn a_perfect_map_is_fully_trustworthy_and_a_random_one_is_not() {
        let n = 300;
        let perfect: Vec<f32> = (0..n).flat_map(|i| [i as f32, 0.0, 0.0]).collect();
        let measure = |positions: &[f32]| trustworthiness(&circle(n), 2, positions, 10, &mut Rng::new(1));
        assert!(measure(&perfect) > 0.999);
        let mut shuffled: Vec<usize> = (0..n).collect();
        Rng::new(2).shuffle(&mut shuffled);
        let random: Vec<f32> = shuffled.iter().flat_map(|&i| [i as f32, 0.0, 0.0]).collect();
        assert!((measure(&random) - 0.5).abs() < 0.05);
    }

    #[test]
    fn two_swapped_points_cost_what_the_formula_says() {
        // On a line of 6 at k = 1, the map moves point 5 beside point 0: point 0 now has 5 as its nearest (rank 5).
        let unit: Vec<f32> =
            (0..6).flat_map(|i| [(0.1 * (i * i) as f32).cos(), (0.1 * (i * i) as f32).sin()]).collect();
        let at = [0.0, 1.0, 2.5, 5.0, 9.0, -0.5];
        let positions: Vec<f32> = at.iter().flat_map(|&x| [x, 0.0, 0.0]).collect();
        // Point 5 has 0 as its nearest: rank 5. Point 0: rank 5. All others keep theirs.
        let expected = 1.0 - 2.0 * (4.0 + 4.0) / (6.0 * (12.0 - 3.0 - 1.0));
        let measured = trustworthiness(&unit, 2, &positions, 1, &mut Rng::new(1));
        assert!((measured - expected).abs() < 1e-12, "{measured} {expected}");
    }

    #[test]
    fn tiny_maps_are_trusted() {
        for n in 0..3 {
            assert_eq!(trustworthiness(&circle(n), 2, &vec![0.0; 3 * n], 15, &mut Rng::new(1)), 1.0);
        }
    }
}
