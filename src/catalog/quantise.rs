//! Vectors as small integers: one `i8` a number and one `f32` scale a row.
//!
//! A row is made unit length first, since every question is about direction; then code = round(x / scale) with
//! scale = max |x| / 127, so that x ≈ scale · code and the largest number of each row is exact.

use alloc::vec::Vec;

use super::kernel::CODE_LIMIT;

/// Quantised rows: `codes` row-major with as many numbers a row as the vectors had, `scales` one a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantised {
    /// Codes in −127 … 127.
    pub codes: Vec<i8>,
    /// Positive finite factors; zero for a row that had no direction.
    pub scales: Vec<f32>,
}

/// Quantises rows of `dimensions` numbers each.
///
/// A row that is zero or not finite has no direction: it becomes all zeros with scale zero, and is near to nothing.
pub fn quantise(vectors: &[f32], dimensions: usize) -> Quantised {
    let mut quantised = Quantised::default();
    for row in vectors.chunks_exact(dimensions.max(1)) {
        let norm = norm(row);
        let largest = row.iter().fold(0_f32, |largest, &x| largest.max(x.abs())) / norm;
        let scale = largest / CODE_LIMIT as f32;
        if scale.is_normal() && norm.is_normal() {
            quantised.codes.extend(row.iter().map(|&x| libm::roundf(x / norm / scale) as i8));
            quantised.scales.push(scale);
        } else {
            quantised.codes.extend(row.iter().map(|_| 0));
            quantised.scales.push(0.0);
        }
    }
    quantised
}

/// The Euclidean length of a row, its squares summed from first to last.
pub fn norm(row: &[f32]) -> f32 {
    libm::sqrtf(row.iter().fold(0.0, |sum, &x| sum + x * x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_direction() {
        let vectors = [3.0, 4.0, 0.0, -0.1, 0.2, 0.05];
        let quantised = quantise(&vectors, 3);
        assert_eq!(quantised.codes, [95, 127, 0, -64, 127, 32]);
        for (row, (codes, &scale)) in
            vectors.chunks_exact(3).zip(quantised.codes.chunks_exact(3).zip(&quantised.scales))
        {
            for (&x, &code) in row.iter().zip(codes) {
                assert!((x / norm(row) - f32::from(code) * scale).abs() <= scale / 2.0 + 1e-7);
            }
        }
    }

    #[test]
    fn rows_without_direction_become_zero() {
        let vectors = [0.0, 0.0, f32::NAN, 1.0, f32::INFINITY, 1.0, 1e-30, 1e-30];
        let quantised = quantise(&vectors, 2);
        assert_eq!(quantised.codes, [0; 8]);
        assert_eq!(quantised.scales, [0.0; 4]);
    }
}
