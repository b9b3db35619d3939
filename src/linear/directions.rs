//! What "similar" compares: the direction of every vector, with or without the part that all have in common.

use crate::catalog::norm;

/// Makes every row of `dimensions` numbers unit length.
///
/// A row that is zero or not finite has no direction: it becomes zeros. Numbers beyond the last whole row are left out.
pub fn unit_rows(rows: &[f32], dimensions: usize) -> Vec<f32> {
    let mut units = rows.to_vec();
    for row in units.chunks_exact_mut(dimensions.max(1)) {
        let length = norm(row);
        row.iter_mut().for_each(|x| *x = if length.is_normal() { *x / length } else { 0.0 });
    }
    units.truncate(rows.len() / dimensions.max(1) * dimensions);
    units
}

/// Takes the mean of unit rows away from each of them; rows of zeros neither count for the mean nor change.
///
/// Word vectors share one large component that says how often a word occurs and nothing of what it is like; without it,
/// neighbours agree better with what people call similar (Mu & Viswanath 2018, "All-but-the-Top", their first step;
/// data/README.md has the figures for this project's playlists). The rows are no longer unit length afterwards. Gives back the
/// mean, zeros where no row counts.
pub fn centre(units: &mut [f32], dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0_f64; dimensions];
    let mut counted = 0_u64;
    let has_direction = |row: &[f32]| row.iter().any(|&x| x != 0.0);
    for row in units.chunks_exact(dimensions.max(1)).filter(|row| has_direction(row)) {
        sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        counted += 1;
    }
    let mean: Vec<f32> = sum.iter().map(|sum| (sum / counted.max(1) as f64) as f32).collect();
    for row in units.chunks_exact_mut(dimensions.max(1)).filter(|row| has_direction(row)) {
        row.iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_part_is_gone_and_rows_without_direction_stay_zero() {
        let mut rows = unit_rows(&[3.0, 4.0, 3.0, -4.0, 0.0, 0.0, f32::NAN, 1.0], 2);
        for (x, expected) in rows.iter().zip([0.6, 0.8, 0.6, -0.8, 0.0, 0.0, 0.0, 0.0]) {
            assert!((x - expected).abs() < 1e-6, "{x} {expected}");
        }
        let mean = centre(&mut rows, 2);
        assert!((mean[0] - 0.6).abs() < 1e-6 && mean[1].abs() < 1e-6, "{mean:?}");
        for (x, expected) in rows.iter().zip([0.0, 0.8, 0.0, -0.8, 0.0, 0.0, 0.0, 0.0]) {
            assert!((x - expected).abs() < 1e-6, "{x} {expected}");
        }
    }

    #[test]
    fn nothing_is_centred_where_there_is_nothing() {
        assert_eq!(unit_rows(&[], 3), [0.0; 0]);
        assert_eq!(unit_rows(&[1.0], 0), [0.0; 0]);
        let mut rows = unit_rows(&[f32::INFINITY, 0.0, 1e-30, 0.0], 2);
        assert_eq!((centre(&mut rows, 2), rows), (vec![0.0; 2], vec![0.0; 4]));
    }
}
