//! artist2vec's side of `compare.py`: answers queries read from standard input, and says how long each took.
//!
//! `search_bench FILE DIMENSIONS`; `FILE` holds f32 little-endian, row-major. A line in is a row's number, a line out
//! nanoseconds and the 20 rows nearest to it.

use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use artist2vec::catalog::PackContent;
use artist2vec::catalog::questions::Options;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, dimensions] = &arguments[..] else { anyhow::bail!("usage: search_bench FILE DIMENSIONS") };
    let dimensions: usize = dimensions.parse()?;
    let bytes = std::fs::read(file)?;
    let vectors: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
    let artists = vectors.len() / dimensions;
    let content = PackContent {
        names: vec!["x".to_owned(); artists],
        ids: vec![String::new(); artists],
        mentions: vec![1; artists],
        positions: vec![0.0; 3 * artists],
        dimensions,
        vectors,
        ..PackContent::default()
    };
    let encoded = content.encode()?;
    let begin = Instant::now();
    let pack = encoded.open()?;
    println!("{}", begin.elapsed().as_secs_f64());
    for line in std::io::stdin().lock().lines() {
        let artist = line?.parse()?;
        let begin = Instant::now();
        let answer = pack.similar(artist, &Options::limit(20))?;
        let time = begin.elapsed().as_nanos();
        let rows: Vec<String> = answer.iter().map(|neighbour| neighbour.artist.to_string()).collect();
        println!("{time} {}", rows.join(" "));
        std::io::stdout().flush()?;
    }
    Ok(())
}
