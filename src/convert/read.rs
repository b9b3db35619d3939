//! Reading vectors as a model: which files belong together, and what is known about their artists beside them.

use std::collections::HashMap;
use std::path::Path;

#[cfg(feature = "parquet")]
use super::parquet;
use super::vectors::{Vectors, VectorsError, check_numbers};
use super::{ConvertError, Form, Known, Matrix, beside_path, bias_path, fail, file_name};
use super::{beside, finalfusion, numpy, projector, safetensors, text, word2vec};
use crate::catalog::metadata::{Provenance, Step};
use crate::corpus::{Artists, Corpus, words};
use crate::files;
use crate::training::{Model, TitleWords};

/// Reads vectors in the form that the ending of `path` names, as a model.
///
/// The forms are those of [`super::write_vectors`]; `.txt` and `.vec` may have a heading (word2vec, fastText) or none
/// (GloVe). With [`Matrix::Both`] the output vectors are read, too, from where [`super::write_vectors`] puts them. A
/// bias is read where its file is there. Artists keep the file's order where nothing is `known`, since gensim and this
/// program write the most frequent word first; otherwise they are sorted by mentions.
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
            let names = beside_path(path, "names", Some("tsv"));
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
        #[cfg(feature = "parquet")]
        if matches!(form, Form::Parquet | Form::Spark) {
            return parquet::read_vectors(path);
        }
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
        squares: Vec::new(),
        weights: Vec::new(),
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
        let path = beside_path(path, "output", None);
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
    let table =
        if form == Form::Numpy { beside_path(path, "names", Some("tsv")) } else { beside_path(path, "metadata", None) };
    if !table.exists() {
        return Err(fail(path, VectorsError::NoNames { beside: file_name(&table) }));
    }
    let (artists, mut bias) = decode(&table, |bytes| match form {
        Form::Numpy => numpy::read_artists(bytes, rows).map(|artists| (artists, Vec::new())),
        _ => projector::read_metadata(bytes, rows),
    })?;
    let mut output = Vec::new();
    if matrix.has_output() {
        let path = beside_path(path, "output", None);
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
    let (squares, weights, provenance) = (Vec::new(), Vec::new(), Provenance::default());
    Ok(Model { artists, dimensions, input, output, bias, words, squares, weights, provenance })
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

/// Puts artists and all that is theirs into the order that [`Artists`] promises: by mentions, then id, then name. Words
/// of titles keep theirs among equals.
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

fn decode<T>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, VectorsError>) -> Result<T, ConvertError> {
    decode(files::read_aligned(path)?.as_slice()).map_err(|source| fail(path, source))
}
