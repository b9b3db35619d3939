//! Trains on playlists in memory, without the command line, and prints who is near whom.
//!
//! `cargo run --release --example train`

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use artist2vec::corpus::{Artists, Corpus};
use artist2vec::progress::Progress;
use artist2vec::training::{Model, Settings, Trainer, TrainingError};

/// Hears how far the training is, and can end it: set the flag from another thread, as for a button "stop".
#[derive(Default)]
struct Listener {
    stop: AtomicBool,
}

impl Progress for Listener {
    fn message(&self, text: &str) {
        eprintln!("{text}");
    }

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Counts the artists of named playlists, the most mentioned first, and numbers the playlists' artists accordingly.
fn corpus(playlists: &[Vec<&str>]) -> Corpus {
    let mut mentions: BTreeMap<&str, u32> = BTreeMap::new();
    for artist in playlists.iter().flatten() {
        *mentions.entry(artist).or_default() += 1;
    }
    let mut ranked: Vec<(&str, u32)> = mentions.into_iter().collect();
    // The sort is stable: equally popular artists stay in the order of their names.
    ranked.sort_by_key(|&(_, mentions)| std::cmp::Reverse(mentions));
    let number: BTreeMap<&str, u32> = ranked.iter().zip(0..).map(|(&(name, _), number)| (name, number)).collect();
    let artists = Artists {
        names: ranked.iter().map(|(name, _)| (*name).to_owned()).collect(),
        // Stable ids, where there are any, keep namesakes apart.
        ids: vec![String::new(); ranked.len()],
        mentions: ranked.iter().map(|&(_, mentions)| mentions).collect(),
    };
    let playlists: Vec<Vec<u32>> =
        playlists.iter().map(|playlist| playlist.iter().map(|name| number[name]).collect()).collect();
    Corpus::in_memory(artists, &playlists, &[])
}

/// The other artists by the cosine of their vectors, nearest first.
fn neighbours(model: &Model, artist: usize) -> Vec<(f32, &str)> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let cosine = |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let others = (0..model.artists.len()).filter(|&other| other != artist);
    let mut near: Vec<(f32, &str)> = others
        .map(|other| (cosine(model.row(artist), model.row(other)), model.artists.names[other].as_str()))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near
}

fn main() -> Result<(), TrainingError> {
    let scenes = [
        ["Miles Davis", "John Coltrane", "Bill Evans", "Thelonious Monk", "Chet Baker"],
        ["Metallica", "Slayer", "Megadeth", "Anthrax", "Iron Maiden"],
        ["Kendrick Lamar", "Drake", "J. Cole", "Nas", "JAY-Z"],
    ];
    // Each playlist takes four artists of one scene, in one of many orders.
    let playlists: Vec<Vec<&str>> =
        (0..300).map(|i| (0..4).map(|place| scenes[i % 3][(i / 3 + place * (1 + i / 15 % 4)) % 5]).collect()).collect();
    let corpus = corpus(&playlists);
    let settings = Settings { vector_size: 16, negative: 5, epochs: 10.into(), ..Settings::default() };
    let listener = Listener::default();
    let model = Trainer::new(&corpus).settings(settings).progress(&listener).train()?;
    for scene in scenes {
        let artist = model.artists.names.iter().position(|name| name == scene[0]).unwrap_or_default();
        let near: Vec<String> =
            neighbours(&model, artist)[..4].iter().map(|(cosine, name)| format!("{name} {cosine:.2}")).collect();
        println!("{}: {}", model.artists.names[artist], near.join(", "));
    }
    Ok(())
}
