//! Principal components: where the optimisation starts.

use rayon::prelude::*;

use crate::linear::{eigenvectors, second_moments};

/// Projects rows onto their first three principal components; three coordinates a row, zero beyond the last dimension.
///
/// A component's sign is such that its largest weight in size is positive.
pub(super) fn principal_components(rows: &[f32], dimensions: usize) -> Vec<f32> {
    let (mean, mut covariance) = mean_and_covariance(rows, dimensions);
    let vectors = eigenvectors(&mut covariance, dimensions);
    let mut order: Vec<usize> = (0..dimensions).collect();
    order.sort_by(|&a, &b| covariance[b * dimensions + b].total_cmp(&covariance[a * dimensions + a]).then(a.cmp(&b)));
    let axes: Vec<Vec<f64>> = order.iter().take(3).map(|&j| axis(&vectors, dimensions, j)).collect();
    rows.par_chunks_exact(dimensions)
        .flat_map_iter(|row| {
            let coordinate = |axis: &Vec<f64>| -> f64 {
                row.iter().zip(&mean).zip(axis).map(|((&x, mean), weight)| (f64::from(x) - mean) * weight).sum()
            };
            let mut place = [0.0; 3];
            for (place, axis) in place.iter_mut().zip(&axes) {
                *place = coordinate(axis) as f32;
            }
            place
        })
        .collect()
}

/// The eigenvector in column `j` of `vectors`, its sign fixed.
fn axis(vectors: &[f64], dimensions: usize, j: usize) -> Vec<f64> {
    let mut axis: Vec<f64> = (0..dimensions).map(|i| vectors[i * dimensions + j]).collect();
    let largest = axis.iter().copied().fold(0.0_f64, |largest, x| if x.abs() > largest.abs() { x } else { largest });
    if largest < 0.0 {
        axis.iter_mut().for_each(|x| *x = -*x);
    }
    axis
}

fn mean_and_covariance(rows: &[f32], dimensions: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (rows.len() / dimensions) as f64;
    let mut mean = vec![0.0; dimensions];
    for row in rows.chunks_exact(dimensions) {
        mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / n);
    }
    let covariance = second_moments(rows, &mean);
    (mean, covariance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn the_widest_direction_comes_first() {
        // A box of sides 1, 9, 4 and 0.1 around (5, 5, 5, 5).
        let mut rng = Rng::new(3);
        let sides = [1.0, 9.0, 4.0, 0.1];
        let rows: Vec<f32> = (0..3000 * 4).map(|i| 5.0 + (rng.next_f32() - 0.5) * sides[i % 4]).collect();
        let places = principal_components(&rows, 4);
        for (row, place) in rows.chunks_exact(4).zip(places.chunks_exact(3)) {
            for (axis, column) in [1, 2, 0].into_iter().enumerate() {
                assert!((place[axis] - (row[column] - 5.0)).abs() < 0.3, "{row:?} {place:?}");
            }
        }
    }

    #[test]
    fn fewer_than_three_dimensions_leave_the_rest_at_zero() {
        assert_eq!(principal_components(&[1.0, 3.0], 1), [-1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(principal_components(&[2.0, 2.0, 2.0, 2.0], 2), [0.0; 6]);
    }
}
