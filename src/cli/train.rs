//! `artist2vec train`: from a corpus to a model.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use toml::Value;

use super::Outcome;
use super::progress::Bars;
use crate::corpus::Corpus;
use crate::files;
use crate::training::{
    self, Epochs, KernelChoice, MAX_NEGATIVE, MAX_VECTOR_SIZE, MAX_WINDOW, Model, Preset, Settings, StepFunction,
    Trainer, TrainingError,
};

/// Learn one vector an artist from a corpus: Word2Vec
///
/// A playlist is a sentence, an artist a word. For every mention, the artists around it predict which artist stands there;
/// artists that appear in the same company end up with similar vectors.
///
/// All parameters have gensim's names and meanings; where word2vec.c differs, that is said. The defaults are this program's
/// own, see --preset. Ctrl-C ends the training early and writes what was learned so far.
///
/// While it trains, a checkpoint stands beside the output, as OUTPUT.checkpoint, and is removed when the model is written.
/// After Ctrl-C, a crash or a power cut, the same command with `--resume` goes on from there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  artist2vec train corpus.a2c -o model.a2m
  artist2vec train corpus.a2c -o model.a2m --preset original                          the original Artist2Vec
  artist2vec train corpus.a2c -o model.a2m --preset gensim --sg 1                     skip-gram at gensim's defaults
  artist2vec train corpus.a2c -o model.a2m --hs 1 --negative 0                        hierarchical softmax
  artist2vec train corpus.a2c -o model.a2m --settings tuned/settings.toml             what `tune` found best
  artist2vec train corpus.a2c -o model.a2m --resume                                   go on after an interruption
  artist2vec train more.a2c -o new.a2m --start-from model.a2m --epochs 5      new playlists have arrived")]
