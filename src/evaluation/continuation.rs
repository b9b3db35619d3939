//! Playlist continuation: a held-out playlist shows some of its artists, and the others are to be found.
//!
//! # Protocol
//! 1. A held-out playlist becomes the list of its distinct artists: in the order of first appearance where the source's
//!    order is real ([`Corpus::is_ordered`]), else in a random order that depends on the playlist's artists and the seed
//!    alone, not on its place in a file.
//! 2. The first 1, 5, 10 and the first half (rounded down) of them are *visible*, one experiment each; the others are
//!    *hidden*. A playlist takes part in a share if at least `min_hidden` (5) artists are hidden.
//! 3. Recommenders know the artists compared, the roster. Visible artists beyond it are dropped; hidden ones beyond it stay
//!    in the truth and are missed by everyone ([`ShareFacts::reachable`] says how many can be found). A query of which
//!    no visible artist is known gets an empty list: it scores 0 (clicks: 51).
//! 4. Candidates are the roster without the visible artists; a list holds 500.
//! 5. Each list is scored by the metrics of the RecSys Challenge 2018 at the level of artists (R-precision, NDCG, clicks)
//!    and by capped recall@k, hit@k and MRR; `metrics` has the definitions. By popularity group of the *hidden* artist the
//!    share of all hidden artists that are among the first k is given (micro recall). Beyond accuracy: how much of the
//!    roster is in the first 20 of any list (coverage), how unevenly (Gini), and how rare what is recommended is (novelty).
//! 6. The *mean* is that of the shares, each counting the same; its groups pool the hidden artists of all shares.
//!
//! Intervals are bootstrapped over playlists, a playlist with all its shares. Two recommenders are compared playlist by
//! playlist.

use std::collections::HashSet;

use serde::Serialize;

use super::metrics::{self, Hits};
use super::statistics::{Bootstrap, Difference, FLIPS, Interval, RESAMPLES, sign_flip_test};
use super::{Group, Metric, Recommender, Roster, Scores};
use crate::catalog::sha256_u64;
use crate::corpus::Corpus;
use crate::progress::Progress;
use crate::rng::Rng;

/// Artists a list.
pub(super) const LIST: usize = 500;

/// How many artists of a list count for coverage, Gini and novelty.
pub(super) const SHOWN: usize = 20;

/// Cuts at which the recall of a popularity group is given.
const GROUP_RECALL: [Metric; 4] = [Metric::Recall(10), Metric::Recall(20), Metric::Recall(100), Metric::Recall(500)];

/// Held-out playlists that cannot be continued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContinuationError {
    /// There are none.
    #[error("the held-out corpus has no playlists: split again with a larger share (`artist2vec split`)")]
    Empty,
    /// All are too short.
    #[error(
        "none of the {playlists} held-out playlists has enough different artists to show one and hide {min_hidden}: lower \
         --min-hidden, or hold out longer playlists"
    )]
    TooShort {
        /// Playlists held out.
        playlists: usize,
        /// Artists to be hidden.
        min_hidden: usize,
    },
    /// Their artists are strangers.
    #[error(
        "no artist of the held-out playlists is one of the {roster} artists compared here: is it the right corpus?"
    )]
    NobodyKnown {
        /// How many artists are compared.
        roster: usize,
    },
}

/// How much of a playlist is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visible {
    /// So many artists.
    First(usize),
    /// Half of its artists, rounded down.
    Half,
}

impl Visible {
    /// The shares of the protocol.
    pub const ALL: [Self; 4] = [Self::First(1), Self::First(5), Self::First(10), Self::Half];

    /// The name in tables.
    pub fn name(self) -> String {
        match self {
            Self::First(count) => count.to_string(),
            Self::Half => "half".into(),
        }
    }

    fn count(self, artists: usize) -> usize {
        match self {
            Self::First(count) => count,
            Self::Half => artists / 2,
        }
    }
}

/// What the protocol leaves open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContinuationSettings {
    /// A playlist that hides fewer artists takes no part; at least 1.
    pub min_hidden: usize,
    /// Seed of random orders and of the bootstrap.
    pub seed: u64,
    /// Bootstrap samples an interval.
    pub resamples: usize,
}

