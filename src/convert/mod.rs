//! Vectors in the forms that other programs read and write, and playlists in the forms that they train on.
//!
//! Owns one file a form (word2vec's binary, text as word2vec, fastText and GloVe have it, finalfusion, numpy, safetensors, the
//! TensorFlow projector), training text, and how names become words without spaces. Must not know layouts, packs or how the
//! vectors were trained.

mod beside;
mod finalfusion;
mod numpy;
mod projector;
mod safetensors;
mod sentences;
mod text;
mod vectors;
mod word2vec;
mod words;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::catalog::metadata::{Provenance, Step};
use crate::corpus::{Artists, Corpus};
use crate::files::{self, ArtefactError, FileError};
use crate::training::{Model, TitleWords};

pub use vectors::VectorsError;
use vectors::{Vectors, check_numbers};

/// Vectors could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The model could not be read or written.
    #[error(transparent)]
    Model(#[from] ArtefactError),
    /// The file's ending names no form of vectors.
    #[error(
        "{path}: unknown ending; vectors are .bin, .txt (word2vec), .vec (fastText), .glove.txt (GloVe), .fifu \
         (finalfusion), .npy (numpy), .safetensors or .tsv (projector)",
        path = path.display()
    )]
    UnknownForm {
        /// The file.
        path: PathBuf,
    },
    /// The file's ending names no form in which playlists can be written.
    #[error("{path}: unknown ending; playlists are written as .txt or .txt.gz", path = path.display())]
    UnknownSentences {
        /// The file.
        path: PathBuf,
    },
    /// The model has no output vectors.
    #[error("this model has no output vectors (it came from a file without them): convert it with --matrix input")]
    NoOutputVectors,
    /// A model cannot be made of output vectors alone.
    #[error("a model needs input vectors: read --matrix input or both")]
    NoInputVectors,
    /// The file is no sound file of vectors.
    #[error("{path}: {source}", path = path.display())]
    Vectors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: VectorsError,
    },
}

/// Which of a model's two matrices are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// Input vectors: what neighbours are computed from.
    Input,
    /// Output vectors: what training predicts with.
    Output,
    /// Both, in one file or two.
    Both,
}

impl Matrix {
    fn has_input(self) -> bool {
        self != Self::Output
    }

    fn has_output(self) -> bool {
        self != Self::Input
    }
}

/// What is known about the words of a file of vectors beside the vectors.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Nothing: the file's order is taken for the order of popularity, and mentions are 0.
    Nothing,
    /// A file of words and their counts, as gensim's `fvocab`.
    Counts(&'a Path),
    /// The corpus that the words were written from ([`write_sentences`]): it knows ids and mentions.
    Corpus(&'a Corpus),
}

/// What was written, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Words of titles that the form has no place for.
    pub title_words_left_out: usize,
}

/// A form of vectors, as a file's ending names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Word2Vec,
    Text,
    GloVe,
    Finalfusion,
    Numpy,
    Safetensors,
    Projector,
}

impl Form {
    fn of(path: &Path) -> Result<Self, ConvertError> {
        match ending(path) {
            "bin" => Ok(Self::Word2Vec),
            "txt" if ending(&path.with_extension("")) == "glove" => Ok(Self::GloVe),
            "txt" | "vec" => Ok(Self::Text),
            "fifu" => Ok(Self::Finalfusion),
            "npy" => Ok(Self::Numpy),
            "safetensors" => Ok(Self::Safetensors),
            "tsv" => Ok(Self::Projector),
            _ => Err(ConvertError::UnknownForm { path: path.to_owned() }),
        }
    }

    /// Whether it has words, and with them a place for those of titles.
    fn has_words(self) -> bool {
        !matches!(self, Self::Numpy | Self::Projector | Self::Safetensors)
    }
}

/// Says whether a path's ending names a form of vectors that [`read_vectors`] reads.
pub fn is_vectors(path: &Path) -> bool {
    Form::of(path).is_ok()
}