pub(super) struct Arguments {
    /// The corpus that `ingest` wrote
    corpus: PathBuf,
    /// Where to write the model
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Go on where an interrupted training of this corpus with these settings stopped, from OUTPUT.checkpoint
    ///
    /// With one worker the model is the same, bit for bit, as without the interruption. Where there is no checkpoint, the
    /// training begins at the beginning; where OUTPUT already is what it would come to, nothing is done. So a job may
    /// always be given this option.
    #[arg(long)]
    resume: bool,
    /// Write a checkpoint at least this often; with 0, on Ctrl-C only
    ///
    /// Also at the end of an epoch, as long as that costs no more than about a fiftieth of the time.
    #[arg(long, value_name = "MINUTES", default_value_t = 10.0, value_parser = minutes)]
    checkpoint_every: f64,
    /// Begin with the vectors of this model (or checkpoint) for the artists that it knows, as when playlists have arrived
    ///
    /// Artists are recognised by their id, else by their name. New ones begin at random; those that only the model knows
    /// stay as they are. `--vector-size` must be the model's.
    ///
    /// With `tied`, known artists hardly move, since the model remembers how settled each is, while new ones learn at the full
    /// rate: a few epochs over the old and new playlists together are enough. With the other steps, or a model from another
    /// program, the learning rate is the same for all: the lower --alpha is, the more the known ones keep their place.
    #[arg(long, value_name = "MODEL")]
    start_from: Option<PathBuf>,
    /// Begin with these parameters; a settings file overrides them, and the options given here override both
    #[arg(long, value_enum, default_value = "default")]
    preset: Named,
    /// Take parameters from this TOML file, such as the `settings.toml` that `tune` writes; options given here override it
    ///
    /// One `name = value` a line, with the names below: `vector-size = 100`, `shrink-windows = true`, `epochs = "5+50"`,
    /// `step = "batched"`.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How to learn [default: tied, or batched where --sg, --hs, --window, --shrink-windows or --cbow-mean is given]
    #[arg(long, value_enum)]
    step: Option<Step>,
    /// CBOW (0): all artists around a mention together predict it; skip-gram (1): each of them alone does [default: 0]
    ///
    /// word2vec.c calls it `-cbow`, the other way round.
    #[arg(long, value_name = "0|1", value_parser = switch())]
    sg: Option<u8>,
    /// Learn by hierarchical softmax (1): find each artist in a tree by yes-or-no questions [default: 0]
    ///
    /// With `--negative` above 0 as well, both are learned one after the other on the same vectors, as in gensim and
    /// word2vec.c; for hierarchical softmax alone add `--negative 0`. The model file keeps the artists' vectors, not those
    /// of the tree.
    #[arg(long, value_name = "0|1", value_parser = switch())]
    hs: Option<u8>,
    /// Numbers per artist [default: 100]
    #[arg(long, value_name = "N", value_parser = from_to(1, MAX_VECTOR_SIZE))]
    vector_size: Option<i64>,
    /// How many places before and after a mention count as its company [batched and reference: 50]
    #[arg(long, value_name = "N", value_parser = from_to(1, MAX_WINDOW))]
    window: Option<i64>,
    /// Draw each mention's window at random from 1 to `--window`, so that near artists count more [default: true]
    ///
    /// word2vec.c always does.
    #[arg(long, value_name = "BOOL")]
    shrink_windows: Option<bool>,
    /// With CBOW, predict from the mean of the company's vectors (1) or from their sum (0) [default: 1]
    ///
    /// word2vec.c always takes the mean.
    #[arg(long, value_name = "0|1", value_parser = switch())]
    cbow_mean: Option<u8>,
    /// Artists drawn at random that each mention is told apart from; 0 for none, with `--hs 1` [default: 256;
    /// batched and reference: 50]
    ///
    /// With `tied`, all artists of a playlist share them.
    #[arg(long, value_name = "N", value_parser = from_to(0, MAX_NEGATIVE))]
    negative: Option<i64>,
    /// Draw negatives in proportion to mentions to this power: 1 as mentioned, 0 all alike, negative prefers the rare
    /// [default: 0.5; batched and reference: 0.75]
    ///
    /// With `tied` it also sets what continues a playlist: 0 the likeliest artists, 1 the most peculiar to it. word2vec.c
    /// always takes 0.75.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    ns_exponent: Option<f64>,
    /// Passes over the corpus; in a sum such as 5+50 the learning rate falls anew in each part [default: 20; batched
    /// and reference: 30]
    ///
    /// 5+50 is what gensim does where the model's constructor trains 5 epochs, and `train(epochs=50)` follows.
    #[arg(long, value_name = "N|N+N")]
    epochs: Option<Epochs>,
    /// First learning rate [default: 0.2 for `tied`, 0.015 for `batched`, 0.025 for `reference`]
    ///
    /// For `batched` and `reference` it scales the gradient itself, as in gensim. For `tied` (Adagrad, one rate an artist) it
    /// is a length: how far an artist's first playlist moves each of its numbers; later ones move it less and less. At the same rate `batched` goes a little too far,
    /// since targets of several playlists learn side by side; hence its lower default. The presets `original` and `gensim`
    /// choose gensim's 0.025 for both; with `batched`, --alpha 0.015 is the better one. word2vec.c begins CBOW with 0.05.
    #[arg(long, value_name = "X")]
    alpha: Option<f64>,
    /// Last learning rate; it falls in a straight line from `--alpha` [default: 0.0001]
    ///
    /// word2vec.c ends at a ten-thousandth of the first.
    #[arg(long, value_name = "X")]
    min_alpha: Option<f64>,
    /// Skip mentions of artists that make up more than this share of all, the oftener the more frequent; 0 skips none
    /// [default: 0.0; batched and reference: 0.00001]
    ///
    /// `tied` needs none: its bias holds what popularity explains. The default of the others suits thousands of artists and more; with only a few hundred, each of which makes up a large share, use
    /// 1e-3. From 1 on it is a number of mentions, as in gensim: about 2.6 times as many are the limit.
    #[arg(long, value_name = "X")]
    sample: Option<f64>,
    /// Leave out artists that are mentioned less often [default: 5]
    #[arg(long, value_name = "N")]
    min_count: Option<u32>,
    /// Learn no more artists than this, the most mentioned, by a higher `--min-count`; 0 is no limit [default: 0]
    ///
    /// Artists mentioned equally often stay or go together, so there may be a few fewer. gensim writes None for no limit.
    #[arg(long, value_name = "N")]
    max_final_vocab: Option<u32>,
    /// Here the same as `--max-final-vocab`: the smaller limit counts; 0 is no limit [default: 0]
    ///
    /// In gensim and word2vec.c it saves memory while words are counted: when there are more, the rarest so far are
    /// forgotten, also those that come again later. A corpus is counted already, so nobody is forgotten too early.
    #[arg(long, value_name = "N")]
    max_vocab_size: Option<u32>,
    /// Learn words of playlists' titles ("90s", "workout") beside the artists, in the same space [default: true]
    ///
    /// A word stands for all of its playlist: in every pass it is put at another place among the artists. Words that say
    /// nothing about the artists ("my", "songs") are found by measuring and left out; `artist2vec analyze` lists them.
    #[arg(long, value_name = "BOOL")]
    title_words: Option<bool>,
    /// Leave out words that stand in the titles of fewer playlists [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    title_min_count: Option<u32>,
    /// Measure how well mentions are predicted, epoch by epoch; it costs some time [default: true]
    ///
    /// The loss is −ln of the probability of what was seen, the mean over all mentions (with skip-gram, of each one's first
    /// pair); `batched` measures about one mention of 128, drawn at random, so that small corpora give rough numbers.
    /// gensim's default is not to measure it, and its number is a sum since the beginning.
    #[arg(long, value_name = "BOOL")]
    compute_loss: Option<bool>,
    /// Seed of everything random [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
    /// Threads; with 1, the same seed gives the same model bit for bit [default: all processors]
    #[arg(long, value_name = "N", value_parser = from_to(1, 1024))]
    workers: Option<i64>,
    /// Which instructions `tied` and `batched` compute with; `portable` is slow and gives the same bits on every machine [default:
    /// auto]
    ///
    /// `auto` is the fastest that the processor has. Of those, only `avx512-bf16` is less precise: it rounds what it
    /// multiplies to about 3 digits and adds up at full precision, which changes no measure of quality.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(KernelChoice::ALL.map(KernelChoice::name)))]
    kernel: Option<String>,
    /// Learn so that the model does not depend on the number of threads, bit for bit [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    deterministic: Option<bool>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Named {
    /// What measures best
    Default,
    /// The original Artist2Vec: gensim's defaults but window 150, negative 100, epochs 5+50
    Original,
    /// gensim's own defaults: CBOW, window 5, negative 5, sample 1e-3, epochs 5, alpha 0.025
    Gensim,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Step {
    /// All artists of a playlist predict one another, each once, with the same vectors and a bias: what measures best
    Tied,
    /// Word2Vec as gensim computes it, many mentions at once: many times as fast
    Batched,
    /// Word2Vec as gensim computes it, one mention at a time
    Reference,
}

impl Arguments {
    /// What the preset chooses, over it the settings file, and over that what was given on the command line.
    fn settings(&self) -> anyhow::Result<Settings> {
        let preset = match self.preset {
            Named::Default => Preset::Default,
            Named::Original => Preset::Original,
            Named::Gensim => Preset::Gensim,
        };
        let mut chosen = preset.table();
        let windowed = !chosen.is_empty();
        if let Some(path) = &self.settings {
            chosen.extend(training::read_settings(path)?);
        }
        let step = self.step.map(|step| match step {
            Step::Tied => StepFunction::Tied.name(),
            Step::Batched => StepFunction::Batched.name(),
            Step::Reference => StepFunction::Reference.name(),
        });
        let given: [(&str, Option<Value>); 23] = [
            ("step", step.map(Value::from)),
            ("sg", self.sg.map(|on| Value::from(u32::from(on)))),
            ("hs", self.hs.map(|on| Value::from(u32::from(on)))),
            ("vector-size", self.vector_size.map(Value::from)),
            ("window", self.window.map(Value::from)),
            ("shrink-windows", self.shrink_windows.map(Value::from)),
            ("cbow-mean", self.cbow_mean.map(|on| Value::from(u32::from(on)))),
            ("negative", self.negative.map(Value::from)),
            ("ns-exponent", self.ns_exponent.map(Value::from)),
            ("epochs", self.epochs.as_ref().map(|epochs| Value::from(epochs.to_string()))),
            ("alpha", self.alpha.map(Value::from)),
            ("min-alpha", self.min_alpha.map(Value::from)),
            ("sample", self.sample.map(Value::from)),
            ("min-count", self.min_count.map(Value::from)),
            ("max-final-vocab", self.max_final_vocab.map(Value::from)),
            ("max-vocab-size", self.max_vocab_size.map(Value::from)),
            ("title-words", self.title_words.map(Value::from)),
            ("title-min-count", self.title_min_count.map(Value::from)),
            ("compute-loss", self.compute_loss.map(Value::from)),
            ("seed", self.seed.map(Value::from)),
            ("deterministic", self.deterministic.map(Value::from)),
            ("workers", self.workers.map(Value::from)),
            ("kernel", self.kernel.clone().map(Value::from)),
        ];
        chosen.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let tied = Value::from(StepFunction::Tied.name());
        if windowed && chosen.get("step") == Some(&tied) {
            return Err(TrainingError::PresetNotOfStep { preset: preset.name() }.into());
        }
        if !chosen.contains_key("workers") {
            let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            chosen.insert("workers".into(), Value::from(processors.min(1024) as i64));
        }
        Ok(Settings::from_table(&chosen)?)
    }
}

/// A parser of whole numbers from `least` to `most`.
fn from_to(least: i64, most: usize) -> impl Fn(&str) -> Result<i64, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if (least..=most as i64).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {least} to {most}")),
    }
}

