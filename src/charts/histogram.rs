//! Counts in bins of equal width.

use plotters::prelude::*;

use super::svg::{MARK, figure, mesh};
use crate::text::thousands;

/// What a histogram shows and how it is named.
pub(super) struct Histogram<'a> {
    pub(super) title: &'a str,
    /// What a screen reader announces.
    pub(super) description: &'a str,
    /// What it announces where all counts are 0.
    pub(super) nothing: &'a str,
    pub(super) x_name: &'a str,
    pub(super) y_name: &'a str,
    /// Where the first bin begins.
    pub(super) start: f64,
    /// How wide each bin is.
    pub(super) step: f64,
    pub(super) counts: &'a [u64],
}

/// Draws one bar a bin that is not empty, as an SVG element.
pub(super) fn histogram(histogram: &Histogram<'_>) -> String {
    let &Histogram { title, description, nothing, x_name, y_name, start, step, counts } = histogram;
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return figure(title, nothing, |_| Ok(()));
    }
    figure(title, description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(78)
            .build_cartesian_2d(start..start + counts.len() as f64 * step, 0.0..most as f64 * 1.05)?;
        mesh(&mut chart)
            .disable_x_mesh()
            .x_labels(6)
            .y_labels(5)
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| thousands(*y as u64))
            .x_desc(x_name)
            .y_desc(y_name)
            .draw()?;
        let bars = counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(i, &count)| {
            let left = start + i as f64 * step;
            Rectangle::new([(left + 0.1 * step, 0.0), (left + 0.9 * step, count as f64)], MARK.filled())
        });
        chart.draw_series(bars)?;
        Ok(())
    })
}
