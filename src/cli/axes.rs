//! `artist2vec axes`: directions with a meaning, and where artists stand on them.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::list::{ListArguments, name, names, results, write_json};
use super::{Outcome, pack};
use crate::catalog::Pack;
use crate::catalog::questions::{Axis, Item, Origin, Pole, WordId};
use crate::export::open_pack;
use crate::text::printable;

/// Directions with a meaning: the strongest ones, or one between two ends and where artists stand on it.
///
/// Without --high the strongest axes of the pack are listed: words and genres along which artists differ most.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec axes data/demo
  artist2vec axes data/demo --low rap --high country --artist \"Lil Nas X\" --artist \"Johnny Cash\"
  artist2vec axes data/demo --high word:jazz --ranks 1-2000
  artist2vec axes data/demo --low Metallica --low Slayer --high Adele --artist Evanescence")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// What the high end is: an artist, a title word (word:NAME) or a genre (genre:NAME); several artists or words make
    /// one end
    #[arg(long, value_name = "NAME")]
    high: Vec<String>,
    /// What the low end is [default: everybody]
    #[arg(long, value_name = "NAME", requires = "high")]
    low: Vec<String>,
    /// An artist to place on the axis; may be given several times
    #[arg(long = "artist", value_name = "ARTIST", requires = "high")]
    artists: Vec<String>,
    #[command(flatten)]
    list: ListArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    if arguments.high.is_empty() {
        return strongest(arguments, &pack);
    }
    let axis = pack.axis(&pole(&pack, &arguments.low)?, &pole(&pack, &arguments.high)?)?;
    let artists = pack::find_all(&pack, &arguments.artists)?;
    let places = pack.places(&axis)?;
    let placed = artists.iter().filter_map(|&artist| Some((artist, places.place(artist)?)));
    let (low, high) = ends(&pack, &axis)?;
    let options = arguments.list.options(&pack)?;
    let listed = (pack.high_end(&axis.reversed(), &options)?, pack.high_end(&axis, &options)?);
    let mut out = io::stdout().lock();
    if arguments.list.json {
        let placed = placed.map(|(artist, place)| {
            json!({
                "id": pack.key(artist),
                "name": pack.name(artist),
                "deviations": place.deviations,
                "percentile": place.percentile,
            })
        });
        let end = |words, listed| json!({ "words": words, "artists": results(&pack, listed) });
        let (low, high) = (end(low, &listed.0), end(high, &listed.1));
        write_json(&mut out, &json!({ "low": low, "high": high, "places": placed.collect::<Vec<_>>() }))?;
    } else {
        for (end, words, listed) in [("low", low, listed.0), ("high", high, listed.1)] {
            writeln!(out, "{end} end: words {}", printable(&words.join(", ")))?;
            writeln!(out, "  {}", names(&pack, listed.iter().map(|one| one.artist)))?;
        }
        if !artists.is_empty() {
            writeln!(out, "deviations  percentile  artist")?;
        }
        for (artist, place) in placed {
            writeln!(out, "{:+10.2}  {:10.1}  {}", place.deviations, place.percentile, name(&pack, artist))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Lists the strongest axes.
fn strongest(arguments: &Arguments, pack: &Pack) -> anyhow::Result<Outcome> {
    let found = pack.strongest_axes(arguments.list.options(pack)?.limit);
    let mut out = io::stdout().lock();
    let mut list = Vec::new();
    if !arguments.list.json {
        writeln!(out, "variance  separation  axis")?;
    }
    for axis in &found {
        let (low, high) = ends(pack, &axis.axis)?;
        let (kind, name) = match &axis.origin {
            Origin::Word(word) => ("word", pack.word(*word as usize)),
            Origin::Genre(genre) => ("genre", genre.as_str()),
        };
        if arguments.list.json {
            list.push(json!({
                kind: name, "variance": axis.variance, "separation": axis.separation, "low_words": low, "high_words": high,
            }));
        } else {
            let separation = axis.separation.map_or(String::new(), |separation| format!("{separation:.3}"));
            let ends = format!("{kind}:{name} ({} … {})", low.join(", "), high.join(", "));
            writeln!(out, "{:8.3}  {separation:>10}  {}", axis.variance, printable(&ends))?;
        }
    }
    if arguments.list.json {
        write_json(&mut out, &json!({ "axes": list }))?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// The words at both ends of an axis.
fn ends<'a>(pack: &'a Pack, axis: &Axis) -> anyhow::Result<(Vec<&'a str>, Vec<&'a str>)> {
    let (low, high) = pack.end_words(axis)?;
    let words = |words: Vec<WordId>| words.into_iter().map(|word| pack.word(word as usize)).collect();
    Ok((words(low), words(high)))
}

/// One end as the command line names it.
fn pole(pack: &Pack, names: &[String]) -> anyhow::Result<Pole> {
    match names {
        [] => Ok(Pole::All),
        [name] if name.starts_with("genre:") => Ok(Pole::Genre(name["genre:".len()..].trim().to_lowercase())),
        names => {
            let terms = super::list::terms(pack, names)?;
            anyhow::ensure!(
                terms.iter().all(|term| term.weight == 1.0),
                "the ends of an axis take no signs or weights"
            );
            Ok(Pole::Items(terms.into_iter().map(|term| term.item).collect::<Vec<Item>>()))
        }
    }
}
