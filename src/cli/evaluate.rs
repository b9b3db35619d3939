//! `artist2vec evaluate`: how good vectors are.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Outcome;
use super::progress::Bars;
use crate::corpus::Corpus;
use crate::evaluation::{
    self, Baseline, Centring, ContinuationSettings, EvaluationError, RelatedSettings, Request, read_input, read_truth,
};
use crate::export;
use crate::files;

/// Say how good vectors are, and how much of a difference is chance
///
/// Compares models, packs and other programs' vectors over the artists that all of them know, by up to four measures:
///
/// Related artists (--truth): how many of an artist's 20 nearest stand in a list of related artists, for popular (top), less
/// popular (mid) and rare (low) artists apart.
///
/// Playlist continuation (--held-out): playlists that no input has learned from show some of their artists; how many of the
/// others are found?
///
/// Words of titles (--genres): what lies nearest to "jazz" or "worship", and do its genres have that name?
///
/// Neighbours (always): whether a few artists are everyone's neighbours, and how far inputs agree: two seeds of the same
/// training, or a pack and its model.
///
/// All numbers come with 95 % intervals. Every other input and baseline is tested against the first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  artist2vec split corpus.a2c -o split
  artist2vec train split/train.a2c -o model.a2m
  artist2vec evaluate model.a2m --corpus split/train.a2c --held-out split/test.a2c \\
      --truth spotify_related.tsv.gz --baselines popularity,item-item,ppmi-svd -o report
  artist2vec evaluate model.a2m --genres artists.tsv.gz --title-words 90s,workout,worship
  artist2vec evaluate best=model.a2m seed2=other.a2m packed=site/data      agreement only
  artist2vec evaluate model.a2m gensim=gensim.bin,gensim.output.bin --truth related.tsv

A list of related artists is tab-separated (.tsv, .tsv.gz) with a header line: artist_uri, artist_name, related_uri,
related_name, as `artist2vec crawl` writes it. Last.fm's similar artists and AllMusic's influences are read, too.")]
pub(super) struct Arguments {
    /// Models (.a2m), packs (their folder or manifest) and other programs' vectors (.bin, .txt, .npy, …; IN,OUT for
    /// input and output vectors); NAME=PATH gives one another name
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// The playlists that baselines learn from; its popularity orders the artists
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// Lists of related artists; name the inputs before this
    #[arg(long, value_name = "FILE", num_args = 1..)]
    truth: Vec<PathBuf>,
    /// Genres of artists (tab-separated, columns `uri` and `genres`): how well words of titles find artists of genres with
    /// their name
    #[arg(long, value_name = "FILE")]
    genres: Option<PathBuf>,
    /// List what lies nearest to these words of titles, such as 90s,workout
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    title_words: Vec<String>,
    /// Playlists to be continued: the side of `artist2vec split` that nothing was trained on
    #[arg(long, value_name = "FILE")]
    held_out: Option<PathBuf>,
    /// Compare with recommenders that need no training; they need --corpus
    #[arg(long, value_name = "NAMES", value_enum, value_delimiter = ',')]
    baselines: Vec<BaselineName>,
    /// Write a report with plots, all numbers as JSON, and tables as CSV into this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print everything as JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Compare vectors as they are, without taking away the part that all have in common as `export` does
    #[arg(long)]
    plain: bool,
    /// Ask only artists that have so many references among those compared
    #[arg(long, value_name = "N", default_value_t = RelatedSettings::default().min_references, value_parser = at_least_one)]
    min_references: usize,
    /// Continue only playlists that hide so many artists
    #[arg(long, value_name = "N", default_value_t = ContinuationSettings::default().min_hidden, value_parser = at_least_one)]
    min_hidden: usize,
    /// Bootstrap samples an interval
    #[arg(long, value_name = "N", default_value_t = RelatedSettings::default().resamples, value_parser = resamples)]
    resamples: usize,
    /// Seed of everything random: drawn artists, orders of unordered playlists, resamples
    #[arg(long, value_name = "N", default_value_t = RelatedSettings::default().seed)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BaselineName {
    /// The most mentioned artists, whatever is asked
    Popularity,
    /// Artists that stand in the same playlists, by cosine
    ItemItem,
    /// Vectors by counting: pointwise mutual information, factorised
    PpmiSvd,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&number| number >= 1).ok_or_else(|| "not a whole number from 1".into())
}

fn resamples(text: &str) -> Result<usize, String> {
    let in_range = |number: &usize| (100..=10_000).contains(number);
    text.parse().ok().filter(in_range).ok_or_else(|| "not a whole number from 100 to 10000".into())
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let &Arguments { min_references, min_hidden, resamples, seed, .. } = arguments;
    let mut baselines: Vec<Baseline> = Vec::new();
    for name in &arguments.baselines {
        let baseline = match name {
            BaselineName::Popularity => Baseline::Popularity,
            BaselineName::ItemItem => Baseline::ItemItem,
            BaselineName::PpmiSvd => Baseline::PpmiSvd,
        };
        if !baselines.contains(&baseline) {
            baselines.push(baseline);
        }
    }
    // Said before anything is read.
    if arguments.inputs.is_empty() && baselines.is_empty() {
        return Err(EvaluationError::Nothing.into());
    }
    if !baselines.is_empty() && arguments.corpus.is_none() {
        return Err(EvaluationError::NoCorpus.into());
    }
    if let Some(folder) = &arguments.output {
        files::expect_writable_folder(folder, &["report.html"], &[])?;
    }
    let centring = if arguments.plain { Centring::None } else { Centring::Mean };
    let truths = arguments.truth.iter().map(|path| read_truth(path)).collect::<Result<Vec<_>, _>>()?;
    let genres = arguments.genres.as_deref().map(export::read_genres).transpose()?;
    let inputs = arguments.inputs.iter().map(|text| read_input(text, centring)).collect::<Result<Vec<_>, _>>()?;
    let corpus = arguments.corpus.as_deref().map(Corpus::open).transpose()?;
    let held_out = arguments.held_out.as_deref().map(Corpus::open).transpose()?;
    let request = Request {
        inputs: &inputs,
        corpus: corpus.as_ref(),
        truths: &truths,
        held_out: held_out.as_ref(),
        genres: genres.as_ref(),
        title_words: &arguments.title_words,
        baselines: &baselines,
        plain: arguments.plain,
        related: &RelatedSettings { min_references, seed, resamples, ..RelatedSettings::default() },
        continuation: &ContinuationSettings { min_hidden, seed, resamples },
    };
    let bars = Bars::interruptible();
    let evaluation = evaluation::evaluate(&request, &bars)?;
    drop(bars);
    for warning in &evaluation.warnings {
        eprintln!("warning: {warning}");
    }
    let written = match &arguments.output {
        Some(folder) => evaluation::write_folder(&evaluation, folder)?,
        None => Vec::new(),
    };
    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &evaluation).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", evaluation::to_text(&evaluation))?;
        for path in written {
            writeln!(out, "{}", path.display())?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}
