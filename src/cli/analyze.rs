//! `artist2vec analyze`: what a corpus is like, as a report.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::Outcome;
use super::progress::Bars;
use crate::analysis::{analyze, write_folder};
use crate::corpus::Corpus;
use crate::files;
use crate::text::thousands;

/// Describe a corpus: lengths, the most mentioned artists, the long tail, repeats, words in titles, duplicates.
///
/// Writes into DIR: report.html, one page with tables and figures that needs nothing else and can be printed; a .csv file a
/// table; and analysis.json with every number.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  artist2vec analyze corpus.a2c -o analysis")]
pub(super) struct Arguments {
    /// The corpus that `ingest` or `split` wrote
    corpus: PathBuf,
    /// The folder to write; made where it is missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Print everything as JSON, too, instead of a few numbers
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { corpus: path, output, json } = arguments;
    let corpus = Corpus::open(path)?;
    files::expect_writable_folder(output, &["report.html"], &[path])?;
    let bars = Bars::interruptible();
    let Some(analysis) = analyze(&corpus, &bars) else { bail!("interrupted; nothing was written") };
    write_folder(&analysis, &corpus.artists.mentions, output)?;
    drop(bars);
    let mut out = io::stdout().lock();
    if *json {
        serde_json::to_writer_pretty(&mut out, &analysis).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(Outcome::Done);
    }
    let (counts, tail) = (&analysis.counts, &analysis.long_tail);
    for (number, what) in [
        (counts.playlists, "playlists"),
        (counts.mentions, "mentions"),
        (counts.artists, "artists"),
        (tail.halves.first().map_or(0, |half| half.artists as u64), "artists have half of the mentions"),
        (analysis.copies.near, "playlists are nearly another one"),
    ] {
        writeln!(out, "{:>12} {what}", thousands(number))?;
    }
    writeln!(out, "{}", output.join("report.html").display())?;
    Ok(Outcome::Done)
}
