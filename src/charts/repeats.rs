//! How often playlists mention an artist again: a histogram.

use super::histogram::{Histogram, histogram};
use crate::text::thousands;

/// Draws how many playlists mention each of their artists how often on average, as an SVG element.
///
/// `bins[i]` playlists have `1 + i / per_unit` up to `1 + (i + 1) / per_unit` mentions an artist; the last bin holds all
/// others.
pub fn repeats(bins: &[u64], per_unit: u32) -> String {
    let step = 1.0 / f64::from(per_unit.max(1));
    histogram(&Histogram {
        title: "How often playlists mention an artist again",
        description: &format!(
            "Histogram of {} playlists by their mentions divided by their different artists, in steps of {step}. {} have \
             less than {} mentions an artist.",
            thousands(bins.iter().sum()),
            thousands(bins.first().copied().unwrap_or(0)),
            1.0 + step,
        ),
        nothing: "There are no playlists to count.",
        x_name: "mentions per different artist",
        y_name: "playlists",
        start: 1.0,
        step,
        counts: bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_where_playlists_are() {
        let svg = repeats(&[700, 0, 30, 1], 4);
        assert!(svg.contains("731 playlists") && svg.contains("700 have less than 1.25 mentions"), "{svg}");
        assert_eq!(svg.matches("fill=\"#5E6AD2\"").count(), 3, "{svg}");
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");
        assert!(repeats(&[], 4).contains("no playlists") && repeats(&[0, 0], 0).contains("no playlists"));
    }
}
