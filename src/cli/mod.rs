//! The command line: one file a subcommand, each parsing its arguments, calling the library and printing the result.
//!
//! Owns arguments, terminal output, progress bars and exit codes. Holds no logic that the library could not do without
//! a terminal. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with damaged input.

mod analyze;
mod axes;
mod blend;
mod compare;
mod convert;
mod crawl;
mod diff;
mod evaluate;
mod export;
mod generate;
mod ingest;
mod inspect;
mod layout;
mod list;
mod pack;
mod path;
mod progress;
mod recommend;
mod similar;
mod split;
mod train;
mod tune;
mod verify;
mod why;
mod words;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::catalog::QueryError;
use crate::catalog::questions::PathError;
use crate::corpus::SplitError;
use crate::evaluation::EvaluationError;
use crate::layout::LayoutError;
use crate::text::printable;
use crate::training::TrainingError;

/// How a subcommand that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everything was done: exit code 0.
    Done,
    /// Everything that was whole was done, but some input was damaged: exit code 3.
    DamagedInput,
}

/// Learn artist vectors from playlists and ship them as a static page.
///
/// The road: `ingest` playlists into a corpus, `train` vectors on it, `layout` them in 3-D, `export` a pack that the page
/// reads. `similar`, `recommend`, `blend`, `path`, `axes`, `why`, `words` and `compare` ask a pack questions.
#[derive(Debug, Parser)]
#[command(name = "artist2vec", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with damaged input.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    // In the order of the road, as `--help` lists them.
    Ingest(ingest::Arguments),
    Analyze(analyze::Arguments),
    Split(split::Arguments),
    Train(train::Arguments),
    Tune(tune::Arguments),
    Evaluate(evaluate::Arguments),
    Layout(layout::Arguments),
    Export(export::Arguments),
    Similar(similar::Arguments),
    Recommend(recommend::Arguments),
    Blend(blend::Arguments),
    Path(path::Arguments),
    Axes(axes::Arguments),
    Why(why::Arguments),
    Words(words::Arguments),
    Compare(compare::Arguments),
    Inspect(inspect::Arguments),
    Verify(verify::Arguments),
    Diff(diff::Arguments),
    Convert(convert::Arguments),
    Crawl(crawl::Arguments),
    Generate(generate::Arguments),
}

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::DamagedInput) => ExitCode::from(3),
        // Whoever read our output has had enough, as `head` does: that is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Some errors draw where they are, in lines. Names from packs and files may hold anything, and begin no line.
            let message = message(&error);
            eprintln!("error: {}", message.split('\n').map(printable).collect::<Vec<_>>().join("\n  "));
            if is_wrong_usage(&error) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Ingest(arguments) => ingest::run(&arguments),
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Split(arguments) => split::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Tune(arguments) => tune::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Layout(arguments) => layout::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Similar(arguments) => similar::run(&arguments),
        Command::Recommend(arguments) => recommend::run(&arguments),
        Command::Blend(arguments) => blend::run(&arguments),
        Command::Path(arguments) => path::run(&arguments),
        Command::Axes(arguments) => axes::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Words(arguments) => words::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Crawl(arguments) => crawl::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
    }
}

/// An error and its causes in one line; a cause that the sentence before it ends with already is not repeated.
fn message(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .reduce(|said, cause| if said.ends_with(&cause) { said } else { format!("{said}: {cause}") })
        .unwrap_or_default()
}

/// Says whether the command line itself asks for something that cannot be.
fn is_wrong_usage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref().is_some_and(crawl::is_wrong_usage)
            || matches!(
                cause.downcast_ref(),
                Some(
                    TrainingError::Setting { .. }
                        | TrainingError::NoObjective
                        | TrainingError::NotOfStep { .. }
                        | TrainingError::PresetNotOfStep { .. }
                )
            )
            || matches!(cause.downcast_ref(), Some(SplitError::Shares { .. }))
            || matches!(cause.downcast_ref(), Some(QueryError::Dial { .. } | QueryError::TooManyTerms { .. }))
            || matches!(cause.downcast_ref(), Some(PathError::Setting { .. } | PathError::Length { .. }))
            || matches!(cause.downcast_ref(), Some(EvaluationError::Nothing | EvaluationError::NoCorpus))
            || matches!(
                cause.downcast_ref(),
                Some(LayoutError::Neighbours { .. } | LayoutError::MinDist { .. } | LayoutError::Epochs)
            )
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}
