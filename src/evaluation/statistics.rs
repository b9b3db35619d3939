//! What a number is worth: bootstrap intervals, paired tests, corrections for many tests.
//!
//! A query (an artist asked, a playlist continued) is what is drawn: its metrics are independent of other queries', not
//! of each other. Everything is seeded and the same on any number of threads.

use rayon::prelude::*;
use serde::Serialize;

use crate::rng::Rng;

/// Resamples that an interval is made of, unless a caller wants more.
pub const RESAMPLES: usize = 1000;

/// Sign flips of a paired test.
pub const FLIPS: usize = 10_000;

/// The share of resamples inside an interval.
const LEVEL: f64 = 0.95;

/// A mean and its 95 % percentile bootstrap interval (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*,
/// 13.3).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The value on all queries.
    pub mean: f64,
    /// The 2.5 % quantile of the resamples.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
    /// The number of queries behind it.
    pub n: usize,
}

impl Interval {
    /// Takes the interval from the values on all resamples; none, and the interval has no width.
    fn new(mean: f64, mut resampled: Vec<f64>, n: usize) -> Self {
        resampled.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - LEVEL) / 2.0;
        let low = quantile(&resampled, tail).unwrap_or(mean);
        let high = quantile(&resampled, 1.0 - tail).unwrap_or(mean);
        Self { mean, low, high, n }
    }
}

/// The quantile of rising values by linear interpolation (type 7 of Hyndman & Fan 1996, numpy's default).
fn quantile(rising: &[f64], share: f64) -> Option<f64> {
    let at = share * rising.len().checked_sub(1)? as f64;
    let below = rising[at.floor() as usize];
    let above = rising[at.ceil() as usize];
    Some(below + (above - below) * at.fract())
}

/// Resamples of a set of queries, drawn once and used for all metrics of these queries.
///
/// Sharing them costs nothing in validity, since each interval stands for itself, and makes differences between metrics
/// of the same queries comparable. Memory: one byte a query and resample.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    n: usize,
    /// How often each query is drawn, `n` a resample.
    counts: Vec<u8>,
}

impl Bootstrap {
    /// Draws `resamples` resamples of `n` queries. Sets of queries that shall vary independently, such as the groups of
    /// [`mean_of_means`], take different streams.
    pub fn new(n: usize, resamples: usize, seed: u64, stream: u64) -> Self {
        let mut rng = Rng::stream(seed, stream);
        let mut counts = vec![0_u8; n * resamples];
        for counts in counts.chunks_exact_mut(n.max(1)) {
            for _ in 0..n {
                let drawn = &mut counts[rng.below(n as u64) as usize];
                // A query drawn more than 255 times does not happen.
                *drawn = drawn.saturating_add(1);
            }
        }
        Self { n, counts }
    }

    /// The number of queries.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Says whether there are no queries.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The mean of one value a query, in the order of the queries; `None` where there are none, or not one for each.
    pub fn mean(&self, values: &[f64]) -> Option<Interval> {
        let mean = self.whole(values)? / self.n as f64;
        Some(Interval::new(mean, self.means(values), self.n))
    }

    /// The mean over the queries that have a value: those without are resampled with the others, and left out of each
    /// mean. `None` where no query has one.
    pub fn mean_of_some(&self, values: &[Option<f64>]) -> Option<Interval> {
        let sums: Vec<f64> = values.iter().map(|value| value.unwrap_or(0.0)).collect();
        let counts: Vec<f64> = values.iter().map(|value| f64::from(u8::from(value.is_some()))).collect();
        self.ratio(&sums, &counts)
    }

