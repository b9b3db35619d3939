//! `artist2vec inspect`: what a pack is, where it comes from, and how good it is.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use crate::catalog::metadata::Setting;
use crate::catalog::{PACK, Role};
use crate::export::{OpenedPack, open_parts};
use crate::text::printable;

/// Show a pack's parts, provenance and measured loss.
///
/// Opening a pack verifies every byte of it, so this also tells whether a pack is whole. Parts of a kind that this program
/// does not know are left out: `artist2vec verify` checks them, too.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let opened = open_parts(&arguments.pack)?;
    let pack = &opened.pack;
    let mut out = io::stdout().lock();
    if arguments.json {
        let sections: Vec<_> = opened
            .files
            .sections()
            .map(|(part, entry)| {
                json!({
                    "part": part.file,
                    "tag": String::from_utf8_lossy(&entry.tag),
                    "offset": entry.offset,
                    "bytes": entry.length,
                    "crc32": format!("{:08x}", entry.crc32),
                })
            })
            .collect();
        let document = json!({
            "format": PACK.version,
            "artists": pack.len(),
            "dimensions": pack.dimensions(),
            "bytes": pack.manifest().bytes(),
            "parts": pack.manifest().parts,
            "sections": sections,
            "credits": pack.credits().collect::<Vec<_>>(),
            "metadata": pack.metadata(),
        });
        serde_json::to_writer_pretty(&mut out, &document).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write_text(&mut out, &opened)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn write_text(out: &mut impl io::Write, opened: &OpenedPack) -> io::Result<()> {
    let OpenedPack { pack, files } = opened;
    let metadata = pack.metadata();
    writeln!(out, "{}", printable(&metadata.title))?;
    writeln!(
        out,
        "pack format {}, {} artists, {} dimensions, {} bytes, every checksum right",
        PACK.version,
        pack.len(),
        pack.dimensions(),
        pack.manifest().bytes()
    )?;
    if !metadata.terms.is_empty() {
        writeln!(out, "\nTerms")?;
        // Whole sentences, which may come in lines.
        metadata.terms.lines().try_for_each(|line| writeln!(out, "  {}", printable(line)))?;
    }
    for (i, credit) in pack.credits().enumerate() {
        writeln!(out, "{}  {}", if i == 0 { "\nCredits\n" } else { "" }, printable(credit))?;
    }
    for part in &files.manifest.parts {
        writeln!(out, "\n{}, {} bytes: {} rows from {}", part.file, part.bytes, part.rows, part.first)?;
        if Role::of_name(&part.role).is_none() {
            writeln!(out, "  left out: this program does not know parts of this kind")?;
        }
        for (_, entry) in files.sections().filter(|(of, _)| *of == part) {
            let tag = String::from_utf8_lossy(&entry.tag);
            writeln!(out, "  {tag:4}  {:>10} bytes  crc-32 {:08x}", entry.length, entry.crc32)?;
        }
    }
    let corpus = &metadata.provenance.corpus;
    writeln!(
        out,
        "\nCorpus {}\n  {} playlists, {} mentions, {} artists",
        printable(&corpus.digest),
        corpus.playlists,
        corpus.mentions,
        corpus.artists
    )?;
    for source in &corpus.sources {
        let name = printable(&source.name);
        writeln!(out, "  {name}: {} playlists, {} mentions", source.playlists, source.mentions)?;
    }
    for step in &metadata.provenance.steps {
        writeln!(out, "\n{} (artist2vec {})", printable(&step.command), printable(&step.program))?;
        let lines = |out: &mut dyn io::Write, settings: &[Setting], mark: &str| {
            settings.iter().try_for_each(|setting| {
                writeln!(out, "  {}{mark} {}", printable(&setting.name), printable(&setting.value))
            })
        };
        lines(out, &step.settings, " =")?;
        lines(out, &step.measured, ":")?;
    }
    let loss = &metadata.quantisation;
    writeln!(
        out,
        "\nLoss of the codes against full precision ({} artists asked)\n  recall@20: {:.4}\n  mean score error: {:.5}",
        loss.sample, loss.recall_at_20, loss.mean_score_error
    )
}
