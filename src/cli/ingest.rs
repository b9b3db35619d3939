//! `artist2vec ingest`: playlists in, a corpus file out.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::corpus::{Count, IngestReport, IngestSettings, ingest};

use super::Outcome;
use super::progress::Bars;

/// Read playlists in every form in which people have them into one corpus file.
///
/// INPUT is any of: the Million Playlist Dataset as its zip, unopened; a folder of its slices; single slices (.json,
/// .json.gz); tab-separated text (.tsv, .tsv.gz) with one playlist a line, the artists' names in order; Parquet
/// (.parquet, where this program was built with it) with a column `artists`, a list of strings, and a column `title`,
/// or with the columns that `convert` writes. A folder may mix them. Titles, order and artist ids are kept. Playlists
/// are streamed: memory holds the different artists, not the playlists.
///
/// An artist is known by its id (artist_uri) where the input has one, else by its name without case, accents and
/// punctuation. A name alone joins the id of that name where exactly one is known, else it stays apart.
///
/// A damaged file is reported with the place, and every playlist that is whole is kept; the exit code is 3 then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  artist2vec ingest spotify_million_playlist_dataset.zip -o corpus.a2c
  artist2vec ingest slices/ radio.tsv.gz --artists artists.tsv.gz -o corpus.a2c
  artist2vec train corpus.a2c -o model.a2m

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with damaged input.")]
pub(super) struct Arguments {
    /// Zips, folders and files with playlists; the corpus keeps their order.
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// The corpus file to write, such as corpus.a2c.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Known artists to take ids from: .tsv or .tsv.gz with the columns uri and name (by a header, else the first two).
    #[arg(long, value_name = "FILE")]
    artists: Vec<PathBuf>,
    /// Tab-separated INPUT whose lines keep the order that each playlist's maker gave it; may be given several times.
    ///
    /// Slices of the dataset always keep it. Evaluation shows the first artists of such a playlist and asks for the
    /// rest; of all others it shows some at random.
    #[arg(long, value_name = "INPUT")]
    ordered: Vec<PathBuf>,
    /// Stop at the first damaged place and write nothing.
    #[arg(long)]
    strict: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = IngestSettings {
        inputs: arguments.inputs.clone(),
        artists: arguments.artists.clone(),
        ordered: arguments.ordered.clone(),
        strict: arguments.strict,
    };
    let bars = Bars::interruptible();
    let report = ingest(&settings, &arguments.output, &bars)?;
    drop(bars);
    for damage in &report.damaged {
        eprintln!("damaged: {damage}");
    }
    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&report, &mut out)?;
    }
    Ok(if report.damaged.is_empty() { Outcome::Done } else { Outcome::DamagedInput })
}

fn print(report: &IngestReport, out: &mut impl Write) -> io::Result<()> {
    let mut line = |label: &str, Count { artists, mentions }: Count| {
        writeln!(out, "  {label:<24}{artists:>9} artists {mentions:>12} mentions")
    };
    let identities = &report.identities;
    line("id in playlists", identities.with_id)?;
    line("name joined to an id", identities.joined)?;
    line("name of several ids", identities.ambiguous)?;
    line("name without known id", identities.unknown)?;
    writeln!(out, "{:>9} playlists, {} mentions of {} artists", report.playlists, report.mentions, report.artists)?;
    writeln!(out, "{:>9} playlists are known to stand in their maker's order", report.ordered)?;
    if report.nameless > 0 {
        writeln!(out, "{:>9} tracks name no artist and were passed over", report.nameless)?;
    }
    if !report.damaged.is_empty() {
        writeln!(out, "{:>9} damaged inputs, of which all whole playlists were kept", report.damaged.len())?;
    }
    writeln!(out, "corpus {}", report.digest)
}
