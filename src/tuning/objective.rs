//! What a trial is worth.
//!
//! Owns which numbers of the evaluation count, and how they become one. A trial's *related* score is the mean, over the
//! popularity groups that have artists, of matches / min(20, references) on the tuning half of the related artists (the
//! mean over the lists, where there are several); its *continuation* score is the mean over the visible shares of
//! NDCG@500 on the validation playlists. The *objective* makes them comparable: each is divided by what the default
//! settings score, and the weighted mean of these ratios is taken, so that the defaults have 1 and 1.05 is five percent
//! better.

use serde::{Deserialize, Serialize};

use super::{TuningError, Weights};
use crate::corpus::Corpus;
use crate::evaluation::{
    Centring, Continuation, ContinuationSettings, Group, HeldOut, Metric, References, Related, RelatedSettings, Roster,
    Truth, Vectors, continuation, related,
};
use crate::progress::Progress;
use crate::training::Model;

/// What is counted of related artists: matches / min(20, references).
pub(super) const RELATED: Metric = Metric::CappedRecall(20);

/// What is counted of continued playlists.
pub(super) const CONTINUATION: Metric = Metric::Ndcg(500);

/// How much of the hidden artists of a popularity group is found.
const FOUND: Metric = Metric::Recall(100);

/// A score, and what is behind it for popular and rare artists; all from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// What enters the objective.
    pub overall: f64,
    /// Artists of rank 1 to 1,000; `None` where none was asked for.
    pub top: Option<f64>,
    /// Of rank 1,001 to 10,000.
    pub mid: Option<f64>,
    /// Beyond.
    pub low: Option<f64>,
}

/// What a trial scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Related artists: matches / min(20, references), overall the mean of the groups.
    pub related: Option<Score>,
    /// Playlist continuation: overall NDCG@500; of the groups the share of hidden artists among the first 100.
    pub continuation: Option<Score>,
}

impl Scores {
    /// The objective, relative to what the default settings score; `None` where the two cannot be compared.
    pub fn objective(&self, defaults: &Self, weights: &Weights) -> Option<f64> {
        let ratio = |of: Option<Score>, by: Option<Score>, weight: f64| {
            if weight > 0.0 { Some(weight * of?.overall / by?.overall) } else { Some(0.0) }
        };
        let sum = ratio(self.related, defaults.related, weights.related)?
            + ratio(self.continuation, defaults.continuation, weights.continuation)?;
        let objective = sum / (weights.related + weights.continuation);
        objective.is_finite().then_some(objective)
    }

    /// The name of a score that counts and that is 0, so that nothing can be measured relative to it.
    pub(super) fn zero(&self, weights: &Weights) -> Option<&'static str> {
        let counts_zero = |score: Option<Score>, weight: f64| weight > 0.0 && score.is_none_or(|s| s.overall <= 0.0);
        if counts_zero(self.related, weights.related) {
            Some("related artists")
        } else if counts_zero(self.continuation, weights.continuation) {
            Some("playlist continuation")
        } else {
            None
        }
    }
}

/// Held-out data that models are scored on.
#[derive(Debug)]
pub(super) struct Judge {
    artists: usize,
    references: Vec<References>,
    held_out: Option<HeldOut>,
    settings: RelatedSettings,
}

/// A model's full scores.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// One a list of related artists.
    pub(super) related: Vec<Related>,
    pub(super) continuation: Option<Continuation>,
}

impl Judge {
    /// Takes held-out data apart for the artists of `roster`, of whom each model knows the first, in the same order.
    ///
    /// # Errors
    /// [`TuningError`] where something that counts cannot be measured on these data.
    pub(super) fn new(
        truths: &[Truth],
        playlists: &Corpus,
        roster: &Roster,
        weights: &Weights,
        seed: u64,
        resamples: usize,
    ) -> Result<Self, TuningError> {
        let references = truths.iter().map(|truth| References::new(truth, roster)).collect::<Result<_, _>>()?;
        let settings = ContinuationSettings { seed, resamples, ..ContinuationSettings::default() };
        let held_out = match HeldOut::new(playlists, roster, &settings) {
            Ok(held_out) => Some(held_out),
            Err(error) if weights.continuation > 0.0 => return Err(error.into()),
            Err(_) => None,
        };
        let settings = RelatedSettings { seed, resamples, ..RelatedSettings::default() };
        Ok(Self { artists: roster.len(), references, held_out, settings })
    }

