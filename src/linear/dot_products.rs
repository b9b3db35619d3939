//! The one kernel of every neighbour search at full precision: all dot products between two sets of rows.
//!
//! `unsafe` stands here because `matrixmultiply` takes raw pointers. The argument: the three slices' lengths are
//! checked against the shapes before the call, strides are those of dense row-major matrices, and `products` is
//! borrowed mutably, so that nothing else reads or writes it.
#![allow(unsafe_code)]

/// Writes the dot product of every row of `left` with every row of `right` into `products`, row-major.
///
/// Rows have `dimensions` numbers. The result of a pair does not depend on the other rows: the same bits in any block.
/// Does nothing where the lengths do not fit together.
pub fn dot_products(left: &[f32], right: &[f32], dimensions: usize, products: &mut [f32]) {
    let (rows, columns) = (left.len() / dimensions, right.len() / dimensions);
    let fits = left.len() == rows * dimensions
        && right.len() == columns * dimensions
        && rows.checked_mul(columns) == Some(products.len());
    debug_assert!(fits, "shapes differ");
    if !fits {
        return;
    }
    let stride = dimensions as isize;
    // SAFETY: `left` holds rows × dimensions numbers, `right` columns × dimensions (read transposed through its
    // strides), `products` rows × columns, all checked above. With beta = 0, `products` is written and never read.
    unsafe {
        matrixmultiply::sgemm(
            rows,
            dimensions,
            columns,
            1.0,
            left.as_ptr(),
            stride,
            1,
            right.as_ptr(),
            1,
            stride,
            0.0,
            products.as_mut_ptr(),
            columns as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// The safe twin.
    fn plain(left: &[f32], right: &[f32], dimensions: usize) -> Vec<f32> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        let rows = left.chunks_exact(dimensions);
        rows.flat_map(|a| right.chunks_exact(dimensions).map(move |b| dot(a, b))).collect()
    }

    #[test]
    fn equals_the_plain_loop_in_any_block() {
        let mut rng = Rng::new(1);
        for (rows, columns, dimensions) in [(1, 1, 1), (3, 5, 7), (17, 70, 33), (64, 9, 100)] {
            let mut draw = |n: usize| (0..n).map(|_| rng.next_f32() - 0.5).collect::<Vec<_>>();
            let (left, right) = (draw(rows * dimensions), draw(columns * dimensions));
            let mut products = vec![f32::NAN; rows * columns];
            dot_products(&left, &right, dimensions, &mut products);
            for (a, b) in products.iter().zip(plain(&left, &right, dimensions)) {
                assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
            let mut last = vec![0.0; columns];
            dot_products(&left[(rows - 1) * dimensions..], &right, dimensions, &mut last);
            assert_eq!(last, products[(rows - 1) * columns..]);
        }
    }
}
