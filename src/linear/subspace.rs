//! The leading eigenvectors of large symmetric matrices that are only known by what they make of vectors.

use rayon::prelude::*;

use super::eigenvectors;
use crate::rng::Rng;

/// Columns that are iterated beyond those that are wanted: the more, the faster the last wanted ones converge.
const OVERSAMPLING: usize = 20;

/// Rows that one task sums over; fixed, so that sums do not depend on the threads.
const ROWS: usize = 2048;

/// Columns whose length is less than this part of the longest are rounding errors.
const RANK: f64 = 1e-6;

/// Eigenvalues, the largest in size first, and their eigenvectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Eigenpairs {
    /// Eigenvalues with their signs.
    pub values: Vec<f64>,
    /// Row-major: a row an index of the matrix, a column an eigenvector of unit length.
    pub vectors: Vec<f32>,
}

/// Finds the `wanted` eigenvalues of a symmetric n × n matrix that are largest in size, by randomised subspace iteration
/// (Halko, Martinsson & Tropp 2011, "Finding structure with randomness", algorithms 4.4 and 5.3).
///
/// `product` multiplies the matrix with n rows of as many columns as it is told; `None` from it ends the work. It is asked
/// `iterations` times, at least once. Fewer pairs come back where the matrix has fewer non-zero eigenvalues. Deterministic
/// for a seed, with any number of threads where `product` is.
pub fn leading_eigenpairs(
    n: usize,
    wanted: usize,
    iterations: usize,
    seed: u64,
    mut product: impl FnMut(&[f32], usize) -> Option<Vec<f32>>,
) -> Option<Eigenpairs> {
    let mut columns = (wanted + OVERSAMPLING).min(n);
    let mut rng = Rng::new(seed);
    let start: Vec<f32> = (0..n * columns).map(|_| rng.next_f32() - 0.5).collect();
    let mut basis;
    (basis, columns) = orthonormal(&start, columns);
    for _ in 1..iterations {
        if columns == 0 {
            break;
        }
        (basis, columns) = orthonormal(&product(&basis, columns)?, columns);
    }
    if columns == 0 {
        return Some(Eigenpairs::default());
    }
    // Rayleigh–Ritz: the matrix as it looks from inside the subspace is small.
    let image = product(&basis, columns)?;
    let mut small = transposed_product(&basis, &image, columns);
    for i in 0..columns {
        for j in 0..i {
            let mean = f64::midpoint(small[i * columns + j], small[j * columns + i]);
            small[i * columns + j] = mean;
            small[j * columns + i] = mean;
        }
    }
    let rotation = eigenvectors(&mut small, columns);
    let value = |j: usize| small[j * columns + j];
    let mut order: Vec<usize> = (0..columns).collect();
    order.sort_by(|&a, &b| value(b).abs().total_cmp(&value(a).abs()).then(a.cmp(&b)));
    order.truncate(wanted);
    let largest = order.first().map_or(0.0, |&j| value(j).abs());
    order.retain(|&j| value(j).abs() > RANK * largest);
    let values = order.iter().map(|&j| value(j)).collect();
    let rotation: Vec<f64> =
        (0..columns).flat_map(|i| order.iter().map(move |&j| i * columns + j)).map(|at| rotation[at]).collect();
    Some(Eigenpairs { values, vectors: rotated(&basis, columns, &rotation, order.len()) })
}

/// An orthonormal basis of the space that the columns span, and how many it takes.
///
/// Y = Q Λ^½ Vᵀ from the eigenvectors of YᵀY in f64; unlike Cholesky's, this finds the rank as well.
fn orthonormal(matrix: &[f32], columns: usize) -> (Vec<f32>, usize) {
    let mut gram = transposed_product(matrix, matrix, columns);
    let vectors = eigenvectors(&mut gram, columns);
    let squared = |j: usize| gram[j * columns + j];
    let largest = (0..columns).map(squared).fold(0.0, f64::max);
    let kept: Vec<usize> = (0..columns).filter(|&j| squared(j) > RANK * RANK * largest).collect();
    let turn = |i: usize| kept.iter().map(move |&j| (i, j)).map(|(i, j)| vectors[i * columns + j] / squared(j).sqrt());
    let rotation: Vec<f64> = (0..columns).flat_map(turn).collect();
    (rotated(matrix, columns, &rotation, kept.len()), kept.len())
}

