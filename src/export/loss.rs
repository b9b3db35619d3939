//! What quantisation costs, measured on the vectors themselves with the pack's own query.

use rayon::prelude::*;

use crate::catalog::questions::Options;
use crate::catalog::{ArtistId, Pack, QuantisationLoss};
use crate::linear::unit_rows;
use crate::progress::Progress;

/// How many artists are asked for their neighbours.
const SAMPLE: usize = 1000;

/// Neighbours compared per artist.
const NEIGHBOURS: usize = 20;

/// Compares the pack's nearest with those by full-precision cosine of `vectors`; `None` where the user interrupts.
///
/// The sample is spread evenly over popularity ranks. An artist without direction is not asked.
pub(super) fn measure(vectors: &[f32], pack: &Pack, progress: &dyn Progress) -> Option<QuantisationLoss> {
    let (artists, dimensions) = (pack.len(), pack.dimensions());
    let units = unit_rows(vectors, dimensions);
    let unit = |artist: usize| &units[artist * dimensions..(artist + 1) * dimensions];
    let sample: Vec<usize> = (0..SAMPLE.min(artists)).map(|i| i * artists / SAMPLE.min(artists)).collect();
    progress.stage("loss", Some(sample.len() as u64));

    // Overlap, neighbours compared, and summed score error of one artist.
    let ask = |&artist: &usize| -> Option<(usize, usize, f64)> {
        if progress.interrupted() {
            return None;
        }
        let cosine = |other: usize| unit(artist).iter().zip(unit(other)).map(|(a, b)| a * b).sum::<f32>();
        let mut exact: Vec<(f32, usize)> =
            (0..artists).filter(|&other| other != artist).map(|other| (cosine(other), other)).collect();
        let kept = NEIGHBOURS.min(exact.len());
        let by_score = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if kept < exact.len() {
            exact.select_nth_unstable_by(kept, by_score);
        }
        exact.truncate(kept);
        let found = pack.similar(artist as ArtistId, &Options::limit(kept)).unwrap_or_default();
        let overlap = found.iter().filter(|n| exact.iter().any(|&(_, other)| other == n.artist as usize)).count();
        let error = found.iter().map(|n| f64::from((n.score - cosine(n.artist as usize)).abs())).sum();
        progress.advance(1);
        // Nothing found means no direction: not counted.
        Some(if found.is_empty() { (0, 0, 0.0) } else { (overlap, kept, error) })
    };
    // Collected in the sample's order, so that the sums do not depend on the threads.
    let answers: Vec<(usize, usize, f64)> = sample.par_iter().map(ask).collect::<Option<_>>()?;
    let asked = answers.iter().filter(|(_, compared, _)| *compared > 0).count();
    let compared: usize = answers.iter().map(|(_, compared, _)| compared).sum();
    let overlap: usize = answers.iter().map(|(overlap, ..)| overlap).sum();
    let error: f64 = answers.iter().map(|(.., error)| error).sum();
    let per_neighbour = |sum: f64| if compared == 0 { 0.0 } else { sum / compared as f64 };
    Some(QuantisationLoss {
        sample: asked as u32,
        recall_at_20: per_neighbour(overlap as f64),
        mean_score_error: per_neighbour(error),
    })
}
