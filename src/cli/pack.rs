//! Finding the artist that a user names.

use anyhow::bail;

use crate::catalog::{ArtistId, Pack};

/// Finds artists by name or stable id, in the order given.
pub(super) fn find_all(pack: &Pack, names: &[String]) -> anyhow::Result<Vec<ArtistId>> {
    names.iter().map(|name| find(pack, name)).collect()
}

/// Finds an artist by name or stable id, or says which names come near.
pub(super) fn find(pack: &Pack, name: &str) -> anyhow::Result<ArtistId> {
    if let Some(artist) = pack.find_name(name) {
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
