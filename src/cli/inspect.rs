//! `artist2vec inspect`: what a pack is, where it comes from, and how good it is.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use crate::catalog::PACK;
use crate::catalog::metadata::Setting;
use crate::export::{OpenedPack, open_parts};

/// Show a pack's parts, provenance and measured loss.
///
/// Opening a pack verifies every byte of it, so this also tells whether a pack is whole.
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
    writeln!(out, "{}", metadata.title)?;
    writeln!(
        out,
        "pack format {}, {} artists, {} dimensions, {} bytes, every checksum right",
        PACK.version,
        pack.len(),
        pack.dimensions(),
        pack.manifest().bytes()
    )?;
    if !metadata.terms.is_empty() {
        writeln!(out, "\nTerms\n  {}", metadata.terms)?;
    }
    for (i, credit) in pack.credits().enumerate() {
        writeln!(out, "{}  {credit}", if i == 0 { "\nCredits\n" } else { "" })?;
    }
    for part in &files.manifest.parts {
        writeln!(out, "\n{}, {} bytes: {} rows from {}", part.file, part.bytes, part.rows, part.first)?;
        for (_, entry) in files.sections().filter(|(of, _)| *of == part) {
            let tag = String::from_utf8_lossy(&entry.tag);
            writeln!(out, "  {tag:4}  {:>10} bytes  crc-32 {:08x}", entry.length, entry.crc32)?;
        }
    }
    let corpus = &metadata.provenance.corpus;
    writeln!(
        out,
        "\nCorpus {}\n  {} playlists, {} mentions, {} artists",
        corpus.digest, corpus.playlists, corpus.mentions, corpus.artists
    )?;
    for source in &corpus.sources {
        writeln!(out, "  {}: {} playlists, {} mentions", source.name, source.playlists, source.mentions)?;
    }
    for step in &metadata.provenance.steps {
        writeln!(out, "\n{} (artist2vec {})", step.command, step.program)?;
        let lines = |out: &mut dyn io::Write, settings: &[Setting], mark: &str| {
            settings.iter().try_for_each(|setting| writeln!(out, "  {}{mark} {}", setting.name, setting.value))
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
