//! The metrics that protocols report, by name, and their values with intervals.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::metrics::Hits;
use super::statistics::Interval;

/// A metric of one ranked list against the artists that belong in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Relevant artists among the first k.
    Matches(usize),
    /// Matches / min(k, relevant): the share of what could be reached.
    CappedRecall(usize),
    /// Matches / relevant.
    Recall(usize),
    /// Normalised discounted cumulative gain.
    Ndcg(usize),
    /// Average precision; its mean is MAP.
    AveragePrecision(usize),
    /// Matches among the first |relevant| / |relevant|.
    RPrecision,
    /// Whether any of the first k is relevant.
    Hit(usize),
    /// 1 / rank of the first match; its mean is MRR.
    ReciprocalRank(usize),
    /// The RecSys Challenge 2018's clicks: 0 is best, 51 worst.
    Clicks,
}

impl Metric {
    /// What is reported of related artists.
    pub const RELATED: [Self; 5] =
        [Self::Matches(20), Self::CappedRecall(20), Self::Recall(20), Self::Ndcg(20), Self::AveragePrecision(20)];

    /// What is reported of continued playlists.
    pub const CONTINUATION: [Self; 15] = [
        Self::RPrecision,
        Self::Ndcg(10),
        Self::Ndcg(20),
        Self::Ndcg(100),
        Self::Ndcg(500),
        Self::CappedRecall(10),
        Self::CappedRecall(20),
        Self::CappedRecall(100),
        Self::CappedRecall(500),
        Self::Hit(10),
        Self::Hit(20),
        Self::Hit(100),
        Self::Hit(500),
        Self::ReciprocalRank(500),
        Self::Clicks,
    ];

    /// The metric's value for one list; `metrics` has the definitions.
    pub fn of(self, hits: &Hits) -> f64 {
        match self {
            Self::Matches(k) => hits.matches(k) as f64,
            Self::CappedRecall(k) => hits.capped_recall(k),
            Self::Recall(k) => hits.recall(k),
            Self::Ndcg(k) => hits.ndcg(k),
            Self::AveragePrecision(k) => hits.average_precision(k),
            Self::RPrecision => hits.r_precision(),
            Self::Hit(k) => hits.hit(k),
            Self::ReciprocalRank(k) => hits.reciprocal_rank(k),
            Self::Clicks => hits.clicks(),
        }
    }

    /// The name in JSON and CSV, such as `ndcg@100`.
    pub fn name(self) -> String {
        match self {
            Self::Matches(k) => format!("matches@{k}"),
            Self::CappedRecall(k) => format!("capped-recall@{k}"),
            Self::Recall(k) => format!("recall@{k}"),
            Self::Ndcg(k) => format!("ndcg@{k}"),
            Self::AveragePrecision(k) => format!("map@{k}"),
            Self::RPrecision => "r-precision".into(),
            Self::Hit(k) => format!("hit@{k}"),
            Self::ReciprocalRank(_) => "mrr".into(),
            Self::Clicks => "clicks".into(),
        }
    }
}

/// Metrics with their values. As JSON an object by [`Metric::name`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(Vec<(Metric, Interval)>);

impl Scores {
    /// Asks for each metric's value; metrics without one are left out.
    pub fn of(metrics: &[Metric], value: impl Fn(Metric) -> Option<Interval>) -> Self {
        Self(metrics.iter().filter_map(|&metric| Some((metric, value(metric)?))).collect())
    }

    /// A metric's value; `None` where it was not measured.
    pub fn get(&self, metric: Metric) -> Option<Interval> {
        self.0.iter().find(|(known, _)| *known == metric).map(|&(_, interval)| interval)
    }

    /// All metrics with their values.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, Interval)> {
        self.0.iter().copied()
    }
}

impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (metric, interval) in &self.0 {
            map.serialize_entry(&metric.name(), interval)?;
        }
        map.end()
    }
}
