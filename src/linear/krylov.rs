//! The leading eigenvectors of large symmetric matrices that are only known by what they make of vectors.

use rayon::prelude::*;

use super::eigenvectors;
use crate::rng::Rng;

/// Rows that one task sums over; fixed, so that sums do not depend on the threads.
const ROWS: usize = 2048;

/// Columns, and eigenvalues, of less than this part of the matrix's norm are rounding errors.
const RANK: f64 = 1e-6;

/// Eigenvalues, the largest in size first, and their eigenvectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Eigenpairs {
    /// Eigenvalues with their signs.
    pub values: Vec<f64>,
    /// Row-major: a row an index of the matrix, a column an eigenvector of unit length.
    pub vectors: Vec<f32>,
}

/// Finds the `wanted` eigenvalues of a symmetric n × n matrix that are largest in size, by randomised block Krylov
/// iteration (Musco & Musco 2015, "Randomized block Krylov methods for stronger and faster approximate singular value
/// decomposition", for symmetric matrices: block Lanczos with full orthogonalisation).
///
/// It begins like the randomised subspace iteration of Halko, Martinsson & Tropp 2011 ("Finding structure with
/// randomness"), with products of the matrix and random columns, but keeps all of them, not only the last: where
/// eigenvalues fall slowly, as they do for co-occurrences, it is nearer the truth for the same arithmetic. `product`
/// multiplies the matrix with n rows of as many columns as it is told, a third of `wanted` and a few at most; `None`
/// from it ends the work. It is asked `iterations` times at most, of which the first makes the start. Fewer pairs come
/// back where the matrix has fewer non-zero eigenvalues, or where the iterations are too few to hold them.
/// Deterministic for a seed, with any number of threads where `product` is.
pub fn leading_eigenpairs(
    n: usize,
    wanted: usize,
    iterations: usize,
    seed: u64,
    mut product: impl FnMut(&[f32], usize) -> Option<Vec<f32>>,
) -> Option<Eigenpairs> {
    let width = (wanted.div_ceil(3) + 8).min(n);
    let mut rng = Rng::new(seed);
    let start: Vec<f32> = (0..n * width).map(|_| rng.next_f32() - 0.5).collect();
    if start.is_empty() {
        return Some(Eigenpairs::default());
    }
    // The first product is not kept but begun with: where the matrix has a row of zeros, so has everything made from
    // it.
    let mut next = Columns::orthonormal(&product(&start, width)?, width, 0.0);
    let mut basis: Vec<Columns> = Vec::new();
    // The matrix as it looks from inside the basis: for each block its products with those up to it.
    let mut small: Vec<Vec<Vec<f64>>> = Vec::new();
    let mut norm = 0.0;
    while basis.len() + 1 < iterations && next.count > 0 {
        let count = next.count;
        let mut image = product(&next.rows, count)?;
        basis.push(next);
        norm = image.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt().max(norm);
        let remove = |image: &mut [f32]| -> Vec<Vec<f64>> {
            let parts: Vec<Vec<f64>> = basis.iter().map(|block| transposed_product(block, image, count)).collect();
            for (block, part) in basis.iter().zip(&parts) {
                let less: Vec<f64> = part.iter().map(|x| -x).collect();
                add_product(image, count, block, &less);
            }
            parts
        };
        small.push(remove(&mut image));
        // Once more takes away what rounding left.
        remove(&mut image);
        next = Columns::orthonormal(&image, count, RANK * norm);
    }
    Some(rayleigh_ritz(n, wanted, &basis, &small))
}

/// The eigenpairs of the matrix as it looks from inside the basis, seen from outside.
fn rayleigh_ritz(n: usize, wanted: usize, basis: &[Columns], parts: &[Vec<Vec<f64>>]) -> Eigenpairs {
    let total: usize = basis.iter().map(|block| block.count).sum();
    let firsts: Vec<usize> = basis
        .iter()
        .scan(0, |next, block| {
            let first = *next;
            *next += block.count;
            Some(first)
        })
        .collect();
    let mut small = vec![0.0; total * total];
    for (column, parts) in parts.iter().enumerate() {
        for (row, part) in parts.iter().enumerate() {
            for (at, &x) in part.iter().enumerate() {
                let i = firsts[row] + at / basis[column].count;
                let j = firsts[column] + at % basis[column].count;
                // The diagonal blocks are symmetric but for rounding: their lower half wins.
                small[i * total + j] = x;
                small[j * total + i] = x;
            }
        }
    }
    let rotation = eigenvectors(&mut small, total);
    let value = |j: usize| small[j * total + j];
    let mut order: Vec<usize> = (0..total).collect();
    order.sort_by(|&a, &b| value(b).abs().total_cmp(&value(a).abs()).then(a.cmp(&b)));
    order.truncate(wanted);
    let largest = order.first().map_or(0.0, |&j| value(j).abs());
    order.retain(|&j| value(j).abs() > RANK * largest);
    let mut vectors = vec![0.0; n * order.len()];
    for (block, first) in basis.iter().zip(firsts) {
        let turn = (first..first + block.count).flat_map(|i| order.iter().map(move |&j| i * total + j));
        let turn: Vec<f64> = turn.map(|at| rotation[at]).collect();
        add_product(&mut vectors, order.len(), block, &turn);
    }
    Eigenpairs { values: order.iter().map(|&j| value(j)).collect(), vectors }
}

