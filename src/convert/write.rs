//! Writing a model's vectors and a corpus's playlists: which files there are, and what goes into each.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

#[cfg(feature = "parquet")]
use super::parquet;
use super::{ConvertError, Form, Matrix, Written, beside_path, bias_path, ending};
use super::{beside, finalfusion, numpy, projector, safetensors, sentences, text, word2vec};
use crate::corpus::{Corpus, words};
use crate::files::{self, FileError};
use crate::training::Model;

/// Writes vectors of `model` in the form that the ending of `path` names.
///
/// - `.bin`; `.txt`, `.vec`; `.glove.txt`; `.fifu`: word2vec's binary form, its text form (fastText's, too), the same
///   without heading (GloVe's), finalfusion's. Most mentioned artist first. Spaces in names become underscores;
///   characters that would then be ambiguous or break the file become `%XX` as in URLs; a namesake of a more popular
///   artist carries `%%` and its id. Words of titles follow the artists as `title:WORD`. [`super::read_vectors`] undoes
///   all of it. finalfusion keeps unit vectors and their lengths apart: what comes back may differ in the last bits.
/// - `.npy`: numpy's array file, and beside it `.names.tsv` with one name a line in row order.
/// - `.tsv`: the TensorFlow projector's vectors, and beside it `.metadata.tsv` with name, id, mentions and bias.
/// - `.safetensors`: everything that the model knows about artists and words.
/// - `.parquet`, and `.spark` (a folder): words and vectors as Spark MLlib's Word2VecModel has them (feature
///   `parquet`).
///
/// [`Matrix::Both`] makes one `.safetensors`; in every other form it makes two files, `NAME.ENDING` with the input and
/// `NAME.output.ENDING` with the output vectors. Where the model has a bias, `.npy` has it in `NAME.bias.npy`, the
/// forms with words in `NAME.bias.txt`, a word and its number a line. `counts` also writes each word and its mentions,
/// as gensim's `fvocab` has them.
///
/// # Errors
/// [`ConvertError`] where the ending is unknown, the matrix is absent or a file cannot be written.
pub fn write_vectors(
    model: &Model,
    matrix: Matrix,
    path: &Path,
    counts: Option<&Path>,
) -> Result<Written, ConvertError> {
    let form = Form::of(path)?;
    let (output, words_output) = model.output_vectors();
    if matrix.has_output() && output.is_empty() {
        return Err(ConvertError::NoOutputVectors);
    }
    let mut written = Written::default();
    if form == Form::Safetensors {
        write(path, &mut written, |w| safetensors::write(w, model, matrix))?;
    } else {
        let output_path = if matrix == Matrix::Both { beside_path(path, "output", None) } else { path.to_owned() };
        if matrix.has_input() {
            write_rows(model, form, (&model.input, &model.words.input), path, &mut written)?;
        }
        if matrix.has_output() {
            write_rows(model, form, (&output, &words_output), &output_path, &mut written)?;
        }
        write_beside(model, form, path, &mut written)?;
    }
    if let Some(counts) = counts {
        let (words, title_words) = (words::encode_all(&model.artists), words::encode_titles(&model.words.words));
        write(counts, &mut written, |w| {
            beside::write(w, &words, &model.artists.mentions)?;
            beside::write(w, &title_words, &model.words.mentions)
        })?;
    }
    Ok(written)
}

