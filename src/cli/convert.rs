//! `artist2vec convert`: vectors to and from the files of other programs.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Outcome;
use crate::convert::{self, Known, Written, read_vectors, write_playlists, write_vectors};
use crate::corpus::Corpus;
use crate::files;
use crate::training::Model;

/// Write a model's vectors or a corpus's playlists for other programs, or make a model of vectors
/// that another trained.
///
/// Endings decide. Vectors, both ways (a model is .a2m):
///   .bin           word2vec's binary form (gensim's KeyedVectors.load_word2vec_format)
///   .txt, .vec     word2vec's and fastText's text form; read with or without its heading
///   .glove.txt     GloVe's text form, which has no heading
///   .fifu          finalfusion
///   .npy           a numpy array; beside it .names.tsv, one name a line in row order
///   .safetensors   all tensors in one file, names as JSON in a tensor of bytes
///   .tsv           the TensorFlow projector's vectors; beside it .metadata.tsv
///   .parquet       a table of words and vectors (where this program was built with --features parquet)
///   .spark         a folder as Apache Spark's Word2VecModel saves it (likewise)
///
/// From a corpus, OUT is training text, .txt or .txt.gz: one playlist a line, artists as words,
/// for gensim's LineSentence, word2vec.c and fastText; or .parquet, with a list of words a
/// playlist, for Spark.
///
/// In forms with words a word must not hold a space, so "Miles Davis" becomes Miles_Davis; `_`,
/// `%` and other white space become %XX as in URLs, a namesake of a more popular artist carries
/// %% and its id, and a word of playlists' titles is title:WORD. Reading such a file restores
/// names exactly; other ids and mentions it does not hold, but the corpus does (--corpus). A
/// model's bias is written beside its vectors (NAME.bias.txt, NAME.bias.npy) and read from there;
/// .safetensors and .tsv hold it themselves.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:\n  artist2vec convert model.a2m -o vectors.bin --counts counts.txt\n  \
    artist2vec convert model.a2m -o vectors.safetensors --matrix both\n  \
    artist2vec convert GoogleNews.bin -o model.a2m\n  artist2vec convert split/train.a2c -o sentences.txt.gz\n  \
    artist2vec convert fasttext.vec --corpus split/train.a2c -o model.a2m\n  \
    artist2vec convert vectors.spark --corpus split/train.a2c -o model.a2m"
)]
pub(super) struct Arguments {
    /// A model, vectors or a corpus (`.a2c`).
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Where to write: vectors from a model, a model from vectors, training text from a corpus.
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Which vectors: the input vectors (what "similar" compares), the output vectors (what training predicts with), or
    /// both. Both are one file as .safetensors; else NAME.ENDING has the input and NAME.output.ENDING the output
    /// vectors, written as well as read.
    #[arg(long, value_name = "WHICH", default_value = "input")]
    matrix: Matrix,
    /// Words and their counts, gensim's `fvocab`: written beside vectors or training text, or read with vectors.
    /// Without it a file's order is taken for the order of popularity, and mentions are unknown (0).
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
    /// The corpus that the words of vectors were written from: artists get their ids and mentions from it.
    #[arg(long, value_name = "CORPUS", conflicts_with = "counts")]
    corpus: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Matrix {
    Input,
    Output,
    Both,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { input, output, counts, corpus, .. } = arguments;
    let matrix = match arguments.matrix {
        Matrix::Input => convert::Matrix::Input,
        Matrix::Output => convert::Matrix::Output,
        Matrix::Both => convert::Matrix::Both,
    };
    let has_ending = |path: &PathBuf, ending| path.extension().is_some_and(|found| found == ending);
    if has_ending(output, "spark") {
        files::expect_writable_folder(output, &[], &[input])?;
    } else {
        files::expect_writable(output, &[input])?;
    }
    if let Some(counts) = counts {
        anyhow::ensure!(counts != output, "{}: vectors and counts need a file each", output.display());
    }
    let of_vectors = !has_ending(input, "a2c") && !has_ending(input, "a2m");
    anyhow::ensure!(of_vectors || corpus.is_none(), "--corpus is for vectors that another program trained");
    let mut out = io::stdout().lock();
    let (written, model) = if has_ending(input, "a2c") {
        anyhow::ensure!(matches!(arguments.matrix, Matrix::Input), "{}: a corpus has no vectors", input.display());
        let corpus = Corpus::open(input)?;
        let written = write_playlists(&corpus, output, counts.as_deref())?;
        writeln!(out, "{} playlists, {} artists", corpus.len(), corpus.artists.len())?;
        return print(&mut out, &written);
    } else if of_vectors {
        anyhow::ensure!(has_ending(output, "a2m"), "{}: vectors become a model, .a2m", output.display());
        let corpus = corpus.as_ref().map(|path| Corpus::open(path)).transpose()?;
        let known = match (&corpus, counts) {
            (Some(corpus), _) => Known::Corpus(corpus),
            (None, Some(counts)) => Known::Counts(counts),
            (None, None) => Known::Nothing,
        };
        let model = read_vectors(input, matrix, known)?;
        model.write(output)?;
        (Written { files: vec![output.clone()], title_words_left_out: 0 }, model)
    } else {
        let model = Model::read(input)?;
        (write_vectors(&model, matrix, output, counts.as_deref())?, model)
    };
    write!(out, "{} artists × {} dimensions", model.artists.len(), model.dimensions)?;
    let has_output = !(model.output.is_empty() && model.weights.is_empty());
    let parts = [(has_output, "output vectors"), (!model.bias.is_empty(), "a bias")];
    for (_, part) in parts.iter().filter(|(is_there, _)| *is_there) {
        write!(out, ", {part}")?;
    }
    match model.words.len() {
        0 => writeln!(out)?,
        words => writeln!(out, ", {words} words of titles")?,
    }
    print(&mut out, &written)
}

fn print(out: &mut impl Write, written: &Written) -> anyhow::Result<Outcome> {
    for path in &written.files {
        writeln!(out, "wrote {}", path.display())?;
    }
    if written.title_words_left_out > 0 {
        writeln!(
            out,
            "left out {} words of titles, for which this form has no place: .bin, .txt and .safetensors have",
            written.title_words_left_out
        )?;
    }
    Ok(Outcome::Done)
}
