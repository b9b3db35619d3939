//! `artist2vec train`: from a corpus to a model.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::progress::Bars;
use crate::corpus::Corpus;
use crate::files;
use crate::training::{self, MAX_NEGATIVE, MAX_VECTOR_SIZE, MAX_WINDOW, Settings, StepFunction};

/// Learn one vector an artist from a corpus: Word2Vec's CBOW with negative sampling
///
/// A playlist is a sentence, an artist a word. For every mention, the artists around it predict which artist stands there
/// and not a few others drawn at random; artists that appear in the same company end up with similar vectors.
///
/// All parameters have gensim's names and meanings; the defaults are this program's own. Ctrl-C ends the training early and writes what was learned so far.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  artist2vec train corpus.a2c -o model.a2m
  artist2vec train corpus.a2c -o model.a2m --window 150 --negative 100 --sample 1e-3 --epochs 50   the original Artist2Vec
  artist2vec train corpus.a2c -o model.a2m --step reference --workers 1               as gensim computes")]
pub(super) struct Arguments {
    /// The corpus that `ingest` wrote
    corpus: PathBuf,
    /// Where to write the model
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// How to learn: `batched` is many times as fast; `reference` is gensim's update, one mention at a time
    #[arg(long, value_enum, default_value = "batched")]
    step: Step,
    /// Numbers per artist
    #[arg(long, value_name = "N", default_value_t = Settings::default().vector_size, value_parser = at_most(MAX_VECTOR_SIZE))]
    vector_size: usize,
    /// How many places before and after a mention count as its company
    #[arg(long, value_name = "N", default_value_t = Settings::default().window, value_parser = at_most(MAX_WINDOW))]
    window: usize,
    /// Artists drawn at random that each mention is told apart from
    #[arg(long, value_name = "N", default_value_t = Settings::default().negative, value_parser = at_most(MAX_NEGATIVE))]
    negative: usize,
    /// Passes over the corpus
    #[arg(long, value_name = "N", default_value_t = Settings::default().epochs, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,
    /// Threads; with 1, the same seed gives the same model bit for bit [default: all processors]
    #[arg(long, value_name = "N", value_parser = at_most(1024))]
    workers: Option<usize>,
    /// First learning rate [default: 0.015 for `batched`, 0.025 for `reference`]
    ///
    /// It scales the gradient itself, for both steps, as in gensim. At the same rate `batched` goes a little too far,
    /// since targets of several playlists learn side by side; hence its lower default.
    #[arg(long, value_name = "X")]
    alpha: Option<f32>,
    /// Last learning rate; it falls in a straight line from `--alpha` [default: 0.0001]
    #[arg(long, value_name = "X")]
    min_alpha: Option<f32>,
    /// Skip mentions of artists that make up more than this share of all, the oftener the more frequent; 0 skips none
    ///
    /// Smaller values (3e-5) give better neighbours on large corpora; with only a few hundred artists, each of which makes
    /// up a large share, use 1e-3.
    #[arg(long, value_name = "X", default_value_t = Settings::default().sample)]
    sample: f64,
    /// Draw negatives in proportion to mentions to this power: 1 as mentioned, 0 all alike, negative prefers the rare
    #[arg(long, value_name = "X", default_value_t = Settings::default().ns_exponent, allow_negative_numbers = true)]
    ns_exponent: f64,
    /// Leave out artists that are mentioned less often
    #[arg(long, value_name = "N", default_value_t = Settings::default().min_count)]
    min_count: u32,
    /// Draw each mention's window at random from 1 to `--window`, so that near artists count more
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    shrink_windows: bool,
    /// Predict from the mean of the company's vectors (1) or from their sum (0)
    #[arg(long, value_name = "0|1", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    cbow_mean: u8,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = Settings::default().seed)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Step {
    Batched,
    Reference,
}

/// A parser of whole numbers from 1 to `most`.
fn at_most(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from 1 to {most}")),
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let step = match arguments.step {
        Step::Batched => StepFunction::Batched,
        Step::Reference => StepFunction::Reference,
    };
    let alpha = arguments.alpha.unwrap_or_else(|| step.default_alpha());
    let settings = Settings {
        vector_size: arguments.vector_size,
        window: arguments.window,
        negative: arguments.negative,
        epochs: arguments.epochs,
        workers: arguments
            .workers
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
        alpha,
        min_alpha: arguments.min_alpha.unwrap_or_else(|| Settings::default().min_alpha.min(alpha)),
        sample: arguments.sample,
        ns_exponent: arguments.ns_exponent,
        min_count: arguments.min_count,
        shrink_windows: arguments.shrink_windows,
        cbow_mean: arguments.cbow_mean == 1,
        seed: arguments.seed,
        step,
    };
    files::expect_writable(&arguments.output, &[&arguments.corpus])?;
    let corpus = Corpus::open(&arguments.corpus)?;
    let bars = Bars::interruptible();
    let start = std::time::Instant::now();
    let model = training::train(&corpus, &settings, &bars).context("cannot train")?;
    let seconds = start.elapsed().as_secs_f64();
    drop(bars);
    model.write(&arguments.output)?;
    let measured = model.provenance.steps.last().map_or(&[][..], |step| &step.measured);
    let value = |name| measured.iter().find(|setting| setting.name == name).map_or("", |setting| &setting.value);
    let epochs_done = value("epochs-done");
    let mentions = corpus.summary.mentions as f64 * epochs_done.parse().unwrap_or(0.0);
    writeln!(
        std::io::stdout(),
        "{}: {} artists × {}, {epochs_done} of {} epochs in {seconds:.1} s ({:.0} words/s, {} kernel), loss {}",
        arguments.output.display(),
        model.artists.len(),
        model.dimensions,
        settings.epochs,
        mentions / seconds,
        value("kernel"),
        value("loss-per-epoch").rsplit(' ').next().unwrap_or(""),
    )?;
    Ok(Outcome::Done)
}