    /// Scores a model; `None` where the user interrupts.
    pub(super) fn score(&self, name: &str, model: Model, progress: &dyn Progress) -> Option<Judged> {
        let centring = Centring::Mean.of(&model);
        let mut rows = model.input;
        // Artists that this model left out have no vector.
        rows.resize(self.artists * model.dimensions, 0.0);
        let vectors = Vectors::new(name, model.dimensions, rows, Vec::new(), centring);
        let lists = self.references.iter().map(|list| related(&vectors, list, &self.settings, progress));
        let related = lists.collect::<Option<_>>()?;
        let continuation = match &self.held_out {
            Some(held_out) => Some(continuation(&vectors, held_out, progress)?),
            None => None,
        };
        Some(Judged { related, continuation })
    }
}

impl Judged {
    /// The numbers of a trial.
    pub(super) fn scores(&self) -> Scores {
        let mean = |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let over_lists =
            |value: &dyn Fn(&Related) -> Option<f64>| mean(self.related.iter().filter_map(value).collect());
        let in_group = |group: Group| {
            over_lists(&|related| {
                let scores = related.groups.iter().find(|found| found.group == group)?.scores.as_ref()?;
                Some(scores.get(RELATED)?.mean)
            })
        };
        let related = over_lists(&|related| Some(related.mean.get(RELATED)?.mean)).map(|overall| Score {
            overall,
            top: in_group(Group::Top),
            mid: in_group(Group::Mid),
            low: in_group(Group::Low),
        });
        let continuation = self.continuation.as_ref().and_then(|continuation| {
            let found = |group: Group| {
                let found = continuation.mean.groups.iter().find(|found| found.group == group)?;
                Some(found.recall.get(FOUND)?.mean)
            };
            Some(Score {
                overall: continuation.mean.scores.get(CONTINUATION)?.mean,
                top: found(Group::Top),
                mid: found(Group::Mid),
                low: found(Group::Low),
            })
        });
        Scores { related, continuation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(related: Option<f64>, continuation: Option<f64>) -> Scores {
        let score = |overall: Option<f64>| overall.map(|overall| Score { overall, top: None, mid: None, low: None });
        Scores { related: score(related), continuation: score(continuation) }
    }

    #[test]
    fn the_defaults_have_one_and_scales_do_not_matter() {
        let defaults = scores(Some(0.5), Some(0.01));
        let weights = |related, continuation| Weights { related, continuation };
        let trial = scores(Some(0.55), Some(0.02));
        let close = |objective: Option<f64>, expected: f64| (objective.unwrap() - expected).abs() < 1e-12;
        assert!(close(defaults.objective(&defaults, &weights(0.3, 0.7)), 1.0));
        assert!(close(trial.objective(&defaults, &weights(1.0, 0.0)), 1.1));
        assert!(close(trial.objective(&defaults, &weights(0.0, 5.0)), 2.0));
        assert!(close(trial.objective(&defaults, &weights(1.0, 3.0)), (1.1 + 3.0 * 2.0) / 4.0));
        assert_eq!(scores(None, Some(1.0)).objective(&defaults, &weights(1.0, 1.0)), None);
        assert!(close(scores(None, Some(0.01)).objective(&defaults, &weights(0.0, 1.0)), 1.0));
        assert_eq!(trial.objective(&scores(Some(0.0), Some(1.0)), &weights(1.0, 1.0)), None);
        assert_eq!(scores(Some(0.0), Some(1.0)).zero(&weights(1.0, 1.0)), Some("related artists"));
        assert_eq!(scores(Some(0.0), Some(1.0)).zero(&weights(0.0, 1.0)), None);
        assert_eq!(scores(Some(0.1), None).zero(&weights(0.5, 1.0)), Some("playlist continuation"));
    }
}
