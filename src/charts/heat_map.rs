//! Heat maps: how a score depends on two parameters.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::{Axis, short};
use super::svg::{INK, figure, text};

/// What a heat map shows.
#[derive(Clone, Debug)]
pub struct HeatMap<'a> {
    /// The title.
    pub title: &'a str,
    /// What the colours and numbers mean, such as "share of related artists found".
    pub value: &'a str,
    /// The parameter from left to right: its name and values.
    pub x: (&'a str, &'a [String]),
    /// The parameter from bottom to top.
    pub y: (&'a str, &'a [String]),
    /// Row after row from the bottom, each from left to right; `None` where nothing was measured.
    pub cells: &'a [Option<f64>],
}

/// Dark to bright: each colour is brighter than the one before, for every kind of colour vision (matplotlib's viridis).
const RAMP: [(u8, u8, u8); 5] =
    [(0x44, 0x01, 0x54), (0x3b, 0x52, 0x8b), (0x21, 0x91, 0x8c), (0x5e, 0xc9, 0x62), (0xfd, 0xe7, 0x25)];

/// Cells at least this wide, in the chart's units, have room for their number.
const ROOM: usize = 34;

/// Draws a heat map as an SVG element; the best cell is framed.
pub fn heat_map(map: &HeatMap<'_>) -> String {
    let (columns, rows) = (map.x.1.len(), map.y.1.len());
    let measured: Vec<(usize, f64)> = map
        .cells
        .iter()
        .take(columns * rows)
        .enumerate()
        .filter_map(|(i, value)| Some((i, value.filter(|value| value.is_finite())?)))
        .collect();
    let largest = measured.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
    let least = measured.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a });
    let (Some(best), Some(worst)) = (largest, least) else {
        return figure(map.title, "Nothing was measured.", |_| Ok(()));
    };
    let at = |i: usize| format!("{} {} and {} {}", map.x.0, map.x.1[i % columns], map.y.0, map.y.1[i / columns]);
    let description = format!(
        "Heat map: {} for {columns} values of {} and {rows} of {}; {} of {} cells were measured. The largest is {} at \
         {}, the least {} at {}.",
        map.value,
        map.x.0,
        map.y.0,
        measured.len(),
        columns * rows,
        short(best.1),
        at(best.0),
        short(worst.1),
        at(worst.0)
    );
    figure(map.title, &description, |area| {
        let longest = map.y.1.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(48)
            .y_label_area_size((34 + 9 * longest as u32).min(130))
            .build_cartesian_2d(Axis::categories(map.x.0, map.x.1), Axis::categories(map.y.0, map.y.1))?;
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(TRANSPARENT)
            .label_style(text())
            .axis_desc_style(text())
            .x_desc(map.x.0)
            .y_desc(map.y.0)
            .draw()?;
        let (wide, high) = chart.plotting_area().dim_in_pixel();
        // As many decimals for all as the largest needs for three digits.
        let decimals = (2.0 - best.1.abs().max(1e-6).log10().floor()).clamp(0.0, 6.0) as usize;
        let has_room = wide as usize / columns.max(1) >= ROOM && high as usize / rows.max(1) >= 16;
        for &(i, value) in &measured {
            let (x, y) = ((i % columns) as f64, (i / columns) as f64);
            let share = if best.1 > worst.1 { (value - worst.1) / (best.1 - worst.1) } else { 1.0 };
            let colour = ramp(share);
            let cell = [(x - 0.48, y - 0.48), (x + 0.48, y + 0.48)];
            chart.draw_series([Rectangle::new(cell, colour.filled())])?;
            if has_room {
                let style = ("sans-serif", 13).into_font().color(&legible_on(colour));
                let style = style.pos(Pos::new(HPos::Center, VPos::Center));
                chart.draw_series([Text::new(format!("{value:.decimals$}"), (x, y), style)])?;
            }
        }
        // Last, so that no neighbour covers it; a path, because rectangles ignore the width of their lines.
        let (x, y) = ((best.0 % columns) as f64, (best.0 / columns) as f64);
        let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)];
        let frame: Vec<(f64, f64)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
        chart.draw_series([PathElement::new(frame, INK.stroke_width(4))])?;
        Ok(())
    })
}

/// The colour at `share` (0 to 1) of the ramp.
fn ramp(share: f64) -> RGBColor {
    let place = share.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let i = (place as usize).min(RAMP.len() - 2);
    let mix = |a: u8, b: u8| (f64::from(a) + (place - i as f64) * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (RAMP[i], RAMP[i + 1]);
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Black or white, whichever stands out more (WCAG 2 relative luminance).
fn legible_on(colour: RGBColor) -> RGBColor {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2);
    if luminance > 0.179 { BLACK } else { WHITE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_drawn_named_and_described() {
        let (x, y) = (["5", "10", "20"].map(String::from), ["25", "50"].map(String::from));
        let cells = [Some(0.1), Some(0.25), None, Some(0.2), Some(0.3), Some(f64::NAN)];
        let svg = heat_map(&HeatMap {
            title: "Top",
            value: "share found",
            x: ("epochs", &x),
            y: ("negative", &y),
            cells: &cells,
        });
        assert!(svg.contains("4 of 6 cells"), "{svg}");
        assert!(svg.contains("largest is 0.3 at epochs 10 and negative 50, the least 0.1 at epochs 5 and negative 25"));
        assert_eq!((svg.matches("<rect").count(), svg.matches("<polyline").count()), (4, 1), "{svg}");
        for label in ["0.250", "epochs", "negative"] {
            assert!(svg.contains(label), "{label}: {svg}");
        }
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");
    }

    #[test]
    fn nothing_measured_and_all_alike_are_drawn_too() {
        let labels = ["1".to_owned()];
        let map = |cells| heat_map(&HeatMap { title: "t", value: "v", x: ("a", &labels), y: ("b", &labels), cells });
        assert!(map(&[None]).contains("Nothing was measured"));
        assert!(map(&[]).contains("Nothing was measured"));
        assert_eq!(map(&[Some(0.0)]).matches("<rect").count(), 1);
    }

    #[test]
    fn numbers_stand_out_from_their_cells() {
        assert_eq!((legible_on(ramp(0.0)), legible_on(ramp(1.0))), (WHITE, BLACK));
    }
}
