//! `artist2vec blend`: arithmetic with artists and words of playlist titles.

use std::path::PathBuf;

use super::Outcome;
use super::list::{ListArguments, names, query, results, terms};
use crate::catalog::questions::Method;
use crate::export::open_pack;

/// Artist arithmetic: add and subtract artists and words of playlist titles.
///
/// Terms may also come as arguments of their own; `--` before the first one that begins with a minus keeps it from being
/// read as an option.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec blend data/demo \"Drake - rap + country\"
  artist2vec blend data/demo \"2 Radiohead + .5 Björk - word:rock\" --multiply
  artist2vec blend data/demo \"Miles Davis\" -- \"-John Coltrane\" Björk
Signs and numbers inside a name need no quotes where an artist is called so: blink-182, +/-, 2 Chainz. Where a name is an
artist's and a word's, artist: or word: before it says which.")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Artists and title words with + and - between them, each with a weight in front if wanted
    #[arg(required = true)]
    expression: Vec<String>,
    /// Multiply shifted cosines (3CosMul) instead of adding vectors (3CosAdd): no single term can decide alone
    #[arg(long)]
    multiply: bool,
    /// Say which artists the subtracted terms removed from the list, and which they brought
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    list: ListArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let terms = terms(&pack, &arguments.expression)?;
    let options = arguments.list.options(&pack)?;
    let method = if arguments.multiply { Method::Multiply } else { Method::Add };
    let listed = pack.blend(&terms, method, &options)?;
    let mut facts = query(&pack, &terms);
    let explained = arguments.explain.then(|| pack.subtraction(&terms, method, &options)).transpose()?;
    if let Some(subtraction) = &explained {
        facts["removed"] = results(&pack, &subtraction.removed);
        facts["brought"] = results(&pack, &subtraction.brought);
    }
    let outcome = arguments.list.print(&pack, facts, &listed)?;
    if let Some(subtraction) = explained.filter(|_| !arguments.list.json) {
        println!("removed: {}", names(&pack, subtraction.removed.iter().map(|one| one.artist)));
        println!("brought: {}", names(&pack, subtraction.brought.iter().map(|one| one.artist)));
    }
    Ok(outcome)
}