/// leftᵀ · right of two matrices with as many rows and `columns` columns each, summed in f64.
fn transposed_product(left: &[f32], right: &[f32], columns: usize) -> Vec<f64> {
    let mut sum = vec![0.0; columns * columns];
    if columns == 0 {
        return sum;
    }
    let part = |(left, right): (&[f32], &[f32])| {
        let mut part = vec![0.0; columns * columns];
        let mut wide = vec![0.0; columns];
        for (left, right) in left.chunks_exact(columns).zip(right.chunks_exact(columns)) {
            wide.iter_mut().zip(right).for_each(|(wide, &x)| *wide = f64::from(x));
            for (line, &x) in part.chunks_exact_mut(columns).zip(left) {
                line.iter_mut().zip(&wide).for_each(|(sum, y)| *sum += f64::from(x) * y);
            }
        }
        part
    };
    let parts: Vec<Vec<f64>> =
        left.par_chunks(ROWS * columns).zip(right.par_chunks(ROWS * columns)).map(part).collect();
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    sum
}

/// Every row of `columns` numbers times a `columns` × `wanted` matrix.
fn rotated(matrix: &[f32], columns: usize, rotation: &[f64], wanted: usize) -> Vec<f32> {
    if columns == 0 || wanted == 0 {
        return Vec::new();
    }
    let mut rows = vec![0.0; matrix.len() / columns * wanted];
    rows.par_chunks_mut(ROWS * wanted).zip(matrix.par_chunks(ROWS * columns)).for_each(|(rows, matrix)| {
        let mut sum = vec![0.0; wanted];
        for (row, from) in rows.chunks_exact_mut(wanted).zip(matrix.chunks_exact(columns)) {
            sum.fill(0.0);
            for (&x, turn) in from.iter().zip(rotation.chunks_exact(wanted)) {
                sum.iter_mut().zip(turn).for_each(|(sum, turn)| *sum += f64::from(x) * turn);
            }
            row.iter_mut().zip(&sum).for_each(|(x, &sum)| *x = sum as f32);
        }
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix with the given eigenvalues, and the product with it.
    fn with_eigenvalues(values: &[f64]) -> Vec<f64> {
        let n = values.len();
        let mut rng = Rng::new(4);
        let mut random: Vec<f64> = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                random[i * n + j] = rng.next_f64() - 0.5;
                random[j * n + i] = random[i * n + j];
            }
        }
        let vectors = eigenvectors(&mut random, n);
        let entry = |i: usize, j: usize| (0..n).map(|l| vectors[i * n + l] * values[l] * vectors[j * n + l]).sum();
        (0..n * n).map(|at| entry(at / n, at % n)).collect()
    }

    fn product(matrix: &[f64], n: usize, rows: &[f32], columns: usize) -> Vec<f32> {
        let entry =
            |i: usize, c: usize| (0..n).map(|j| matrix[i * n + j] * f64::from(rows[j * columns + c])).sum::<f64>();
        (0..n * columns).map(|at| entry(at / columns, at % columns) as f32).collect()
    }

    #[test]
    fn finds_the_largest_in_size_of_either_sign() {
        let mut values: Vec<f64> = (0..60).map(|i| 1.0 / f64::from(i + 5)).collect();
        values[..4].copy_from_slice(&[3.0, -2.5, 2.0, -1.0]);
        let matrix = with_eigenvalues(&values);
        let found = leading_eigenpairs(60, 4, 6, 1, |rows, columns| Some(product(&matrix, 60, rows, columns))).unwrap();
        for (value, expected) in found.values.iter().zip([3.0, -2.5, 2.0, -1.0]) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
        let image = product(&matrix, 60, &found.vectors, 4);
        for (i, (image, x)) in image.iter().zip(&found.vectors).enumerate() {
            assert!((f64::from(*image) - found.values[i % 4] * f64::from(*x)).abs() < 1e-5, "{i}");
        }
    }

    #[test]
    fn a_matrix_of_low_rank_gives_fewer_pairs() {
        let matrix = with_eigenvalues(&[0.0, 2.0, 0.0, -1.0, 0.0]);
        let found = leading_eigenpairs(5, 4, 3, 1, |rows, columns| Some(product(&matrix, 5, rows, columns))).unwrap();
        assert_eq!(found.values.len(), 2);
        assert!((found.values[0] - 2.0).abs() < 1e-6 && (found.values[1] + 1.0).abs() < 1e-6);
        let nothing = |n| leading_eigenpairs(n, 4, 3, 1, |rows, _| Some(vec![0.0; rows.len()])).unwrap();
        assert_eq!(nothing(5), Eigenpairs::default());
        assert_eq!(nothing(0), Eigenpairs::default());
        assert_eq!(leading_eigenpairs(5, 4, 3, 1, |_, _| None), None);
    }
}
