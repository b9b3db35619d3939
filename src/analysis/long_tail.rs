//! How unevenly mentions fall on artists.

use serde::Serialize;

use super::share;

/// How unevenly mentions fall on artists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LongTail {
    /// Gini coefficient of the mentions: 0 where all artists have equally many, towards 1 where one has all.
    pub gini: f64,
    /// What the most mentioned artists have together, by their share of all artists.
    pub heads: Vec<Concentration>,
    /// The fewest artists that have a given share of the mentions.
    pub halves: Vec<Concentration>,
    /// The curve behind both: for some numbers of the most mentioned artists their share of the mentions.
    pub curve: Vec<Concentration>,
    /// What is left of the corpus without artists that are mentioned less often.
    pub kept: Vec<Kept>,
    /// Share of the artists that are mentioned once, 0 to 1.
    pub mentioned_once: f64,
    /// Share of the artists that are mentioned fewer than five times, 0 to 1.
    pub mentioned_under_five: f64,
}

/// The most mentioned artists, and how much of the mentions they have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Concentration {
    /// How many artists.
    pub artists: usize,
    /// Their share of all artists, 0 to 1.
    pub share_of_artists: f64,
    /// Their share of all mentions, 0 to 1.
    pub share_of_mentions: f64,
}

/// What a smallest number of mentions leaves (`train --min-count`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// Mentions that an artist must have.
    pub min_count: u32,
    /// Artists that have them.
    pub artists: usize,
    /// Their share of all artists, 0 to 1.
    pub share_of_artists: f64,
    /// Their share of all mentions, 0 to 1.
    pub share_of_mentions: f64,
}

/// Points of the curve a decade of ranks.
const POINTS_PER_DECADE: f64 = 20.0;

/// Measures mentions that stand in falling order.
pub(super) fn measure(mentions: &[u32]) -> LongTail {
    let mut sums = Vec::with_capacity(mentions.len() + 1);
    sums.push(0_u64);
    for &count in mentions {
        sums.push(sums[sums.len() - 1] + u64::from(count));
    }
    let (artists, total) = (mentions.len(), sums[mentions.len()]);
    let at = |n: usize| Concentration {
        artists: n,
        share_of_artists: share(n as u64, artists as u64),
        share_of_mentions: share(sums[n], total),
    };
    if total == 0 {
        return LongTail::default();
    }
    // Mentioned at least so often: a prefix, since the order falls.
    let with = |least: u32| mentions.partition_point(|&count| count >= least);
    let kept = [1, 2, 3, 5, 10, 20, 50, 100].map(|min_count| {
        let Concentration { artists, share_of_artists, share_of_mentions } = at(with(min_count));
        Kept { min_count, artists, share_of_artists, share_of_mentions }
    });
    LongTail {
        gini: gini(mentions, total),
        heads: [0.001, 0.01, 0.1, 0.2].map(|part| at((part * artists as f64).ceil() as usize)).to_vec(),
        halves: [0.5, 0.8, 0.9]
            .map(|part| at(sums.partition_point(|&sum| (sum as f64) < part * total as f64).min(artists)))
            .to_vec(),
        curve: spread(artists, POINTS_PER_DECADE).map(at).collect(),
        kept: kept.to_vec(),
        mentioned_once: share((artists - with(2)) as u64, artists as u64),
        mentioned_under_five: share((artists - with(5)) as u64, artists as u64),
    }
}

/// The Gini coefficient of counts in falling order with a sum above 0: Σ (n + 1 − 2 i) xᵢ / (n Σ xᵢ), i from 1.
fn gini(falling: &[u32], total: u64) -> f64 {
    let n = falling.len() as f64;
    let weighted: f64 =
        falling.iter().enumerate().map(|(i, &count)| (n - 1.0 - 2.0 * i as f64) * f64::from(count)).sum();
    weighted / (n * total as f64)
}

/// Whole numbers from 1 to `last`, evenly spread on a logarithmic scale, each once; none where `last` is 0.
pub(super) fn spread(last: usize, a_decade: f64) -> impl Iterator<Item = usize> {
    let mut previous = 0;
    (0..)
        .map(move |step| libm::pow(10.0, f64::from(step) / a_decade).round() as usize)
        .take_while(move |&number| number < last)
        .chain(std::iter::once(last))
        .filter(move |&number| std::mem::replace(&mut previous, number) != number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_a_count_by_hand() {
        let tail = measure(&[50, 30, 10, 5, 1, 1, 1, 1, 1, 0]);
        assert_eq!(tail.heads[2], Concentration { artists: 1, share_of_artists: 0.1, share_of_mentions: 0.5 });
        assert_eq!((tail.halves[0].artists, tail.halves[1].artists, tail.halves[2].artists), (1, 2, 3));
        assert_eq!(tail.kept[3], Kept { min_count: 5, artists: 4, share_of_artists: 0.4, share_of_mentions: 0.95 });
        assert_eq!((tail.mentioned_once, tail.mentioned_under_five), (0.6, 0.6));
        assert_eq!(tail.curve.last().unwrap().share_of_mentions, 1.0);
        // (9·50 + 7·30 + 5·10 + 3·5 + 1 − 1 − 3 − 5 − 7) / (10 · 100)
        assert!((tail.gini - 0.71).abs() < 1e-12, "{}", tail.gini);
        assert_eq!(measure(&[4, 4, 4]).gini, 0.0);
        assert_eq!(measure(&[]), LongTail::default());
        assert_eq!(measure(&[0, 0]), LongTail::default());
        assert_eq!(measure(&[7]).halves[2].artists, 1);
    }

    #[test]
    fn spread_numbers_rise() {
        for last in [1, 2, 10, 12_345] {
            let numbers: Vec<usize> = spread(last, 20.0).collect();
            assert!(numbers.is_sorted_by(|a, b| a < b) && numbers[0] == 1 && numbers.ends_with(&[last]), "{numbers:?}");
        }
        assert_eq!(spread(0, 20.0).count(), 0);
    }
}
