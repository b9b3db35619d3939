//! What "similar" compares: the direction of every artist's vector, without the part that all have in common.

use crate::catalog::norm;
use crate::training::Model;

/// Makes every input vector unit length and takes their mean away: `artists × dimensions` numbers, row-major.
///
/// Word vectors share one large component that says how often a word occurs and nothing of what it is like; without it,
/// neighbours agree better with what people call similar (Mu & Viswanath 2018, "All-but-the-Top", their first step;
/// data/README.md has the figures for this project's playlists). An artist whose vector is zero or not finite has no
/// direction: it stays zero, and does not count for the mean.
pub(super) fn directions(model: &Model) -> Vec<f32> {
    let dimensions = model.dimensions;
    let mut rows = model.input.clone();
    let mut sum = vec![0_f64; dimensions];
    let mut counted = Vec::with_capacity(model.artists.len());
    for row in rows.chunks_exact_mut(dimensions) {
        let length = norm(row);
        counted.push(length.is_normal());
        row.iter_mut().for_each(|x| *x = if length.is_normal() { *x / length } else { 0.0 });
        sum.iter_mut().zip(&*row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let artists = counted.iter().filter(|&&counted| counted).count().max(1) as f64;
    for (row, _) in rows.chunks_exact_mut(dimensions).zip(counted).filter(|(_, counted)| *counted) {
        row.iter_mut().zip(&sum).for_each(|(x, sum)| *x -= (sum / artists) as f32);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metadata::Provenance;
    use crate::corpus::Artists;

    #[test]
    fn the_common_part_is_gone_and_rows_without_direction_stay_zero() {
        let model = Model {
            artists: Artists { names: vec!["a".into(); 4], ids: vec![String::new(); 4], mentions: vec![1; 4] },
            dimensions: 2,
            input: vec![3.0, 4.0, 3.0, -4.0, 0.0, 0.0, f32::NAN, 1.0],
            output: vec![],
            provenance: Provenance::default(),
        };
        let expected = [0.0, 0.8, 0.0, -0.8, 0.0, 0.0, 0.0, 0.0];
        for (x, expected) in directions(&model).iter().zip(expected) {
            assert!((x - expected).abs() < 1e-6, "{x} {expected}");
        }
    }
}
