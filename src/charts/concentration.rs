//! How much of all mentions the most mentioned artists have: a Lorenz curve from the top.

use plotters::prelude::*;

use super::svg::{ACCENT, MARK, figure, mesh};

/// Draws the share of all mentions that the most mentioned artists have together, as an SVG element.
///
/// `curve` holds pairs of a share of the artists and their share of the mentions, both 0 to 1 and rising. A second
/// line is what it would be if all artists had equally many. The axis of artists is logarithmic, since all that happens would
/// otherwise happen at its very left.
pub fn concentration(curve: &[(f64, f64)]) -> String {
    let title = "Few artists have most of the mentions";
    let (Some(first), Some(_)) = (curve.iter().find(|point| point.0 > 0.0), curve.get(1)) else {
        return figure(title, "There are too few artists to compare.", |_| Ok(()));
    };
    let at = |share: f64| curve.iter().take_while(|point| point.0 <= share).last().map_or(0.0, |point| point.1);
    let description = format!(
        "Share of all mentions against the share of the artists, the most mentioned first. A hundredth of the artists has \
         {:.0} % of the mentions, a tenth {:.0} %.",
        100.0 * at(0.01),
        100.0 * at(0.1)
    );
    let start = 10_f64.powf(first.0.log10().floor().min(-1.0)) * 100.0;
    figure(title, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(32)
            .x_label_area_size(48)
            .y_label_area_size(70)
            .build_cartesian_2d((start..100.0).log_scale(), 0.0..100.0)?;
        // Every second decade is named, from 100 % down: all of them would run into each other.
        let percent = |x: &f64| {
            let hundreds = x.log10() / 2.0;
            if (hundreds - hundreds.round()).abs() > 1e-9 { String::new() } else { format!("{} %", *x as f32) }
        };
        mesh(&mut chart)
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&percent)
            .y_label_formatter(&|y| format!("{y:.0} %"))
            .x_desc("most mentioned artists")
            .y_desc("share of mentions")
            .draw()?;
        let equal = (0..=100).map(|i| 100.0 * (start / 100.0).powf(1.0 - f64::from(i) / 100.0));
        chart.draw_series(LineSeries::new(equal.map(|x| (x, x)), ACCENT.stroke_width(2)))?;
        let points = curve.iter().filter(|point| point.0 > 0.0).map(|&(x, y)| (100.0 * x, 100.0 * y));
        chart.draw_series(LineSeries::new(points, MARK.stroke_width(3)))?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_and_the_line_of_equality_are_drawn() {
        let curve: Vec<(f64, f64)> =
            (1..=1000_u32).map(|i| (f64::from(i) / 1000.0, (f64::from(i) / 1000.0).sqrt())).collect();
        let svg = concentration(&curve);
        for colour in ["#5E6AD2", "#D06A2C"] {
            assert_eq!(svg.matches(&format!("stroke=\"{colour}\"")).count(), 1, "{svg}");
        }
        assert!(svg.contains("has 10 % of the mentions, a tenth 32 %") && svg.contains("1 %"), "{svg}");
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");
    }

    #[test]
    fn too_few_artists_are_no_curve() {
        for curve in [&[][..], &[(1.0, 1.0)], &[(0.0, 0.0), (0.0, 0.0)]] {
            assert!(concentration(curve).contains("too few artists"), "{curve:?}");
        }
        assert!(concentration(&[(0.5, 0.9), (1.0, 1.0)]).contains("<polyline"));
    }
}