    /// The mean of several sets' means, where a query may have a value in any of the sets and is resampled with all of
    /// them: playlists that are continued from several visible shares.
    ///
    /// Sets in which no query has a value are left out, and a set that a resample empties is left out of that resample.
    /// `None` where no set has any. [`Interval::n`] is the number of queries with a value in any set.
    pub fn mean_over_sets(&self, sets: &[&[Option<f64>]]) -> Option<Interval> {
        let resamples = self.counts.len() / self.n.max(1);
        let (mut mean, mut sets_with_values) = (0.0, 0.0);
        let mut resampled = vec![(0.0, 0.0); resamples];
        for set in sets {
            let sums: Vec<f64> = set.iter().map(|value| value.unwrap_or(0.0)).collect();
            let counts: Vec<f64> = set.iter().map(|value| f64::from(u8::from(value.is_some()))).collect();
            let (above, below) = (self.whole(&sums)?, self.whole(&counts)?);
            if below == 0.0 {
                continue;
            }
            mean += above / below;
            sets_with_values += 1.0;
            let ratios = self.sums(&sums).into_iter().zip(self.sums(&counts));
            for ((sum, n), (above, below)) in resampled.iter_mut().zip(ratios).filter(|(_, (_, below))| *below != 0.0) {
                *sum += above / below;
                *n += 1.0;
            }
        }
        let n = (0..self.n).filter(|&i| sets.iter().any(|set| set[i].is_some())).count();
        let resampled = resampled.into_iter().filter(|&(_, n)| n > 0.0).map(|(sum, n)| sum / n).collect();
        (sets_with_values > 0.0).then(|| Interval::new(mean / sets_with_values, resampled, n))
    }

    /// The ratio of sums Σ numerators / Σ denominators, whose terms are resampled together by query: a micro average.
    ///
    /// [`Interval::n`] is the number of queries with a denominator other than 0; `None` where the sum is 0, or where
    /// there is not one of each for every query. Resamples whose denominators sum to 0 do not count.
    pub fn ratio(&self, numerators: &[f64], denominators: &[f64]) -> Option<Interval> {
        let (above, below) = (self.whole(numerators)?, self.whole(denominators)?);
        if below == 0.0 {
            return None;
        }
        let sums = self.sums(numerators).into_iter().zip(self.sums(denominators));
        let ratios = sums.filter(|&(_, below)| below != 0.0).map(|(above, below)| above / below).collect();
        let n = denominators.iter().filter(|&&x| x != 0.0).count();
        Some(Interval::new(above / below, ratios, n))
    }

    /// The sum of all values, where there is one for each query.
    fn whole(&self, values: &[f64]) -> Option<f64> {
        (self.n > 0 && values.len() == self.n).then(|| values.iter().sum())
    }

    /// The mean on every resample.
    fn means(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = self.sums(values);
        sums.iter_mut().for_each(|sum| *sum /= self.n as f64);
        sums
    }

    /// The sum on every resample.
    fn sums(&self, values: &[f64]) -> Vec<f64> {
        let sum = |counts: &[u8]| {
            // Eight sums side by side, so that the processor need not wait for one addition to begin the next.
            let mut lanes = [0.0; 8];
            for (counts, values) in counts.chunks(8).zip(values.chunks(8)) {
                for ((lane, &count), value) in lanes.iter_mut().zip(counts).zip(values) {
                    *lane += f64::from(count) * value;
                }
            }
            lanes.iter().sum()
        };
        self.counts.chunks_exact(self.n.max(1)).map(sum).collect()
    }
}

/// The mean of several groups' means, each group resampled apart: the original's last number. Groups without queries
/// are left out; `None` where none has any.
///
/// Give each group its own stream in [`Bootstrap::new`]. [`Interval::n`] is the number of queries of all groups.
pub fn mean_of_means(groups: &[(&Bootstrap, &[f64])]) -> Option<Interval> {
    let parts: Vec<(f64, Vec<f64>)> = groups
        .iter()
        .filter_map(|(bootstrap, values)| {
            Some((bootstrap.whole(values)? / bootstrap.len() as f64, bootstrap.means(values)))
        })
        .collect();
    let resamples = parts.iter().map(|(_, means)| means.len()).min()?;
    let over_groups = |sum: f64| sum / parts.len() as f64;
    let mean = over_groups(parts.iter().map(|(mean, _)| mean).sum());
    let resampled = (0..resamples).map(|i| over_groups(parts.iter().map(|(_, means)| means[i]).sum())).collect();
    let n = groups.iter().filter(|(bootstrap, values)| values.len() == bootstrap.len()).map(|(_, v)| v.len()).sum();
    Some(Interval::new(mean, resampled, n))
}