/// A parser of 0 and 1.
fn switch() -> clap::builder::RangedI64ValueParser<u8> {
    clap::value_parser!(u8).range(0..=1)
}

/// A parser of minutes, 0 for never.
fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if (0.0..=1e6).contains(&minutes) => Ok(minutes),
        _ => Err("not a number of minutes from 0 to 1000000".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = arguments.settings()?;
    let inputs: Vec<&Path> =
        std::iter::once(&arguments.corpus).chain(&arguments.start_from).map(PathBuf::as_path).collect();
    files::expect_writable(&arguments.output, &inputs)?;
    let mut checkpoint = arguments.output.clone().into_os_string();
    checkpoint.push(".checkpoint");
    let checkpoint = PathBuf::from(checkpoint);
    let resumed = checkpoint.exists();
    let old = arguments.start_from.as_deref().map(Model::read).transpose()?;
    let corpus = Corpus::open(&arguments.corpus)?;
    let bars = Bars::interruptible();
    let interval = Duration::from_secs_f64(60.0 * arguments.checkpoint_every);
    let mut trainer = Trainer::new(&corpus)
        .settings(settings.clone())
        .progress(&bars)
        .checkpoints(&checkpoint, interval)
        .resume(arguments.resume);
    if let Some(old) = &old {
        trainer = trainer.start_from(old);
    }
    if arguments.resume && !resumed {
        if Model::read(&arguments.output).is_ok_and(|model| trainer.has_finished(&model)) {
            let output = arguments.output.display();
            writeln!(std::io::stdout(), "{output} is finished already; to train it again, leave --resume out")?;
            return Ok(Outcome::Done);
        }
        eprintln!("there is no {}: training from the beginning", checkpoint.display());
    }
    let start = Instant::now();
    let model = trainer.train().context("cannot train")?;
    let seconds = start.elapsed().as_secs_f64();
    drop(bars);
    model.write(&arguments.output)?;
    let value = |name| recorded(&model, name);
    let epochs_done = value("epochs-done");
    let loss = value("loss-per-epoch").rsplit(' ').next().filter(|loss| !loss.is_empty());
    let loss = loss.map(|loss| format!(", loss {loss}")).unwrap_or_default();
    let mentions = corpus.summary.mentions as f64 * epochs_done.parse().unwrap_or(0.0);
    let speed = if resumed { String::new() } else { format!("{:.0} words/s, ", mentions / seconds) };
    writeln!(
        std::io::stdout(),
        "{}: {} artists × {}, {epochs_done} of {} epochs in {seconds:.1} s ({speed}{} kernel){loss}",
        arguments.output.display(),
        model.artists.len(),
        model.dimensions,
        settings.epochs.total(),
        value("kernel-used"),
    )?;
    if epochs_done == settings.epochs.total().to_string() {
        // The model is safe. A checkpoint that cannot be removed does no harm.
        let _ = std::fs::remove_file(&checkpoint);
    } else if let Ok(kept) = Model::read(&checkpoint) {
        let epochs = recorded(&kept, "epochs-done");
        let from = if epochs == epochs_done { "here" } else { &format!("{epochs} epochs, the last checkpoint") };
        writeln!(std::io::stdout(), "the same command with --resume goes on from {from}")?;
    }
    Ok(Outcome::Done)
}

