//! What all questions that answer with a list of artists have in common: their options, and how the list is printed.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{Outcome, pack};
use crate::catalog::questions::{Item, Options, Term};
use crate::catalog::{ArtistId, Neighbour, Pack};
use crate::text::printable;

/// How answers are listed.
#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {
    /// How many artists to list
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Prefer obscure artists (-1) or popular ones (1)
    #[arg(long, default_value_t = 0.0, value_name = "DIAL", allow_negative_numbers = true)]
    temper: f32,
    /// Only artists of these popularity ranks: 1-1000, 5000- or -100
    #[arg(long, value_name = "FROM-TO", allow_hyphen_values = true, value_parser = parse_ranks)]
    ranks: Option<Range<ArtistId>>,
    /// Avoid artists like those above them in the list, from 0 (not at all) to 1
    #[arg(long, default_value_t = 0.0, value_name = "DIAL")]
    diversity: f32,
    /// An artist not to be listed, such as one that is known already; may be given several times
    #[arg(long, value_name = "ARTIST")]
    exclude: Vec<String>,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

impl ListArguments {
    pub(super) fn options(&self, pack: &Pack) -> anyhow::Result<Options> {
        note_empty_ranks(pack, self.ranks.as_ref());
        Ok(Options {
            limit: self.limit,
            excluded: pack::find_all(pack, &self.exclude)?,
            ranks: self.ranks.clone().unwrap_or(Options::default().ranks),
            temper: self.temper,
            diversity: self.diversity,
        })
    }

    /// Prints a list; `facts` come before it in JSON.
    pub(super) fn print(&self, pack: &Pack, facts: Value, listed: &[Neighbour]) -> anyhow::Result<Outcome> {
        let mut out = io::stdout().lock();
        if self.json {
            let mut object = facts;
            object["results"] = results(pack, listed);
            write_json(&mut out, &object)?;
        } else {
            write_table(&mut out, pack, listed)?;
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

/// Reads popularity ranks, which people count from 1.
pub(super) fn parse_ranks(text: &str) -> Result<Range<ArtistId>, String> {
    let number = |text: &str, otherwise: ArtistId| match text.trim() {
        "" => Some(otherwise),
        text => text.parse::<ArtistId>().ok().filter(|&rank| rank > 0),
    };
    let ranks = text.split_once('-').and_then(|(from, to)| Some(number(from, 1)? - 1..number(to, ArtistId::MAX)?));
    match ranks {
        Some(ranks) if ranks.is_empty() => {
            Err(format!("no rank is in it: write the smaller one first, as in {}-{}", ranks.end, ranks.start + 1))
        }
        Some(ranks) => Ok(ranks),
        None => Err("write popularity ranks as 1-1000, 5000- or -100".into()),
    }
}

/// Says why a list will be empty where no artist of the pack has one of these ranks.
pub(super) fn note_empty_ranks(pack: &Pack, ranks: Option<&Range<ArtistId>>) {
    if let Some(ranks) = ranks.filter(|ranks| ranks.start as usize >= pack.len()) {
        eprintln!("note: no artist has rank {} or a later one: this pack has {} artists", ranks.start + 1, pack.len());
    }
}

/// Reads an expression, which may come as several arguments.
pub(super) fn terms(pack: &Pack, expressions: &[String]) -> anyhow::Result<Vec<Term>> {
    let mut terms = Vec::new();
    for expression in expressions {
        terms.extend(pack.parse(expression).with_context(|| format!("in {expression:?}"))?);
    }
    Ok(terms)
}

/// What was asked, for JSON.
pub(super) fn query(pack: &Pack, terms: &[Term]) -> Value {
    let term = |term: &Term| match term.item {
        Item::Artist(artist) => {
            json!({ "id": pack.key(artist), "name": pack.name(artist), "weight": term.weight })
        }
        Item::Word(word) => json!({ "word": pack.word(word as usize), "weight": term.weight }),
    };
    json!({ "expression": pack.format(terms), "query": terms.iter().map(term).collect::<Vec<_>>() })
}

/// A list for JSON.
pub(super) fn results(pack: &Pack, listed: &[Neighbour]) -> Value {
    let result = |(i, neighbour): (usize, &Neighbour)| {
        json!({
            "rank": i + 1,
            "id": pack.key(neighbour.artist),
            "name": pack.name(neighbour.artist),
            "score": neighbour.score,
            "mentions": mentions(pack, neighbour.artist),
        })
    };
    listed.iter().enumerate().map(result).collect()
}

/// The name stands last, so that columns line up whatever script it is written in.
pub(super) fn write_table(out: &mut impl Write, pack: &Pack, listed: &[Neighbour]) -> io::Result<()> {
    writeln!(out, "rank  score  mentions  artist")?;
    for (i, Neighbour { artist, score }) in listed.iter().enumerate() {
        writeln!(out, "{:4}  {score:5.3}  {:8}  {}", i + 1, mentions(pack, *artist), name(pack, *artist))?;
    }
    Ok(())
}

pub(super) fn write_json(out: &mut impl Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// How often an artist is mentioned.
pub(super) fn mentions(pack: &Pack, artist: ArtistId) -> u32 {
    pack.mentions().get(artist as usize).copied().unwrap_or_default()
}

/// An artist's name for the terminal.
pub(super) fn name(pack: &Pack, artist: ArtistId) -> Cow<'_, str> {
    printable(pack.name(artist))
}

/// Names one after the other, for the terminal.
pub(super) fn names(pack: &Pack, artists: impl IntoIterator<Item = ArtistId>) -> String {
    artists.into_iter().map(|artist| name(pack, artist)).collect::<Vec<_>>().join(", ")
}
