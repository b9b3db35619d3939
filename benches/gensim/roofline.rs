//! How near training comes to what this processor can do: `cargo bench --bench roofline`.
//!
//! Memory's bandwidth, what a target costs (counted from the shapes of the steps' matrices, [`work`]), and for every kernel
//! the peak of multiply-adds, the products of a block alone, and whole epochs on generated playlists: `batched` at the
//! original's settings (vector 100, window 150, negative 100) but without subsampling, and `tied` at its defaults.
#![cfg_attr(target_arch = "wasm32", allow(unused))]

use std::collections::BTreeSet;
use std::time::Instant;

use artist2vec::corpus::{Artists, Corpus};
use artist2vec::rng::Rng;
use artist2vec::training::{
    KernelChoice, Settings, StepFunction, Trainer, TrainingError, Work, bandwidth, roofline, work,
};

const ARTISTS: usize = 10_000;
const PLAYLISTS: usize = 2_000;
const COLUMNS: usize = 100;
/// Their best counts: what others on the machine disturb is no property of the training.
const RUNS: usize = 8;

/// Playlists of 5 to 200 artists, popular ones the oftener (Zipf), repeated as in real playlists.
fn playlists() -> Vec<Vec<u32>> {
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
    let mut place = vec![0; ARTISTS];
    order(&playlists).iter().enumerate().for_each(|(new, &old)| place[old] = new as u32);
    playlists.iter_mut().flatten().for_each(|artist| *artist = place[*artist as usize]);
    playlists
}

fn counts(playlists: &[Vec<u32>]) -> Vec<u32> {
    let mut counts = vec![0; ARTISTS];
    playlists.iter().flatten().for_each(|&artist| counts[artist as usize] += 1);
    counts
}

/// Artists, the most mentioned first.
fn order(playlists: &[Vec<u32>]) -> Vec<usize> {
    let counts = counts(playlists);
    let mut order: Vec<usize> = (0..ARTISTS).collect();
    order.sort_by_key(|&artist| std::cmp::Reverse(counts[artist]));
    order
}

fn main() -> Result<(), TrainingError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    print_bandwidths(threads)?;
    let scattered = bandwidth(8 << 20, COLUMNS, true)?;

    let playlists = playlists();
    let artists = Artists {
        names: (0..ARTISTS).map(|artist| format!("artist {artist}")).collect(),
        ids: vec![String::new(); ARTISTS],
        mentions: counts(&playlists),
    };
    let corpus = Corpus::in_memory(artists, &playlists, &[]);
    let original = Settings { vector_size: COLUMNS, window: 150, negative: 100, ..Settings::of(StepFunction::Batched) };
    let lengths: Vec<usize> = playlists.iter().map(Vec::len).collect();
    let distinct: Vec<usize> =
        playlists.iter().map(|playlist| playlist.iter().collect::<BTreeSet<_>>().len()).collect();
    for (settings, lengths) in [(original, lengths), (Settings::of(StepFunction::Tied), distinct)] {
        let work = work(&settings, &lengths);
        print_work(&settings, &work);
        print_kernels(&corpus, &settings, &work, threads, scattered);
    }
    Ok(())
}

fn print_bandwidths(threads: usize) -> Result<(), TrainingError> {
    println!("reading rows of {COLUMNS} numbers, GB/s on 1 and on {threads} threads, each with a matrix of its own");
    println!("{:<12} {:>10} {:>10} {:>14} {:>14}", "matrix", "in order", "", "scattered", "");
    for (name, bytes) in [("512 KiB", 512 << 10), ("8 MiB", 8 << 20), ("256 MiB", 256 << 20)] {
        let mut found = Vec::new();
        for scattered in [false, true] {
            for threads in [1, threads] {
                let all = std::thread::scope(|scope| {
                    let one = || bandwidth(bytes, COLUMNS, scattered);
                    let running: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
                    let others: f64 = running.into_iter().filter_map(|thread| thread.join().ok()?.ok()).sum();
                    one().map(|one| one + others)
                })?;
                found.push(all / 1e9);
            }
        }
        println!("{name:<12} {:>10.1} {:>10.1} {:>14.1} {:>14.1}", found[0], found[1], found[2], found[3]);
    }
    Ok(())
}

fn print_work(settings: &Settings, work: &Work) {
    let Settings { step, vector_size, negative, .. } = settings;
    let per_target = |number: f64| number / work.targets;
    println!("\n{}, vector {vector_size}, negative {negative}; per target:", step.name());
    println!(
        "{:.1} kFLOP needed, {:.1} carried out, {:.1} kB of shared rows: {:.1} FLOP a byte",
        per_target(work.needed) / 1e3,
        per_target(work.operations) / 1e3,
        per_target(work.bytes) / 1e3,
        work.operations / work.bytes,
    );
}

fn print_kernels(corpus: &Corpus, settings: &Settings, work: &Work, threads: usize, bandwidth: f64) {
    println!(
        "GFLOP/s on one thread, its roof with scattered rows of 8 MiB, words/s of epochs on 1 and {threads} threads"
    );
    println!(
        "{:<12} {:>8} {:>9} {:>9} {:>8} {:>9} {:>7} {:>7} {:>8} {:>7} {:>10} {:>10} {:>8}",
        "kernel",
        "f32 peak",
        "cell peak",
        "products",
        "of f32",
        "of cells",
        "roof",
        "epochs",
        "of roof",
        "GB/s",
        "1",
        threads,
        "scaling"
    );
    // Of plain loops nobody knows what the compiler makes: they have no peak.
    let plain = [KernelChoice::Auto, KernelChoice::Portable];
    for kernel in KernelChoice::ALL.into_iter().filter(|kernel| !plain.contains(kernel)) {
        let Ok(found) = roofline(kernel, settings.negative, settings.vector_size) else { continue };
        let seconds = |workers| {
            let epoch = |_| {
                let settings = Settings {
                    sample: 0.0,
                    min_count: 1,
                    epochs: 2.into(),
                    compute_loss: false,
                    workers,
                    kernel,
                    ..settings.clone()
                };
                let start = Instant::now();
                let trained = Trainer::new(corpus).settings(settings).train();
                trained.map_or(f64::INFINITY, |_| start.elapsed().as_secs_f64() / 2.0)
            };
            (0..RUNS).map(epoch).fold(f64::INFINITY, f64::min)
        };
        let (one, all) = (seconds(1), seconds(threads));
        let roof = found.peak_of_cells.min(bandwidth * work.operations / work.bytes);
        let percent = |part: f64, whole: f64| format!("{:.0}%", 100.0 * part / whole);
        println!(
            "{:<12} {:>8.1} {:>9.1} {:>9.1} {:>8} {:>9} {:>7.1} {:>7.1} {:>8} {:>7.1} {:>10.0} {:>10.0} {:>8.2}",
            found.kernel,
            found.peak / 1e9,
            found.peak_of_cells / 1e9,
            found.products / 1e9,
            percent(found.products, found.peak),
            percent(found.products, found.peak_of_cells),
            roof / 1e9,
            work.operations / one / 1e9,
            percent(work.operations / one, roof),
            work.bytes / one / 1e9,
            corpus.summary.mentions as f64 / one,
            corpus.summary.mentions as f64 / all,
            one / all,
        );
    }
}
