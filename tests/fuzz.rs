//! Seeded runs of the checks that the fuzzer explores (`fuzz/`), for compilers without a fuzzer: the same inputs each time.
//!
//! Inputs are random bytes, and seeds that were changed here and there. What an hour of the real fuzzer found stands in
//! `fuzz/README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use artist2vec::rng::Rng;

#[path = "../fuzz/checks/expression.rs"]
mod expression;
#[path = "../fuzz/checks/manifest.rs"]
mod manifest;
#[path = "../fuzz/checks/names.rs"]
mod names;
#[path = "../fuzz/checks/pack.rs"]
mod pack;

/// Files under `fuzz/seeds/`, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Some bytes: at random, or a seed with changes.
fn input(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut below = |end: usize| rng.below(end as u64) as usize;
    let random = |below: &mut dyn FnMut(usize) -> usize, most: usize| {
        (0..below(most)).map(|_| below(256) as u8).collect::<Vec<u8>>()
    };
    if seeds.is_empty() || below(4) == 0 {
        return random(&mut below, 200);
    }
    let mut bytes = seeds[below(seeds.len())].clone();
    for _ in 0..below(6) {
        let at = below(bytes.len() + 1);
        let end = (at + below(9)).min(bytes.len());
        match below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, random(&mut below, 9)).collect::<Vec<_>>()),
            // Once more what stands there.
            2 => bytes.extend_from_within(at..end),
            3 => bytes.truncate(at),
            // A piece of another seed.
            4 => {
                let other = &seeds[below(seeds.len())];
                let from = below(other.len() + 1);
                drop(bytes.splice(at..end, other[from..].iter().take(12).copied()).collect::<Vec<_>>());
            }
            5 if at < bytes.len() => bytes[at] = [0, 0x7f, 0x80, 0xff, b'9', b'"', b' ', b'-'][below(8)],
            _ if at < bytes.len() => bytes[at] ^= 1 << below(8),
            _ => {}
        }
    }
    bytes
}

/// Runs a check on so many inputs; one that fails is printed as it is.
fn run(target: &str, runs: u32, check: impl Fn(&[u8])) {
    let (mut rng, seeds) = (Rng::new(1), seeds(target));
    let inputs = (0..runs).map(|_| input(&mut rng, &seeds));
    for (number, input) in seeds.iter().cloned().chain(inputs).enumerate() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&input))) {
            eprintln!("{target}, input {number}: b\"{}\"", input.escape_ascii());
            resume_unwind(panic);
        }
    }
}

#[test]
fn packs() {
    run("pack", 6_000, pack::check);
}

#[test]
fn manifests() {
    // A seed that reaches everything: the manifest of the sound pack.
    let sound = serde_json::to_string(&pack::SOUND.manifest).unwrap();
    assert_eq!(String::from_utf8_lossy(&seeds("manifest")[0]).trim_end(), sound, "fuzz/seeds/manifest/sound.json");
    run("manifest", 6_000, manifest::check);
}

#[test]
fn expressions() {
    run("expression", 20_000, |data| expression::check(&String::from_utf8_lossy(data)));
}

#[test]
fn name_searches() {
    run("names", 20_000, |data| names::check(&String::from_utf8_lossy(data)));
}
