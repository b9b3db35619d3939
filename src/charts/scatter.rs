//! What the charts of trials share: points on two axes, some of which stand out.

use std::ops::Range;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::svg::{INK, MARK, figure, mesh, text};

/// What a point is among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of many.
    Plain,
    /// One that the chart is about, such as those on the front.
    Notable,
    /// The settings without any tuning: a ring with its name.
    Defaults,
    /// The chosen one: a large point with its name.
    Best,
}

/// A point of a chart of trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// From left to right, as a value of the axis.
    pub x: f64,
    /// From bottom to top.
    pub y: f64,
    /// How it is drawn.
    pub role: Role,
}

/// Draws points, and a line below them, on two axes.
pub(super) fn scatter(
    title: &str,
    description: &str,
    x: &Axis,
    y: &Axis,
    line: &[(f64, f64)],
    points: &[Point],
) -> String {
    figure(title, description, |area| {
        let longest = y.labels().map(|label| label.chars().count()).max().unwrap_or(0);
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(20)
            .x_label_area_size(48)
            .y_label_area_size(34 + 9 * longest as u32)
            .build_cartesian_2d(x.clone(), y.clone())?;
        mesh(&mut chart).x_desc(x.name.as_str()).y_desc(y.name.as_str()).draw()?;
        let place = |at: (f64, f64)| Some((x.place(at.0)?, y.place(at.1)?));
        chart.draw_series(LineSeries::new(line.iter().filter_map(|&at| place(at)), MARK.stroke_width(2)))?;
        let (width, height) = chart.plotting_area().dim_in_pixel();
        // Those that stand out come last, so that nothing hides them.
        for role in [Role::Plain, Role::Notable, Role::Defaults, Role::Best] {
            for at in points.iter().filter(|point| point.role == role).filter_map(|point| place((point.x, point.y))) {
                let (size, style) = match role {
                    Role::Plain => (3.5, MARK.mix(0.45).filled()),
                    Role::Notable => (4.5, MARK.filled()),
                    Role::Defaults => (6.5, INK.stroke_width(3)),
                    Role::Best => (7.0, MARK.filled()),
                };
                chart.draw_series([Circle::new(at, size, style)])?;
                let name = match role {
                    Role::Defaults => "defaults",
                    Role::Best => "best",
                    Role::Plain | Role::Notable => continue,
                };
                // The name stands where there is room, and below, because a line may run level with its point.
                let share = |range: Range<f64>, at: f64| (at - range.start) / (range.end - range.start);
                let right = share(chart.x_range(), at.0) * f64::from(width) > f64::from(width) - 80.0;
                let bottom = share(chart.y_range(), at.1) * f64::from(height) < 26.0;
                let (horizontal, dx) = if right { (HPos::Right, -8) } else { (HPos::Left, 8) };
                let style = text().pos(Pos::new(horizontal, VPos::Center));
                chart.draw_series([
                    EmptyElement::at(at) + Text::new(name, (dx, if bottom { -14 } else { 14 }), style)
                ])?;
            }
        }
        Ok(())
    })
}
