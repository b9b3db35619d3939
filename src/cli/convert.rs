//! `artist2vec convert`: vectors to and from the files of other programs.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use crate::convert::{Matrix, read_vectors, write_sentences, write_vectors};
use crate::corpus::Corpus;
use crate::files;
use crate::training::Model;

/// Write a model's vectors or a corpus's playlists for other programs, or make a model of vectors that another trained.
///
/// From a model, the ending of OUT decides: `.bin` and `.txt` are word2vec's binary and text (gensim's
/// KeyedVectors.load_word2vec_format reads them), `.npy` is a numpy array with `.names.tsv` beside it (one name a line
/// in row order), `.tsv` is for the TensorFlow projector, with `.metadata.tsv` beside it. From word2vec `.bin` or
/// `.txt`, OUT is a model, `.a2m`. From a corpus, OUT is training text, `.txt` or `.txt.gz`: one playlist a line, artists
/// as words, for gensim's LineSentence, word2vec.c and fastText.
///
/// word2vec's files end a word at a space, so "Miles Davis" becomes Miles_Davis; `_`, `%` and other white space become
/// %XX as in URLs, and a namesake of a more popular artist carries %% and its id. Reading such a file restores names
/// exactly; other ids and output vectors it does not hold.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  artist2vec convert model.a2m -o vectors.bin --counts counts.txt\n  \
    artist2vec convert GoogleNews.bin -o model.a2m\n  artist2vec convert split/train.a2c -o sentences.txt.gz")]
pub(super) struct Arguments {
    /// A model (`.a2m`), word2vec vectors (`.bin`, `.txt`), or a corpus (`.a2c`).
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Where to write: `.bin`, `.txt`, `.npy`, `.tsv` from a model, `.a2m` from word2vec vectors, `.txt`, `.txt.gz`
    /// from a corpus.
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Write the output vectors (what training predicts with) instead of the input vectors.
    #[arg(long)]
    output_vectors: bool,
    /// Words and their counts, gensim's `fvocab`: written beside the vectors, or read with them. Without it a word2vec
    /// file's order is taken for the order of popularity, and mentions are unknown (0).
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { input, output, output_vectors, counts } = arguments;
    files::expect_writable(output, &[input])?;
    if let Some(counts) = counts {
        anyhow::ensure!(counts != output, "{}: vectors and counts need a file each", output.display());
    }
    if input.extension().is_some_and(|ending| ending == "a2c") {
        anyhow::ensure!(!output_vectors, "{}: a corpus has no vectors", input.display());
        let corpus = Corpus::open(input)?;
        let written = write_sentences(&corpus, output, counts.as_deref())?;
        let mut out = io::stdout().lock();
        writeln!(out, "{} playlists, {} artists", corpus.len(), corpus.artists.len())?;
        return print(&mut out, &written);
    }
    let is_model = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "a2m");
    let (written, model) = if is_model(input) {
        let model = Model::read(input)?;
        let matrix = if *output_vectors { Matrix::Output } else { Matrix::Input };
        (write_vectors(&model, matrix, output, counts.as_deref())?, model)
    } else {
        anyhow::ensure!(!output_vectors, "{}: word2vec files hold no output vectors", input.display());
        anyhow::ensure!(is_model(output), "{}: word2vec vectors become a model, .a2m", output.display());
        let model = read_vectors(input, counts.as_deref())?;
        model.write(output)?;
        (vec![output.clone()], model)
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{} artists × {} dimensions", model.artists.len(), model.dimensions)?;
    print(&mut out, &written)
}

fn print(out: &mut impl Write, written: &[PathBuf]) -> anyhow::Result<Outcome> {
    for path in written {
        writeln!(out, "wrote {}", path.display())?;
    }
    Ok(Outcome::Done)
}
