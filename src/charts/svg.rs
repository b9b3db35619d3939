//! What all charts share: the frame around plotters' output, the colours, and how numbers are written.

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

/// Width and height of every chart in its own units; the text is sized to stay legible on a phone.
const SIZE: (u32, u32) = (400, 300);

/// Data.
pub(super) const MARK: RGBColor = RGBColor(0x5e, 0x6a, 0xd2);
/// What is drawn over the data, such as a fitted line.
pub(super) const ACCENT: RGBColor = RGBColor(0xd0, 0x6a, 0x2c);
/// Axes and text.
pub(super) const INK: RGBColor = RGBColor(0x76, 0x7b, 0x85);

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), Box<dyn core::error::Error>>;

/// The style of axis text.
pub(super) fn text() -> TextStyle<'static> {
    ("sans-serif", 16).into_font().color(&INK)
}

/// The axes and grid of a chart in the style of all charts; what differs is added before it is drawn.
pub(super) fn mesh<'a, 'b, X, Y>(
    chart: &'b mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>,
) -> MeshStyle<'a, 'b, X, Y, SVGBackend<'a>>
where
    X: Ranged<ValueType: core::fmt::Debug> + ValueFormatter<<X as Ranged>::ValueType>,
    Y: Ranged<ValueType: core::fmt::Debug> + ValueFormatter<<Y as Ranged>::ValueType>,
{
    let mut mesh = chart.configure_mesh();
    mesh.axis_style(INK.mix(0.6))
        .bold_line_style(INK.mix(0.2))
        .light_line_style(TRANSPARENT)
        .label_style(text())
        .axis_desc_style(text());
    mesh
}

/// Draws a chart and gives it what a screen reader announces and what lets it scale.
pub(super) fn figure(title: &str, description: &str, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    figure_of_height(SIZE.1, title, description, draw)
}

/// [`figure`] with a height of its own, in the chart's units, for lists that grow.
pub(super) fn figure_of_height(
    height: u32,
    title: &str,
    description: &str,
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> String {
    let size = (SIZE.0, height);
    let mut drawing = String::new();
    let area = SVGBackend::with_string(&mut drawing, size).into_drawing_area();
    // Writing to memory cannot fail; numbers that plotters cannot scale can, and must not take the page with them.
    let description = match draw(&area).and_then(|()| Ok(area.present()?)) {
        Ok(()) => description.to_owned(),
        Err(error) => format!("{description} It could not be drawn: {error}."),
    };
    drop(area);
    let marks = drawing.find('>').map_or("", |end| &drawing[end + 1..]);
    let marks = marks.trim_end().trim_end_matches("</svg>");
    let (width, height) = size;
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">\
         <title>{}</title><desc>{}</desc>{marks}</svg>",
        escape(title),
        escape(&description)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_cannot_break_out_of_the_markup() {
        let svg = figure("a < b & c", "<script>", |_| Ok(()));
        assert!(svg.contains("<title>a &lt; b &amp; c</title><desc>&lt;script&gt;</desc>"), "{svg}");
    }

    #[test]
    fn a_failed_drawing_says_so() {
        let svg = figure("t", "d.", |_| Err("no scale".into()));
        assert!(svg.contains("<desc>d. It could not be drawn: no scale.</desc>"), "{svg}");
    }
}