/// How two systems differ on the same queries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Mean of the first system's values less the second's.
    pub interval: Interval,
    /// Two-sided p-value of the paired randomisation test; not yet corrected for other tests.
    pub p: f64,
}

/// The two-sided p-value of Fisher's randomisation test on paired differences (Smucker, Allan & Carterette 2007, "A
/// comparison of statistical significance tests for information retrieval evaluation").
///
/// Were both systems the same, each difference could as well have the other sign. p = (1 + flips at least as extreme) /
/// (1 + flips) for `flips` random choices of all signs; where there are no more choices than that, each is tried once
/// and p is exact. 1 where all differences are 0.
pub fn sign_flip_test(differences: &[f64], flips: usize, seed: u64) -> f64 {
    /// Flips that one task draws.
    const TASK: usize = 100;
    // A difference of 0 has no sign.
    let differences: Vec<f64> = differences.iter().copied().filter(|&x| x != 0.0).collect();
    let observed: f64 = differences.iter().sum();
    // Sums in another order differ by rounding only; equal ones are extreme too.
    let tolerance = 1e-12 * differences.iter().map(|x| x.abs()).sum::<f64>();
    let is_extreme = |sum: f64| sum.abs() >= observed.abs() - tolerance;
    let flipped = |signs: &mut dyn FnMut() -> u64| -> f64 {
        let mut lanes = [0.0; 8];
        for differences in differences.chunks(64) {
            let signs = signs();
            for (start, differences) in differences.chunks(8).enumerate() {
                for (i, (lane, x)) in lanes.iter_mut().zip(differences).enumerate() {
                    *lane += f64::from_bits(x.to_bits() ^ (signs >> (start * 8 + i) << 63));
                }
            }
        }
        lanes.iter().sum()
    };
    let choices = u32::try_from(differences.len()).ok().and_then(|n| 1_u64.checked_shl(n));
    if let Some(choices) = choices.filter(|&choices| choices <= flips as u64) {
        let extreme = (0..choices).filter(|&signs| is_extreme(flipped(&mut || signs))).count();
        return extreme as f64 / choices as f64;
    }
    let extreme: usize = (0..flips.div_ceil(TASK))
        .into_par_iter()
        .map(|task| {
            let mut rng = Rng::stream(seed, task as u64);
            let here = TASK.min(flips - task * TASK);
            (0..here).filter(|_| is_extreme(flipped(&mut || rng.next_u64()))).count()
        })
        .sum();
    (1 + extreme) as f64 / (1 + flips) as f64
}

/// Corrects the p-values of a family of tests, so that the chance of any false finding stays below the level that each
/// is held against (Holm 1979, "A simple sequentially rejective multiple test procedure"). In the order given.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut corrected = vec![0.0; p_values.len()];
    let mut largest = 0_f64;
    for (before, &i) in order.iter().enumerate() {
        largest = largest.max((p_values.len() - before) as f64 * p_values[i]).min(1.0);
        corrected[i] = largest;
    }
    corrected
}

