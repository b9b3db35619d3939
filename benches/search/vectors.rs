//! Writes vectors for the search benchmarks: the demo pack's, and as many more of their kind as are asked for.
//!
//! `cargo run --release --example bench_vectors -- ARTISTS FILE`
//!
//! Uniform random vectors would be no test: their axes matter alike, nothing lies near anything, and an index, a bound or
//! a cache behaves as it never does on artists. So the rows are the demo pack's, in their order of popularity, then the
//! same again and again, each with Gaussian noise as large as the axes' own spread: about as far from its original as
//! that is from its fifth neighbour, so that the 20th neighbour of a row is as near as in the demo pack itself.
//! `FILE` gets f32 little-endian, 100 a row, rows of unit length.

use std::path::Path;

use artist2vec::catalog::{FINE_STEP, norm};
use artist2vec::export::open_pack;
use artist2vec::rng::Rng;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, artists, file] = &arguments[..] else { anyhow::bail!("usage: bench_vectors ARTISTS FILE") };
    let pack = open_pack(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo"))?;
    let (demo, dimensions) = (pack.vectors(), pack.dimensions());

    let mut spread = vec![0_f32; dimensions];
    for row in demo.chunks_exact(dimensions) {
        spread.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
    }
    spread.iter_mut().for_each(|sum| *sum = (*sum / pack.len() as f32).sqrt());

    let mut rng = Rng::new(1);
    let mut vectors = Vec::new();
    for artist in 0..artists.parse()? {
        let (round, original) = (artist / pack.len(), artist % pack.len());
        let mut row = demo[original * dimensions..][..dimensions].to_vec();
        // What the pack's codes have lost comes back as noise, lest its rows fit them better than true ones would.
        row.iter_mut().for_each(|x| *x += FINE_STEP * (rng.next_f32() - 0.5));
        if round > 0 {
            row.iter_mut().zip(&spread).for_each(|(x, spread)| *x += spread * gaussian(&mut rng));
        }
        let length = norm(&row);
        vectors.extend(row.iter().map(|x| x / length));
    }
    std::fs::write(file, bytemuck::cast_slice(&vectors))?;
    Ok(())
}

/// A number of mean 0 and variance 1: the sum of twelve uniform ones is as good as normal here.
fn gaussian(rng: &mut Rng) -> f32 {
    (0..12).map(|_| rng.next_f32()).sum::<f32>() - 6.0
}
