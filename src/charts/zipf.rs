//! How few artists make up most of the mentions: Zipf's plot.

use plotters::prelude::*;

use super::svg::{ACCENT, MARK, figure, mesh};
use crate::text::thousands;

/// Points drawn a decade: enough to look whole, few enough to stay light where there are 300,000 artists.
const POINTS_PER_DECADE: f64 = 40.0;

/// A straight line on the plot: count = 10^log10_scale / rank^exponent, over some ranks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZipfLine {
    /// How steeply it falls.
    pub exponent: f64,
    /// The decimal logarithm of the count that it has at rank 1.
    pub log10_scale: f64,
    /// First and last rank that it is drawn over.
    pub ranks: (usize, usize),
}

/// Draws rank against mentions on logarithmic axes, as an SVG element.
///
/// `mentions` stand in order of rank, the most mentioned first; zeros are left out. Zipf's law (Zipf 1949) is a straight
/// line falling from the upper left to the lower right.
pub fn zipf(mentions: &[u32]) -> String {
    zipf_with_line(mentions, None)
}

/// Draws what [`zipf`] draws, with a fitted line over it.
pub fn zipf_with_line(mentions: &[u32], line: Option<ZipfLine>) -> String {
    let title = "Few artists are mentioned often, most hardly ever";
    let artists = mentions.iter().take_while(|&&count| count > 0).count();
    if artists == 0 {
        return figure(title, "There are no mentions to count.", |_| Ok(()));
    }
    let half = artists / 2;
    let description = format!(
        "{} artists by rank against how often playlists mention them, both on logarithmic axes. The most mentioned has {} \
         mentions, the one in the middle {}.",
        thousands(artists as u64),
        thousands(u64::from(mentions[0])),
        thousands(u64::from(mentions[half]))
    );
    // Axes end at powers of ten, and never collapse to a point.
    let decade = |largest: f64| 10_f64.powf(largest.log10().ceil().max(1.0));
    figure(title, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(32)
            .x_label_area_size(48)
            .y_label_area_size(70)
            .build_cartesian_2d(
                (1.0..decade(artists as f64)).log_scale(),
                (1.0..decade(f64::from(mentions[0]))).log_scale(),
            )?;
        // Names of more decades than five would run into each other.
        let step = if artists > 100_000 { 2.0 } else { 1.0 };
        let power_of_ten = |x: &f64, step: f64| {
            let exponent = x.log10() / step;
            if (exponent - exponent.round()).abs() < 1e-9 { thousands(x.round() as u64) } else { String::new() }
        };
        mesh(&mut chart)
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|x| power_of_ten(x, step))
            .y_label_formatter(&|y| power_of_ten(y, 1.0))
            .x_desc("rank among artists")
            .y_desc("mentions")
            .draw()?;
        chart.draw_series(
            ranks(artists).map(|rank| Circle::new((rank as f64, f64::from(mentions[rank - 1])), 2.5, MARK.filled())),
        )?;
        if let Some(ZipfLine { exponent, log10_scale, ranks: (first, last) }) = line {
            let point = |rank: usize| (rank as f64, 10_f64.powf(log10_scale - exponent * (rank as f64).log10()));
            chart.draw_series(LineSeries::new([point(first), point(last)], ACCENT.stroke_width(2)))?;
        }
        Ok(())
    })
}

/// Ranks from 1 to `last`, evenly spread on a logarithmic axis, each once.
fn ranks(last: usize) -> impl Iterator<Item = usize> {
    let mut previous = 0;
    (0..)
        .map(|step| 10_f64.powf(f64::from(step) / POINTS_PER_DECADE).round() as usize)
        .take_while(move |&rank| rank < last)
        .chain(core::iter::once(last))
        .filter(move |&rank| core::mem::replace(&mut previous, rank) != rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_rise_from_the_first_to_the_last() {
        for last in [1, 2, 10, 12_345] {
            let ranks: Vec<usize> = ranks(last).collect();
            assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
            assert_eq!((ranks[0], ranks[ranks.len() - 1]), (1, last));
            assert!(ranks.len() <= 200);
        }
    }

    #[test]
    fn every_decade_is_named_and_drawn() {
        let mentions: Vec<u32> = (1..=3_000).map(|rank| 50_000 / rank).collect();
        let svg = zipf(&mentions);
        assert!(svg.matches("<circle").count() > 100, "{svg}");
        for label in ["1,000", "10,000", "100,000"] {
            assert!(svg.contains(label), "{label}: {svg}");
        }
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");
    }

    #[test]
    fn a_line_is_drawn_over_the_points() {
        let mentions: Vec<u32> = (1..=3_000).map(|rank| 50_000 / rank).collect();
        let line = ZipfLine { exponent: 1.0, log10_scale: 4.7, ranks: (1, 3_000) };
        let svg = zipf_with_line(&mentions, Some(line));
        assert!(svg.contains("#D06A2C") && !zipf(&mentions).contains("#D06A2C"), "{svg}");
    }

    #[test]
    fn small_and_empty_collections_are_drawn_too() {
        assert!(zipf(&[]).contains("no mentions"));
        assert!(zipf(&[0, 0]).contains("no mentions"));
        for mentions in [&[1][..], &[1, 1, 1], &[9, 0], &[u32::MAX; 3]] {
            assert!(zipf(mentions).contains("<circle"), "{mentions:?}");
        }
    }
}
