//! How well one ranked list fits a set of relevant artists, and how lists spread over all artists.
//!
//! Pure functions in f64, held against scikit-learn, numpy and scipy to 1e-9 (tests/oracles/metrics.py). Ranks count
//! from 1. `k` cuts a list: what stands beyond it does not count. Every metric of one list is 0 where nothing is
//! relevant (clicks: 51); callers leave such queries out of their means.

/// How many artists one page of Spotify's "recommended songs" shows: what [`Hits::clicks`] counts in.
const PAGE: usize = 10;

/// The longest list of the RecSys Challenge 2018.
const CHALLENGE_LIST: usize = 500;

/// Where the relevant artists of one query stand in its ranked list: all that its metrics need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// Ranks of the relevant artists in the list, from 1, rising.
    ranks: Vec<usize>,
    /// How many artists are relevant, found or not.
    relevant: usize,
}

impl Hits {
    /// Looks the artists of a ranked list, best first and none twice, up among the relevant ones, in any order.
    pub fn new(ranked: &[u32], relevant: &[u32]) -> Self {
        let mut relevant = relevant.to_vec();
        relevant.sort_unstable();
        relevant.dedup();
        let is_hit = |artist: &u32| relevant.binary_search(artist).is_ok();
        let ranks = ranked.iter().enumerate().filter(|(_, artist)| is_hit(artist)).map(|(i, _)| i + 1).collect();
        Self { ranks, relevant: relevant.len() }
    }

    /// The number of relevant artists.
    pub fn relevant(&self) -> usize {
        self.relevant
    }

    /// Matches: relevant artists among the first `k`. The original's measure, with k = 20.
    pub fn matches(&self, k: usize) -> usize {
        self.ranks.partition_point(|&rank| rank <= k)
    }

    /// Matches per match that was possible: matches / min(k, relevant), in 0 to 1.
    ///
    /// Also the recall@k of Liang, Krishnan, Hoffman & Jebara 2018 ("Variational Autoencoders for Collaborative
    /// Filtering", section 4.2), here called capped recall.
    pub fn capped_recall(&self, k: usize) -> f64 {
        ratio(self.matches(k) as f64, self.relevant.min(k))
    }

    /// Recall: matches / relevant, in 0 to 1. Below 1 for the best of lists where more than `k` are relevant.
    pub fn recall(&self, k: usize) -> f64 {
        ratio(self.matches(k) as f64, self.relevant)
    }

    /// Precision: matches / k, in 0 to 1, also where the list is shorter than `k`.
    pub fn precision(&self, k: usize) -> f64 {
        ratio(self.matches(k) as f64, k)
    }

    /// Normalised discounted cumulative gain with binary relevance, in 0 to 1 (Järvelin & Kekäläinen 2002, in the form
    /// that is usual today: Burges et al. 2005, Wang et al. 2013).
    ///
    /// DCG = Σ over hits at rank i ≤ k of 1 / log₂(i + 1); NDCG = DCG / (the same sum over i = 1 … min(k, relevant)).
    ///
    /// With k = 500 this is the RecSys Challenge 2018's NDCG as its published code computes it (`metrics.py`, Spotify
    /// 2017). The rules page of the challenge prints log₂(i) from i = 2 on and an ideal over |G ∩ R| instead, which
    /// gives ranks 1 and 2 equal weight and lets a list with one hit at rank 1 score 1 however much it misses; texts
    /// about the challenge copy one or the other. The code's form is used here: it is also scikit-learn's and
    /// trec_eval's.
    pub fn ndcg(&self, k: usize) -> f64 {
        let gain = |rank: usize| 1.0 / (rank as f64 + 1.0).log2();
        let found: f64 = self.ranks.iter().take_while(|&&rank| rank <= k).map(|&rank| gain(rank)).sum();
        let ideal: f64 = (1..=self.relevant.min(k)).map(gain).sum();
        if ideal == 0.0 { 0.0 } else { found / ideal }
    }

    /// Average precision, in 0 to 1: Σ over hits at rank i ≤ k of (matches among the first i) / i, divided by
    /// min(k, relevant). Its mean over queries is MAP@k.
    pub fn average_precision(&self, k: usize) -> f64 {
        let hits = self.ranks.iter().take_while(|&&rank| rank <= k).enumerate();
        ratio(hits.map(|(before, &rank)| (before + 1) as f64 / rank as f64).sum(), self.relevant.min(k))
    }

    /// Reciprocal rank: 1 / rank of the first hit, 0 where none is among the first `k`. Its mean over queries is MRR@k.
    pub fn reciprocal_rank(&self, k: usize) -> f64 {
        self.ranks.first().filter(|&&rank| rank <= k).map_or(0.0, |&rank| 1.0 / rank as f64)
    }

