//! How near training comes to what this processor can do, kernel by kernel: `cargo bench --bench roofline`.
//!
//! Products on one thread against the peak of multiply-adds, and whole epochs of `batched` at the original's settings
//! (vector 100, window 150, negative 100, sample 1e-3) on generated playlists, on one thread and on all.
#![cfg_attr(target_arch = "wasm32", allow(unused))]

use std::time::Instant;

use artist2vec::corpus::{Artists, Corpus};
use artist2vec::rng::Rng;
use artist2vec::training::{KernelChoice, Settings, StepFunction, Trainer, roofline};

const ARTISTS: usize = 10_000;
const PLAYLISTS: usize = 2_000;

/// Playlists of 5 to 200 artists, popular ones the oftener (Zipf), repeated as in real playlists.
fn corpus() -> Corpus {
    let mut rng = Rng::new(1);
    let mut artist = || ((ARTISTS as f64 + 1.0).powf(rng.next_f64()) - 1.0) as u32;
    let mut playlists: Vec<Vec<u32>> = (0..PLAYLISTS)
        .map(|i| {
            let mut playlist: Vec<u32> = (0..5 + i * 195 / PLAYLISTS).map(|_| artist()).collect();
            for place in (1..playlist.len()).step_by(2) {
                playlist[place] = playlist[place / 2];
            }
            playlist
        })
        .collect();
    let mut counts = vec![0; ARTISTS];
    playlists.iter().flatten().for_each(|&artist| counts[artist as usize] += 1);
    let mut order: Vec<usize> = (0..ARTISTS).collect();
    order.sort_by_key(|&artist| std::cmp::Reverse(counts[artist]));
    let mut place = vec![0; ARTISTS];
    order.iter().enumerate().for_each(|(new, &old)| place[old] = new as u32);
    playlists.iter_mut().flatten().for_each(|artist| *artist = place[*artist as usize]);
    let artists = Artists {
        names: (0..ARTISTS).map(|artist| format!("artist {artist}")).collect(),
        ids: vec![String::new(); ARTISTS],
        mentions: order.iter().map(|&artist| counts[artist]).collect(),
    };
    Corpus::in_memory(artists, &playlists, &[])
}

fn main() {
    let corpus = corpus();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("GFLOP/s on one thread; words/s of 2 epochs on 1 and {threads} threads");
    println!(
        "{:<12} {:>8} {:>9} {:>9} {:>6} {:>12} {:>12}",
        "kernel", "peak", "of cells", "products", "", "1", threads
    );
    for kernel in KernelChoice::ALL.into_iter().filter(|&kernel| kernel != KernelChoice::Auto) {
        let Ok(found) = roofline(kernel, 100, 100) else { continue };
        let words = |workers| {
            let settings = Settings {
                window: 150,
                negative: 100,
                sample: 1e-3,
                min_count: 1,
                epochs: 2.into(),
                compute_loss: false,
                workers,
                kernel,
                ..Settings::of(StepFunction::Batched)
            };
            let start = Instant::now();
            let trained = Trainer::new(&corpus).settings(settings).train();
            trained.map_or(0.0, |_| 2.0 * corpus.summary.mentions as f64 / start.elapsed().as_secs_f64())
        };
        println!(
            "{:<12} {:>8.1} {:>9.1} {:>9.1} {:>5.0}% {:>12.0} {:>12.0}",
            found.kernel,
            found.peak / 1e9,
            found.peak_of_cells / 1e9,
            found.products / 1e9,
            100.0 * found.products / found.peak,
            words(1),
            words(threads),
        );
    }
}