impl Default for ContinuationSettings {
    fn default() -> Self {
        Self { min_hidden: 5, seed: 1, resamples: RESAMPLES }
    }
}

/// A playlist to be continued, in the numbers of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Query {
    /// Known artists that are shown.
    visible: Vec<u32>,
    /// Artists to be found; numbers beyond the roster stand for artists that are not in it.
    hidden: Vec<u32>,
}

/// Held-out playlists, taken apart once for all recommenders.
#[derive(Clone, Debug)]
pub struct HeldOut {
    /// What is asked.
    pub facts: HeldOutFacts,
    /// For every share of [`Visible::ALL`] a query for every playlist that takes part in any, where it does in this one.
    shares: Vec<Vec<Option<Query>>>,
    artists: usize,
    mentions: Vec<u32>,
    settings: ContinuationSettings,
}

/// What is asked about held-out playlists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HeldOutFacts {
    /// Playlists in the held-out corpus.
    pub playlists: usize,
    /// Those that take part in any share.
    pub taking_part: usize,
    /// Those of them whose order is real.
    pub ordered: usize,
    /// The shares.
    pub shares: Vec<ShareFacts>,
}

/// What is asked about one visible share.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShareFacts {
    /// How many artists are shown: a number, or "half".
    pub visible: String,
    /// Playlists that take part.
    pub queries: usize,
    /// Those of them of which no visible artist is known: they score 0.
    pub unanswerable: usize,
    /// Hidden artists of all queries.
    pub hidden: usize,
    /// Those of them that are in the roster, as a share from 0 to 1.
    pub reachable: f64,
}

impl HeldOut {
    /// Takes held-out playlists apart.
    ///
    /// # Errors
    /// [`ContinuationError`] where nothing is left to be asked.
    pub fn new(corpus: &Corpus, roster: &Roster, settings: &ContinuationSettings) -> Result<Self, ContinuationError> {
        if corpus.is_empty() {
            return Err(ContinuationError::Empty);
        }
        let artists = &corpus.artists;
        let places: Vec<Option<u32>> =
            artists.ids.iter().zip(&artists.names).map(|(id, name)| roster.find(id, name)).collect();
        let mut facts = HeldOutFacts { playlists: corpus.len(), ..HeldOutFacts::default() };
        let mut shares = vec![Vec::new(); Visible::ALL.len()];
        for playlist in 0..corpus.len() {
            let entries = distinct(corpus, playlist, &places, roster.len(), settings.seed);
            let queries = Visible::ALL.map(|visible| {
                let shown = visible.count(entries.len());
                let enough = shown >= 1 && entries.len() >= shown + settings.min_hidden.max(1);
                enough.then(|| Query {
                    visible: entries[..shown].iter().copied().filter(|&a| (a as usize) < roster.len()).collect(),
                    hidden: entries[shown..].to_vec(),
                })
            });
            if queries.iter().any(Option::is_some) {
                facts.taking_part += 1;
                facts.ordered += usize::from(corpus.is_ordered(playlist));
                shares.iter_mut().zip(queries).for_each(|(share, query)| share.push(query));
            }
        }
        if facts.taking_part == 0 {
            return Err(ContinuationError::TooShort { playlists: corpus.len(), min_hidden: settings.min_hidden });
        }
        let is_known = |&&artist: &&u32| (artist as usize) < roster.len();
        for (visible, queries) in Visible::ALL.into_iter().zip(&shares) {
            let queries = || queries.iter().flatten();
            let hidden: usize = queries().map(|query| query.hidden.len()).sum();
            let known: usize = queries().map(|query| query.hidden.iter().filter(is_known).count()).sum();
            facts.shares.push(ShareFacts {
                visible: visible.name(),
                queries: queries().count(),
                unanswerable: queries().filter(|query| query.visible.is_empty()).count(),
                hidden,
                reachable: known as f64 / hidden.max(1) as f64,
            });
        }
        if facts.shares.iter().all(|share| share.reachable == 0.0) {
            return Err(ContinuationError::NobodyKnown { roster: roster.len() });
        }
        let (artists, mentions) = (roster.len(), roster.artists.mentions.clone());
        Ok(Self { facts, shares, artists, mentions, settings: settings.clone() })
    }
}