/// A tall matrix, row-major.
struct Columns {
    rows: Vec<f32>,
    count: usize,
}

impl Columns {
    /// An orthonormal basis of the space that the columns of a matrix span, but for directions in which they are not
    /// longer than `floor`.
    ///
    /// Y = Q Λ^½ Vᵀ from the eigenvectors of YᵀY in f64; unlike Cholesky's, this finds the rank as well.
    fn orthonormal(rows: &[f32], count: usize, floor: f64) -> Self {
        let matrix = Self { rows: rows.to_vec(), count };
        let mut gram = transposed_product(&matrix, rows, count);
        let vectors = eigenvectors(&mut gram, count);
        let squared = |j: usize| gram[j * count + j];
        let largest = (0..count).map(squared).fold(0.0, f64::max);
        let kept: Vec<usize> =
            (0..count).filter(|&j| squared(j) > floor * floor && squared(j) > RANK * RANK * largest).collect();
        let places = (0..count).flat_map(|i| kept.iter().map(move |&j| (i, j)));
        let rotation: Vec<f64> = places.map(|(i, j)| vectors[i * count + j] / squared(j).sqrt()).collect();
        let mut rows = vec![0.0; rows.len() / count.max(1) * kept.len()];
        add_product(&mut rows, kept.len(), &matrix, &rotation);
        Self { rows, count: kept.len() }
    }
}

/// leftᵀ · right, summed in f64: a row a column of `left`, `count` numbers each.
fn transposed_product(left: &Columns, right: &[f32], count: usize) -> Vec<f64> {
    let mut sum = vec![0.0; left.count * count];
    if sum.is_empty() {
        return sum;
    }
    let part = |(left_rows, right): (&[f32], &[f32])| {
        let mut part = vec![0.0; left.count * count];
        let mut wide = vec![0.0; count];
        for (left_row, right) in left_rows.chunks_exact(left.count).zip(right.chunks_exact(count)) {
            wide.iter_mut().zip(right).for_each(|(wide, &x)| *wide = f64::from(x));
            for (line, &x) in part.chunks_exact_mut(count).zip(left_row) {
                line.iter_mut().zip(&wide).for_each(|(sum, y)| *sum += f64::from(x) * y);
            }
        }
        part
    };
    let parts: Vec<Vec<f64>> =
        left.rows.par_chunks(ROWS * left.count).zip(right.par_chunks(ROWS * count)).map(part).collect();
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    sum
}

/// Adds `matrix` · `factor` to rows of `count` numbers; `factor` has a row a column of the matrix.
fn add_product(rows: &mut [f32], count: usize, matrix: &Columns, factor: &[f64]) {
    if count == 0 || matrix.count == 0 {
        return;
    }
    rows.par_chunks_mut(ROWS * count).zip(matrix.rows.par_chunks(ROWS * matrix.count)).for_each(|(rows, from)| {
        let mut sum = vec![0.0; count];
        for (row, from) in rows.chunks_exact_mut(count).zip(from.chunks_exact(matrix.count)) {
            sum.fill(0.0);
            for (&x, factor) in from.iter().zip(factor.chunks_exact(count)) {
                sum.iter_mut().zip(factor).for_each(|(sum, factor)| *sum += f64::from(x) * factor);
            }
            row.iter_mut().zip(&sum).for_each(|(x, &sum)| *x = (f64::from(*x) + sum) as f32);
        }
    });
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
    fn all_eigenvalues_are_found_once_where_all_are_wanted() {
        let n = 30;
        let values: Vec<f64> =
            (0..n as u32).map(|i| (1.0 - f64::from(i % 2) * 2.0) * 5.0 * 0.8_f64.powi(i as i32)).collect();
        let matrix = with_eigenvalues(&values);
        let found = leading_eigenpairs(n, n, 30, 1, |rows, columns| Some(product(&matrix, n, rows, columns))).unwrap();
        assert_eq!(found.values.len(), n);
        for (value, expected) in found.values.iter().zip(values) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
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
