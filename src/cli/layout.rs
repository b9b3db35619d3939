//! `artist2vec layout`: the 3-D map of a model's artists.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::progress::Bars;
use crate::files;
use crate::layout::{self, Settings};
use crate::training::Model;

/// Lay a model's artists out in 3-D, so that similar artists lie together (UMAP).
///
/// Finds every artist's exact nearest neighbours, weighs them as UMAP does, and moves the artists, starting from the
/// principal components, until neighbours lie close and strangers apart. The same seed gives the same map, bit for bit,
/// on any number of cores. Ctrl-C during the optimisation keeps the map as it stands.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  artist2vec layout model.a2m -o map.a2l")]
pub(super) struct Arguments {
    /// The model, `.a2m`.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Where to write the layout, `.a2l`.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Nearest neighbours an artist is drawn to, itself included: few show fine structure, many the whole.
    #[arg(long, value_name = "N", default_value_t = Settings::default().neighbours, value_parser = neighbours)]
    neighbours: usize,
    /// How close artists may lie, from 0 (dense knots) to 1 (evenly spread).
    #[arg(long, value_name = "DISTANCE", default_value_t = Settings::default().min_dist)]
    min_dist: f64,
    /// Rounds of optimisation [default: 500 up to 10,000 artists, else 200].
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Seed of everything random.
    #[arg(long, value_name = "N", default_value_t = Settings::default().seed)]
    seed: u64,
    /// How vectors are compared.
    #[arg(long, value_enum, default_value_t = Metric::Cosine)]
    metric: Metric,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Metric {
    /// By direction.
    Cosine,
    /// By the length of their difference.
    Euclidean,
}

/// A parser of numbers of neighbours that make sense, and that fit into memory.
fn neighbours(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (2..=1000).contains(n)).ok_or_else(|| "not a whole number from 2 to 1000".into())
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = Settings {
        neighbours: arguments.neighbours,
        min_dist: arguments.min_dist,
        epochs: arguments.epochs,
        seed: arguments.seed,
        metric: match arguments.metric {
            Metric::Cosine => layout::Metric::Cosine,
            Metric::Euclidean => layout::Metric::Euclidean,
        },
    };
    files::expect_writable(&arguments.output, &[&arguments.model])?;
    let model = Model::read(&arguments.model)?;
    let layout = {
        let bars = Bars::interruptible();
        layout::compute(&model, &settings, &bars).with_context(|| arguments.model.display().to_string())?
    };
    layout.write(&arguments.output)?;
    let mut out = io::stdout().lock();
    writeln!(out, "wrote {}: {} artists", arguments.output.display(), layout.artists)?;
    if layout.artists < settings.neighbours {
        writeln!(out, "fewer artists than neighbours ({}): all are neighbours of each other", settings.neighbours)?;
    }
    for measured in layout.provenance.steps.last().map(|step| step.measured.as_slice()).unwrap_or_default() {
        writeln!(out, "  {:<26} {}", measured.name, measured.value)?;
    }
    Ok(Outcome::Done)
}
