//! The model file (`.a2m`): both matrices at full precision, the artists, what titles taught, and how all came to be.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;

use crate::catalog::container::{Container, FileKind, Tag};
use crate::catalog::metadata::{Provenance, decode_metadata, encode_metadata};
use crate::catalog::{AlignedBytes, FormatError, Strings, encode_strings};
use crate::corpus::Artists;
use crate::files::{self, ArtefactError, Section};

/// The kind of file that training writes.
pub static MODEL: FileKind = FileKind {
    tag: *b"MODL",
    name: "model",
    version: 0,
    oldest_readable: 0,
    oldest_reader: 0,
    remedy: "Train it anew with `artist2vec train`, or copy it again from where it came.",
    remedy_older: "Train it anew with `artist2vec train`.",
    remedy_newer: "Update artist2vec.",
};

const META: Tag = *b"META";
const DIMENSIONS: Tag = *b"DIMS";
const INPUT: Tag = *b"VECI";
const OUTPUT: Tag = *b"VECO";
const BIAS: Tag = *b"BIAS";
const SQUARES: Tag = *b"SQRS";
const WEIGHTS: Tag = *b"WGTS";
const WORD_ENDS: Tag = *b"WRDO";
const WORD_TEXT: Tag = *b"WORD";
const WORD_MENTIONS: Tag = *b"WRDM";
const WORD_INPUT: Tag = *b"WRDI";
const WORD_OUTPUT: Tag = *b"WRDV";

/// Trained vectors: one row an artist, in the order of [`Artists`].
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The vocabulary.
    pub artists: Artists,
    /// Numbers per row.
    pub dimensions: usize,
    /// Input vectors, row-major, `artists.len() × dimensions`: what export makes directions of, and layout a map.
    pub input: Vec<f32>,
    /// Output vectors of the same shape; empty where input vectors are weighted instead, or the model came from a file that
    /// has none.
    pub output: Vec<f32>,
    /// The weight of each dimension where artists answer: artist j's score, given input vector x, is Σ weightₖ xₖ inputⱼₖ + biasⱼ.
    /// Positive. Empty where each is 1, or there are output vectors.
    pub weights: Vec<f32>,
    /// One number an artist, added to an artist's score as an answer; empty where none was learned.
    pub bias: Vec<f32>,
    /// Words of titles in the same space; empty where titles were not learned from.
    pub words: TitleWords,
    /// The sums of squared gradients that Adagrad divides by, of the bias and of the vector: two numbers for every artist and
    /// then for every word. With them, a training that starts from this model moves what is settled as little as this one
    /// did in the end. Empty where the step has none.
    pub squares: Vec<f32>,
    /// Corpus, settings and measurements.
    pub provenance: Provenance,
}

/// Words of playlists' titles that were learned beside the artists, most mentioned first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TitleWords {
    /// The words, normalised.
    pub words: Vec<String>,
    /// How many playlists' titles have each.
    pub mentions: Vec<u32>,
    /// Input vectors, row-major, `words.len()` × the model's dimensions.
    pub input: Vec<f32>,
    /// Output vectors of the same shape, or empty.
    pub output: Vec<f32>,
}

impl TitleWords {
    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Says whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn decode(container: &Container<'_>, dimensions: usize) -> Result<Self, FormatError> {
        let words = Self {
            words: Strings::read(container, WORD_ENDS, WORD_TEXT)?.iter().map(str::to_owned).collect(),
            mentions: container.column(WORD_MENTIONS)?.to_vec(),
            input: container.column(WORD_INPUT)?.to_vec(),
            output: container.column(WORD_OUTPUT)?.to_vec(),
        };
        if words.mentions.len() != words.len() {
            return Err(container.bad_column(WORD_MENTIONS));
        }
        if words.len().checked_mul(dimensions) != Some(words.input.len()) {
            return Err(container.bad_column(WORD_INPUT));
        }
        if !words.output.is_empty() && words.output.len() != words.input.len() {
            return Err(container.bad_column(WORD_OUTPUT));
        }
        Ok(words)
    }
}

impl Model {
    /// The input vector of an artist, `dimensions` numbers.
    pub fn row(&self, artist: usize) -> &[f32] {
        &self.input[artist * self.dimensions..(artist + 1) * self.dimensions]
    }

    /// Says whether all vectors share a part that is to be taken away before they are compared.
    ///
    /// Word2Vec's do: it says how popular an artist is. Where a bias has learned that ([`Self::weights`] are there), they do not.
    pub fn has_common_part(&self) -> bool {
        self.weights.is_empty()
    }

