//! `artist2vec tune`: a search for the training settings that suit a corpus.

use std::io::Write as _;
use std::path::PathBuf;
use std::slice;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use super::Outcome;
use super::progress::Bars;
use crate::corpus::Corpus;
use crate::evaluation::read_truth;
use crate::tuning::{self, Limits, Space};

/// Search the training settings that suit a corpus
///
/// A space file says which parameters to try, how (grid, random draws or successive halving) and what counts as good:
/// related artists, playlist continuation, or both. Every trial learns from one part of the playlists and is scored on
/// another; in the end the best settings and the defaults are compared on playlists and artists that no trial has seen,
/// since the best of many owes a part of its score to luck.
///
/// Finished trials are kept in DIR/journal.jsonl. After Ctrl-C, a crash or a power cut, run the same command again: it
/// goes on where it was. It writes DIR/settings.toml, which `train --settings` takes, DIR/report.html with plots, and
/// all trials as DIR/trials.csv and DIR/trials.json.
#[derive(Debug, Args)]
#[command(after_help = r#"A space file:
  method = "halving"          # or "grid" (every combination of lists), or "random"
  trials = 40                 # how many settings are drawn (random, halving)
  seed = 1                    # the default
  [objective]                 # weights of the two scores, each relative to the defaults'; 0.5 each if left out
  related = 0.5
  continuation = 0.5
  [split]                     # shares of the playlists to choose with and to test with; the default is 0.1 each
  validation = 0.1
  test = 0.1
  [fixed]                     # parameters with one value; all others have the defaults of `train`
  vector-size = 100
  [space]                     # parameters to search: lists, or ranges (in a grid with steps = N)
  window = [5, 10, 20]
  negative = { min = 5, max = 100, scale = "log" }
  alpha = { min = 0.005, max = 0.05, scale = "log" }
  [halving]                   # all settings with few epochs; each time the best 1/factor go on, with more
  min-epochs = 2
  max-epochs = 18
  factor = 3                  # the default

Examples:
  artist2vec tune corpus.a2c --space space.toml --truth related.tsv -o tuned
  artist2vec tune corpus.a2c --space space.toml --truth related.tsv -o tuned --budget 2h --parallel runs
  artist2vec train corpus.a2c --settings tuned/settings.toml -o model.a2m"#)]
pub(super) struct Arguments {
    /// The corpus that `ingest` wrote
    corpus: PathBuf,
    /// What to search, how, and what counts as good: a TOML file, see below
    #[arg(long, value_name = "FILE")]
    space: PathBuf,
    /// The folder for the journal and the results; it is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Related artists to score with, as `evaluate` takes them; may be given several times
    #[arg(long, value_name = "FILE")]
    truth: Vec<PathBuf>,
    /// Stop after this time, such as 90s, 30m, 2h or 1h30m, the final score included [default: when all trials are
    /// done]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    budget: Option<Duration>,
    /// Stop after so many trials, those of earlier runs included [default: all of the space file]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,
    /// Threads [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// What threads are for: all for one training after the other, or one for each of several trainings side by side
    ///
    /// With `runs` (and with one worker) the same search gives the same settings, bit for bit; it needs memory for as
    /// many models as there are workers. With `threads` scores differ a little from run to run.
    #[arg(long, value_enum, default_value = "threads")]
    parallel: Parallel,
    /// Seed of draws, splits and trainings [default: that of the space file]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Parallel {
    Threads,
    Runs,
}

/// Reads `1h30m`: numbers with the units d, h, m and s.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "not a time such as 90s, 30m, 2h or 1h30m".to_owned();
    let mut seconds = 0_u64;
    let mut number = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            'd' => 86_400,
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        seconds = part.and_then(|part| seconds.checked_add(part)).ok_or_else(wrong)?;
        number.clear();
    }
    if !number.is_empty() || seconds == 0 {
        return Err(wrong());
    }
    Ok(Duration::from_secs(seconds))
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut space = Space::read(&arguments.space)?;
    if let Some(seed) = arguments.seed.and_then(|seed| u64::try_from(seed).ok()) {
        space = space.with_seed(seed);
    }
    if arguments.output.exists() && !arguments.output.is_dir() {
        bail!("{}: it is a file; name a folder with -o", arguments.output.display());
    }
    let truths = arguments.truth.iter().map(|path| read_truth(path)).collect::<Result<Vec<_>, _>>()?;
    let digests = [tuning::digest_of(slice::from_ref(&arguments.space))?, tuning::digest_of(&arguments.truth)?];
    let corpus = Corpus::open(&arguments.corpus)?;
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(1024);
    let limits = Limits {
        workers: arguments.workers.map_or_else(processors, usize::from),
        parallel: match arguments.parallel {
            Parallel::Threads => tuning::Parallel::Threads,
            Parallel::Runs => tuning::Parallel::Runs,
        },
        budget: arguments.budget,
        trials: arguments.trials.map(|trials| trials as usize),
    };
    let bars = Bars::interruptible();
    let tuned = tuning::tune(&corpus, &truths, space, digests, &limits, &arguments.output, &bars);
    drop(bars);
    let tuned = tuned.context("cannot tune")?;
    tuned.write(&arguments.output)?;

    let mut out = std::io::stdout().lock();
    if tuned.torn {
        writeln!(out, "The journal ended in an unfinished line, which was dropped; that trial was made again.")?;
    }
    if tuned.resumed > 0 {
        writeln!(out, "{} trials were taken from the journal.", tuned.resumed)?;
    }
    writeln!(out, "\n{}", tuned.best_table(10).to_text())?;
    writeln!(out, "On what no trial has seen:\n{}", tuned.final_table().to_text())?;
    for line in tuned.summary() {
        writeln!(out, "{line}")?;
    }
    let folder = arguments.output.display();
    writeln!(out, "{folder}/settings.toml is for `artist2vec train --settings`; {folder}/report.html has the plots.")?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1d", 86_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "2", "h", "2x", "-1h", "0s", "1.5h", "99999999999999999999s", "9999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
