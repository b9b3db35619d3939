//! How mentions fall with rank: Zipf's law, fitted in two ways.
//!
//! Zipf (1949) says that the count at rank r is C / r^s. The line on log-log axes is what one draws; its least-squares
//! exponent is biased by the few large counts (Clauset, Shalizi & Newman, "Power-law distributions in empirical data",
//! SIAM Review 2009), so the maximum-likelihood exponent of the counts stands beside it: where counts have the density
//! x^−α, ranks have the exponent 1 / (α − 1).

use serde::Serialize;

use super::long_tail::spread;

/// Both fits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Zipf {
    /// s in count = C / rank^s, by least squares on log10 rank and log10 count over [`Self::ranks`].
    pub exponent: f64,
    /// log10 C.
    pub log10_scale: f64,
    /// Share of the variance of log10 count that the line explains, 0 to 1.
    pub r_squared: f64,
    /// First and last rank of the fit: all artists with at least five mentions, 40 ranks a decade, evenly spread.
    pub ranks: (usize, usize),
    /// The power law of the counts; absent where too few artists are mentioned often enough.
    pub counts: Option<PowerLaw>,
}

/// A power law p(x) ∝ x^−α of counts from a smallest one on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerLaw {
    /// α, by maximum likelihood for whole numbers: 1 + n / Σ ln(x / (x_min − ½)) (equation 3.7 of Clauset et al.).
    pub alpha: f64,
    /// Its standard error, (α − 1) / √n.
    pub standard_error: f64,
    /// x_min: the count from which on the law fits best, by the smallest Kolmogorov–Smirnov distance (section 3.3).
    pub x_min: u32,
    /// n: artists with at least that count.
    pub artists: usize,
    /// That distance between the counts and the law.
    pub distance: f64,
    /// The exponent of the ranks that follows: 1 / (α − 1).
    pub rank_exponent: f64,
}

/// Counts below this are left out: whole numbers so small stand on a few broad steps, no line.
const LEAST_COUNT: u32 = 5;
/// Ranks of the line fit a decade.
const RANKS_PER_DECADE: f64 = 40.0;
/// Fewest ranks or counts that a fit needs to say anything.
const LEAST_ARTISTS: usize = 10;
/// Candidates for x_min at most.
const CANDIDATES: usize = 200;

/// Fits mentions that stand in falling order; `None` where fewer than ten artists have five mentions.
pub(super) fn fit(mentions: &[u32]) -> Option<Zipf> {
    let last = mentions.partition_point(|&count| count >= LEAST_COUNT);
    if last < LEAST_ARTISTS {
        return None;
    }
    let points: Vec<(f64, f64)> = spread(last, RANKS_PER_DECADE)
        .map(|rank| (libm::log10(rank as f64), libm::log10(f64::from(mentions[rank - 1]))))
        .collect();
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|&(x, y)| of(x - x_mean, y - y_mean)).sum::<f64>();
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    let slope = xy / xx;
    // A flat line explains all that varies: nothing.
    let r_squared = if yy == 0.0 { 1.0 } else { xy * xy / (xx * yy) };
    Some(Zipf {
        exponent: 0.0 - slope,
        log10_scale: y_mean - slope * x_mean,
        r_squared,
        ranks: (1, last),
        counts: power_law(&mentions[..last]),
    })
}

/// The power law of counts in falling order, none below [`LEAST_COUNT`].
fn power_law(counts: &[u32]) -> Option<PowerLaw> {
    // Different counts, falling, each with the number of artists that have at least it and the sum of their ln x.
    let mut different: Vec<(u32, usize, f64)> = Vec::new();
    let mut logarithms = 0.0;
    for (i, &count) in counts.iter().enumerate() {
        logarithms += libm::log(f64::from(count));
        match different.last_mut() {
            Some(last) if last.0 == count => *last = (count, i + 1, logarithms),
            _ => different.push((count, i + 1, logarithms)),
        }
    }
    let step = different.len().div_ceil(CANDIDATES).max(1);
    // From the smallest count on, so that its own candidates are never skipped.
    let candidates = different.iter().enumerate().rev().step_by(step);
    let fits =
        candidates.filter(|(_, candidate)| candidate.1 >= LEAST_ARTISTS).filter_map(|(at, &(x_min, n, logs))| {
            let base = f64::from(x_min) - 0.5;
            let alpha = 1.0 + n as f64 / (logs - n as f64 * libm::log(base));
            // P(X ≥ x) = ((x − ½) / (x_min − ½))^(1 − α), against the share of artists that have at least x.
            let distances = different[..=at].iter().map(|&(x, artists, _)| {
                let law = libm::pow((f64::from(x) - 0.5) / base, 1.0 - alpha);
                (law - artists as f64 / n as f64).abs()
            });
            let distance = distances.fold(0.0, f64::max);
            let standard_error = (alpha - 1.0) / (n as f64).sqrt();
            let rank_exponent = 1.0 / (alpha - 1.0);
            rank_exponent.is_finite().then_some(PowerLaw {
                alpha,
                standard_error,
                x_min,
                artists: n,
                distance,
                rank_exponent,
            })
        });
    // The first of equals: the smallest count, which leaves most artists in.
    fits.reduce(|best, other| if other.distance < best.distance { other } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn a_perfect_law_is_found() {
        let mentions: Vec<u32> = (1..=20_000).map(|rank| (1e6 / f64::from(rank).powf(0.8)).round() as u32).collect();
        let zipf = fit(&mentions).unwrap();
        assert!((zipf.exponent - 0.8).abs() < 1e-3 && (zipf.log10_scale - 6.0).abs() < 1e-2, "{zipf:?}");
        assert!(zipf.r_squared > 0.9999 && zipf.ranks == (1, 20_000), "{zipf:?}");
    }

    #[test]
    fn a_drawn_power_law_is_found() {
        // Counts with P(X ≥ x) = ((x − ½) / (x_min − ½))^(1 − α), equation D.6 of Clauset et al.
        let mut rng = Rng::new(5);
        let mut counts: Vec<u32> = (0..50_000)
            .map(|_| (6.5 * (1.0 - rng.next_f64()).powf(-1.0 / 1.2) + 0.5).floor().min(1e9) as u32)
            .collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let law = fit(&counts).unwrap().counts.unwrap();
        assert!((law.alpha - 2.2).abs() < 0.03, "{law:?}");
        assert!((law.rank_exponent - 1.0 / 1.2).abs() < 0.03 && law.distance < 0.02, "{law:?}");
        assert!(law.standard_error < 0.02 && law.artists > 5_000, "{law:?}");
    }

    #[test]
    fn too_little_is_not_fitted() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[9; 9]), None);
        assert_eq!(fit(&[4; 100]), None);
        let flat = fit(&[7; 50]).unwrap();
        assert_eq!((flat.exponent, flat.r_squared), (0.0, 1.0));
        assert!(flat.counts.is_none_or(|law| law.alpha.is_finite()));
        assert!(fit(&[u32::MAX; 50]).unwrap().log10_scale.is_finite());
    }
}