/// A playlist's artists, each once, in the protocol's order. Artists beyond the roster get distinct numbers from
/// `roster` on.
fn distinct(corpus: &Corpus, playlist: usize, places: &[Option<u32>], roster: usize, seed: u64) -> Vec<u32> {
    let mut seen = HashSet::new();
    // Two artists of the held-out corpus may be the same one here.
    let number = |artist: u32| places[artist as usize].unwrap_or_else(|| (roster + artist as usize) as u32);
    let mut entries: Vec<u32> = corpus.playlist(playlist).to_vec();
    entries.retain(|&artist| seen.insert(number(artist)));
    if !corpus.is_ordered(playlist) {
        let key = |artist: &u32| corpus.artists.key(*artist as usize);
        entries.sort_by_cached_key(key);
        let keys: String = entries.iter().map(|artist| key(artist) + "\n").collect();
        Rng::stream(seed, sha256_u64(keys.as_bytes())).shuffle(&mut entries);
    }
    entries.into_iter().map(number).collect()
}

/// How well a recommender continues playlists.
#[derive(Clone, Debug, Serialize)]
pub struct Continuation {
    /// The recommender.
    pub recommender: String,
    /// One part a share of [`Visible::ALL`].
    pub shares: Vec<ContinuationPart>,
    /// The mean of the shares.
    pub mean: ContinuationPart,
    /// For every share one row a metric of [`Metric::CONTINUATION`], one value a playlist that takes part in it.
    #[serde(skip)]
    values: Vec<Vec<Vec<Option<f64>>>>,
    #[serde(skip)]
    bootstrap: Bootstrap,
}

/// The scores of one visible share, or of their mean.
#[derive(Clone, Debug, Serialize)]
pub struct ContinuationPart {
    /// How many artists are shown: a number, "half" or "mean".
    pub visible: String,
    /// Means over the queries; empty where there are none.
    pub scores: Scores,
    /// What is found of the hidden artists of each popularity group that has any.
    pub groups: Vec<ContinuationGroup>,
    /// The share of the roster that is among the first 20 of any list, 0 to 1.
    pub coverage: f64,
    /// Gini coefficient of how often each artist of the roster is among the first 20.
    pub gini: f64,
    /// Mean self-information of the first 20, in bits; `None` where mentions are not known.
    pub novelty: Option<f64>,
}

/// What is found of the hidden artists of a popularity group.
#[derive(Clone, Debug, Serialize)]
pub struct ContinuationGroup {
    /// The group of the hidden artists.
    pub group: Group,
    /// How many are hidden, over all queries.
    pub hidden: usize,
    /// The share of them that is among the first k, pooled over queries.
    pub recall: Scores,
}

/// The counts behind a [`ContinuationGroup`]: for every playlist how many are hidden, and found at each cut.
#[derive(Clone, Debug)]
struct GroupCounts {
    hidden: Vec<f64>,
    found: Vec<Vec<f64>>,
}

impl GroupCounts {
    fn new(playlists: usize) -> Self {
        Self { hidden: vec![0.0; playlists], found: vec![vec![0.0; playlists]; GROUP_RECALL.len()] }
    }

    fn add(&mut self, playlist: usize, list: &[u32], hidden: &[u32]) {
        let hits = Hits::new(list, hidden);
        self.hidden[playlist] += hidden.len() as f64;
        for (found, metric) in self.found.iter_mut().zip(GROUP_RECALL) {
            found[playlist] += metric.of(&hits) * hidden.len() as f64;
        }
    }

    fn scores(&self, group: Group, bootstrap: &Bootstrap) -> Option<ContinuationGroup> {
        let hidden = self.hidden.iter().sum::<f64>() as usize;
        let recall = |metric| {
            let place = GROUP_RECALL.iter().position(|&known| known == metric)?;
            bootstrap.ratio(&self.found[place], &self.hidden)
        };
        (hidden > 0).then(|| ContinuationGroup { group, hidden, recall: Scores::of(&GROUP_RECALL, recall) })
    }
}

