//! `artist2vec recommend`: who belongs into a playlist with these?

use std::path::PathBuf;

use super::Outcome;
use super::list::{ListArguments, query, terms};
use crate::export::open_pack;

/// Artists that belong into a playlist with these.
///
/// Where `similar` asks who is like an artist, this asks whom people put beside these artists. Artists behind a minus sign are
/// disliked. Words of playlist titles count, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec recommend data/demo \"Drake + Rihanna + Beyoncé\"
  artist2vec recommend data/demo \"2 Björk + Portishead - Coldplay\" --exclude Radiohead
  artist2vec recommend data/demo \"Metallica + word:workout\" --diversity 0.3
Quotes keep signs inside a name: 'Drake + \"+/-\"'. Scores only tell the order.")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Artists and title words with + and - between them, each with a weight in front if wanted
    #[arg(required = true)]
    expression: Vec<String>,
    #[command(flatten)]
    list: ListArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let terms = terms(&pack, &arguments.expression)?;
    let listed = pack.recommend(&terms, &arguments.list.options(&pack)?)?;
    arguments.list.print(&pack, query(&pack, &terms), &listed)
}
