//! Related artists: how many of an artist's 20 nearest stand in its reference list.
//!
//! # Protocol
//! The original's score, made independent of how complete a list is.
//!
//! 1. References are restricted to the artists compared (the roster), matched by id, else by folded name
//!    ([`Roster::find`]); an artist takes part if at least `min_references` (1) are left. [`Coverage`] says what is lost.
//! 2. Artists are grouped by popularity: *top* (rank 1 to 1,000), *mid* (1,001 to 10,000), *low* (beyond). Of a group with
//!    more than 1,000 artists, 1,000 are drawn at random, the same for every recommender (`seed`); else all count.
//! 3. Each artist's 20 nearest are compared with its references R: *matches* (how many are in R), *of possible*
//!    (matches / min(20, |R|), the share of what could be reached), recall (matches / |R|), NDCG@20 and MAP@20 with binary
//!    relevance. A group's value is the mean over its artists.
//! 4. The *mean* is that of the groups, each counting the same, over the groups that have artists.
//!
//! Intervals are bootstrapped over artists, within their groups. Two recommenders are compared artist by artist.

use serde::Serialize;

use super::metrics::Hits;
use super::statistics::{Bootstrap, Difference, FLIPS, RESAMPLES, mean_of_means, sign_flip_test};
use super::{Group, Metric, Recommender, Relation, Roster, Scores, Truth, TruthError};
use crate::progress::Progress;
use crate::rng::Rng;

/// How many nearest artists are compared with the references.
pub(super) const NEIGHBOURS: usize = 20;

/// What of a list of related artists speaks of the artists compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Artists that have references in the list.
    pub artists: usize,
    /// Those of them that are compared.
    pub artists_found: usize,
    /// References of those that are compared.
    pub references: usize,
    /// Those of them that are compared themselves.
    pub references_found: usize,
}

/// A list of related artists in the numbers of a roster.
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    /// What it is called in tables.
    pub name: String,
    /// What kind of relation it states.
    pub relation: Relation,
    /// What of it speaks of the artists compared.
    pub coverage: Coverage,
    /// Artists by index, each with its references, best first; only those that have any.
    lists: Vec<(u32, Vec<u32>)>,
}

impl References {
    /// Finds a list's artists in a roster. Where two of its artists are the same here, their references are joined.
    ///
    /// # Errors
    /// [`TruthError::NobodyKnown`] where no artist with a reference is left.
    pub fn new(truth: &Truth, roster: &Roster) -> Result<Self, TruthError> {
        let mut coverage = Coverage { artists: truth.lists.len(), ..Coverage::default() };
        let mut lists = std::collections::BTreeMap::<u32, Vec<u32>>::new();
        for (artist, references) in &truth.lists {
            let Some(artist) = roster.find(&artist.id, &artist.name) else { continue };
            coverage.artists_found += 1;
            coverage.references += references.len();
            let list = lists.entry(artist).or_default();
            for reference in references.iter().filter_map(|reference| roster.find(&reference.id, &reference.name)) {
                coverage.references_found += 1;
                if reference != artist && !list.contains(&reference) {
                    list.push(reference);
                }
            }
        }
        lists.retain(|_, list| !list.is_empty());
        if lists.is_empty() {
            return Err(TruthError::NobodyKnown {
                name: truth.name.clone(),
                sources: truth.lists.len(),
                example: truth.lists.first().map_or_else(String::new, |(artist, _)| artist.name.clone()),
                roster: roster.len(),
            });
        }
        Ok(Self { name: truth.name.clone(), relation: truth.relation, coverage, lists: lists.into_iter().collect() })
    }

    /// Says whether any artist has as many references as are asked for.
    ///
    /// # Errors
    /// [`TruthError::TooFew`] where none has.
    pub(super) fn expect_any(&self, min_references: usize) -> Result<(), TruthError> {
        let most = self.lists.iter().map(|(_, list)| list.len()).max().unwrap_or(0);
        if most < min_references {
            return Err(TruthError::TooFew { name: self.name.clone(), min_references, most });
        }
        Ok(())
    }