/// Writes one matrix: rows of artists, and of words of titles (none, where there are no such vectors).
fn write_rows(
    model: &Model,
    form: Form,
    (artists, titles): (&[f32], &[f32]),
    path: &Path,
    written: &mut Written,
) -> Result<(), FileError> {
    let dimensions = model.dimensions;
    let mut words = Vec::new();
    if form.has_words() {
        words = words::encode_all(&model.artists);
        if !titles.is_empty() {
            words.extend(words::encode_titles(&model.words.words));
        }
    } else {
        written.title_words_left_out = model.words.len();
    }
    let rows = || artists.chunks_exact(dimensions);
    let all_rows = rows().chain(titles.chunks_exact(dimensions));
    #[cfg(feature = "parquet")]
    if form == Form::Spark {
        parquet::write_model(path, &words, dimensions, all_rows)?;
        written.files.push(path.to_owned());
        return Ok(());
    }
    write(path, written, |w| match form {
        Form::Word2Vec => word2vec::write(w, &words, dimensions, all_rows),
        Form::GloVe => text::write(w, false, &words, dimensions, all_rows),
        Form::Text => text::write(w, true, &words, dimensions, all_rows),
        Form::Finalfusion => finalfusion::write(w, &words, dimensions, all_rows),
        Form::Projector => projector::write_vectors(w, rows()),
        #[cfg(feature = "parquet")]
        Form::Parquet | Form::Spark => parquet::write_vectors(w, &words, dimensions, all_rows),
        Form::Numpy | Form::Safetensors => numpy::write_array(w, artists, Some(dimensions)),
    })
}

/// Writes names and bias, where the form keeps them in files of their own.
fn write_beside(model: &Model, form: Form, path: &Path, written: &mut Written) -> Result<(), FileError> {
    let Model { artists, bias, .. } = model;
    match form {
        Form::Numpy => {
            write(&beside_path(path, "names", Some("tsv")), written, |w| numpy::write_names(w, &artists.names))?;
        }
        Form::Projector => {
            let metadata = beside_path(path, "metadata", None);
            return write(&metadata, written, |w| projector::write_metadata(w, artists, bias));
        }
        _ => {}
    }
    if bias.is_empty() {
        return Ok(());
    }
    write(&bias_path(form, path), written, |w| match form {
        Form::Numpy => numpy::write_array(w, bias, None),
        _ => beside::write(w, &words::encode_all(artists), bias),
    })
}

/// Writes a corpus for other programs to train on: as text, `.txt` or `.txt.gz`, one playlist a line, artists as words,
/// which gensim's `LineSentence`, word2vec.c and fastText read; or as `.parquet` for engines such as Spark, with the
/// columns `words` (a list of strings) and `title`.
///
/// The words are those of [`write_vectors`], so [`super::read_vectors`] finds the artists again in what such a program
/// has learned. Playlists without artists are left out. `counts` also writes each word and its mentions, as gensim's
/// `fvocab` has them.
///
/// # Errors
/// [`ConvertError`] where the ending is unknown or a file cannot be written.
pub fn write_playlists(corpus: &Corpus, path: &Path, counts: Option<&Path>) -> Result<Written, ConvertError> {
    let words = words::encode_all(&corpus.artists);
    let unpacked = if ending(path) == "gz" { path.with_extension("") } else { path.to_owned() };
    let mut written = Written::default();
    match (ending(&unpacked), unpacked == path) {
        ("txt", true) => write(path, &mut written, |w| sentences::write(w, corpus, &words))?,
        ("txt", false) => write(path, &mut written, |w| {
            let mut packed = GzEncoder::new(w, Compression::default());
            sentences::write(&mut packed, corpus, &words)?;
            packed.finish().map(drop)
        })?,
        #[cfg(feature = "parquet")]
        ("parquet", true) => write(path, &mut written, |w| parquet::write_playlists(w, corpus, &words))?,
        #[cfg(not(feature = "parquet"))]
        ("parquet", true) => return Err(ConvertError::NoParquet { path: path.to_owned() }),
        _ => return Err(ConvertError::UnknownPlaylists { path: path.to_owned() }),
    }
    if let Some(counts) = counts {
        write(counts, &mut written, |w| beside::write(w, &words, &corpus.artists.mentions))?;
    }
    Ok(written)
}

fn write(
    path: &Path,
    written: &mut Written,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), FileError> {
    files::write_atomically(path, |writer| write(writer).map_err(|source| FileError::write(path, source)))?;
    written.files.push(path.to_owned());
    Ok(())
}
