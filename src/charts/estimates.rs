//! Values with intervals, several systems side by side: as rows, as curves, as points on two axes.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::svg::{Drawn, INK, MARK, figure_of_height, mesh};

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One system's values along an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The system.
    pub name: String,
    /// Where, and what value.
    pub points: Vec<(f64, Estimate)>,
}

/// Mid-tones that read on light and on dark ground and differ in lightness, too; the first is that of all charts.
const COLOURS: [RGBColor; 8] = [
    MARK,
    RGBColor(0xd0, 0x7a, 0x1f),
    RGBColor(0x1d, 0x99, 0x88),
    RGBColor(0xb8, 0x4f, 0x9b),
    RGBColor(0x8a, 0x8d, 0x3a),
    RGBColor(0x3e, 0x90, 0xcf),
    RGBColor(0xcc, 0x55, 0x4f),
    RGBColor(0x8c, 0x6d, 0x5a),
];

/// Characters of a name that fit beside a chart.
const NAME: usize = 22;

/// Height of a row of names.
const ROW: u32 = 22;

/// Height of the two axes' charts without their legend.
const PLOT: u32 = 290;

/// Draws each system's value as a dot with its interval, one row a system, as an SVG element.
pub fn intervals(title: &str, measure: &str, rows: &[(String, Estimate)]) -> String {
    let described = rows.iter().map(|(name, estimate)| format!("{name}: {}", spoken(*estimate)));
    let description = format!("{measure} with intervals. {}.", described.collect::<Vec<_>>().join("; "));
    let (low, high) = ends(rows.iter().map(|(_, estimate)| estimate));
    let longest = rows.iter().map(|(name, _)| short(name).chars().count()).max().unwrap_or(0) as u32;
    let count = rows.len() as f64;
    figure_of_height(70 + 26 * rows.len().max(1) as u32, title, &description, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .x_label_area_size(46)
            .y_label_area_size(12 + 8 * longest)
            .build_cartesian_2d(low..high, -count..0.0)?;
        mesh(&mut chart)
            .disable_y_mesh()
            .disable_y_axis()
            .x_labels(4)
            .y_labels(0)
            .x_label_formatter(&|x| number(*x, high - low))
            .x_desc(measure)
            .draw()?;
        let (plot_x, _) = chart.plotting_area().get_pixel_range();
        for (i, (name, estimate)) in rows.iter().enumerate() {
            let y = -(i as f64) - 0.5;
            let at = chart.plotting_area().map_coordinate(&(low, y));
            let style = ("sans-serif", 15).into_font().color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(short(name), (plot_x.start - 8, at.1), style))?;
            chart.draw_series([PathElement::new([(estimate.low, y), (estimate.high, y)], MARK.stroke_width(2))])?;
            chart.draw_series([Circle::new((estimate.value, y), 4.5, MARK.filled())])?;
        }
        Ok(())
    })
}