    /// The output vectors of artists and of words of titles: input vectors times [`Self::weights`] where there are such.
    pub fn output_vectors(&self) -> (Cow<'_, [f32]>, Cow<'_, [f32]>) {
        match self.weights.as_slice() {
            [] => (Cow::from(&self.output), Cow::from(&self.words.output)),
            weights => (Cow::from(weighted(&self.input, weights)), Cow::from(weighted(&self.words.input, weights))),
        }
    }

    /// Reads and verifies a model.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be read or is not a sound model.
    pub fn read(path: &Path) -> Result<Self, ArtefactError> {
        let bytes = files::read_aligned(path)?;
        Self::decode(&bytes).map_err(|source| ArtefactError::format(path, source))
    }

    /// Writes the model atomically.
    ///
    /// # Errors
    /// [`ArtefactError`] where the file cannot be written or the model is too large for the format.
    pub fn write(&self, path: &Path) -> Result<(), ArtefactError> {
        let sections = self.sections().map_err(|source| ArtefactError::format(path, source))?;
        files::write_container(path, &MODEL, &sections)
    }

    /// Which model it is: CRC-32 of names, ids, vectors, weights and biases of artists and of the words' input vectors, as
    /// eight hexadecimal digits.
    pub fn digest(&self) -> String {
        let mut hasher = crc32fast::Hasher::new();
        for text in self.artists.names.iter().chain(&self.artists.ids) {
            hasher.update(text.as_bytes());
            // No UTF-8 text holds this byte: it keeps "ab", "c" and "a", "bc" apart.
            hasher.update(&[0xff]);
        }
        for numbers in [&self.input, &self.output, &self.weights, &self.bias, &self.words.input] {
            hasher.update(bytemuck::cast_slice(numbers));
        }
        format!("{:08x}", hasher.finalize())
    }

    /// The model with the artists and words of titles that `old` has and it has not, each where its mentions put it.
    ///
    /// Their vectors are those of `old`; what `old` does not have of them (output vectors, bias) is zero.
    #[must_use]
    pub(super) fn with_absent(mut self, old: &Self) -> Self {
        let d = self.dimensions;
        let (has_output, has_bias, has_squares) =
            (!self.output.is_empty(), !self.bias.is_empty(), !self.squares.is_empty());
        let mut squares_of_words = self.squares.split_off((2 * self.artists.len()).min(self.squares.len()));
        let old_squares = old.squares.split_at_checked(2 * old.artists.len()).unwrap_or_default();

        let keys = |artists: &Artists| (0..artists.len()).map(|artist| artists.key(artist)).collect::<Vec<_>>();
        let absent_artists = absent(&keys(&self.artists), &keys(&old.artists));
        let Artists { names, ids, mentions } = &mut self.artists;
        names.extend(absent_artists.iter().map(|&artist| old.artists.names[artist].clone()));
        ids.extend(absent_artists.iter().map(|&artist| old.artists.ids[artist].clone()));
        mentions.extend(absent_artists.iter().map(|&artist| old.artists.mentions[artist]));
        let order = by_mentions(mentions);
        (*names, *ids, *mentions) = (sorted(names, 1, &order), sorted(ids, 1, &order), sorted(mentions, 1, &order));
        let merge = |numbers: &mut Vec<f32>, old: &[f32], columns: usize| {
            append(numbers, old, columns, &absent_artists);
            *numbers = sorted(numbers, columns, &order);
        };
        merge(&mut self.input, &old.input, d);
        merge(&mut self.output, &old.output, if has_output { d } else { 0 });
        merge(&mut self.bias, &old.bias, usize::from(has_bias));
        merge(&mut self.squares, old_squares.0, if has_squares { 2 } else { 0 });

        let absent_words = absent(&self.words.words, &old.words.words);
        let TitleWords { words, mentions, input, output } = &mut self.words;
        words.extend(absent_words.iter().map(|&word| old.words.words[word].clone()));
        mentions.extend(absent_words.iter().map(|&word| old.words.mentions[word]));
        let order = by_mentions(mentions);
        (*words, *mentions) = (sorted(words, 1, &order), sorted(mentions, 1, &order));
        let merge = |numbers: &mut Vec<f32>, old: &[f32], columns: usize| {
            append(numbers, old, columns, &absent_words);
            *numbers = sorted(numbers, columns, &order);
        };
        merge(input, &old.words.input, d);
        merge(output, &old.words.output, if has_output { d } else { 0 });
        merge(&mut squares_of_words, old_squares.1, if has_squares { 2 } else { 0 });
        self.squares.extend(squares_of_words);
        self
    }

