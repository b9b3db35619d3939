//! What a corpus is like: how long playlists are, how mentions fall on artists, what titles say, what stands there twice.
//!
//! Owns the numbers and the report about them. Must not know training or vectors: everything here can be said before
//! anything was learned.

mod copies;
mod lengths;
mod long_tail;
mod report;
mod titles;
mod zipf;

use serde::Serialize;

use crate::catalog::metadata::{Provenance, Step};
use crate::corpus::{Corpus, NEAR_DUPLICATE};
use crate::progress::Progress;

pub use copies::{Copies, Group};
pub use lengths::{Lengths, Quantiles, Repeats};
pub use long_tail::{Concentration, Kept, LongTail};
pub use report::write_folder;
pub use titles::{Titles, Word};
pub use zipf::{PowerLaw, Zipf};

/// How many rows lists of the most frequent things have.
const LISTED: usize = 100;

/// Everything that is said about a corpus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    /// The corpus, the steps that led to it, and this one.
    pub provenance: Provenance,
    /// How many there are of what.
    pub counts: Counts,
    /// How long playlists are.
    pub lengths: Lengths,
    /// How often playlists mention an artist again.
    pub repeats: Repeats,
    /// The most mentioned artists, at most 100.
    pub artists: Vec<Artist>,
    /// How unevenly mentions fall on artists.
    pub long_tail: LongTail,
    /// How mentions fall with rank; absent where too few artists are mentioned.
    pub zipf: Option<Zipf>,
    /// What titles say.
    pub titles: Titles,
    /// Playlists that stand there more than once.
    pub copies: Copies,
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Playlists.
    pub playlists: u64,
    /// Playlists that mention nobody.
    pub empty: u64,
    /// Playlists with a title.
    pub titled: u64,
    /// Playlists whose order is real.
    pub ordered: u64,
    /// Mentions, repeats counted.
    pub mentions: u64,
    /// Pairs of a playlist and an artist in it: mentions without repeats.
    pub pairs: u64,
    /// Different artists.
    pub artists: u64,
    /// Artists of whom a stable id is known.
    pub identified: u64,
}

/// An artist in the list of the most mentioned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Artist {
    /// Place in the order of mentions, from 1.
    pub rank: usize,
    /// The name.
    pub name: String,
    /// The stable id; empty where none is known.
    pub id: String,
    /// Mentions, repeats counted.
    pub mentions: u64,
    /// Share of all mentions, 0 to 1.
    pub share_of_mentions: f64,
    /// Playlists that mention the artist.
    pub playlists: u64,
    /// Share of all playlists, 0 to 1.
    pub share_of_playlists: f64,
}

/// Analyses a corpus; `None` where the user interrupts.
pub fn analyze(corpus: &Corpus, progress: &dyn Progress) -> Option<Analysis> {
    let (lengths, repeats, playlists_of) = lengths::measure(corpus, progress)?;
    let copies = copies::find(corpus, progress)?;
    progress.stage("titles", None);
    let titles = titles::count(corpus);
    if progress.interrupted() {
        return None;
    }
    let mentions = &corpus.artists.mentions;
    let is_counted = |count: &dyn Fn(usize) -> bool| (0..corpus.len()).filter(|&i| count(i)).count() as u64;
    let counts = Counts {
        playlists: corpus.len() as u64,
        empty: is_counted(&|i| corpus.playlist(i).is_empty()),
        titled: titles.playlists,
        ordered: is_counted(&|i| corpus.is_ordered(i)),
        mentions: corpus.summary.mentions,
        pairs: playlists_of.iter().sum(),
        artists: corpus.artists.len() as u64,
        identified: corpus.artists.ids.iter().filter(|id| !id.is_empty()).count() as u64,
    };
    let artists = (0..corpus.artists.len().min(LISTED)).map(|i| Artist {
        rank: i + 1,
        name: corpus.artists.names[i].clone(),
        id: corpus.artists.ids[i].clone(),
        mentions: u64::from(mentions[i]),
        share_of_mentions: share(u64::from(mentions[i]), counts.mentions),
        playlists: playlists_of[i],
        share_of_playlists: share(playlists_of[i], counts.playlists),
    });
    let mut provenance = corpus.provenance();
    provenance.steps.push(Step::new("analyze").setting("near-duplicates", NEAR_DUPLICATE));
    Some(Analysis {
        provenance,
        counts,
        lengths,
        repeats,
        artists: artists.collect(),
        long_tail: long_tail::measure(mentions),
        zipf: zipf::fit(mentions),
        titles,
        copies,
    })
}

/// `part` / `whole`; 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
