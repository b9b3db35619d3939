//! `artist2vec similar`: artists near one artist, or near several at once.

use std::path::PathBuf;

use super::list::{ListArguments, query};
use super::{Outcome, pack};
use crate::catalog::questions::{Method, Term};
use crate::export::open_pack;

/// Artists near one artist, or near several at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec similar data/demo Björk
  artist2vec similar data/demo \"Miles Davis\" \"John Coltrane\" -n 10 --json
  artist2vec similar data/demo Radiohead --temper -1              artists that few know
  artist2vec similar data/demo Radiohead --ranks 1-1000           artists that everybody knows")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Artists by name or stable id; case and accents do not count
    #[arg(required = true)]
    artists: Vec<String>,
    #[command(flatten)]
    list: ListArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let terms = Term::artists(&pack::find_all(&pack, &arguments.artists)?);
    let listed = pack.blend(&terms, Method::Add, &arguments.list.options(&pack)?)?;
    arguments.list.print(&pack, query(&pack, &terms), &listed)
}
