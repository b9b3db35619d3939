//! From vectors to whole numbers of steps.
//!
//! One step serves all axes: where numbers are entropy-coded, the same step everywhere costs the fewest bits for a given
//! error (reverse water-filling; Cover & Thomas 2006, section 10.3.3). Rows are made unit length first, since every
//! question is about direction.

use alloc::vec;
use alloc::vec::Vec;

use super::kernel::CODE_LIMIT;
use super::parts::MAX_WIDTH;
use super::vectors::Axes;

/// An axis gets another column of codes where more than this share of the rows would not fit without.
const MISFITS: f32 = 0.01;

/// The step of a pack that loses next to nothing.
pub const FINE_STEP: f32 = 0.0035;

/// The step of a pack of half the size of one byte a number.
pub const COMPACT_STEP: f32 = 0.013;

/// Rows of unit length; a row that is zero or not finite has no direction and becomes zero.
pub(super) fn units(vectors: &[f32], dimensions: usize) -> Vec<f32> {
    let unit = |row: &[f32]| {
        let norm = norm(row);
        let factor = if norm.is_normal() { 1.0 / norm } else { 0.0 };
        row.iter().map(|&x| if factor > 0.0 { x * factor } else { 0.0 }).collect::<Vec<_>>()
    };
    vectors.chunks_exact(dimensions.max(1)).flat_map(unit).collect()
}

/// The axes on which rows of unit length are written with this step, with room for all but few of them.
pub(super) fn axes(units: &[f32], dimensions: usize, step: f32, weights: &[f32]) -> Axes {
    let rows = units.len() / dimensions.max(1);
    let width = |axis: usize| {
        let misfits = |width: &u8| {
            let limit = step * (i32::from(*width) * CODE_LIMIT) as f32;
            let beyond = units.iter().skip(axis).step_by(dimensions).filter(|x| x.abs() > limit).count();
            beyond as f32 > MISFITS * rows as f32
        };
        (1..MAX_WIDTH).find(|width| !misfits(width)).unwrap_or(MAX_WIDTH)
    };
    Axes { steps: vec![step; dimensions], widths: (0..dimensions).map(width).collect(), weights: weights.to_vec() }
}

/// Writes rows of unit length on these axes, as whole numbers of steps, row-major. A row with a number too large for its axis is written shorter as a whole: its direction
/// stays, and only that is kept.
pub(super) fn numbers(units: &[f32], axes: &Axes) -> Vec<i16> {
    let dimensions = axes.steps.len();
    let mut numbers = Vec::with_capacity(units.len());
    for row in units.chunks_exact(dimensions.max(1)) {
        let steps = |axis: usize| row[axis] / axes.steps[axis];
        let limit = |axis: usize| axes.limit(axis) as f32;
        let shorter = (0..dimensions).fold(1_f32, |shorter, axis| shorter.max(steps(axis).abs() / limit(axis)));
        let number = |axis: usize| libm::roundf(steps(axis) / shorter).clamp(-limit(axis), limit(axis)) as i16;
        numbers.extend((0..dimensions).map(number));
    }
    numbers
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
        let vectors = units(&[3.0, 4.0, 0.0, -0.1, 0.2, 0.05], 3);
        let axes = axes(&vectors, 3, 0.01, &[]);
        assert_eq!(axes.widths, [1, 1, 1]);
        assert_eq!(numbers(&vectors, &axes), [60, 80, 0, -44, 87, 22]);
    }

    #[test]
    fn large_numbers_take_more_columns_or_a_shorter_row() {
        let vectors = units(&[1.0, 0.0, 0.6, 0.8], 2);
        let wide = axes(&vectors, 2, 0.005, &[]);
        assert_eq!((wide.widths.as_slice(), numbers(&vectors, &wide)), (&[2, 2][..], alloc::vec![200, 0, 120, 160]));
        let narrow = Axes { widths: alloc::vec![1, 1], ..wide };
        assert_eq!(numbers(&vectors, &narrow), [127, 0, 95, 127]);
    }

    #[test]
    fn rows_without_direction_become_zero() {
        let vectors = units(&[0.0, 0.0, f32::NAN, 1.0, f32::INFINITY, 1.0, 1e-30, 1e-30], 2);
        assert_eq!(numbers(&vectors, &axes(&vectors, 2, 0.01, &[])), [0; 8]);
    }
}
