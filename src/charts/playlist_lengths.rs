//! How long playlists are: a histogram.

use super::histogram::{Histogram, histogram};
use crate::text::thousands;

/// Artists a bin.
const BIN: usize = 10;

/// Draws how many playlists are how long, as an SVG element.
///
/// `bins[i]` playlists mention artists `10 i + 1` to `10 i + 10` times; the last bin holds all longer ones too
/// (`catalog::metadata::CorpusSummary::playlist_lengths`).
pub fn playlist_lengths(bins: &[u64]) -> String {
    let fullest = bins.iter().enumerate().rev().max_by_key(|&(_, &count)| count).map_or(0, |(i, _)| i);
    histogram(&Histogram {
        title: "How long playlists are",
        description: &format!(
            "Histogram of {} playlists by the number of mentions of artists in them, in steps of {BIN}. The most common \
             length is {} to {}: {} playlists.",
            thousands(bins.iter().sum()),
            fullest * BIN + 1,
            (fullest + 1) * BIN,
            thousands(bins.get(fullest).copied().unwrap_or(0))
        ),
        nothing: "There are no playlists to count.",
        x_name: "artists mentioned in a playlist",
        y_name: "playlists",
        start: 0.0,
        step: BIN as f64,
        counts: bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(svg: &str) -> usize {
        svg.matches("<rect").count()
    }

    #[test]
    fn every_filled_bin_is_a_bar() {
        let svg = playlist_lengths(&[40, 1_200, 0, 7]);
        assert_eq!(bars(&svg), 3, "{svg}");
        assert!(svg.contains("1,247 playlists") && svg.contains("11 to 20: 1,200 playlists"), "{svg}");
        assert!(svg.starts_with("<svg class=\"chart\" viewBox") && svg.ends_with("</svg>"));
        assert_eq!((svg.matches("<svg").count(), svg.matches("</svg>").count()), (1, 1));
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");
    }

    #[test]
    fn nothing_to_count_is_said() {
        for bins in [&[][..], &[0, 0]] {
            let svg = playlist_lengths(bins);
            assert!(svg.contains("no playlists") && bars(&svg) == 0, "{svg}");
        }
        assert_eq!(bars(&playlist_lengths(&[u64::MAX / 4])), 1);
    }
}