/// Writes vectors of `model` in the form that the ending of `path` names.
///
/// - `.bin`; `.txt`, `.vec`; `.glove.txt`; `.fifu`: word2vec's binary form, its text form (fastText's, too), the same
///   without heading (GloVe's), finalfusion's. Most mentioned artist first. Spaces in names become underscores; characters
///   that would then be ambiguous or break the file become `%XX` as in URLs; a namesake of a more popular artist carries
///   `%%` and its id. Words of titles follow the artists as `title:WORD`. [`read_vectors`] undoes all of it. finalfusion
///   keeps unit vectors and their lengths apart: what comes back may differ in the last bits.
/// - `.npy`: numpy's array file, and beside it `.names.tsv` with one name a line in row order.
/// - `.tsv`: the TensorFlow projector's vectors, and beside it `.metadata.tsv` with name, id, mentions and bias.
/// - `.safetensors`: everything that the model knows about artists and words.
///
/// [`Matrix::Both`] makes one `.safetensors`; in every other form it makes two files, `NAME.ENDING` with the input and
/// `NAME.output.ENDING` with the output vectors. Where the model has a bias, `.npy` has it in `NAME.bias.npy`, the forms with
/// words in `NAME.bias.txt`, a word and its number a line. `counts` also writes each word and its mentions, as gensim's
/// `fvocab` has them.
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
    if matrix.has_output() && model.output.is_empty() {
        return Err(ConvertError::NoOutputVectors);
    }
    let mut written = Written::default();
    if form == Form::Safetensors {
        write(path, &mut written, |w| safetensors::write(w, model, matrix))?;
    } else {
        let output_path = if matrix == Matrix::Both { beside(path, "output", None) } else { path.to_owned() };
        if matrix.has_input() {
            write_rows(model, form, (&model.input, &model.words.input), path, &mut written)?;
        }
        if matrix.has_output() {
            write_rows(model, form, (&model.output, &model.words.output), &output_path, &mut written)?;
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
    write(path, written, |w| match form {
        Form::Word2Vec => word2vec::write(w, &words, dimensions, all_rows),
        Form::GloVe => text::write(w, false, &words, dimensions, all_rows),
        Form::Text => text::write(w, true, &words, dimensions, all_rows),
        Form::Finalfusion => finalfusion::write(w, &words, dimensions, all_rows),
        Form::Projector => projector::write_vectors(w, rows()),
        Form::Numpy | Form::Safetensors => numpy::write_array(w, artists, Some(dimensions)),
    })
}

/// Writes names and bias, where the form keeps them in files of their own.
fn write_beside(model: &Model, form: Form, path: &Path, written: &mut Written) -> Result<(), FileError> {
    let Model { artists, bias, .. } = model;
    match form {
        Form::Numpy => write(&beside(path, "names", Some("tsv")), written, |w| numpy::write_names(w, &artists.names))?,
        Form::Projector => {
            let metadata = beside(path, "metadata", None);
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

/// Reads vectors in the form that the ending of `path` names, as a model.
///
/// The forms are those of [`write_vectors`]; `.txt` and `.vec` may have a heading (word2vec, fastText) or none (GloVe).
/// With [`Matrix::Both`] the output vectors are read, too, from where [`write_vectors`] puts them. A bias is read where its
/// file is there. Artists keep the file's order where nothing is `known`, since gensim and this program write the most
/// frequent word first; otherwise they are sorted by mentions.
///
/// # Errors
/// [`ConvertError`] where a file cannot be read, is damaged, or does not belong to the others.
pub fn read_vectors(path: &Path, matrix: Matrix, known: Known<'_>) -> Result<Model, ConvertError> {
    let form = Form::of(path)?;
    if !matrix.has_input() {
        return Err(ConvertError::NoInputVectors);
    }
    let (mut model, words) = match form {
        Form::Safetensors => {
            let names = beside(path, "names", Some("tsv"));
            let names = if names.exists() { Some(decode(&names, numpy::read_names)?) } else { None };
            let model = decode(path, |bytes| safetensors::read(bytes, matrix, names))?;
            let words = words::encode_all(&model.artists);
            (model, words)
        }
        Form::Numpy | Form::Projector => {
            let model = read_table(path, form, matrix)?;
            let words = words::encode_all(&model.artists);
            (model, words)
        }
        _ => read_words(path, form, matrix)?,
    };
    let mut step = Step::new("convert").setting("input", file_name(path));
    match known {
        Known::Nothing => {}
        Known::Counts(counts) => {
            step = step.setting("counts", file_name(counts));
            let titles = words::encode_titles(&model.words.words);
            (model.artists.mentions, model.words.mentions) =
                decode(counts, |bytes| Ok((beside::read(bytes, &words)?, beside::read(bytes, &titles)?)))?;
        }
        Known::Corpus(corpus) => {
            model.artists = artists_of(corpus, &words).map_err(|source| fail(path, source))?;
            model.provenance = corpus.provenance();
        }
    }
    if !matches!(known, Known::Nothing) {
        sort_by_popularity(&mut model);
    }
    model.provenance.steps.push(step);
    Ok(model)
}

/// Reads a form with words: the model and its artists' words.
fn read_words(path: &Path, form: Form, matrix: Matrix) -> Result<(Model, Vec<String>), ConvertError> {
    let read = |path: &Path| {
        decode(
            path,
            match form {
                Form::Word2Vec => word2vec::read,
                Form::Finalfusion => finalfusion::read,
                _ => text::read,
            },
        )
    };
    let Vectors { words, dimensions, values } = read(path)?;
    let (titles, artists): (Vec<usize>, Vec<usize>) = (0..words.len()).partition(|&i| words::is_title(&words[i]));
    let rows = |values: &[f32], rows: &[usize]| -> Vec<f32> {
        rows.iter().flat_map(|&row| &values[row * dimensions..(row + 1) * dimensions]).copied().collect()
    };
    let (names, ids) = artists.iter().map(|&i| words::decode(&words[i])).unzip();
    let mut model = Model {
        artists: Artists { names, ids, mentions: vec![0; artists.len()] },
        dimensions,
        input: rows(&values, &artists),
        output: Vec::new(),
        bias: Vec::new(),
        words: TitleWords {
            words: titles.iter().map(|&i| words::decode_title(&words[i])).collect(),
            mentions: vec![0; titles.len()],
            input: rows(&values, &titles),
            output: Vec::new(),
        },
        provenance: Provenance::default(),
    };
    if model.artists.is_empty() {
        return Err(fail(path, VectorsError::Empty));
    }
    if matrix.has_output() {
        let path = beside(path, "output", None);
        let output = read(&path)?;
        let differ = |reason| fail(&path, VectorsError::OtherOutput { reason });
        if output.dimensions != dimensions {
            return Err(differ(format!("{} numbers a word against {dimensions}", output.dimensions)));
        }
        // Words of titles may be missing; artists may not.
        let same = |words: &[String], rows: &[usize]| {
            output.words.len() >= rows.len() && rows.iter().all(|&i| output.words.get(i) == words.get(i))
        };
        if !same(&words, &artists) {
            return Err(differ("its words are others or in another order".into()));
        }
        model.output = rows(&output.values, &artists);
        if output.words.len() == words.len() && same(&words, &titles) {
            model.words.output = rows(&output.values, &titles);
        }
    }
    let words: Vec<String> = artists.iter().map(|&i| words[i].clone()).collect();
    let bias = bias_path(form, path);
    if bias.exists() {
        model.bias = decode(&bias, |bytes| {
            let bias = beside::read(bytes, &words)?;
            check_numbers(&bias, 1, |row| words[row].clone()).map(|()| bias)
        })?;
    }
    Ok((model, words))
}

/// Reads a form that has arrays, and beside them a table of the artists.
fn read_table(path: &Path, form: Form, matrix: Matrix) -> Result<Model, ConvertError> {
    let read = |path: &Path| {
        decode(path, |bytes| {
            let (dimensions, values) =
                if form == Form::Numpy { numpy::read_array(bytes) } else { projector::read_vectors(bytes) }?;
            check_numbers(&values, dimensions, |_| String::new()).map(|()| (dimensions, values))
        })
    };
    let (dimensions, input) = read(path)?;
    let rows = input.len() / dimensions;
    let table = if form == Form::Numpy { beside(path, "names", Some("tsv")) } else { beside(path, "metadata", None) };
    if !table.exists() {
        return Err(fail(path, VectorsError::NoNames { beside: file_name(&table) }));
    }
    let (artists, mut bias) = decode(&table, |bytes| match form {
        Form::Numpy => numpy::read_artists(bytes, rows).map(|artists| (artists, Vec::new())),
        _ => projector::read_metadata(bytes, rows),
    })?;
    let mut output = Vec::new();
    if matrix.has_output() {
        let path = beside(path, "output", None);
        let (other, values) = read(&path)?;
        if (other, values.len()) != (dimensions, input.len()) {
            let reason = format!("{} × {other} numbers against {rows} × {dimensions}", values.len() / other);
            return Err(fail(&path, VectorsError::OtherOutput { reason }));
        }
        output = values;
    }
    let bias_path = bias_path(form, path);
    if form == Form::Numpy && bias_path.exists() {
        bias = decode(&bias_path, |bytes| {
            let (_, bias) = numpy::read_array(bytes)?;
            if bias.len() != rows {
                return Err(VectorsError::Names { names: bias.len(), rows });
            }
            check_numbers(&bias, 1, |row| artists.names[row].clone()).map(|()| bias)
        })?;
    }
    let words = TitleWords::default();
    Ok(Model { artists, dimensions, input, output, bias, words, provenance: Provenance::default() })
}

/// The artists of a corpus that have these words.
fn artists_of(corpus: &Corpus, words: &[String]) -> Result<Artists, VectorsError> {
    let all = words::encode_all(&corpus.artists);
    let ranks: HashMap<&str, usize> = all.iter().enumerate().map(|(rank, word)| (word.as_str(), rank)).collect();
    let mut artists = Artists::default();
    for word in words {
        let rank = *ranks.get(word.as_str()).ok_or_else(|| VectorsError::NotInCorpus { word: word.clone() })?;
        artists.names.push(corpus.artists.names[rank].clone());
        artists.ids.push(corpus.artists.ids[rank].clone());
        artists.mentions.push(corpus.artists.mentions[rank]);
    }
    Ok(artists)
}

/// Writes a corpus as training text for other programs: `.txt`, or `.txt.gz`; one playlist a line, artists as words.
///
/// gensim's `LineSentence`, word2vec.c and fastText read it. The words are those of [`write_vectors`], so [`read_vectors`]
/// finds the artists again in what such a program has learned. Playlists without artists are left out. `counts` also writes
/// each word and its mentions, as gensim's `fvocab` has them.
///
/// # Errors
/// [`ConvertError`] where the ending is unknown or a file cannot be written.
pub fn write_sentences(corpus: &Corpus, path: &Path, counts: Option<&Path>) -> Result<Written, ConvertError> {
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
        _ => return Err(ConvertError::UnknownSentences { path: path.to_owned() }),
    }
    if let Some(counts) = counts {
        write(counts, &mut written, |w| beside::write(w, &words, &corpus.artists.mentions))?;
    }
    Ok(written)
}

/// Puts artists and all that is theirs into the order that [`Artists`] promises: by mentions, then id, then name. Words of
/// titles keep theirs among equals.
fn sort_by_popularity(model: &mut Model) {
    let Model { artists, dimensions, words, .. } = model;
    let mut order: Vec<usize> = (0..artists.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |i: usize| (std::cmp::Reverse(artists.mentions[i]), &artists.ids[i], &artists.names[i]);
        key(a).cmp(&key(b))
    });
    let mut title_order: Vec<usize> = (0..words.len()).collect();
    title_order.sort_by_key(|&i| std::cmp::Reverse(words.mentions[i]));
    reorder(&mut artists.names, &order, 1);
    reorder(&mut artists.ids, &order, 1);
    reorder(&mut artists.mentions, &order, 1);
    reorder(&mut model.input, &order, *dimensions);
    reorder(&mut model.output, &order, *dimensions);
    reorder(&mut model.bias, &order, 1);
    reorder(&mut words.words, &title_order, 1);
    reorder(&mut words.mentions, &title_order, 1);
    reorder(&mut words.input, &title_order, *dimensions);
    reorder(&mut words.output, &title_order, *dimensions);
}

/// Puts rows of `width` values into this order; what is empty stays so.
fn reorder<T: Clone>(values: &mut Vec<T>, order: &[usize], width: usize) {
    if !values.is_empty() {
        *values = order.iter().flat_map(|&i| &values[i * width..(i + 1) * width]).cloned().collect();
    }
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `NAME.ENDING` with `part` between, and another ending where one is given.
fn beside(path: &Path, part: &str, other_ending: Option<&str>) -> PathBuf {
    let double = if matches!(Form::of(path), Ok(Form::GloVe)) { ".glove" } else { "" };
    let stem = path.with_extension("").to_string_lossy().into_owned();
    let stem = stem.strip_suffix(double).unwrap_or(&stem);
    match other_ending {
        Some(ending) => format!("{stem}.{part}.{ending}").into(),
        None => format!("{stem}.{part}{double}.{}", ending(path)).into(),
    }
}

fn bias_path(form: Form, path: &Path) -> PathBuf {
    beside(path, "bias", Some(if form == Form::Numpy { "npy" } else { "txt" }))
}

fn fail(path: &Path, source: VectorsError) -> ConvertError {
    ConvertError::Vectors { path: path.to_owned(), source }
}

fn decode<T>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, VectorsError>) -> Result<T, ConvertError> {
    decode(files::read_aligned(path)?.as_slice()).map_err(|source| fail(path, source))
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

/// Writes numbers so that reading them gives the same bits, `separator` between them.
fn write_numbers(writer: &mut impl io::Write, numbers: &[f32], separator: char) -> io::Result<()> {
    for (i, number) in numbers.iter().enumerate() {
        if i > 0 {
            write!(writer, "{separator}")?;
        }
        // Debug, unlike Display, writes very small and large numbers with an exponent.
        write!(writer, "{number:?}")?;
    }
    Ok(())
}

/// The name on one line and in one cell: each tab and line break, in any script's sense, becomes a space.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