    /// The artists of a group that take part, with their references, in the order of popularity; and how many there were
    /// to draw from.
    fn queries(&self, group: Group, settings: &RelatedSettings) -> (Vec<&(u32, Vec<u32>)>, usize) {
        let takes_part = |(artist, references): &&(u32, Vec<u32>)| {
            Group::of(*artist) == group && references.len() >= settings.min_references
        };
        let mut queries: Vec<_> = self.lists.iter().filter(takes_part).collect();
        let of = queries.len();
        if of > settings.sample {
            Rng::stream(settings.seed, group as u64).shuffle(&mut queries);
            queries.truncate(settings.sample);
            queries.sort_by_key(|&&(artist, _)| artist);
        }
        (queries, of)
    }
}

/// What the protocol leaves open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelatedSettings {
    /// Artists with fewer references among those compared take no part; at least 1.
    pub min_references: usize,
    /// Artists drawn from a group.
    pub sample: usize,
    /// Seed of that draw and of the bootstrap.
    pub seed: u64,
    /// Bootstrap samples an interval.
    pub resamples: usize,
}

impl Default for RelatedSettings {
    fn default() -> Self {
        Self { min_references: 1, sample: 1000, seed: 1, resamples: RESAMPLES }
    }
}

/// How well a recommender finds related artists.
#[derive(Clone, Debug, Serialize)]
pub struct Related {
    /// The recommender.
    pub recommender: String,
    /// The groups, the most popular first; those without artists too.
    pub groups: Vec<RelatedGroup>,
    /// The mean of the groups that have artists.
    pub mean: Scores,
}

/// A popularity group's scores.
#[derive(Clone, Debug, Serialize)]
pub struct RelatedGroup {
    /// Which group.
    pub group: Group,
    /// Artists that were asked.
    pub artists: usize,
    /// Artists they were drawn from.
    pub of: usize,
    /// References an artist, on average; 0 where there is no artist.
    pub references: f64,
    /// Means over the artists; `None` where there is none.
    pub scores: Option<Scores>,
    /// One row a metric of [`Metric::RELATED`], one value an artist.
    #[serde(skip)]
    values: Vec<Vec<f64>>,
    #[serde(skip)]
    bootstrap: Bootstrap,
}

/// Asks a recommender for the artists nearest to those of a list, and counts how many are references.
///
/// The same references and settings ask every recommender for the same artists. `None` where `progress` is interrupted.
pub fn related(
    recommender: &dyn Recommender,
    references: &References,
    settings: &RelatedSettings,
    progress: &dyn Progress,
) -> Option<Related> {
    let queries = Group::ALL.map(|group| references.queries(group, settings));
    let asked: Vec<u32> = queries.iter().flat_map(|(queries, _)| queries.iter().map(|(artist, _)| *artist)).collect();
    let mut lists = recommender.similar(&asked, NEIGHBOURS, progress)?.into_iter();
    let groups: Vec<RelatedGroup> = Group::ALL
        .into_iter()
        .zip(queries)
        .map(|(group, (queries, of))| {
            let hits = queries.iter().map(|(_, list)| Hits::new(&lists.next().unwrap_or_default(), list));
            let hits: Vec<Hits> = hits.collect();
            let values = Metric::RELATED.map(|metric| hits.iter().map(|hits| metric.of(hits)).collect::<Vec<_>>());
            let bootstrap = Bootstrap::new(hits.len(), settings.resamples, settings.seed, group as u64);
            let mean = |metric| bootstrap.mean(&values[place_of(metric)]);
            RelatedGroup {
                group,
                artists: hits.len(),
                of,
                references: hits.iter().map(Hits::relevant).sum::<usize>() as f64 / hits.len().max(1) as f64,
                scores: (!hits.is_empty()).then(|| Scores::of(&Metric::RELATED, mean)),
                values: values.into(),
                bootstrap,
            }
        })
        .collect();
    let mean = |metric| {
        let parts: Vec<(&Bootstrap, &[f64])> =
            groups.iter().map(|group| (&group.bootstrap, group.values(metric))).collect();
        mean_of_means(&parts)
    };
    let mean = Scores::of(&Metric::RELATED, mean);
    Some(Related { recommender: recommender.name().to_owned(), groups, mean })
}

