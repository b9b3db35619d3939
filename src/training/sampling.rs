//! Chance in training: which mentions are skipped, and which artists serve as negatives.
//!
//! Owns subsampling and the noise distribution. Knows nothing of vectors.

use crate::rng::Rng;

/// The noise distribution P(a) ∝ mentions(a)^`ns_exponent`, drawn in constant time by the alias method (Walker 1977, in
/// Vose's form of 1991).
pub(super) struct NegativeTable {
    /// One slot an artist: below `threshold` (of 2³²) the slot's own artist is drawn, else its alias.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    threshold: u32,
    alias: u32,
}

impl NegativeTable {
    /// Builds the table. `mentions` must not be empty.
    pub(super) fn new(mentions: &[u32], ns_exponent: f64) -> Self {
        let weights: Vec<f64> = mentions.iter().map(|&n| f64::from(n).powf(ns_exponent)).collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut share: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut slots: Vec<Slot> = (0..share.len() as u32).map(|alias| Slot { threshold: u32::MAX, alias }).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..share.len() as u32).partition(|&a| share[a as usize] < 1.0);
        // Every slot that is too small is filled up by one that is too large. What remains at the end is full up to
        // rounding and keeps its own artist.
        while let (Some(&from), Some(into)) = (large.last(), small.pop()) {
            let (from_index, into_index) = (from as usize, into as usize);
            slots[into_index] = Slot { threshold: (share[into_index] * 4_294_967_296.0) as u32, alias: from };
            share[from_index] -= 1.0 - share[into_index];
            if share[from_index] < 1.0 {
                large.pop();
                small.push(from);
            }
        }
        Self { slots }
    }

    /// Draws one artist.
    #[inline]
    pub(super) fn draw(&self, rng: &mut Rng) -> u32 {
        let bits = rng.next_u64();
        let index = ((bits >> 32) * self.slots.len() as u64) >> 32;
        let slot = self.slots[index as usize];
        if (bits as u32) < slot.threshold { index as u32 } else { slot.alias }
    }
}

/// The chance of every artist's mention to be kept, gensim's form of subsampling:
/// min(1, (√(n / t) + 1) · t / n) for n mentions, with t = `sample` · `total`, or about 2.6 · `sample` from 1 on.
pub(super) fn keep_probabilities(mentions: &[u32], sample: f64) -> Vec<f32> {
    let total: f64 = mentions.iter().map(|&n| f64::from(n)).sum();
    let threshold = match sample {
        0.0 => total,
        share if share < 1.0 => share * total,
        count => (count * (3.0 + 5.0_f64.sqrt()) / 2.0).floor(),
    };
    mentions
        .iter()
        .map(|&n| ((f64::from(n) / threshold).sqrt() + 1.0) * threshold / f64::from(n))
        .map(|p| p.min(1.0) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negatives_follow_the_distribution() {
        let mentions = [1000, 300, 300, 20, 20, 1, 1];
        for exponent in [0.75, 0.0, -0.5, 1.0] {
            let table = NegativeTable::new(&mentions, exponent);
            let mut counts = [0_u32; 7];
            let mut rng = Rng::new(5);
            for _ in 0..200_000 {
                counts[table.draw(&mut rng) as usize] += 1;
            }
            let total: f64 = mentions.iter().map(|&n| f64::from(n).powf(exponent)).sum();
            for (&count, &n) in counts.iter().zip(&mentions) {
                let expected = f64::from(n).powf(exponent) / total;
                let deviation = (expected / 200_000.0).sqrt();
                assert!((f64::from(count) / 200_000.0 - expected).abs() < 5.0 * deviation, "{exponent} {n}");
            }
        }
    }

    #[test]
    fn frequent_artists_are_thinned_out_and_rare_ones_kept() {
        let keep = keep_probabilities(&[900_000, 1_000, 500], 1e-3);
        // t = 901.5: √(900000 / 901.5) + 1 = 32.6, times 901.5 / 900000.
        assert!((keep[0] - 0.032_65).abs() < 1e-4, "{keep:?}");
        assert_eq!(keep[1..], [1.0, 1.0]);
        assert_eq!(keep_probabilities(&[900_000, 1_000], 0.0), [1.0, 1.0]);
        assert!(keep_probabilities(&[900_000, 1_000], 100.0)[0] < 0.02);
    }
}
