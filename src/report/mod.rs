//! Reports: tables and figures as one self-contained HTML page, as CSV and as text for the terminal.
//!
//! Owns how results look on paper. Must not know what is reported: `analysis`, `evaluation` and `tuning` bring tables,
//! SVG text from `charts` and sentences. The page it makes carries no script and asks no other host for anything.

mod html;
mod table;

pub use html::Report;
pub use table::{Column, Table};
