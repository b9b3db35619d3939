//! The library alone: opens a pack from a folder and asks it things. No feature is needed.
//!
//! `cargo run --no-default-features --example catalog data/demo "Björk"`

use std::error::Error;
use std::path::Path;

use artist2vec::catalog::questions::{Method, Options, PathOptions};
use artist2vec::catalog::{AlignedBytes, MANIFEST_FILE, Manifest, Pack};

/// Opens the pack in a folder, part after part; each is verified before a byte of it is used.
///
/// The catalog reads no JSON, as every platform has its own reader: the page takes the browser's. Here it is serde_json.
fn open(folder: &Path) -> Result<Pack, Box<dyn Error>> {
    let manifest: Manifest = serde_json::from_slice(&std::fs::read(folder.join(MANIFEST_FILE))?)?;
    let mut pack = Pack::begin(manifest)?;
    while let Some((number, part)) = pack.next_part(|_| true) {
        let bytes = std::fs::read(folder.join(&part.file))?;
        pack = pack.with_part(number, &AlignedBytes::from(bytes.as_slice()))?;
    }
    Ok(pack)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(typed)) = (arguments.next(), arguments.next()) else {
        return Err("usage: catalog FOLDER ARTIST, such as: catalog data/demo Björk".into());
    };
    let pack = open(Path::new(&folder))?;
    println!("{}: {} artists, {} numbers each", pack.title(), pack.len(), pack.dimensions());

    let Some(artist) = pack.search(&typed, 1).first().map(|found| found.artist) else {
        return Err(format!("nobody here is called {typed:?}").into());
    };
    println!("\nsimilar to {}:", pack.name(artist));
    for neighbour in pack.similar(artist, &Options::limit(5))? {
        println!("  {:.3}  {}", neighbour.score, pack.name(neighbour.artist));
    }

    let words = pack.descriptive_words(artist, 5)?;
    let words: Vec<&str> = words.iter().map(|near| pack.word(near.word as usize)).collect();
    println!("\nin titles of its playlists: {}", words.join(", "));

    // Artists and title words, added and subtracted; rather obscure ones first.
    let expression = format!("{} + Johnny Cash", pack.name(artist));
    let terms = pack.parse(&expression)?;
    println!("\n{expression}:");
    for neighbour in pack.blend(&terms, Method::Add, &Options { limit: 5, temper: -0.5, ..Options::default() })? {
        println!("  {:.3}  {}", neighbour.score, pack.name(neighbour.artist));
    }

    if let Some(end) = pack.find_name("Johnny Cash").filter(|&end| end != artist) {
        let path = pack.path(&[artist, end], &PathOptions::default())?;
        let names: Vec<&str> = path.artists.iter().map(|&one| pack.name(one)).collect();
        println!("\nfrom one to the other: {}", names.join(" → "));
    }
    Ok(())
}
