//! `artist2vec train`: from a corpus to a model.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use toml::{Table, Value};

use super::Outcome;
use super::progress::Bars;
use crate::corpus::Corpus;
use crate::files;
use crate::training::{self, MAX_NEGATIVE, MAX_VECTOR_SIZE, MAX_WINDOW, Settings, StepFunction};

/// Learn one vector an artist from a corpus: Word2Vec's CBOW with negative sampling
///
/// A playlist is a sentence, an artist a word. For every mention, the artists around it predict which artist stands
/// there
/// and not a few others drawn at random; artists that appear in the same company end up with similar vectors.
///
/// All parameters have gensim's names and meanings; the defaults are this program's own. Ctrl-C ends
/// the training early and writes what was learned so far.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  artist2vec train corpus.a2c -o model.a2m
  artist2vec train corpus.a2c -o model.a2m --window 150 --negative 100 --sample 1e-3 --epochs 50   the original Artist2Vec
  artist2vec train corpus.a2c -o model.a2m --settings tuned/settings.toml             what `tune` found best
  artist2vec train corpus.a2c -o model.a2m --step reference --workers 1               as gensim computes")]
pub(super) struct Arguments {
    /// The corpus that `ingest` wrote
    corpus: PathBuf,
    /// Where to write the model
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Take parameters from this TOML file, such as the `settings.toml` that `tune` writes; those given here come first
    ///
    /// One `name = value` a line, with the names below: `vector-size = 100`, `shrink-windows = true`, `step =
    /// "batched"`.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How to learn: `batched` is many times as fast; `reference` is gensim's update, one mention at a time [default:
    /// batched]
    #[arg(long, value_enum)]
    step: Option<Step>,
    /// Numbers per artist [default: 100]
    #[arg(long, value_name = "N", value_parser = at_most(MAX_VECTOR_SIZE))]
    vector_size: Option<i64>,
    /// How many places before and after a mention count as its company [default: 50]
    #[arg(long, value_name = "N", value_parser = at_most(MAX_WINDOW))]
    window: Option<i64>,
    /// Artists drawn at random that each mention is told apart from [default: 50]
    #[arg(long, value_name = "N", value_parser = at_most(MAX_NEGATIVE))]
    negative: Option<i64>,
    /// Passes over the corpus [default: 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Threads; with 1, the same seed gives the same model bit for bit [default: all processors]
    #[arg(long, value_name = "N", value_parser = at_most(1024))]
    workers: Option<i64>,
    /// First learning rate [default: 0.015 for `batched`, 0.025 for `reference`]
    ///
    /// It scales the gradient itself, for both steps, as in gensim. At the same rate `batched` goes a little too far,
    /// since targets of several playlists learn side by side; hence its lower default.
    #[arg(long, value_name = "X")]
    alpha: Option<f64>,
    /// Last learning rate; it falls in a straight line from `--alpha` [default: 0.0001]
    #[arg(long, value_name = "X")]
    min_alpha: Option<f64>,
    /// Skip mentions of artists that make up more than this share of all, the oftener the more frequent; 0 skips none
    /// [default: 0.00001]
    ///
    /// The default suits thousands of artists and more; with only a few hundred, each of which makes up a large share, use
    /// 1e-3.
    #[arg(long, value_name = "X")]
    sample: Option<f64>,
    /// Draw negatives in proportion to mentions to this power: 1 as mentioned, 0 all alike, negative prefers the rare
    /// [default: 0.75]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    ns_exponent: Option<f64>,
    /// Leave out artists that are mentioned less often [default: 5]
    #[arg(long, value_name = "N")]
    min_count: Option<u32>,
    /// Draw each mention's window at random from 1 to `--window`, so that near artists count more [default: true]
    #[arg(long, value_name = "BOOL")]
    shrink_windows: Option<bool>,
    /// Predict from the mean of the company's vectors (1) or from their sum (0) [default: 1]
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    cbow_mean: Option<u8>,
    /// Seed of everything random [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Step {
    Batched,
    Reference,
}

impl Arguments {
    /// What the settings file chooses, and over it what was given on the command line.
    fn settings(&self) -> anyhow::Result<Settings> {
        let mut chosen = match &self.settings {
            Some(path) => training::read_settings(path)?,
            None => Table::new(),
        };
        let step = self.step.map(|step| match step {
            Step::Batched => StepFunction::Batched.name(),
            Step::Reference => StepFunction::Reference.name(),
        });
        let given: [(&str, Option<Value>); 14] = [
            ("step", step.map(Value::from)),
            ("vector-size", self.vector_size.map(Value::from)),
            ("window", self.window.map(Value::from)),
            ("negative", self.negative.map(Value::from)),
            ("epochs", self.epochs.map(Value::from)),
            ("alpha", self.alpha.map(Value::from)),
            ("min-alpha", self.min_alpha.map(Value::from)),
            ("sample", self.sample.map(Value::from)),
            ("ns-exponent", self.ns_exponent.map(Value::from)),
            ("min-count", self.min_count.map(Value::from)),
            ("shrink-windows", self.shrink_windows.map(Value::from)),
            ("cbow-mean", self.cbow_mean.map(|mean| Value::from(mean == 1))),
            ("seed", self.seed.map(Value::from)),
            ("workers", self.workers.map(Value::from)),
        ];
        chosen.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        if !chosen.contains_key("workers") {
            let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            chosen.insert("workers".into(), Value::from(processors.min(1024) as i64));
        }
        Ok(Settings::from_table(&chosen)?)
    }
}

/// A parser of whole numbers from 1 to `most`.
fn at_most(most: usize) -> impl Fn(&str) -> Result<i64, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if (1..=most as i64).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from 1 to {most}")),
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = arguments.settings()?;
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        train: Arguments,
    }

    #[test]
    fn help_names_every_default() {
        let help = |name: &str| {
            let command = Program::command();
            let argument = command.get_arguments().find(|argument| argument.get_long() == Some(name)).unwrap();
            argument.get_help().unwrap().to_string()
        };
        for (name, value) in Settings::default().to_table() {
            let text = match (name.as_str(), value) {
                ("workers", _) => "all processors".to_owned(),
                ("alpha", value) => format!("{value} for `batched`"),
                ("cbow-mean", value) => u8::from(value.as_bool().unwrap()).to_string(),
                (_, Value::String(text)) => text,
                (_, value) => value.to_string(),
            };
            assert!(help(&name).contains(&format!("[default: {text}")), "{name}: {}", help(&name));
        }
    }
}