/// Skewness of values: third central moment / standard deviation cubed, both of the population; 0 where all are equal.
pub fn skewness(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let moment = |power| values.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What scipy and numpy say of the same cases: written by tests/oracles/metrics.py.
    #[derive(Deserialize)]
    struct Oracle {
        spreads: Vec<Spread>,
        sign_flips: Vec<SignFlip>,
        many_differences: Vec<f64>,
        many_differences_p: f64,
        intervals: Vec<Bootstrapped>,
        quantiles: Vec<Quantiles>,
        holm: Vec<Holm>,
    }

    #[derive(Deserialize)]
    struct Spread {
        counts: Vec<f64>,
        skewness: f64,
    }

    #[derive(Deserialize)]
    struct SignFlip {
        differences: Vec<f64>,
        p: f64,
    }

    #[derive(Deserialize)]
    struct Bootstrapped {
        values: Vec<f64>,
        mean: f64,
        low: f64,
        high: f64,
        error: f64,
    }

    #[derive(Deserialize)]
    struct Quantiles {
        values: Vec<f64>,
        shares: Vec<f64>,
        quantiles: Vec<f64>,
    }

    #[derive(Deserialize)]
    struct Holm {
        p: Vec<f64>,
        corrected: Vec<f64>,
    }

    fn oracle() -> Oracle {
        serde_json::from_str(include_str!("../../tests/oracles/metrics.json")).unwrap()
    }

    fn uniform(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed);
        (0..n).map(|_| rng.next_f64()).collect()
    }

    #[test]
    fn exact_statistics_are_the_oracles() {
        let Oracle { spreads, sign_flips, quantiles, holm: families, .. } = oracle();
        for Spread { counts, skewness: expected } in spreads {
            assert!((skewness(&counts) - expected).abs() < 1e-9, "{counts:?}");
        }
        // All choices of signs are tried where they are few.
        for SignFlip { differences, p } in sign_flips {
            assert!((sign_flip_test(&differences, FLIPS, 1) - p).abs() < 1e-9, "{differences:?}");
        }
        for Quantiles { values, shares, quantiles } in quantiles {
            for (share, expected) in shares.into_iter().zip(quantiles) {
                assert!((quantile(&values, share).unwrap() - expected).abs() < 1e-9, "{} {share}", values.len());
            }
        }
        for Holm { p, corrected } in families {
            let ours = holm(&p);
            assert_eq!(ours.len(), corrected.len());
            assert!(ours.iter().zip(corrected).all(|(a, b)| (a - b).abs() < 1e-9), "{p:?}");
        }
    }

    #[test]
    fn drawn_statistics_are_near_the_oracles() {
        let Oracle { many_differences, many_differences_p: p, intervals, .. } = oracle();
        let ours = sign_flip_test(&many_differences, FLIPS, 1);
        assert!((ours - p).abs() < 4.0 * (p * (1.0 - p) / FLIPS as f64).sqrt(), "{ours} {p}");
        for Bootstrapped { values, mean, low, high, error } in intervals {
            let ours = Bootstrap::new(values.len(), 10_000, 1, 0).mean(&values).unwrap();
            assert!((ours.mean - mean).abs() < 1e-9);
            assert!(
                (ours.low - low).abs() < 0.1 * error && (ours.high - high).abs() < 0.1 * error,
                "{ours:?} {low} {high}"
            );
        }
    }

    #[test]
    fn an_interval_covers_the_truth_about_as_often_as_it_says() {
        let covered = (0..300_u64).filter(|&trial| {
            let interval = Bootstrap::new(80, 300, trial, 1).mean(&uniform(80, trial)).unwrap();
            (interval.low..=interval.high).contains(&0.5)
        });
        let share = covered.count() as f64 / 300.0;
        assert!((0.90..=0.98).contains(&share), "{share}");
    }

    #[test]
    fn none_and_one_are_defined() {
        let empty = Bootstrap::new(0, RESAMPLES, 1, 0);
        assert!(empty.is_empty());
        assert_eq!((empty.mean(&[]), empty.ratio(&[], &[]), empty.mean_of_some(&[])), (None, None, None));
        let one = Bootstrap::new(1, RESAMPLES, 1, 0);
        assert_eq!(one.mean(&[0.25]), Some(Interval { mean: 0.25, low: 0.25, high: 0.25, n: 1 }));
        assert_eq!(one.mean(&[0.25, 1.0]), None);
        assert_eq!(one.mean_of_some(&[None]), None);
        assert_eq!(mean_of_means(&[]), None);
        assert_eq!(mean_of_means(&[(&empty, &[])]), None);
        assert_eq!(mean_of_means(&[(&empty, &[]), (&one, &[3.0])]).unwrap().mean, 3.0);
        // Without resamples there is a value and no width.
        let interval = Bootstrap::new(2, 0, 1, 0).mean(&[1.0, 3.0]).unwrap();
        assert_eq!((interval.low, interval.mean, interval.high), (2.0, 2.0, 2.0));
        assert_eq!((skewness(&[]), skewness(&[2.0, 2.0])), (0.0, 0.0));
        assert_eq!((sign_flip_test(&[], FLIPS, 1), sign_flip_test(&[0.0; 100], FLIPS, 1)), (1.0, 1.0));
    }

    #[test]
    fn ratios_resample_their_terms_together() {
        // Every query has the ratio 1/2, so every resample has.
        let below = uniform(50, 3);
        let above: Vec<f64> = below.iter().map(|x| x / 2.0).collect();
        let bootstrap = Bootstrap::new(50, 200, 1, 0);
        let interval = bootstrap.ratio(&above, &below).unwrap();
        assert!((interval.high - interval.low).abs() < 1e-12 && (interval.mean - 0.5).abs() < 1e-12);
        // Queries without a value change neither the mean nor who counts.
        let values: Vec<Option<f64>> = (0..50).map(|i| (i % 2 == 0).then_some(f64::from(i))).collect();
        let interval = bootstrap.mean_of_some(&values).unwrap();
        assert_eq!((interval.mean, interval.n), (24.0, 25));
        assert!(interval.low < 24.0 && interval.high > 24.0);
        let all: Vec<Option<f64>> = below.iter().copied().map(Some).collect();
        let (a, b) = (bootstrap.mean_of_some(&all).unwrap(), bootstrap.mean(&below).unwrap());
        assert!((a.low - b.low).abs() < 1e-12 && (a.high - b.high).abs() < 1e-12 && a.n == b.n);
    }

    #[test]
    fn groups_count_equally_whatever_their_size() {
        let (few, many) = (vec![1.0; 3], uniform(600, 1));
        let groups = [Bootstrap::new(3, RESAMPLES, 1, 0), Bootstrap::new(600, RESAMPLES, 1, 1)];
        let interval = mean_of_means(&[(&groups[0], &few), (&groups[1], &many)]).unwrap();
        let apart = groups[1].mean(&many).unwrap();
        assert!((interval.mean - f64::midpoint(1.0, apart.mean)).abs() < 1e-12);
        assert!((interval.low - f64::midpoint(1.0, apart.low)).abs() < 1e-12);
        assert_eq!(interval.n, 603);
    }

    #[test]
    fn sign_flips_find_what_is_there_and_nothing_else() {
        let better: Vec<f64> = uniform(200, 6).iter().map(|y| 0.05 + 0.02 * y).collect();
        let p = sign_flip_test(&better, FLIPS, 1);
        assert!(p <= 1.0 / FLIPS as f64, "{p}");
        let worse: Vec<f64> = better.iter().map(|x| -x).collect();
        assert_eq!(sign_flip_test(&worse, FLIPS, 1), p);
        // Of tests of nothing, about a twentieth stays below 0.05.
        let p = |seed| {
            let x: Vec<f64> = uniform(40, seed).iter().map(|x| x - 0.5).collect();
            sign_flip_test(&x, 400, 1)
        };
        let found = (100..300).filter(|&seed| p(seed) < 0.05).count();
        assert!((2..=20).contains(&found), "{found}");
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let x: Vec<f64> = uniform(100, 7).iter().map(|x| x - 0.4).collect();
        let p = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| sign_flip_test(&x, 1_050, 3))
        };
        assert_eq!(p(1), p(4));
    }
}