    /// What the file holds.
    pub(super) fn sections(&self) -> Result<Vec<Section<'_>>, FormatError> {
        let too_large = |what| FormatError::Damaged { kind: MODEL.name, what, remedy: MODEL.remedy };
        let metadata = encode_metadata(&self.provenance).ok_or_else(|| too_large("its provenance exceeds 1 MiB"))?;
        let mut sections: Vec<Section<'_>> = vec![(META, metadata.into())];
        sections.extend(self.artists.encode()?.into_iter().map(|(tag, bytes)| (tag, bytes.into())));
        sections.push((DIMENSIONS, (self.dimensions as u32).to_le_bytes().to_vec().into()));
        sections.push((INPUT, bytemuck::cast_slice(&self.input).into()));
        sections.push((OUTPUT, bytemuck::cast_slice(&self.output).into()));
        if !self.bias.is_empty() {
            sections.push((BIAS, bytemuck::cast_slice(&self.bias).into()));
        }
        if !self.weights.is_empty() {
            sections.push((WEIGHTS, bytemuck::cast_slice(&self.weights).into()));
        }
        if !self.squares.is_empty() {
            sections.push((SQUARES, bytemuck::cast_slice(&self.squares).into()));
        }
        if !self.words.is_empty() {
            let TitleWords { words, mentions, input, output } = &self.words;
            let (ends, text) = encode_strings(words).ok_or_else(|| too_large("its title words exceed 4 GiB"))?;
            sections.push((WORD_ENDS, bytemuck::cast_slice(&ends).to_vec().into()));
            sections.push((WORD_TEXT, text.into()));
            sections.push((WORD_MENTIONS, bytemuck::cast_slice(mentions).into()));
            sections.push((WORD_INPUT, bytemuck::cast_slice(input).into()));
            sections.push((WORD_OUTPUT, bytemuck::cast_slice(output).into()));
        }
        Ok(sections)
    }

    fn decode(bytes: &AlignedBytes) -> Result<Self, FormatError> {
        let container = Container::open(&MODEL, bytes.as_slice())?;
        container.verify(&MODEL)?;
        Self::from_container(&container)
    }

    /// Reads the sections of a verified container.
    pub(super) fn from_container(container: &Container<'_>) -> Result<Self, FormatError> {
        let artists = Artists::decode(container)?;
        let dimensions = match container.column::<u32>(DIMENSIONS)? {
            &[dimensions] if dimensions > 0 => dimensions as usize,
            _ => return Err(container.bad_column(DIMENSIONS)),
        };
        let input = container.column::<f32>(INPUT)?.to_vec();
        let output = container.column::<f32>(OUTPUT)?.to_vec();
        let expected = artists.len().checked_mul(dimensions);
        if expected != Some(input.len()) {
            return Err(container.bad_column(INPUT));
        }
        if !output.is_empty() && output.len() != input.len() {
            return Err(container.bad_column(OUTPUT));
        }
        // Models that were written before there were biases and words have no such sections.
        let bias = match container.optional(BIAS) {
            Some(_) => container.column::<f32>(BIAS)?.to_vec(),
            None => Vec::new(),
        };
        if !bias.is_empty() && bias.len() != artists.len() {
            return Err(container.bad_column(BIAS));
        }
        let words = match container.optional(WORD_ENDS) {
            Some(_) => TitleWords::decode(container, dimensions)?,
            None => TitleWords::default(),
        };
        let squares = match container.optional(SQUARES) {
            Some(_) => container.column::<f32>(SQUARES)?.to_vec(),
            None => Vec::new(),
        };
        if !squares.is_empty() && squares.len() != 2 * (artists.len() + words.len()) {
            return Err(container.bad_column(SQUARES));
        }
        let weights = match container.optional(WEIGHTS) {
            Some(_) => container.column::<f32>(WEIGHTS)?.to_vec(),
            None => Vec::new(),
        };
        let are_weights = weights.is_empty() || weights.len() == dimensions && output.is_empty();
        if !are_weights || !weights.iter().all(|&weight| weight > 0.0 && weight.is_finite()) {
            return Err(container.bad_column(WEIGHTS));
        }
        let provenance = decode_metadata(container.section(META)?).ok_or_else(|| container.bad_column(META))?;
        Ok(Self { artists, dimensions, input, output, weights, bias, words, squares, provenance })
    }
}