    /// Hit: 1 where any of the first `k` is relevant, else 0. Its mean over queries is the hit rate.
    pub fn hit(&self, k: usize) -> f64 {
        f64::from(u8::from(self.matches(k) > 0))
    }

    /// R-precision: matches among the first R / R, where R is the number of relevant artists.
    ///
    /// The RecSys Challenge 2018's metric on the level of artists (Chen, Lamere, Schedl & Zamani 2018): |R₁..|G| ∩ G| /
    /// |G| with at most 500 recommended. Its quarter of a point for a track's artist belongs to the level of tracks.
    pub fn r_precision(&self) -> f64 {
        ratio(self.matches(self.relevant.min(CHALLENGE_LIST)) as f64, self.relevant)
    }

    /// Clicks: how often a listener asks for ten more until one is relevant, 0 to 51 and best low.
    ///
    /// ⌊(rank of the first hit − 1) / 10⌋, and 51 where none is among the first 500 (RecSys Challenge 2018: Chen,
    /// Lamere, Schedl & Zamani 2018, and the challenge's `metrics.py`).
    pub fn clicks(&self) -> f64 {
        let pages = match self.ranks.first() {
            Some(&rank) if rank <= CHALLENGE_LIST => (rank - 1) / PAGE,
            _ => CHALLENGE_LIST / PAGE + 1,
        };
        pages as f64
    }
}

/// How often each of `artists` artists stands among the first `k` of all lists.
pub fn recommendations<'a>(lists: impl IntoIterator<Item = &'a [u32]>, k: usize, artists: usize) -> Vec<u64> {
    let mut counts = vec![0; artists];
    for artist in lists.into_iter().flat_map(|list| list.iter().take(k)) {
        if let Some(count) = counts.get_mut(*artist as usize) {
            *count += 1;
        }
    }
    counts
}

/// Catalogue coverage: the share of artists who are recommended at least once, in 0 to 1; 0 where there are no artists.
pub fn coverage(recommendations: &[u64]) -> f64 {
    ratio(recommendations.iter().filter(|&&count| count > 0).count() as f64, recommendations.len())
}

/// Gini coefficient of how often each artist is recommended: 0 where all are equally often, near 1 where a few have it
/// all.
///
/// G = Σ (2 i − n − 1) xᵢ / (n Σ xᵢ), the counts xᵢ rising, i from 1 to n (Gini 1912; for recommenders Gunawardana &
/// Shani 2009). 0 where nothing is recommended.
pub fn gini(counts: &[u64]) -> f64 {
    let mut rising = counts.to_vec();
    rising.sort_unstable();
    let n = rising.len() as f64;
    let sum: u128 = rising.iter().map(|&count| u128::from(count)).sum();
    let weighted: f64 = rising.iter().enumerate().map(|(i, &x)| (2.0 * (i + 1) as f64 - n - 1.0) * x as f64).sum();
    if sum == 0 { 0.0 } else { weighted / (n * sum as f64) }
}

/// Self-information of every artist in bits: −log₂ of its share of all mentions; an artist without mentions counts as
/// mentioned once.
pub fn self_information(mentions: &[u32]) -> Vec<f64> {
    let counts = || mentions.iter().map(|&count| f64::from(count.max(1)));
    let all: f64 = counts().sum();
    counts().map(|count| -(count / all).log2()).collect()
}

