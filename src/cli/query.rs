//! `artist2vec similar` and `artist2vec blend`: the page's questions on the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::json;

use super::{Outcome, pack};
use crate::catalog::{Neighbour, Pack, Term};
use crate::export::open_pack;

/// Artists near one artist, or near several at once.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  artist2vec similar data/demo Björk\n  artist2vec similar data/demo \"Miles Davis\" \"John Coltrane\" -n 10 --json"
)]
pub(super) struct SimilarArguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Artists by name or stable id; case and accents do not count
    #[arg(required = true)]
    artists: Vec<String>,
    #[command(flatten)]
    output: OutputArguments,
}

/// Artist arithmetic: add some artists, subtract others.
///
/// A minus sign before a name subtracts the artist; `--` before the first such name keeps it from being read as an option.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  artist2vec blend data/demo \"Miles Davis\" -- \"-John Coltrane\" Björk")]
pub(super) struct BlendArguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Artists by name or stable id, each with an optional + or − sign in front
    #[arg(required = true)]
    terms: Vec<String>,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, clap::Args)]
struct OutputArguments {
    /// How many artists to list
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn similar(arguments: &SimilarArguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let terms = arguments
        .artists
        .iter()
        .map(|name| Ok(Term { artist: pack::find(&pack, name)?, weight: 1.0 }))
        .collect::<anyhow::Result<Vec<_>>>()?;
    answer(&pack, &terms, &arguments.output)
}

pub(super) fn blend(arguments: &BlendArguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let terms = arguments.terms.iter().map(|text| parse_term(&pack, text)).collect::<anyhow::Result<Vec<_>>>()?;
    answer(&pack, &terms, &arguments.output)
}

/// Reads a signed name. A name that itself begins with a sign, such as "+/-", is taken as it is.
fn parse_term(pack: &Pack, text: &str) -> anyhow::Result<Term> {
    let whole = pack
        .find_name(text)
        .filter(|&artist| pack.name(artist).to_lowercase() == text.to_lowercase() || pack.stable_id(artist) == text);
    if let Some(artist) = whole {
        return Ok(Term { artist, weight: 1.0 });
    }
    let (name, weight) = match text.strip_prefix(['-', '−']) {
        Some(name) => (name, -1.0),
        None => (text.strip_prefix('+').unwrap_or(text), 1.0),
    };
    Ok(Term { artist: pack::find(pack, name.trim())?, weight })
}

fn answer(pack: &Pack, terms: &[Term], output: &OutputArguments) -> anyhow::Result<Outcome> {
    let neighbours = pack.query(terms, output.limit)?;
    let mut out = io::stdout().lock();
    if output.json {
        write_json(&mut out, pack, terms, &neighbours)?;
    } else {
        write_table(&mut out, pack, &neighbours)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn write_json(out: &mut impl Write, pack: &Pack, terms: &[Term], neighbours: &[Neighbour]) -> io::Result<()> {
    let query: Vec<_> = terms
        .iter()
        .map(|term| json!({ "id": pack.key(term.artist), "name": pack.name(term.artist), "weight": term.weight }))
        .collect();
    let results: Vec<_> = neighbours
        .iter()
        .enumerate()
        .map(|(i, neighbour)| {
            json!({
                "rank": i + 1,
                "id": pack.key(neighbour.artist),
                "name": pack.name(neighbour.artist),
                "score": neighbour.score,
                "mentions": mentions(pack, neighbour),
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "query": query, "results": results }))?;
    writeln!(out)
}

/// The name stands last, so that columns line up whatever script it is written in.
fn write_table(out: &mut impl Write, pack: &Pack, neighbours: &[Neighbour]) -> io::Result<()> {
    writeln!(out, "rank  score  mentions  artist")?;
    for (i, neighbour) in neighbours.iter().enumerate() {
        let name = pack.name(neighbour.artist);
        writeln!(out, "{:4}  {:5.3}  {:8}  {name}", i + 1, neighbour.score, mentions(pack, neighbour))?;
    }
    Ok(())
}

fn mentions(pack: &Pack, neighbour: &Neighbour) -> u32 {
    pack.mentions().get(neighbour.artist as usize).copied().unwrap_or_default()
}
