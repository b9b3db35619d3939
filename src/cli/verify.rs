//! `artist2vec verify`: whether a pack is whole, in a folder or where it is published.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::bail;

use super::Outcome;
use super::progress::Bars;
use crate::export::{self, PartState};
use crate::text::printable;

/// Check every byte of a pack, in a folder or on the web.
///
/// Checks length, hash, checksums and content of every part that the manifest names, and goes on behind a fault. Of parts of
/// a kind that this program does not know it checks length and hash. Run it on the address after an upload: it sees what
/// visitors will see.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  artist2vec verify site/pack\n  artist2vec verify https://example.org/music/pack")]
pub(super) struct Arguments {
    /// The pack: its folder, its manifest, or the web address of either
    pack: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let bars = Bars::interruptible();
    let Some(found) = export::verify(&arguments.pack, &bars)? else { bail!("stopped before everything was checked") };
    drop(bars);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{}: {} artists, {} parts, {} bytes",
        printable(&found.manifest.title),
        found.manifest.artists,
        found.parts.len(),
        found.manifest.bytes()
    )?;
    for part in &found.parts {
        let what = match &part.state {
            PartState::Whole => "whole".to_owned(),
            PartState::NotChecked => "not checked: builds on a part that is missing or damaged".to_owned(),
            PartState::NotWhole(fault) => format!("NOT WHOLE: {fault}"),
        };
        writeln!(out, "  {:>10} bytes  {}: {}", part.entry.bytes, part.entry.file, printable(&what))?;
    }
    for remark in &found.remarks {
        writeln!(out, "  {}", printable(remark))?;
    }
    out.flush()?;
    match found.faults() {
        0 => Ok(Outcome::Done),
        faults => {
            bail!(
                "{faults} of {} parts are not whole, or not known to be. Export or upload them anew",
                found.parts.len()
            )
        }
    }
}
