//! `artist2vec compare`: how near two artists are, or which of several does not fit.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::list::{name, results, write_json, write_table};
use super::{Outcome, pack};
use crate::catalog::questions::Item;
use crate::export::open_pack;
use crate::text::printable;

/// How near two artists are, or which of three or more does not fit.
///
/// Of two, it tells their similarity (cosine), their distance (1 − similarity), and at which place each stands among the
/// artists similar to the other. Of more, it lists how well each fits the others; the last one is the odd one out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec compare data/demo Drake \"Kendrick Lamar\"
  artist2vec compare data/demo Metallica Slayer Megadeth Adele")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Artists by name or stable id
    #[arg(required = true, num_args = 2..)]
    artists: Vec<String>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let artists = pack::find_all(&pack, &arguments.artists)?;
    let mut out = io::stdout().lock();
    if let [a, b] = artists[..] {
        let similarity = pack.similarity(Item::Artist(a), Item::Artist(b))?;
        let ranks = [pack.rank(Item::Artist(a), b)?, pack.rank(Item::Artist(b), a)?];
        let artists = [a, b].map(|artist| json!({ "id": pack.key(artist), "name": pack.name(artist) }));
        if arguments.json {
            let distance = 1.0 - similarity;
            let facts = json!({ "artists": artists, "similarity": similarity, "distance": distance, "ranks": ranks });
            write_json(&mut out, &facts)?;
        } else if a == b {
            writeln!(out, "{} and {} are the same artist", arguments.artists[0], arguments.artists[1])?;
        } else {
            let [first, second] = [a, b].map(|artist| name(&pack, artist));
            writeln!(out, "similarity {similarity:.4}, distance {:.4}", 1.0 - similarity)?;
            writeln!(out, "{second} is number {} among the artists similar to {first}", ranks[0])?;
            writeln!(out, "{first} is number {} among the artists similar to {second}", ranks[1])?;
        }
    } else {
        let fits = pack.fits(&artists)?;
        let odd = fits.last().map(|odd| pack.name(odd.artist)).unwrap_or_default();
        if arguments.json {
            write_json(&mut out, &json!({ "odd_one_out": odd, "results": results(&pack, &fits) }))?;
        } else {
            write_table(&mut out, &pack, &fits)?;
            writeln!(out, "odd one out: {}", printable(odd))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}
