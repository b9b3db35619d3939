//! How rows spread.

use rayon::prelude::*;

/// Rows whose contribution one task sums; fixed, so that sums do not depend on the threads.
const ROWS: usize = 1024;

/// The sum over rows of (x − centre) (x − centre)ᵀ, `dimensions` × `dimensions`, where `centre` has a number for each
/// dimension.
pub fn second_moments(rows: &[f32], centre: &[f64]) -> Vec<f64> {
    let dimensions = centre.len();
    let parts: Vec<Vec<f64>> = rows
        .par_chunks((ROWS * dimensions).max(1))
        .map(|rows| {
            let mut part = vec![0.0; dimensions * dimensions];
            let mut centred = vec![0.0; dimensions];
            for row in rows.chunks_exact(dimensions.max(1)) {
                centred.iter_mut().zip(row).zip(centre).for_each(|((c, &x), centre)| *c = f64::from(x) - centre);
                for (line, &x) in part.chunks_exact_mut(dimensions.max(1)).zip(&centred) {
                    line.iter_mut().zip(&centred).for_each(|(sum, y)| *sum += x * y);
                }
            }
            part
        })
        .collect();
    let mut moments = vec![0.0; dimensions * dimensions];
    for part in parts {
        moments.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_around_the_centre() {
        assert_eq!(second_moments(&[1.0, 2.0, 3.0, 5.0], &[0.0, 0.0]), [10.0, 17.0, 17.0, 29.0]);
        assert_eq!(second_moments(&[1.0, 2.0, 3.0, 5.0], &[1.0, 2.0]), [4.0, 6.0, 6.0, 9.0]);
        assert!(second_moments(&[1.0], &[]).is_empty());
    }
}
