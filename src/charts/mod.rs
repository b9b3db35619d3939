//! Plots as SVG text, for reports and for the page.
//!
//! Owns how numbers become pictures, through plotters' SVG backend. Must not know files or the DOM: numbers come in, text
//! goes out. The colours are mid-tones that read on light and on dark ground; a page may override them in its style
//! sheet, because presentation attributes yield to any rule (`.chart [fill="#5E6AD2"]`).

mod concentration;
mod histogram;
mod playlist_lengths;
mod repeats;
mod svg;
mod zipf;

pub use concentration::concentration;
pub use playlist_lengths::playlist_lengths;
pub use repeats::repeats;
pub use svg::thousands;
pub use zipf::{ZipfLine, zipf, zipf_with_line};