/// Draws systems' values at the places that `ticks` name as lines with their intervals, as an SVG element.
pub fn curves(title: &str, axis: &str, measure: &str, ticks: &[f64], series: &[Series]) -> String {
    let ends_of = |series: &Series| series.points.first().zip(series.points.last()).map(|(a, b)| (*a, *b));
    let described = series.iter().filter_map(|series| {
        let ((from, first), (to, last)) = ends_of(series)?;
        Some(format!("{} from {} at {from} to {} at {to}", series.name, spoken(first), spoken(last)))
    });
    let description = format!("{measure} over {axis}. {}.", described.collect::<Vec<_>>().join("; "));
    let (low, high) = ends(series.iter().flat_map(|series| series.points.iter().map(|(_, estimate)| estimate)));
    let names: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
    with_legend(title, &description, &names, |area| {
        // Named places stand at even steps, whatever lies between them.
        let place = |x: f64| ticks.iter().position(|&tick| tick == x).map(|place| place as f64);
        let label = |at: &f64| match ticks.get(at.round() as usize) {
            Some(tick) if (at - at.round()).abs() < 1e-9 && *at >= 0.0 => format!("{tick}"),
            _ => String::new(),
        };
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(20)
            .x_label_area_size(46)
            .y_label_area_size(62)
            .build_cartesian_2d(-0.3..ticks.len().max(1) as f64 - 0.7, low..high)?;
        mesh(&mut chart)
            .y_labels(5)
            .x_labels(ticks.len().max(1))
            .x_label_formatter(&label)
            .y_label_formatter(&|y| number(*y, high - low))
            .x_desc(axis)
            .y_desc(measure)
            .draw()?;
        for (i, series) in series.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            let points = || series.points.iter().filter_map(|&(x, estimate)| Some((place(x)?, estimate)));
            chart.draw_series(LineSeries::new(points().map(|(x, e)| (x, e.value)), colour.stroke_width(2)))?;
            for (x, estimate) in points() {
                let ends = [(x, estimate.low), (x, estimate.high)];
                chart.draw_series([PathElement::new(ends, colour.stroke_width(1))])?;
                let pixel = chart.plotting_area().map_coordinate(&(x, estimate.value));
                mark(area, i, pixel)?;
            }
        }
        Ok(())
    })
}

/// Draws systems as points between two measures, each with its intervals, as an SVG element.
pub fn trade_off(title: &str, x_name: &str, y_name: &str, points: &[(String, Estimate, Estimate)]) -> String {
    let described = points.iter().map(|(name, x, y)| format!("{name}: {} and {}", spoken(*x), spoken(*y)));
    let description = format!("{x_name} against {y_name}. {}.", described.collect::<Vec<_>>().join("; "));
    let (left, right) = ends(points.iter().map(|(_, x, _)| x));
    let (low, high) = ends(points.iter().map(|(_, _, y)| y));
    let names: Vec<&str> = points.iter().map(|(name, ..)| name.as_str()).collect();
    with_legend(title, &description, &names, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(20)
            .x_label_area_size(46)
            .y_label_area_size(62)
            .build_cartesian_2d(left..right, low..high)?;
        mesh(&mut chart)
            .x_labels(4)
            .y_labels(5)
            .x_label_formatter(&|x| number(*x, right - left))
            .y_label_formatter(&|y| number(*y, high - low))
            .x_desc(x_name)
            .y_desc(y_name)
            .draw()?;
        for (i, (_, x, y)) in points.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()].mix(0.7).stroke_width(1);
            chart.draw_series([
                PathElement::new([(x.low, y.value), (x.high, y.value)], colour),
                PathElement::new([(x.value, y.low), (x.value, y.high)], colour),
            ])?;
        }
        for (i, (_, x, y)) in points.iter().enumerate() {
            let pixel = chart.plotting_area().map_coordinate(&(x.value, y.value));
            mark(area, i, pixel)?;
        }
        Ok(())
    })
}

