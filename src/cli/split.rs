//! `artist2vec split`: a corpus into playlists to learn from, to tune on and to test with.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::progress::Bars;
use crate::corpus::{Corpus, SplitSettings, write_split};
use crate::evaluation::{Truth, read_truth};
use crate::files;
use crate::report::{Column, Table};

/// Split a corpus into playlists to learn from, to tune on and to test with.
///
/// Writes train.a2c, validation.a2c and test.a2c into DIR. Playlists that are nearly the same (80 % of their different
/// artists in common) are on one side, so that no test asks for what training has seen. Which side a playlist falls on
/// depends on its artists and the seed alone: the same playlist stays there when the corpus grows.
///
/// With --truth, lists of related artists are halved too, by artist: NAME.validation.tsv to choose settings with,
/// NAME.test.tsv to test with. `tune` splits both in the same way by itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  artist2vec split corpus.a2c -o split
  artist2vec split corpus.a2c -o split --validation 0 --test 0.05
  artist2vec train split/train.a2c -o model.a2m")]
pub(super) struct Arguments {
    /// The corpus that `ingest` wrote
    corpus: PathBuf,
    /// The folder to write; made where it is missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Share of the playlists to choose settings with; 0 for none
    #[arg(long, value_name = "SHARE", default_value_t = SplitSettings::default().validation)]
    validation: f64,
    /// Share of the playlists to test with in the end; 0 for none
    #[arg(long, value_name = "SHARE", default_value_t = SplitSettings::default().test)]
    test: f64,
    /// Another seed is another split
    #[arg(long, value_name = "N", default_value_t = SplitSettings::default().seed)]
    seed: u64,
    /// Related artists to split too: any list that `evaluate --truth` reads; may be given several times
    #[arg(long, value_name = "FILE")]
    truth: Vec<PathBuf>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { corpus: path, output, validation, test, seed, truth, json } = arguments;
    let settings = SplitSettings { validation: *validation, test: *test, seed: *seed };
    let corpus = Corpus::open(path)?;
    let truths = truth.iter().map(|path| read_truth(path)).collect::<Result<Vec<_>, _>>()?;
    // Said before the work.
    truths.iter().try_for_each(Truth::expect_splittable)?;
    files::expect_writable_folder(output, &["train.a2c", "validation.a2c", "test.a2c"], &[path])?;
    let bars = Bars::interruptible();
    let sides = write_split(&corpus, &settings, output, &bars)?;
    drop(bars);
    let mut halves = Vec::new();
    for truth in truths {
        halves.extend(truth.write_split(output, *seed)?);
    }
    let mut out = io::stdout().lock();
    if *json {
        let truth: Vec<_> = halves.iter().map(|(path, artists)| json!({"path": path, "artists": artists})).collect();
        serde_json::to_writer_pretty(&mut out, &json!({"sides": sides, "truth": truth})).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(Outcome::Done);
    }
    let mut columns = vec![Column::text("side")];
    columns.extend(["playlists", "share", "groups", "mentions", "artists"].map(Column::number));
    columns.push(Column::text("corpus"));
    let mut table = Table::new("", columns);
    for side in sides {
        let share = format!("{:.2} %", 100.0 * side.share);
        let numbers = [side.playlists.to_string(), share, side.groups.to_string()];
        let rest = [side.mentions.to_string(), side.artists.to_string(), side.digest];
        table.row([side.name.to_owned()].into_iter().chain(numbers).chain(rest));
    }
    write!(out, "{}", table.to_text())?;
    for (path, artists) in halves {
        writeln!(out, "{}: related artists of {artists}", path.display())?;
    }
    Ok(Outcome::Done)
}