/// Lets a recommender continue held-out playlists, and scores its lists.
///
/// `None` where `progress` is interrupted.
pub fn continuation(
    recommender: &dyn Recommender,
    held_out: &HeldOut,
    progress: &dyn Progress,
) -> Option<Continuation> {
    let playlists = held_out.facts.taking_part;
    let ContinuationSettings { resamples, seed, .. } = held_out.settings;
    let bootstrap = Bootstrap::new(playlists, resamples, seed, 0);
    let information =
        held_out.mentions.iter().any(|&count| count > 0).then(|| metrics::self_information(&held_out.mentions));
    let mut pooled = Group::ALL.map(|_| GroupCounts::new(playlists));
    let (mut shares, mut all_values) = (Vec::new(), Vec::new());
    for (visible, queries) in Visible::ALL.into_iter().zip(&held_out.shares) {
        let lists = lists(recommender, queries, progress)?;
        let mut values = vec![vec![None; playlists]; Metric::CONTINUATION.len()];
        let mut counts = Group::ALL.map(|_| GroupCounts::new(playlists));
        let mut novelty = vec![None; playlists];
        for (playlist, (query, list)) in queries.iter().zip(&lists).enumerate() {
            let Some(query) = query else { continue };
            let hits = Hits::new(list, &query.hidden);
            for (values, metric) in values.iter_mut().zip(Metric::CONTINUATION) {
                values[playlist] = Some(metric.of(&hits));
            }
            for (place, group) in Group::ALL.into_iter().enumerate() {
                let of_group = |&artist: &u32| (artist as usize) < held_out.artists && Group::of(artist) == group;
                let hidden: Vec<u32> = query.hidden.iter().copied().filter(of_group).collect();
                counts[place].add(playlist, list, &hidden);
                pooled[place].add(playlist, list, &hidden);
            }
            novelty[playlist] = information.as_ref().and_then(|bits| metrics::novelty(list, SHOWN, bits));
        }
        let recommended = metrics::recommendations(lists.iter().map(Vec::as_slice), SHOWN, held_out.artists);
        shares.push(ContinuationPart {
            visible: visible.name(),
            scores: Scores::of(&Metric::CONTINUATION, |metric| bootstrap.mean_of_some(&values[place_of(metric)])),
            groups: groups(&counts, &bootstrap),
            coverage: metrics::coverage(&recommended),
            gini: metrics::gini(&recommended),
            novelty: bootstrap.mean_of_some(&novelty).map(|interval| interval.mean),
        });
        all_values.push(values);
    }
    let asked: Vec<&ContinuationPart> = shares.iter().filter(|share| share.scores.iter().next().is_some()).collect();
    let mean = |value: &dyn Fn(&ContinuationPart) -> f64| {
        asked.iter().map(|share| value(share)).sum::<f64>() / asked.len().max(1) as f64
    };
    let mean = ContinuationPart {
        visible: "mean".into(),
        scores: Scores::of(&Metric::CONTINUATION, |metric| over_shares(&all_values, metric, &bootstrap)),
        groups: groups(&pooled, &bootstrap),
        coverage: mean(&|share| share.coverage),
        gini: mean(&|share| share.gini),
        novelty: information.map(|_| mean(&|share| share.novelty.unwrap_or(0.0))),
    };
    Some(Continuation { recommender: recommender.name().to_owned(), shares, mean, values: all_values, bootstrap })
}

/// A list for every query that can be asked, an empty one for every other playlist.
fn lists(recommender: &dyn Recommender, queries: &[Option<Query>], progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
    let asks = |query: &&Query| !query.visible.is_empty();
    let asked: Vec<Vec<u32>> = queries.iter().flatten().filter(asks).map(|query| query.visible.clone()).collect();
    let mut answers = recommender.continuations(&asked, LIST, progress)?.into_iter();
    let mut answer = |query: &Option<Query>| match query.as_ref().filter(asks) {
        Some(_) => answers.next().unwrap_or_default(),
        None => Vec::new(),
    };
    Some(queries.iter().map(&mut answer).collect())
}

fn groups(counts: &[GroupCounts], bootstrap: &Bootstrap) -> Vec<ContinuationGroup> {
    Group::ALL.into_iter().zip(counts).filter_map(|(group, counts)| counts.scores(group, bootstrap)).collect()
}

fn place_of(metric: Metric) -> usize {
    Metric::CONTINUATION.iter().position(|&known| known == metric).unwrap_or(0)
}

