//! `artist2vec export`: model and layout into the folder that a page reads.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use super::Outcome;
use super::progress::Bars;
use crate::export::{self, Options};
use crate::layout::Layout;
use crate::training::Model;

/// Pack vectors, names and map positions into one verified file for the page.
///
/// Writes the pack (`artists-….a2v`, named by its content) and `manifest.json` into a folder. Vectors are stored as 8-bit
/// integers; what that costs is measured, printed, and kept in the pack.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  artist2vec export model.a2m --layout map.a2l --title \"My playlists\" -o site/data"
)]
pub(super) struct Arguments {
    /// The trained model, from `artist2vec train`
    model: PathBuf,
    /// The model's map, from `artist2vec layout`
    #[arg(long, value_name = "FILE")]
    layout: PathBuf,
    /// The folder to write; made where it is missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What the collection is called on the page
    #[arg(long, default_value = "artist2vec")]
    title: String,
    /// Terms of use, shown on the page
    #[arg(long, default_value = "")]
    terms: String,
    /// A table with columns `uri` and `genres` (separated by |), .tsv or .tsv.gz
    #[arg(long, value_name = "FILE")]
    genres: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let bars = Bars::interruptible();
    let model = Model::read(&arguments.model)?;
    let layout = Layout::read(&arguments.layout)?;
    let genres = arguments.genres.as_deref().map(export::read_genres).transpose()?;
    let options = Options { title: arguments.title.clone(), terms: arguments.terms.clone(), genres };
    let exported = export::export(&model, &layout, &options, &bars)?;
    let older = export::write_folder(&exported, &arguments.output)?;
    drop(bars);

    let mut out = std::io::stdout().lock();
    let artists = exported.pack.len().max(1);
    let bytes = exported.bytes.len();
    writeln!(out, "{}", arguments.output.join(&exported.manifest.file).display())?;
    writeln!(
        out,
        "  {} artists, {} dimensions, {bytes} bytes ({:.1} an artist)",
        exported.pack.len(),
        exported.pack.dimensions(),
        bytes as f64 / artists as f64,
    )?;
    for entry in exported.pack.sections() {
        writeln!(out, "  {:4} {:>10} bytes", String::from_utf8_lossy(&entry.tag), entry.length)?;
    }
    let loss = exported.loss();
    writeln!(
        out,
        "  against full precision, {} artists asked: recall@20 {:.4}, mean score error {:.5}",
        loss.sample, loss.recall_at_20, loss.mean_score_error
    )?;
    if exported.without_direction > 0 {
        writeln!(out, "  {} artists have no direction and are near to nothing", exported.without_direction)?;
    }
    for path in older {
        writeln!(out, "  no longer named by the manifest: {}", path.display())?;
    }
    out.flush().context("cannot write the report")?;
    Ok(Outcome::Done)
}
