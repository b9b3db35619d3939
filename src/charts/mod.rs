//! Plots as SVG text, for reports and for the page.
//!
//! Owns how numbers become pictures, through plotters' SVG backend. Must not know files or the DOM: numbers come in, text
//! goes out. The colours are mid-tones that read on light and on dark ground; a page may override them in its style
//! sheet, because presentation attributes yield to any rule (`.chart [fill="#5E6AD2"]`).

mod axis;
mod concentration;
mod estimates;
mod heat_map;
mod histogram;
mod playlist_lengths;
mod repeats;
mod scatter;
mod svg;
mod trials;
mod zipf;

pub use axis::{Axis, short};
pub use concentration::concentration;
pub use estimates::{Estimate, Series, curves, intervals, trade_off};
pub use heat_map::{HeatMap, heat_map};
pub use playlist_lengths::playlist_lengths;
pub use repeats::repeats;
pub use scatter::{Point, Role};
pub use trials::{effect, front, pareto, progress};
pub use zipf::{ZipfLine, zipf, zipf_with_line};
