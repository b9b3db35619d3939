//! Opening the pack that a user names: the file itself, its manifest, or the folder of both.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::catalog::{ArtistId, MANIFEST_FILE, Manifest, Pack};
use crate::files;

/// Opens a pack, checked against its manifest where one was named.
pub(super) fn open(path: &Path) -> anyhow::Result<Pack> {
    let manifest_path = if path.is_dir() {
        path.join(MANIFEST_FILE)
    } else if path.extension().is_some_and(|extension| extension == "json") {
        path.to_owned()
    } else {
        let bytes = files::read_aligned(path)?;
        return Pack::open(bytes).with_context(|| path.display().to_string());
    };
    let json = files::read_aligned(&manifest_path)?;
    let manifest: Manifest = serde_json::from_slice(json.as_slice())
        .with_context(|| format!("{}: not a manifest of `artist2vec export`", manifest_path.display()))?;
    manifest.check().with_context(|| manifest_path.display().to_string())?;
    let pack_path = manifest_path.with_file_name(&manifest.file);
    let bytes = files::read_aligned(&pack_path)?;
    manifest.verify(bytes.as_slice()).with_context(|| pack_path.display().to_string())?;
    Pack::open(bytes).with_context(|| pack_path.display().to_string())
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
            let names: Vec<String> = found.iter().map(|&artist| format!("{:?}", pack.name(artist))).collect();
            bail!("no artist is called {name:?}. Did you mean {}?", names.join(", "))
        }
        None => bail!("no artist is called {name:?} in this pack of {} artists", pack.len()),
    }
}
