//! How long playlists are, and how often they mention an artist again.

use serde::Serialize;

use super::share;
use crate::corpus::Corpus;
use crate::progress::Progress;

/// Some numbers in order, told by a few of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// The arithmetic mean.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// A tenth is at most this.
    pub tenth: f64,
    /// A quarter is at most this.
    pub quarter: f64,
    /// A half is at most this.
    pub median: f64,
    /// Three quarters are at most this.
    pub three_quarters: f64,
    /// Nine tenths are at most this.
    pub nine_tenths: f64,
    /// The largest.
    pub max: f64,
}

impl Quantiles {
    /// Of finite numbers; all 0 where there are none. A quantile p is the ⌈p n⌉-th smallest (Hyndman & Fan 1996, type 1).
    fn of(mut values: Vec<f64>) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| values[((p * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1];
        Self {
            mean,
            min: values[0],
            tenth: at(0.1),
            quarter: at(0.25),
            median: at(0.5),
            three_quarters: at(0.75),
            nine_tenths: at(0.9),
            max: at(1.0),
        }
    }
}

/// Mentions a playlist, of those that mention anybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lengths {
    /// Mentions a playlist, repeats counted.
    pub mentions: Quantiles,
    /// Different artists a playlist.
    pub artists: Quantiles,
    /// `histogram[i]` playlists have 10 i + 1 to 10 i + 10 mentions; the last bin holds all longer ones too.
    pub histogram: Vec<u64>,
}

/// How often an artist comes again in the same playlist, over the playlists that mention anybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Repeats {
    /// Mentions divided by different artists, a playlist; 1 where nobody comes twice.
    pub mentions_per_artist: Quantiles,
    /// `histogram[i]` playlists have 1 + i / 4 up to (not including) 1 + (i + 1) / 4 mentions an artist; the last bin holds
    /// all others.
    pub histogram: Vec<u64>,
    /// Share of the playlists in which nobody comes twice, 0 to 1.
    pub playlists_without: f64,
    /// Share of the mentions that repeat an artist of the same playlist, 0 to 1.
    pub repeated_mentions: f64,
    /// Share of the mentions, but for first ones, whose predecessor is the same artist, 0 to 1; of the playlists whose
    /// order is real, and absent where there are none.
    pub same_as_previous: Option<f64>,
}

/// Bins of [`Repeats::histogram`], a quarter wide: from 1 to 6, and beyond.
const BINS: usize = 20;
/// Bins in a unit.
pub(super) const BINS_A_UNIT: u32 = 4;

/// Lengths, repeats, and for every artist the number of playlists that mention it.
pub(super) fn measure(corpus: &Corpus, progress: &dyn Progress) -> Option<(Lengths, Repeats, Vec<u64>)> {
    progress.stage("playlists", Some(corpus.len() as u64));
    let mut playlists_of = vec![0_u64; corpus.artists.len()];
    // Whoever was mentioned by playlist i last is not new there.
    let mut last_seen = vec![usize::MAX; corpus.artists.len()];
    let (mut mentions, mut artists, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut histogram = vec![0; BINS];
    let (mut same, mut followers) = (0, 0);
    for i in 0..corpus.len() {
        if i % 4096 == 0 {
            if progress.interrupted() {
                return None;
            }
            progress.advance(4096.min(corpus.len() - i) as u64);
        }
        let playlist = corpus.playlist(i);
        if playlist.is_empty() {
            continue;
        }
        let mut different = 0_u32;
        for &artist in playlist {
            if std::mem::replace(&mut last_seen[artist as usize], i) != i {
                different += 1;
                playlists_of[artist as usize] += 1;
            }
        }
        if corpus.is_ordered(i) {
            same += playlist.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
            followers += playlist.len() as u64 - 1;
        }
        let ratio = playlist.len() as f64 / f64::from(different);
        histogram[(((ratio - 1.0) * f64::from(BINS_A_UNIT)) as usize).min(BINS - 1)] += 1;
        mentions.push(playlist.len() as f64);
        artists.push(f64::from(different));
        ratios.push(ratio);
    }
    let all = corpus.summary.mentions;
    let without = ratios.iter().filter(|&&ratio| ratio == 1.0).count() as u64;
    let repeats = Repeats {
        playlists_without: share(without, ratios.len() as u64),
        repeated_mentions: share(all - playlists_of.iter().sum::<u64>(), all),
        same_as_previous: (followers > 0).then(|| share(same, followers)),
        mentions_per_artist: Quantiles::of(ratios),
        histogram,
    };
    let lengths = Lengths {
        mentions: Quantiles::of(mentions),
        artists: Quantiles::of(artists),
        histogram: corpus.summary.playlist_lengths.clone(),
    };
    Some((lengths, repeats, playlists_of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;
    use crate::progress::Silent;

    #[test]
    fn playlists_are_measured() {
        let artists = Artists {
            names: ["a", "b", "c"].map(String::from).to_vec(),
            ids: vec![String::new(); 3],
            mentions: vec![5, 3, 1],
        };
        let playlists = [vec![0, 0, 0, 1], vec![0, 1, 0], vec![], vec![1], vec![2]];
        let corpus = Corpus::in_memory(artists, &playlists, &[]).with_order(|i| i < 2);
        let (lengths, repeats, playlists_of) = measure(&corpus, &Silent).unwrap();
        assert_eq!(playlists_of, [2, 3, 1]);
        assert_eq!((lengths.mentions.mean, lengths.mentions.min, lengths.mentions.max), (2.25, 1.0, 4.0));
        assert_eq!((lengths.mentions.median, lengths.mentions.three_quarters, lengths.artists.median), (1.0, 3.0, 1.0));
        // Mentions an artist: 2, 1.5, 1, 1.
        assert_eq!((repeats.mentions_per_artist.mean, repeats.playlists_without), (1.375, 0.5));
        assert_eq!(repeats.histogram[..5], [2, 0, 1, 0, 1]);
        assert_eq!(repeats.repeated_mentions, 3.0 / 9.0);
        assert_eq!(repeats.same_as_previous, Some(2.0 / 5.0));

        let nothing = Corpus::in_memory(Artists::default(), &[vec![], vec![]], &[]);
        let (lengths, repeats, _) = measure(&nothing, &Silent).unwrap();
        assert_eq!((lengths.mentions, repeats.same_as_previous), (Quantiles::default(), None));
        assert_eq!((repeats.playlists_without, repeats.repeated_mentions), (0.0, 0.0));
    }
}
