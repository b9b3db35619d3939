//! `artist2vec generate`: artificial playlists.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;

use crate::corpus::generate::{Generator, GeneratorSettings};

use super::Outcome;
use super::progress::Bars;

/// Write artificial playlists in the Million Playlist Dataset's format, with clusters planted in them.
///
/// For trying the program without real playlists, and for tests: artists of one cluster stand together in playlists, so
/// training must bring them together. An artist's name begins with its cluster's ("Jazz Kalo"). The same seed writes the
/// same bytes on every machine.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  artist2vec generate toy --playlists 5000 --artists 1000 --clusters 20\n  artist2vec \
                        ingest toy -o toy.a2c"
)]
pub(super) struct Arguments {
    /// Folder to write the slices mpd.slice.N-M.json into; made where it is missing.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Number of playlists.
    #[arg(long, default_value_t = GeneratorSettings::default().playlists, value_parser = from_one_to(1_000_000_000))]
    playlists: usize,
    /// Number of artists.
    #[arg(long, default_value_t = GeneratorSettings::default().artists, value_parser = from_one_to(10_000_000))]
    artists: usize,
    /// Number of planted clusters.
    #[arg(long, default_value_t = GeneratorSettings::default().clusters, value_parser = from_one_to(10_000_000))]
    clusters: usize,
    /// Share of a playlist's mentions that come from its own cluster, 0 to 1.
    #[arg(long, default_value_t = GeneratorSettings::default().purity)]
    purity: f64,
    /// Exponent of the popularity law (Zipf): 0 makes all artists equally popular.
    #[arg(long, default_value_t = GeneratorSettings::default().exponent)]
    exponent: f64,
    /// Number of slice files; by default one per thousand playlists, as in the dataset.
    #[arg(long, value_parser = from_one_to(1_000_000))]
    slices: Option<usize>,
    /// Seed of the random numbers.
    #[arg(long, default_value_t = GeneratorSettings::default().seed)]
    seed: u64,
}

/// Accepts 1 to `most`: what is far beyond any real use would only exhaust the memory or the disk.
fn from_one_to(most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most)
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let generator = Generator::new(GeneratorSettings {
        playlists: arguments.playlists,
        artists: arguments.artists,
        clusters: arguments.clusters,
        purity: arguments.purity,
        exponent: arguments.exponent,
        seed: arguments.seed,
    });
    let slices = arguments.slices.unwrap_or(arguments.playlists.div_ceil(1000));
    generator.write_slices(&arguments.directory, slices, &Bars::interruptible())?;
    let settings = generator.settings();
    writeln!(
        io::stdout(),
        "wrote {} playlists of {} artists in {} clusters to {}",
        settings.playlists,
        settings.artists,
        settings.clusters,
        arguments.directory.display()
    )?;
    Ok(Outcome::Done)
}
