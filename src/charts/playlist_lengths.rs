//! How long playlists are: a histogram.

use plotters::prelude::*;

use super::svg::{INK, MARK, figure, text, thousands};

/// Artists a bin.
const BIN: usize = 10;

/// Draws how many playlists are how long, as an SVG element.
///
/// `bins[i]` playlists mention artists `10 i + 1` to `10 i + 10` times; the last bin holds all longer ones too
/// (`catalog::metadata::CorpusSummary::playlist_lengths`).
pub fn playlist_lengths(bins: &[u64]) -> String {
    let total: u64 = bins.iter().sum();
    let most = bins.iter().copied().max().unwrap_or(0);
    let title = "How long playlists are";
    let Some(fullest) = bins.iter().position(|&count| count == most && most > 0) else {
        return figure(title, "There are no playlists to count.", |_| Ok(()));
    };
    let description = format!(
        "Histogram of {} playlists by the number of mentions of artists in them, in steps of {BIN}. The most common \
         length is {} to {}: {} playlists.",
        thousands(total),
        fullest * BIN + 1,
        (fullest + 1) * BIN,
        thousands(most)
    );
    figure(title, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(78)
            .build_cartesian_2d(0.0..(bins.len() * BIN) as f64, 0.0..most as f64 * 1.05)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .axis_style(INK.mix(0.6))
            .bold_line_style(INK.mix(0.2))
            .light_line_style(TRANSPARENT)
            .label_style(text())
            .axis_desc_style(text())
            .x_labels(6)
            .y_labels(5)
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| thousands(*y as u64))
            .x_desc("artists mentioned in a playlist")
            .y_desc("playlists")
            .draw()?;
        chart.draw_series(bins.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(i, &count)| {
            let left = (i * BIN) as f64;
            Rectangle::new([(left + 1.0, 0.0), (left + BIN as f64 - 1.0, count as f64)], MARK.filled())
        }))?;
        Ok(())
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
