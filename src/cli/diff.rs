//! `artist2vec diff`: what a new pack changes.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use serde_json::json;

use super::Outcome;
use super::list::name;
use super::progress::Bars;
use crate::catalog::{ArtistId, Pack};
use crate::export::{self, Difference, open_pack};
use crate::text::printable;

/// Show how two packs differ: artists, ranks, neighbours, settings, and what visitors fetch again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  artist2vec diff old-pack new-pack\n  artist2vec diff https://example.org/music/pack site/pack --json"
)]
pub(super) struct Arguments {
    /// The pack before: its folder, its manifest, or the web address of either
    before: PathBuf,
    /// The pack after
    after: PathBuf,
    /// How many artists to name in each list
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (before, after) = (open_pack(&arguments.before)?, open_pack(&arguments.after)?);
    let bars = Bars::interruptible();
    let Some(difference) = export::diff(&before, &after, &bars) else { bail!("stopped before all was compared") };
    drop(bars);
    let mut out = io::stdout().lock();
    if arguments.json {
        write_json(&mut out, &before, &after, &difference, arguments.limit)?;
    } else {
        write_text(&mut out, &before, &after, &difference, arguments.limit)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Shared artists whose rank changed most, by the logarithm of the change: from 10 to 20 counts as much as 100 to 200.
fn movers(difference: &Difference) -> Vec<(ArtistId, ArtistId)> {
    let mut moved: Vec<(ArtistId, ArtistId)> = difference
        .shared
        .iter()
        .map(|shared| (shared.before, shared.after))
        .filter(|(before, after)| before != after)
        .collect();
    let change = |&(before, after): &(ArtistId, ArtistId)| (f64::from(after + 1) / f64::from(before + 1)).ln().abs();
    moved.sort_by(|a, b| change(b).total_cmp(&change(a)).then(a.0.cmp(&b.0)));
    moved
}

/// Asked artists whose neighbours changed most.
fn strangers(difference: &Difference) -> Vec<(ArtistId, f64)> {
    let mut changed: Vec<_> = difference.asked.iter().map(|asked| (asked.artist.after, asked.overlap)).collect();
    changed.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    changed.retain(|&(_, overlap)| overlap < 1.0);
    changed
}

fn write_text(
    out: &mut impl Write,
    before: &Pack,
    after: &Pack,
    difference: &Difference,
    limit: usize,
) -> io::Result<()> {
    for (which, pack) in [("before", before), ("after", after)] {
        let (bytes, digest) = (pack.manifest().bytes(), &pack.manifest().digest()[..16]);
        writeln!(out, "{which:6}  {}: {} artists, {bytes} bytes, {digest}", printable(pack.title()), pack.len())?;
    }
    if before.manifest() == after.manifest() {
        return writeln!(out, "The packs are the same.");
    }
    writeln!(out, "A visitor of the pack before fetches {} bytes.", difference.bytes_to_fetch)?;
    let list = |out: &mut dyn Write, what: &str, pack: &Pack, artists: &[ArtistId]| -> io::Result<()> {
        writeln!(out, "\n{} artists {what}", artists.len())?;
        for &artist in artists.iter().take(limit) {
            writeln!(out, "  {:>8}  {}", pack.mentions()[artist as usize], name(pack, artist))?;
        }
        Ok(())
    };
    list(out, "came", after, &difference.added)?;
    list(out, "went", before, &difference.removed)?;
    let moved = movers(difference);
    writeln!(out, "\n{} of {} shared artists changed their rank", moved.len(), difference.shared.len())?;
    for &(old, new) in moved.iter().take(limit) {
        writeln!(out, "  {:>8} -> {:<8}  {}", old + 1, new + 1, name(after, new))?;
    }
    writeln!(out, "\nThe 20 nearest stay the same ({} artists asked)", difference.asked.len())?;
    for (group, overlap) in
        ["most mentioned third", "middle third", "least mentioned third"].iter().zip(difference.overlaps())
    {
        if let Some(overlap) = overlap {
            writeln!(out, "  {group}: {:.1} %", 100.0 * overlap)?;
        }
    }
    for (artist, overlap) in strangers(difference).into_iter().take(limit) {
        writeln!(out, "  {:>7.0} %  {}", 100.0 * overlap, name(after, artist))?;
    }
    if !difference.settings.is_empty() {
        writeln!(out, "\nSettings and measurements")?;
    }
    for (name, old, new) in &difference.settings {
        let [name, old, new] = [name, or_none(old), or_none(new)].map(printable);
        writeln!(out, "  {name}: {old} -> {new}")?;
    }
    Ok(())
}

fn or_none(value: &str) -> &str {
    if value.is_empty() { "(none)" } else { value }
}

fn write_json(
    out: &mut impl Write,
    before: &Pack,
    after: &Pack,
    difference: &Difference,
    limit: usize,
) -> io::Result<()> {
    let named = |pack: &Pack, artist: ArtistId| json!({ "id": pack.key(artist), "name": pack.name(artist) });
    let list = |pack: &Pack, artists: &[ArtistId]| -> Vec<_> {
        artists.iter().take(limit).map(|&artist| named(pack, artist)).collect()
    };
    let pack = |pack: &Pack| json!({ "title": pack.title(), "artists": pack.len(), "bytes": pack.manifest().bytes(), "digest": pack.manifest().digest() });
    let document = json!({
        "before": pack(before),
        "after": pack(after),
        "bytes_to_fetch": difference.bytes_to_fetch,
        "added": { "count": difference.added.len(), "artists": list(after, &difference.added) },
        "removed": { "count": difference.removed.len(), "artists": list(before, &difference.removed) },
        "moved": movers(difference).into_iter().take(limit).map(|(old, new)| json!({
            "id": after.key(new), "name": after.name(new), "before": old + 1, "after": new + 1,
        })).collect::<Vec<_>>(),
        "neighbours": {
            "asked": difference.asked.len(),
            "overlap": difference.overlaps(),
            "changed_most": strangers(difference).into_iter().take(limit).map(|(artist, overlap)| json!({
                "id": after.key(artist), "name": after.name(artist), "overlap": overlap,
            })).collect::<Vec<_>>(),
        },
        "settings": difference.settings.iter().map(|(name, old, new)| json!({
            "name": name, "before": old, "after": new,
        })).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