type Pixels<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A chart with the systems' names below it, each beside its mark, two in a row.
fn with_legend(title: &str, description: &str, names: &[&str], draw: impl FnOnce(&Pixels<'_>) -> Drawn) -> String {
    let rows = names.len().div_ceil(2) as u32;
    figure_of_height(PLOT + ROW * rows + 8, title, description, |area| {
        let (plot, legend) = area.split_vertically(PLOT);
        draw(&plot)?;
        let half = i32::try_from(legend.dim_in_pixel().0 / 2).unwrap_or(0);
        for (i, name) in names.iter().enumerate() {
            let (column, row) = (i as i32 % 2, i as i32 / 2);
            let (x, y) = (14 + column * half, 10 + row * ROW as i32);
            mark(&legend, i, (x, y))?;
            let style = ("sans-serif", 14).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
            legend.draw(&Text::new(short(name), (x + 12, y), style))?;
        }
        Ok(())
    })
}

/// Draws a system's mark at a pixel of an area: its colour and, since not everyone tells colours apart, its
/// shape.
fn mark(area: &Pixels<'_>, system: usize, at: (i32, i32)) -> Drawn {
    let colour = COLOURS[system % COLOURS.len()];
    // Shapes move on where colours begin again.
    match (system + system / COLOURS.len()) % 4 {
        0 => area.draw(&Circle::new(at, 5, colour.filled()))?,
        1 => area.draw(&Rectangle::new([(at.0 - 4, at.1 - 4), (at.0 + 4, at.1 + 4)], colour.filled()))?,
        2 => area.draw(&TriangleMarker::new(at, 6, colour.filled()))?,
        _ => area.draw(&Cross::new(at, 4, colour.stroke_width(3)))?,
    }
    Ok(())
}

/// The least and the largest end of all intervals, with a little room; 0 and 1 where there are none.
fn ends<'a>(estimates: impl Iterator<Item = &'a Estimate>) -> (f64, f64) {
    let ends = estimates.flat_map(|estimate| [estimate.low, estimate.value, estimate.high]);
    let (low, high) = ends
        .filter(|value| value.is_finite())
        .map(|value| (value, value))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((0.0, 1.0));
    let room = if high > low { 0.06 * (high - low) } else { high.abs().max(1.0) * 0.1 };
    // What cannot be negative does not begin below 0.
    (if low >= 0.0 { (low - room).max(0.0) } else { low - room }, high + room)
}

/// A tick's number with as many decimals as the axis needs.
fn number(value: f64, span: f64) -> String {
    let decimals = (1.0 - span.log10()).ceil().clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$}")
}

fn spoken(estimate: Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.low, estimate.high)
}

/// A name as it fits beside a chart.
fn short(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64) -> Estimate {
        Estimate { value, low: value - 0.1, high: value + 0.1 }
    }

    fn sound(svg: &str) {
        assert!(svg.starts_with("<svg class=\"chart\" viewBox") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("could not be drawn") && !svg.contains("NaN"), "{svg}");
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");
    }

    #[test]
    fn every_row_has_its_dot_and_name() {
        let rows =
            [("ours & theirs".to_owned(), estimate(5.3)), ("a name of many, many characters".into(), estimate(4.9))];
        let svg = intervals("Matches", "matches@20", &rows);
        sound(&svg);
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("ours &amp; theirs") && svg.contains("a name of many, many …"), "{svg}");
        assert!(svg.contains("5.300 (5.200 to 5.400)"), "{svg}");
        sound(&intervals("Nothing", "m", &[]));
        sound(&intervals("One", "m", &[("a".into(), Estimate { value: 0.0, low: 0.0, high: 0.0 })]));
    }

    #[test]
    fn curves_and_trade_offs_name_their_systems() {
        let names: Vec<String> = (0..9).map(|i| format!("system {i}")).collect();
        let series: Vec<Series> = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                let points = [10.0, 20.0, 100.0, 500.0].map(|k: f64| (k, estimate(i as f64 + k.ln())));
                Series { name: name.clone(), points: points.to_vec() }
            })
            .collect();
        let svg = curves("Recall", "length", "recall", &[10.0, 20.0, 100.0, 500.0], &series);
        sound(&svg);
        let points: Vec<_> = names.iter().map(|name| (name.clone(), estimate(1.0), estimate(0.2))).collect();
        let other = trade_off("Both", "top", "low", &points);
        sound(&other);
        for text in names.iter().map(String::as_str) {
            assert!(svg.matches(text).count() >= 2 && other.matches(text).count() >= 2, "{text}");
        }
        assert!(svg.contains(">500<") || svg.contains("500\n"), "{svg}");
        sound(&curves("Nothing", "a", "m", &[], &[]));
        sound(&trade_off("Nothing", "a", "b", &[]));
    }
}