fn place_of(metric: Metric) -> usize {
    Metric::RELATED.iter().position(|&known| known == metric).unwrap_or(0)
}

impl RelatedGroup {
    fn values(&self, metric: Metric) -> &[f64] {
        &self.values[place_of(metric)]
    }

    /// This group's values less another recommender's, of the same artists.
    fn differences(&self, other: &Self, metric: Metric) -> Vec<f64> {
        self.values(metric).iter().zip(other.values(metric)).map(|(a, b)| a - b).collect()
    }
}

impl Related {
    /// By how much this recommender's metric exceeds another's on the same artists: for every group, `None` where it is
    /// empty, and for the mean of the groups.
    ///
    /// The test flips the sign of each artist's difference, weighted as the artist counts.
    pub fn compare(&self, other: &Self, metric: Metric, seed: u64) -> (Vec<Option<Difference>>, Option<Difference>) {
        let differences: Vec<Vec<f64>> =
            self.groups.iter().zip(&other.groups).map(|(a, b)| a.differences(b, metric)).collect();
        let test = |differences: &[f64]| sign_flip_test(differences, FLIPS, seed);
        let with_groups = || self.groups.iter().zip(&differences);
        let groups = with_groups()
            .map(|(group, values)| Some(Difference { interval: group.bootstrap.mean(values)?, p: test(values) }))
            .collect();
        let parts: Vec<(&Bootstrap, &[f64])> =
            with_groups().map(|(group, values)| (&group.bootstrap, values.as_slice())).collect();
        let weighted: Vec<f64> = differences
            .iter()
            .flat_map(|values| values.iter().map(|difference| difference / values.len() as f64))
            .collect();
        let mean = mean_of_means(&parts).map(|interval| Difference { interval, p: test(&weighted) });
        (groups, mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;
    use crate::evaluation::Named;
    use crate::progress::Silent;

    /// Whose nearest are the next artists by index, as many as asked, from `step` on.
    struct Next(u32, usize);

    impl Recommender for Next {
        fn name(&self) -> &str {
            "next"
        }
        fn similar(&self, artists: &[u32], k: usize, _: &dyn Progress) -> Option<Vec<Vec<u32>>> {
            let next = |artist: &u32| (0..k as u32).map(|i| (artist + self.0 + i) % self.1 as u32).collect();
            Some(artists.iter().map(next).collect())
        }
        fn continuations(&self, _: &[Vec<u32>], _: usize, _: &dyn Progress) -> Option<Vec<Vec<u32>>> {
            None
        }
    }

    fn roster(artists: usize) -> Roster {
        Roster::new(Artists {
            names: (0..artists).map(|i| format!("artist {i}")).collect(),
            ids: (0..artists).map(|i| if i % 2 == 0 { format!("id:{i}") } else { String::new() }).collect(),
            mentions: vec![1; artists],
        })
    }

    fn named(i: usize) -> Named {
        Named { id: String::new(), name: format!("Artist {i}") }
    }

    fn truth(pairs: &[(usize, usize)]) -> Truth {
        Truth::of_pairs("t", Relation::Similarity, pairs.iter().map(|&(a, b)| (named(a), named(b))))
    }

    #[test]
    fn references_are_found_and_what_is_lost_is_counted() {
        let mut truth = truth(&[(0, 1), (0, 99), (1, 0), (1, 2), (50, 1), (2, 77)]);
        // The same artist under its id: its references join those under its name.
        truth.lists.push((Named { id: "id:0".into(), name: "other".into() }, vec![named(3), named(1), named(0)]));
        let references = References::new(&truth, &roster(4)).unwrap();
        assert_eq!(references.lists, [(0, vec![1, 3]), (1, vec![0, 2])]);
        let coverage = Coverage { artists: 5, artists_found: 4, references: 8, references_found: 6 };
        assert_eq!(references.coverage, coverage);
        let error = References::new(&truth, &Roster::new(Artists::default())).unwrap_err().to_string();
        assert!(error.contains("5 artists") && error.contains("Artist 0") && error.contains("0 artists"), "{error}");
    }

    #[test]
    fn matches_are_counted_by_group_and_groups_count_the_same() {
        // Top artists have their three next as references, mid ones one of the next 20 and one far away; low ones none.
        let top = (0..10).flat_map(|i| (1..=3).map(move |step| (i, i + step)));
        let mid = (2000..2005).flat_map(|i| [(i, i + 20), (i, i + 500)]);
        let pairs: Vec<(usize, usize)> = top.chain(mid).collect();
        let references = References::new(&truth(&pairs), &roster(12_000)).unwrap();
        let settings = RelatedSettings::default();
        let scores = related(&Next(1, 12_000), &references, &settings, &Silent).unwrap();
        let get = |group: usize, metric| scores.groups[group].scores.as_ref().unwrap().get(metric).unwrap();
        assert_eq!((scores.groups[0].artists, scores.groups[1].artists, scores.groups[2].artists), (10, 5, 0));
        assert_eq!((scores.groups[0].references, scores.groups[1].references), (3.0, 2.0));
        assert_eq!((get(0, Metric::Matches(20)).mean, get(1, Metric::Matches(20)).mean), (3.0, 1.0));
        assert_eq!((get(0, Metric::Recall(20)).mean, get(1, Metric::CappedRecall(20)).mean), (1.0, 0.5));
        assert_eq!(get(1, Metric::AveragePrecision(20)).mean, 1.0 / 20.0 / 2.0);
        assert!(scores.groups[2].scores.is_none());
        let mean = scores.mean.get(Metric::Matches(20)).unwrap();
        assert_eq!((mean.mean, mean.n), (2.0, 15));

        // Against a recommender that begins one artist later: a match less for top, one for mid.
        let other = related(&Next(2, 12_000), &references, &settings, &Silent).unwrap();
        let (groups, mean) = scores.compare(&other, Metric::Matches(20), 1);
        assert_eq!(
            groups.iter().map(|group| group.map(|d| d.interval.mean)).collect::<Vec<_>>(),
            [Some(1.0), Some(0.0), None]
        );
        assert!(groups[0].unwrap().p < 0.01 && groups[1].unwrap().p == 1.0);
        assert_eq!(mean.unwrap().interval.mean, 0.5);
    }

    #[test]
    fn large_groups_are_sampled_the_same_for_everyone() {
        let pairs: Vec<(usize, usize)> = (0..400).map(|i| (i, i + 1)).collect();
        let references = References::new(&truth(&pairs), &roster(500)).unwrap();
        let sample = |seed, sample| {
            let settings = RelatedSettings { sample, seed, ..RelatedSettings::default() };
            let (queries, of) = references.queries(Group::Top, &settings);
            assert_eq!(of, 400);
            queries.iter().map(|(artist, _)| *artist).collect::<Vec<_>>()
        };
        assert_eq!(sample(1, 50), sample(1, 50));
        assert_ne!(sample(1, 50), sample(2, 50));
        assert!(sample(1, 50).is_sorted() && sample(1, 50).len() == 50);
        assert_eq!(sample(1, 1000).len(), 400);
        let few = RelatedSettings { min_references: 2, ..RelatedSettings::default() };
        assert!(references.queries(Group::Top, &few).0.is_empty());
    }
}
