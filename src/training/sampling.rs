//! Chance in training: which mentions are skipped, and which artists serve as negatives.
//!
//! Owns subsampling and the noise distribution. Knows nothing of vectors.

use std::sync::Arc;

use crate::rng::Rng;

/// What the noise table's steps add up to, gensim's `domain`.
const DOMAIN: u64 = (1 << 31) - 1;

/// The noise distribution P(a) ∝ mentions(a)^`ns_exponent`, in gensim's whole numbers (see [`cumulated`]), drawn in
/// constant time by the alias method (Walker 1977, in Vose's form of 1991) where gensim searches its table. Clones share it.
#[derive(Clone)]
pub(super) struct NegativeTable {
    /// One slot an artist: below `threshold` (of 2³²) the slot's own artist is drawn, else its alias.
    slots: Arc<[Slot]>,
}

#[derive(Clone, Copy)]
struct Slot {
    threshold: u32,
    alias: u32,
}

/// gensim's `cum_table`: for every artist the share of [`DOMAIN`] that it and all before it have in the sum of
/// mentions^`ns_exponent`, rounded. An artist is drawn in proportion to its step. Never mentioned is never drawn.
fn cumulated(mentions: &[u32], ns_exponent: f64) -> Vec<u32> {
    let weight = |&n: &u32| if n == 0 { 0.0 } else { libm::pow(f64::from(n), ns_exponent) };
    let total: f64 = mentions.iter().map(weight).sum();
    let mut sum = 0.0;
    let mut cumulate = |n| {
        sum += weight(n);
        (sum / total * DOMAIN as f64).round_ties_even() as u32
    };
    mentions.iter().map(&mut cumulate).collect()
}

impl NegativeTable {
    /// Builds the table. At least one artist must be mentioned.
    pub(super) fn new(mentions: &[u32], ns_exponent: f64) -> Self {
        let artists = mentions.len() as u64;
        let mut before = 0;
        // Each artist's step, in parts of which a full slot has `DOMAIN`.
        let step = |end: u32| (u64::from(end) - u64::from(std::mem::replace(&mut before, end))) * artists;
        let mut left: Vec<u64> = cumulated(mentions, ns_exponent).into_iter().map(step).collect();
        let mut slots: Vec<Slot> = (0..artists as u32).map(|alias| Slot { threshold: u32::MAX, alias }).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..artists as u32).partition(|&a| left[a as usize] < DOMAIN);
        // Every slot that is too small is filled up by one that is too large. What remains at the end is full and keeps its
        // own artist.
        while let (Some(&from), Some(into)) = (large.last(), small.pop()) {
            let (from_index, into_index) = (from as usize, into as usize);
            let threshold = (u128::from(left[into_index]) << 32) / u128::from(DOMAIN);
            slots[into_index] = Slot { threshold: threshold as u32, alias: from };
            left[from_index] -= DOMAIN - left[into_index];
            if left[from_index] < DOMAIN {
                large.pop();
                small.push(from);
            }
        }
        Self { slots: slots.into() }
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

/// Below which of 2³² numbers drawn at random each artist's mentions are kept, or at it: gensim's `sample_int`.
///
/// The chance is gensim's and word2vec.c's min(1, (√(n / t) + 1) · t / n) for n mentions, with t = `sample` · `total`, and
/// from 1 on gensim's about 2.6 · `sample`.
pub(super) fn keep_thresholds(mentions: &[u32], sample: f64) -> Vec<u32> {
    let total: f64 = mentions.iter().map(|&n| f64::from(n)).sum();
    let threshold = match sample {
        0.0 => total,
        share if share < 1.0 => share * total,
        count => (count * (3.0 + 5.0_f64.sqrt()) / 2.0).floor(),
    };
    mentions
        .iter()
        .map(|&n| ((f64::from(n) / threshold).sqrt() + 1.0) * (threshold / f64::from(n)))
        .map(|p| (p.min(1.0) * f64::from(u32::MAX)) as u32)
        .collect()
}

/// Whether a mention is kept. It takes a number from `rng` only where chance decides.
#[inline]
pub(super) fn keep(threshold: u32, rng: &mut Rng) -> bool {
    threshold == u32::MAX || (rng.next_u64() >> 32) as u32 <= threshold
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// tests/oracles/training_gensim.py wrote it with gensim's own tables.
    const GENSIM: &str = include_str!("../../tests/oracles/training_gensim.json");

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
    fn tables_are_gensims() {
        let oracle: Value = serde_json::from_str(GENSIM).unwrap();
        let list = |value: &Value| -> Vec<u32> {
            value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
        };
        let (noise, samples) = (oracle["noise"].as_array().unwrap(), oracle["samples"].as_array().unwrap());
        assert_eq!((noise.len(), samples.len()), (12, 12));
        for case in noise {
            let (counts, exponent) = (list(&case["counts"]), case["ns_exponent"].as_f64().unwrap());
            let expected = list(&case["cum_table"]);
            assert_eq!(cumulated(&counts, exponent), expected, "{exponent}");
            // What is drawn are the table's steps, but for the thresholds' rounding to 32 bits.
            let table = NegativeTable::new(&counts, exponent);
            let mut chances = vec![0.0; counts.len()];
            for (artist, slot) in table.slots.iter().enumerate() {
                let own = if slot.threshold == u32::MAX { 1.0 } else { f64::from(slot.threshold) / 2_f64.powi(32) };
                chances[artist] += own / counts.len() as f64;
                chances[slot.alias as usize] += (1.0 - own) / counts.len() as f64;
            }
            let mut before = 0;
            for (chance, end) in chances.into_iter().zip(expected) {
                let step = f64::from(end - std::mem::replace(&mut before, end)) / DOMAIN as f64;
                assert!((chance - step).abs() < 1e-9, "{exponent}: {chance} for {step}");
            }
        }
        for case in samples {
            let sample = case["sample"].as_f64().unwrap();
            assert_eq!(keep_thresholds(&list(&case["counts"]), sample), list(&case["sample_int"]), "{sample}");
        }
    }

    #[test]
    fn frequent_artists_are_thinned_out_and_rare_ones_kept() {
        let thresholds = keep_thresholds(&[900_000, 1_000, 500], 1e-3);
        let mut rng = Rng::new(3);
        let mut kept = |artist: usize| (0..100_000).filter(|_| keep(thresholds[artist], &mut rng)).count();
        // t = 901.5: √(900000 / 901.5) + 1 = 32.6, times 901.5 / 900000.
        assert!((kept(0) as f64 / 100_000.0 - 0.032_65).abs() < 3e-3);
        assert_eq!([kept(1), kept(2)], [100_000, 100_000]);
        assert_eq!(keep_thresholds(&[900_000, 1_000], 0.0), [u32::MAX, u32::MAX]);
    }
}