/// The mean of the shares' means.
fn over_shares(values: &[Vec<Vec<Option<f64>>>], metric: Metric, bootstrap: &Bootstrap) -> Option<Interval> {
    let shares: Vec<&[Option<f64>]> = values.iter().map(|values| values[place_of(metric)].as_slice()).collect();
    bootstrap.mean_over_sets(&shares)
}

impl Continuation {
    /// By how much this recommender's metric, as the mean of the shares, exceeds another's on the same playlists.
    ///
    /// The test flips the signs of a playlist's differences together, each weighted as its share counts.
    pub fn compare(&self, other: &Self, metric: Metric, seed: u64) -> Option<Difference> {
        let place = place_of(metric);
        let differences: Vec<Vec<Option<f64>>> = self
            .values
            .iter()
            .zip(&other.values)
            .map(|(a, b)| a[place].iter().zip(&b[place]).map(|(a, b)| Some((*a)? - (*b)?)).collect())
            .collect();
        let shares: Vec<&[Option<f64>]> = differences.iter().map(Vec::as_slice).collect();
        let interval = self.bootstrap.mean_over_sets(&shares)?;
        let mut weighted = vec![0.0; self.bootstrap.len()];
        for share in shares {
            let n = share.iter().flatten().count() as f64;
            for (sum, difference) in weighted.iter_mut().zip(share) {
                *sum += difference.map_or(0.0, |difference| difference / n);
            }
        }
        Some(Difference { interval, p: sign_flip_test(&weighted, FLIPS, seed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;
    use crate::progress::Silent;

    /// Continues every playlist with all artists by index.
    struct ByIndex;

    impl Recommender for ByIndex {
        fn name(&self) -> &str {
            "by index"
        }
        fn similar(&self, _: &[u32], _: usize, _: &dyn Progress) -> Option<Vec<Vec<u32>>> {
            None
        }
        fn continuations(&self, playlists: &[Vec<u32>], k: usize, _: &dyn Progress) -> Option<Vec<Vec<u32>>> {
            let all = |visible: &Vec<u32>| (0..600).filter(|artist| !visible.contains(artist)).take(k).collect();
            Some(playlists.iter().map(all).collect())
        }
    }

    fn artists(names: impl Iterator<Item = usize>) -> Artists {
        let names: Vec<String> = names.map(|i| format!("artist {i}")).collect();
        let (ids, mentions) = (vec![String::new(); names.len()], vec![3; names.len()]);
        Artists { names, ids, mentions }
    }

    #[test]
    fn playlists_are_taken_apart_by_the_protocol() {
        // The roster lacks artists 20 and beyond; the held-out corpus numbers its artists the other way round.
        let roster = Roster::new(artists(0..20));
        let reversed = artists((0..40).rev());
        let playlists = [
            (0..40).collect::<Vec<u32>>(),
            vec![39, 39, 38, 37, 39, 36, 35, 34],
            vec![39, 38, 37, 36, 35, 39],
            vec![],
            (0..7).collect(),
        ];
        let corpus = Corpus::in_memory(reversed, &playlists, &[]).with_order(|playlist| playlist == 1);
        let held_out = HeldOut::new(&corpus, &roster, &ContinuationSettings::default()).unwrap();
        let facts = &held_out.facts;
        assert_eq!((facts.playlists, facts.taking_part, facts.ordered), (5, 3, 1));
        let counts: Vec<_> = facts.shares.iter().map(|share| (share.visible.as_str(), share.queries)).collect();
        assert_eq!(counts, [("1", 3), ("5", 1), ("10", 1), ("half", 1)]);
        let query = held_out.shares[3][0].as_ref().unwrap();
        assert_eq!(query.hidden.len(), 20);
        assert!(query.visible.iter().all(|&artist| artist < 20));
        let strangers: HashSet<u32> = query.hidden.iter().copied().filter(|&artist| artist >= 20).collect();
        assert_eq!(strangers.len() + query.hidden.iter().filter(|&&artist| artist < 20).count(), 20);
        // Six distinct artists in the order that their playlist has: one shown, five hidden, all known.
        let query = held_out.shares[0][1].as_ref().unwrap();
        assert_eq!((query.visible.as_slice(), query.hidden.as_slice()), (&[0][..], &[1, 2, 3, 4, 5][..]));
        // Seven strangers: nothing to go by.
        assert_eq!(held_out.shares[0][2].as_ref().unwrap().visible, [0; 0]);
        assert_eq!((facts.shares[0].hidden, facts.shares[0].unanswerable >= 1), (39 + 5 + 6, true));
    }

    #[test]
    fn random_orders_depend_on_the_artists_alone() {
        let roster = Roster::new(artists(0..30));
        let playlist: Vec<u32> = (0..30).collect();
        let backwards: Vec<u32> = (0..30).rev().collect();
        let order = |playlists: &[Vec<u32>], seed| {
            let corpus = Corpus::in_memory(artists(0..30), playlists, &[]).with_order(|_| false);
            let settings = ContinuationSettings { seed, ..ContinuationSettings::default() };
            let held_out = HeldOut::new(&corpus, &roster, &settings).unwrap();
            held_out.shares[3].last().unwrap().as_ref().unwrap().visible.clone()
        };
        let once = order(std::slice::from_ref(&playlist), 1);
        assert_eq!(once, order(&[vec![1, 2, 3, 4, 5, 6], backwards], 1));
        assert_ne!(once, order(&[playlist], 2));
        assert!(!once.is_sorted());
    }

    #[test]
    fn what_cannot_be_asked_is_an_error() {
        let settings = ContinuationSettings::default();
        let refused = |corpus: &Corpus, roster: &Roster| HeldOut::new(corpus, roster, &settings).unwrap_err();
        let roster = Roster::new(artists(0..20));
        let corpus = |playlists: &[Vec<u32>]| Corpus::in_memory(artists(50..60), playlists, &[]);
        assert_eq!(refused(&corpus(&[]), &roster), ContinuationError::Empty);
        let short = ContinuationError::TooShort { playlists: 1, min_hidden: 5 };
        assert_eq!(refused(&corpus(&[vec![0, 1, 2, 3, 4]]), &roster), short);
        let strangers = ContinuationError::NobodyKnown { roster: 20 };
        assert_eq!(refused(&corpus(&[(0..10).collect()]), &roster), strangers);
    }

    #[test]
    fn lists_are_scored_and_compared() {
        let roster = Roster::new(artists(0..2_000));
        let corpus = Corpus::in_memory(artists(0..2_000), &[(0..12).collect(), (1_500..1_520).collect()], &[]);
        let held_out = HeldOut::new(&corpus, &roster, &ContinuationSettings::default()).unwrap();
        let scores = continuation(&ByIndex, &held_out, &Silent).unwrap();
        let part = &scores.shares[0];
        let get = |metric| part.scores.get(metric).unwrap().mean;
        // The first playlist's artists come first, the second's never.
        assert_eq!((get(Metric::RPrecision), get(Metric::Hit(10)), get(Metric::Clicks)), (0.5, 0.5, 25.5));
        assert_eq!(part.groups.len(), 2);
        assert_eq!((part.groups[0].group, part.groups[0].hidden), (Group::Top, 11));
        let recall = |place: usize, k| part.groups[place].recall.get(Metric::Recall(k)).unwrap().mean;
        assert_eq!((recall(0, 10), recall(0, 20), recall(1, 500)), (10.0 / 11.0, 1.0, 0.0));
        assert_eq!(
            (part.coverage, part.novelty.map(|bits| (bits * 1e9).round())),
            (0.0105, Some((2_000_f64.log2() * 1e9).round()))
        );
        // Ten visible: only the second hides five; half: both.
        let of_shares: Vec<usize> =
            scores.shares.iter().map(|share| share.scores.get(Metric::RPrecision).unwrap().n).collect();
        assert_eq!(of_shares, [2, 2, 1, 2]);
        let means: Vec<f64> =
            scores.shares.iter().map(|share| share.scores.get(Metric::RPrecision).unwrap().mean).collect();
        let mean = scores.mean.scores.get(Metric::RPrecision).unwrap();
        assert_eq!((mean.mean, mean.n), (means.iter().sum::<f64>() / 4.0, 2));
        assert_eq!(scores.mean.groups[0].hidden, 11 + 7 + 6);
        let same = scores.compare(&scores, Metric::RPrecision, 1).unwrap();
        assert_eq!((same.interval.mean, same.p), (0.0, 1.0));
    }
}