/// The places of those `old` keys that are not among `new`.
fn absent(new: &[String], old: &[String]) -> Vec<usize> {
    let known: HashSet<&String> = new.iter().collect();
    (0..old.len()).filter(|&i| !known.contains(&old[i])).collect()
}

/// The order of most mentions first; equals stay as they stood.
fn by_mentions(mentions: &[u32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..mentions.len()).collect();
    order.sort_by_key(|&i| Reverse(mentions[i]));
    order
}

/// Adds some rows of `old` to `rows`, and zeros for those that `old` does not have.
fn append(rows: &mut Vec<f32>, old: &[f32], columns: usize, which: &[usize]) {
    for &row in which {
        match old.get(row * columns..(row + 1) * columns) {
            Some(row) => rows.extend_from_slice(row),
            None => rows.resize(rows.len() + columns, 0.0),
        }
    }
}

/// Rows in another order.
fn sorted<T: Clone>(rows: &[T], columns: usize, order: &[usize]) -> Vec<T> {
    order.iter().flat_map(|&row| &rows[row * columns..(row + 1) * columns]).cloned().collect()
}

/// Every row times `weights`, number by number.
pub(super) fn weighted(rows: &[f32], weights: &[f32]) -> Vec<f32> {
    rows.chunks_exact(weights.len()).flat_map(|row| row.iter().zip(weights).map(|(x, weight)| x * weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::container;

    fn encode(model: &Model) -> AlignedBytes {
        let sections = model.sections().unwrap();
        let sections: Vec<(Tag, &[u8])> = sections.iter().map(|(tag, bytes)| (*tag, &**bytes)).collect();
        container::encode(&MODEL, &sections).unwrap()
    }

    fn model() -> Model {
        Model {
            artists: Artists {
                names: vec!["Drake".into(), "Björk".into()],
                ids: vec!["spotify:artist:3TVXtAsR1Inumwj472S9r4".into(), String::new()],
                mentions: vec![5, 3],
            },
            dimensions: 3,
            input: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            output: vec![],
            bias: vec![],
            words: TitleWords::default(),
            squares: vec![],
            weights: vec![],
            provenance: Provenance::default(),
        }
    }

    fn with_words() -> Model {
        let words = TitleWords {
            words: vec!["täglich".into(), "90s".into(), "gym".into()],
            mentions: vec![9, 8, 7],
            input: (0..9).map(|i| i as f32).collect(),
            output: vec![0.5; 9],
        };
        Model { output: vec![0.0; 6], bias: vec![-1.0, 0.5], words, squares: vec![2.0; 10], ..model() }
    }

    #[test]
    fn a_model_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.a2m");
        let without_output = Model { words: TitleWords { output: vec![], ..with_words().words }, ..model() };
        for model in [with_words(), without_output, model()] {
            model.write(&path).unwrap();
            assert_eq!(Model::read(&path).unwrap(), model);
            assert_eq!(model.row(1), [4.0, 5.0, 6.0]);
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last - 60] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = Model::read(&path).unwrap_err().to_string();
        assert!(error.contains("model.a2m") && error.contains("damaged"), "{error}");
    }

    #[test]
    fn models_written_before_there_were_words_are_read() {
        let bytes = encode(&model());
        let tags: Vec<Tag> =
            Container::open(&MODEL, bytes.as_slice()).unwrap().entries().iter().map(|entry| entry.tag).collect();
        assert_eq!(tags, [*b"META", *b"NAMO", *b"NAME", *b"IDSO", *b"IDS ", *b"MENT", *b"DIMS", *b"VECI", *b"VECO"]);
    }

    #[test]
    fn columns_that_contradict_each_other_are_refused() {
        let words = with_words().words;
        for (wrong, section) in [
            (Model { input: vec![0.0; 5], ..with_words() }, "VECI"),
            (Model { output: vec![0.0; 5], ..with_words() }, "VECO"),
            (Model { bias: vec![0.0; 3], ..with_words() }, "BIAS"),
            (Model { squares: vec![0.0; 4], ..with_words() }, "SQRS"),
            (Model { words: TitleWords { mentions: vec![1], ..words.clone() }, ..with_words() }, "WRDM"),
            (Model { words: TitleWords { input: vec![1.0], ..words.clone() }, ..with_words() }, "WRDI"),
            (Model { words: TitleWords { output: vec![1.0], ..words.clone() }, ..with_words() }, "WRDV"),
        ] {
            let error = Model::decode(&encode(&wrong)).unwrap_err();
            assert_eq!(error, FormatError::BadColumn { kind: "model", section: section.into() });
        }
    }
}
