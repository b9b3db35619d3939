//! How good vectors are: related artists, playlists to be continued, stability, and what a number is worth.
//!
//! Owns protocols, metrics, statistics, baselines and the report. Must not know how vectors were trained or the terminal.
//!
//! Everything is asked of a [`Recommender`]: vectors of any origin, or a baseline. All recommenders of a run speak of the same
//! artists, the [`Roster`]'s, by their index in it; index 0 is the most popular artist.

pub mod baselines;
mod best;
mod continuation;
mod evaluate;
mod group;
mod inputs;
pub mod metrics;
pub mod neighbours;
mod recommender;
mod related;
mod report;
mod roster;
mod scores;
pub mod statistics;
mod title_words;
mod truth;
mod vectors;

pub use continuation::{
    Continuation, ContinuationError, ContinuationGroup, ContinuationPart, ContinuationSettings, HeldOut, HeldOutFacts,
    ShareFacts, Visible, continuation,
};
pub use evaluate::{
    Agreement, Baseline, Comparison, ContinuationResults, CorpusFacts, Evaluation, EvaluationError, EvaluationSettings,
    HubnessOf, InputFacts, NeighbourResults, RelatedResults, Request, evaluate,
};
pub use group::Group;
pub use inputs::{Common, Input, InputError, InputKind, Kinship, read_input};
pub use recommender::Recommender;
pub use related::{Coverage, References, Related, RelatedGroup, RelatedSettings, related};
pub use report::{to_html, to_text, write_folder};
pub use roster::Roster;
pub use scores::{Metric, Scores};
pub use title_words::{NearWord, WordResults, WordScore};
pub use truth::{Named, Relation, TEST_SHARE, Truth, TruthError, read_truth};
pub use vectors::{Centring, InOut, Vectors};