/// Novelty of a list: the mean self-information of its first `k` artists in bits; `None` for an empty list.
///
/// Zhou et al. 2010 ("Solving the apparent diversity-accuracy dilemma of recommender systems", their I) and, as
/// popularity-based novelty, Vargas & Castells 2011 ("Rank and relevance in novelty and diversity metrics"). High where
/// a list dares to name rare artists. Artists beyond `self_information` do not count.
pub fn novelty(ranked: &[u32], k: usize, self_information: &[f64]) -> Option<f64> {
    let known = ranked.iter().take(k).filter_map(|&artist| self_information.get(artist as usize));
    let (sum, n) = known.fold((0.0, 0_usize), |(sum, n), bits| (sum + bits, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// `part / whole`, 0 where the whole is nothing.
fn ratio(part: f64, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// What scikit-learn, scipy and numpy say of the same cases: written by tests/oracles/metrics.py.
    #[derive(Deserialize)]
    struct Oracle {
        lists: Vec<List>,
        spreads: Vec<Spread>,
        mentions: Vec<u32>,
        novelties: Vec<Novelty>,
    }

    #[derive(Deserialize)]
    struct List {
        ranked: Vec<u32>,
        relevant: Vec<u32>,
        r_precision: f64,
        clicks: f64,
        at: Vec<Cut>,
    }

    #[derive(Deserialize)]
    struct Cut {
        k: usize,
        matches: usize,
        recall: f64,
        capped_recall: f64,
        precision: f64,
        ndcg: f64,
        average_precision: f64,
        reciprocal_rank: f64,
        hit: f64,
    }

    #[derive(Deserialize)]
    struct Spread {
        counts: Vec<u64>,
        gini: f64,
        coverage: f64,
    }

    #[derive(Deserialize)]
    struct Novelty {
        ranked: Vec<u32>,
        k: usize,
        novelty: f64,
    }

    fn oracle() -> Oracle {
        serde_json::from_str(include_str!("../../tests/oracles/metrics.json")).unwrap()
    }

    fn assert_equal(ours: f64, theirs: f64, what: &str) {
        assert!((ours - theirs).abs() < 1e-9, "{what}: {ours}, the oracle {theirs}");
    }

    #[test]
    fn metrics_of_lists_are_the_oracles() {
        let lists = oracle().lists;
        assert!(lists.len() > 20);
        for list in lists {
            let hits = Hits::new(&list.ranked, &list.relevant);
            assert_eq!(hits.relevant(), list.relevant.len());
            assert_equal(hits.r_precision(), list.r_precision, "R-precision");
            assert_equal(hits.clicks(), list.clicks, "clicks");
            for cut in list.at {
                let k = cut.k;
                assert_eq!(hits.matches(k), cut.matches);
                assert_equal(hits.recall(k), cut.recall, "recall");
                assert_equal(hits.capped_recall(k), cut.capped_recall, "capped recall");
                assert_equal(hits.precision(k), cut.precision, "precision");
                assert_equal(hits.ndcg(k), cut.ndcg, "NDCG");
                assert_equal(hits.average_precision(k), cut.average_precision, "average precision");
                assert_equal(hits.reciprocal_rank(k), cut.reciprocal_rank, "reciprocal rank");
                assert_equal(hits.hit(k), cut.hit, "hit");
            }
        }
    }

    #[test]
    fn spread_and_novelty_are_the_oracles() {
        let Oracle { spreads, mentions, novelties, .. } = oracle();
        for Spread { counts, gini: expected, coverage: covered } in spreads {
            assert_equal(gini(&counts), expected, "Gini");
            assert_equal(coverage(&counts), covered, "coverage");
        }
        let information = self_information(&mentions);
        for case in novelties {
            assert_equal(novelty(&case.ranked, case.k, &information).unwrap(), case.novelty, "novelty");
        }
    }

    #[test]
    fn a_list_worked_out_by_hand() {
        // Hits at ranks 2 and 4 of three relevant artists.
        let hits = Hits::new(&[7, 3, 8, 1, 9], &[1, 2, 3, 3]);
        assert_eq!((hits.relevant(), hits.matches(3), hits.matches(4)), (3, 1, 2));
        assert_equal(hits.average_precision(5), (1.0 / 2.0 + 2.0 / 4.0) / 3.0, "average precision");
        let ideal = 1.0 + 1.0 / 3_f64.log2() + 0.5;
        assert_equal(hits.ndcg(5), (1.0 / 3_f64.log2() + 1.0 / 5_f64.log2()) / ideal, "NDCG");
        assert_equal(hits.r_precision(), 1.0 / 3.0, "R-precision");
        assert_eq!((hits.reciprocal_rank(1), hits.reciprocal_rank(2)), (0.0, 0.5));
    }

    #[test]
    fn empty_lists_have_no_metrics_and_no_nan() {
        for hits in [Hits::new(&[], &[1]), Hits::new(&[1], &[]), Hits::new(&[], &[])] {
            for k in [0, 1, 20] {
                let values = [hits.recall(k), hits.capped_recall(k), hits.precision(k), hits.ndcg(k), hits.hit(k)];
                assert_eq!(values, [0.0; 5]);
                assert_eq!((hits.average_precision(k), hits.reciprocal_rank(k)), (0.0, 0.0));
            }
            assert_eq!((hits.r_precision(), hits.clicks()), (0.0, 51.0));
        }
        assert_eq!((coverage(&[]), gini(&[]), gini(&[0, 0])), (0.0, 0.0, 0.0));
        assert_eq!(novelty(&[], 20, &[1.0]), None);
        assert_eq!(novelty(&[5], 20, &[1.0]), None);
        assert_eq!(self_information(&[0, 1]), [1.0, 1.0]);
        assert!(self_information(&[]).is_empty());
    }

    #[test]
    fn recommendations_are_counted_up_to_k() {
        let lists: [&[u32]; 3] = [&[0, 1, 2], &[1, 2, 9], &[]];
        assert_eq!(recommendations(lists, 2, 4), [1, 2, 1, 0]);
    }
}
