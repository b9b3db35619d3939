//! `artist2vec words`: words of playlist titles, and which of them describe an artist.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::list::write_json;
use super::{Outcome, pack};
use crate::catalog::Pack;
use crate::catalog::questions::NearWord;
use crate::export::open_pack;
use crate::text::printable;

/// Words of playlist titles: all that the pack knows, or those that describe an artist.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec words data/demo
  artist2vec words data/demo \"Miles Davis\"
`artist2vec blend data/demo word:gym` lists the artists of a word.")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// An artist by name or stable id
    artist: Option<String>,
    /// How many words of an artist to list
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let mut out = io::stdout().lock();
    if let Some(artist) = &arguments.artist {
        let artist = pack::find(&pack, artist)?;
        let words = pack.descriptive_words(artist, arguments.limit)?;
        if arguments.json {
            let artist = json!({ "id": pack.key(artist), "name": pack.name(artist) });
            write_json(&mut out, &json!({ "artist": artist, "words": words_json(&pack, &words) }))?;
        } else {
            writeln!(out, "deviations  cosine  word")?;
            for near in &words {
                let word = printable(pack.word(near.word as usize));
                writeln!(out, "{:+10.2}  {:6.3}  {word}", near.deviations, near.cosine)?;
            }
        }
    } else if arguments.json {
        let words = (0..pack.words()).map(|i| json!({ "word": pack.word(i), "titles": pack.word_titles(i) }));
        write_json(&mut out, &json!({ "words": words.collect::<Vec<_>>() }))?;
    } else {
        writeln!(out, "titles  word")?;
        for i in 0..pack.words() {
            writeln!(out, "{:6}  {}", pack.word_titles(i), printable(pack.word(i)))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Words for JSON.
pub(super) fn words_json(pack: &Pack, words: &[NearWord]) -> Value {
    let word = |near: &NearWord| json!({ "word": pack.word(near.word as usize), "cosine": near.cosine, "deviations": near.deviations });
    words.iter().map(word).collect()
}

/// Words one after the other, for the terminal.
pub(super) fn described(pack: &Pack, words: &[NearWord]) -> String {
    words.iter().map(|near| printable(pack.word(near.word as usize))).collect::<Vec<_>>().join(", ")
}
