//! Finding the artist that a user names.

use anyhow::bail;

use super::list::mentions;
use crate::catalog::{ArtistId, MatchKind, Pack};
use crate::text::{printable, thousands};

/// Finds artists by name or stable id, in the order given.
pub(super) fn find_all(pack: &Pack, names: &[String]) -> anyhow::Result<Vec<ArtistId>> {
    names.iter().map(|name| find(pack, name)).collect()
}

/// Finds an artist by name or stable id, or says which names come near.
pub(super) fn find(pack: &Pack, name: &str) -> anyhow::Result<ArtistId> {
    if let Some(artist) = pack.find_name(name) {
        note_others(pack, name, artist);
        return Ok(artist);
    }
    // Part of the name may be right: try it whole, then word by word, longest first.
    let mut words: Vec<&str> = name.split_whitespace().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let near = std::iter::once(name).chain(words).map(|text| pack.search(text, 5)).find(|found| !found.is_empty());
    match near {
        Some(found) => {
            let names: Vec<String> = found.iter().map(|found| format!("{:?}", pack.name(found.artist))).collect();
            bail!("no artist is called {name:?}. Did you mean {}?", names.join(", "))
        }
        None => bail!("no artist is called {name:?} in this pack of {} artists", pack.len()),
    }
}

/// Says who else may be meant: somebody better known whose name is as good as this one, or namesakes.
fn note_others(pack: &Pack, name: &str, artist: ArtistId) {
    let alike =
        pack.search(name, 20).into_iter().filter(|found| found.kind == MatchKind::Exact && found.artist != artist);
    let alike: Vec<ArtistId> = alike.map(|found| found.artist).collect();
    let said = |artist| format!("{:?} ({} mentions)", pack.name(artist), thousands(mentions(pack, artist).into()));
    match alike.first() {
        Some(&other) if mentions(pack, other) > mentions(pack, artist) => {
            eprintln!("note: {name:?} is taken for {}; {} is better known", said(artist), said(other));
        }
        _ => {}
    }
    let namesakes: Vec<&str> = alike
        .into_iter()
        .filter(|&other| pack.name(other) == pack.name(artist) && !pack.stable_id(other).is_empty())
        .map(|other| pack.stable_id(other))
        .collect();
    if !namesakes.is_empty() && pack.stable_id(artist) != name {
        eprintln!(
            "note: others are called {name:?}, too; name them by their ids: {}",
            printable(&namesakes.join(", "))
        );
    }
}