/// What the training of a model measured; empty where it says nothing.
fn recorded<'a>(model: &'a Model, name: &str) -> &'a str {
    let measured = model.provenance.steps.last().map_or(&[][..], |step| &step.measured);
    measured.iter().find(|setting| setting.name == name).map_or("", |setting| &setting.value)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::training::PARAMETERS;

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
        let [tied, batched, reference] = StepFunction::ALL.map(|step| Settings::of(step).to_table());
        // 0.00001 is the same number as 1e-5, and an option may end a line in the middle of its defaults.
        let same = |said: &str, value: &Value| match value.as_float() {
            Some(number) => said.parse() == Ok(number),
            None => said == value.to_string().trim_matches('"'),
        };
        for parameter in &PARAMETERS {
            let (name, help) = (parameter.name, help(parameter.name).replace('\n', " "));
            let defaults = help.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']'));
            let defaults: Vec<&str> = defaults.unwrap_or_else(|| panic!("{name}: {help}")).0.split("; ").collect();
            let said = |of: &str| defaults.iter().find_map(|default| default.strip_prefix(of)?.strip_prefix(": "));
            match (tied.get(name), &batched[name], &reference[name]) {
                _ if name == "step" => assert_eq!(said("default").map(|said| said.starts_with("tied, ")), Some(true)),
                _ if name == "workers" => assert_eq!(defaults, ["default: all processors"]),
                (Some(tied), batched, reference) if batched != reference => {
                    let all = format!("{tied} for `tied`, {batched} for `batched`, {reference} for `reference`");
                    assert_eq!(said("default"), Some(all.as_str()), "{name}");
                }
                (tied, batched, _) => {
                    let (default, others) = (said("default"), said("batched and reference"));
                    assert_eq!(
                        defaults.len(),
                        usize::from(default.is_some()) + usize::from(others.is_some()),
                        "{help}"
                    );
                    let tied = tied.unwrap_or(batched);
                    assert!(default.is_none_or(|said| same(said, tied)), "{name}: {help}");
                    assert!(others.is_none_or(|said| same(said, batched)), "{name}: {help}");
                    assert!(default.is_some() || others.is_some(), "{name}: {help}");
                    assert!(others.is_some() || tied == batched, "{name}: {help}");
                }
            }
        }
    }
}
