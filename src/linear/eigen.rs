//! Eigenvectors of small symmetric matrices.

/// Sweeps after which the iteration ends at the latest; it converges quadratically, in ten or fewer.
const SWEEPS: usize = 30;

/// Diagonalises a symmetric matrix by cyclic Jacobi rotations (Golub & Van Loan, *Matrix Computations*, 8.5): on return
/// its diagonal holds the eigenvalues, and the result's columns are the eigenvectors.
pub fn eigenvectors(matrix: &mut [f64], n: usize) -> Vec<f64> {
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    let trace: f64 = (0..n).map(|i| matrix[i * n + i].abs()).sum();
    for _ in 0..SWEEPS {
        let off_diagonal: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| matrix[i * n + j].powi(2)).sum();
        if off_diagonal.sqrt() <= 1e-14 * trace {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                let off = matrix[p * n + q];
                if off == 0.0 {
                    continue;
                }
                let tau = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * off);
                let t = tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt());
                let c = 1.0 / (1.0 + t * t).sqrt();
                let s = t * c;
                let rotate = |a: f64, b: f64| (c * a - s * b, s * a + c * b);
                for i in 0..n {
                    (matrix[i * n + p], matrix[i * n + q]) = rotate(matrix[i * n + p], matrix[i * n + q]);
                    (vectors[i * n + p], vectors[i * n + q]) = rotate(vectors[i * n + p], vectors[i * n + q]);
                }
                for i in 0..n {
                    (matrix[p * n + i], matrix[q * n + i]) = rotate(matrix[p * n + i], matrix[q * n + i]);
                }
            }
        }
    }
    vectors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn eigenvectors_rebuild_the_matrix() {
        let n = 12;
        let mut rng = Rng::new(2);
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let x = rng.next_f64() - 0.5;
                matrix[i * n + j] = x;
                matrix[j * n + i] = x;
            }
        }
        let original = matrix.clone();
        let vectors = eigenvectors(&mut matrix, n);
        for i in 0..n {
            for j in 0..n {
                let rebuilt: f64 = (0..n).map(|l| vectors[i * n + l] * matrix[l * n + l] * vectors[j * n + l]).sum();
                assert!((rebuilt - original[i * n + j]).abs() < 1e-12);
                let dot: f64 = (0..n).map(|l| vectors[l * n + i] * vectors[l * n + j]).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
    }
}
