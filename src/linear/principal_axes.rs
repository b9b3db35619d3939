//! The axes along which rows spread most.

use super::{eigenvectors, second_moments};

/// Orthonormal axes in the order of falling variance around the origin.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalAxes {
    /// Each axis's variance around the origin.
    pub variances: Vec<f64>,
    /// The axes, end to end; the largest number in size of each is positive, since axes have no sign of their own.
    pub axes: Vec<f64>,
}

impl PrincipalAxes {
    /// Finds the axes of rows of `dimensions` numbers. `None` where the rows have no spread, or none that is finite.
    pub fn of(rows: &[f32], dimensions: usize) -> Option<Self> {
        let d = dimensions;
        let mut moments = second_moments(rows, &vec![0.0; d]);
        let vectors = eigenvectors(&mut moments, d);
        let variance = |axis: usize| moments[axis * d + axis];
        let mean = (0..d).map(variance).sum::<f64>() / d as f64;
        if !(mean.is_normal() && mean > 0.0) {
            return None;
        }
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| variance(b).total_cmp(&variance(a)).then(a.cmp(&b)));
        let axes = order.iter().flat_map(|&axis| {
            let sign = sign_of(&vectors, d, axis);
            vectors.iter().skip(axis).step_by(d).map(move |x| x * sign)
        });
        Some(Self { axes: axes.collect(), variances: order.iter().map(|&axis| variance(axis)).collect() })
    }

    /// Rows as their places along the axes.
    pub fn turned(&self, rows: &[f32]) -> Vec<f32> {
        let d = self.variances.len().max(1);
        let place =
            |row: &[f32], axis: &[f64]| row.iter().zip(axis).map(|(&x, y)| f64::from(x) * y).sum::<f64>() as f32;
        rows.chunks_exact(d).flat_map(|row| self.axes.chunks_exact(d).map(move |axis| place(row, axis))).collect()
    }
}

/// 1 or −1, so that the axis's largest number in size becomes positive.
fn sign_of(vectors: &[f64], d: usize, axis: usize) -> f64 {
    let numbers = vectors.iter().skip(axis).step_by(d);
    numbers.fold(0.0_f64, |largest, &x| if x.abs() > largest.abs() { x } else { largest }).signum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_turned_onto_the_axes_of_falling_variance() {
        // Three times as far along (3, 4) / 5 as across.
        let rows = [0.6_f32, 0.8, -0.6, -0.8, 0.8 / 3.0, -0.6 / 3.0];
        let found = PrincipalAxes::of(&rows, 2).unwrap();
        assert!(found.variances[0] > 10.0 * found.variances[1]);
        let turned = found.turned(&rows);
        for (found, expected) in turned.iter().zip([1.0, 0.0, -1.0, 0.0, 0.0, 1.0 / 3.0]) {
            assert!((found.abs() - f32::abs(expected)).abs() < 1e-6, "{turned:?}");
        }
        assert_eq!(PrincipalAxes::of(&[0.0; 4], 2), None);
    }
}
