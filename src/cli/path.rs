//! `artist2vec path`: a way from one artist to another in small steps.

use std::io::{self, Write as _};
use std::ops::Range;
use std::path::PathBuf;

use serde_json::json;

use super::list::{mentions, name, note_empty_ranks, parse_ranks, write_json};
use super::{Outcome, pack};
use crate::catalog::ArtistId;
use crate::catalog::questions::{Length, PathOptions};
use crate::export::open_pack;

/// A way from one artist to another in small, even steps.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec path data/demo Metallica \"Taylor Swift\"
  artist2vec path data/demo Björk Radiohead \"Johnny Cash\" --length 12       by way of Radiohead
  artist2vec path data/demo Metallica \"Taylor Swift\" --bypass Nickelback --least 0.7")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Where to begin, artists to come by, and where to end; names or stable ids
    #[arg(required = true, num_args = 2..)]
    stops: Vec<String>,
    /// Take exactly so many artists, the stops included [default: as few as --least allows]
    #[arg(long, value_name = "N", conflicts_with = "least")]
    length: Option<usize>,
    /// The least similarity (cosine) of neighbours on the way
    #[arg(long, value_name = "COSINE", default_value_t = 0.5)]
    least: f32,
    /// How evenly popularity changes on the way, from 0 (as it comes) to 1
    #[arg(long, value_name = "DIAL", default_value_t = PathOptions::default().smooth)]
    smooth: f32,
    /// An artist not to come by; may be given several times
    #[arg(long, value_name = "ARTIST")]
    bypass: Vec<String>,
    /// Only artists of these popularity ranks between the stops: 1-1000, 5000- or -100
    #[arg(long, value_name = "FROM-TO", allow_hyphen_values = true, value_parser = parse_ranks)]
    ranks: Option<Range<ArtistId>>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let options = PathOptions {
        length: arguments.length.map_or(Length::Shortest(arguments.least), Length::Exactly),
        smooth: arguments.smooth,
        bypass: pack::find_all(&pack, &arguments.bypass)?,
        ranks: arguments.ranks.clone().unwrap_or(PathOptions::default().ranks),
    };
    note_empty_ranks(&pack, arguments.ranks.as_ref());
    let path = pack.path(&pack::find_all(&pack, &arguments.stops)?, &options)?;
    let steps = path.artists.iter().zip(path.steps.iter().map(Some).chain([None]));
    let mut out = io::stdout().lock();
    if arguments.json {
        let artist = |(&artist, step): (&u32, Option<&f32>)| {
            json!({
                "id": pack.key(artist),
                "name": pack.name(artist),
                "mentions": mentions(&pack, artist),
                "similarity_to_next": step,
            })
        };
        write_json(&mut out, &json!({ "path": steps.map(artist).collect::<Vec<_>>() }))?;
    } else {
        writeln!(out, "to next  mentions  artist")?;
        for (&artist, step) in steps {
            let step = step.map_or(String::new(), |step| format!("{step:.3}"));
            writeln!(out, "{step:>7}  {:8}  {}", mentions(&pack, artist), name(&pack, artist))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}
