//! `artist2vec why`: what an answer has in common with its question.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::list::{ListArguments, name, names, query, results, terms, write_json};
use super::words::{described, words_json};
use super::{Outcome, pack};
use crate::export::open_pack;
use crate::text::{printable, thousands};

/// What an artist has in common with a question: title words, artists near to both, genres, playlists.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  artist2vec why data/demo \"Miles Davis\" \"Herbie Hancock\"
  artist2vec why data/demo \"Drake - rap + country\" \"Miranda Lambert\" -n 5")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// The question: artists and title words with + and - between them
    expression: String,
    /// The artist among its answers
    answer: String,
    #[command(flatten)]
    list: ListArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pack = open_pack(&arguments.pack)?;
    let terms = terms(&pack, std::slice::from_ref(&arguments.expression))?;
    let answer = pack::find(&pack, &arguments.answer)?;
    let why = pack.why(&terms, answer, &arguments.list.options(&pack)?)?;
    let mut out = io::stdout().lock();
    if arguments.list.json {
        let mut facts = query(&pack, &terms);
        facts["answer"] = json!({ "id": pack.key(answer), "name": pack.name(answer) });
        facts["cosine"] = json!(why.cosine);
        facts["place"] = json!(why.place);
        facts["words"] = words_json(&pack, &why.words);
        facts["bridges"] = results(&pack, &why.bridges);
        facts["genres"] = json!(why.genres);
        let playlists = why
            .playlists
            .iter()
            .map(|&(artist, count)| json!({ "id": pack.key(artist), "name": pack.name(artist), "playlists": count }));
        facts["playlists"] = playlists.collect();
        write_json(&mut out, &facts)?;
    } else {
        let all = thousands(pack.answering() as u64);
        writeln!(out, "cosine {:.3}: number {} of {all} artists", why.cosine, thousands(why.place as u64))?;
        writeln!(out, "words: {}", described(&pack, &why.words))?;
        writeln!(out, "near to both: {}", names(&pack, why.bridges.iter().map(|one| one.artist)))?;
        if !why.genres.is_empty() {
            writeln!(out, "genres of both: {}", printable(&why.genres.join(", ")))?;
        }
        for &(artist, count) in &why.playlists {
            writeln!(out, "in {count} playlists together with {}", name(&pack, artist))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}
