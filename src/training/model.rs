//! The model file (`.a2m`): both matrices at full precision, the artists, what titles taught, and how all came to be.

use std::path::Path;

use crate::catalog::container::{self, Container, FileKind, Tag};
use crate::catalog::metadata::{Provenance, decode_metadata, encode_metadata};
use crate::catalog::{AlignedBytes, FormatError, Strings, encode_strings};
use crate::corpus::Artists;
use crate::files::{self, ArtefactError};

/// The kind of file that training writes.
pub static MODEL: FileKind = FileKind {
    tag: *b"MODL",
    name: "model",
    version: 0,
    oldest_readable: 0,
    oldest_reader: 0,
    remedy: "Train it anew with `artist2vec train`, or copy it again from where it came.",
};

const META: Tag = *b"META";
const DIMENSIONS: Tag = *b"DIMS";
const INPUT: Tag = *b"VECI";
const OUTPUT: Tag = *b"VECO";
const BIAS: Tag = *b"BIAS";
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
    /// Output vectors of the same shape; empty where the model came from a file that has none.
    pub output: Vec<f32>,
    /// One number an artist, added to an artist's score as an answer; empty where none was learned.
    pub bias: Vec<f32>,
    /// Words of titles in the same space; empty where titles were not learned from.
    pub words: TitleWords,
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
        let bytes = self.encode().map_err(|source| ArtefactError::format(path, source))?;
        Ok(files::write_bytes(path, bytes.as_slice())?)
    }

    fn encode(&self) -> Result<AlignedBytes, FormatError> {
        let too_large = |what| FormatError::Damaged { kind: MODEL.name, what, remedy: MODEL.remedy };
        let metadata = encode_metadata(&self.provenance).ok_or_else(|| too_large("its provenance exceeds 1 MiB"))?;
        let table = self.artists.encode()?;
        let mut sections: Vec<(Tag, &[u8])> = vec![(META, &metadata)];
        sections.extend(table.iter().map(|(tag, bytes)| (*tag, bytes.as_slice())));
        let dimensions = (self.dimensions as u32).to_le_bytes();
        sections.push((DIMENSIONS, &dimensions));
        sections.push((INPUT, bytemuck::cast_slice(&self.input)));
        sections.push((OUTPUT, bytemuck::cast_slice(&self.output)));
        if !self.bias.is_empty() {
            sections.push((BIAS, bytemuck::cast_slice(&self.bias)));
        }
        let (word_ends, word_text) =
            encode_strings(&self.words.words).ok_or_else(|| too_large("its title words exceed 4 GiB"))?;
        if !self.words.is_empty() {
            sections.push((WORD_ENDS, bytemuck::cast_slice(&word_ends)));
            sections.push((WORD_TEXT, &word_text));
            sections.push((WORD_MENTIONS, bytemuck::cast_slice(&self.words.mentions)));
            sections.push((WORD_INPUT, bytemuck::cast_slice(&self.words.input)));
            sections.push((WORD_OUTPUT, bytemuck::cast_slice(&self.words.output)));
        }
        container::encode(&MODEL, &sections).ok_or_else(|| too_large("it exceeds this machine's memory"))
    }

    fn decode(bytes: &AlignedBytes) -> Result<Self, FormatError> {
        let container = Container::open(&MODEL, bytes.as_slice())?;
        container.verify(&MODEL)?;
        let artists = Artists::decode(&container)?;
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
            Some(_) => TitleWords::decode(&container, dimensions)?,
            None => TitleWords::default(),
        };
        let provenance = decode_metadata(container.section(META)?).ok_or_else(|| container.bad_column(META))?;
        Ok(Self { artists, dimensions, input, output, bias, words, provenance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        Model { output: vec![0.0; 6], bias: vec![-1.0, 0.5], words, ..model() }
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
        let bytes = model().encode().unwrap();
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
            (Model { words: TitleWords { mentions: vec![1], ..words.clone() }, ..with_words() }, "WRDM"),
            (Model { words: TitleWords { input: vec![1.0], ..words.clone() }, ..with_words() }, "WRDI"),
            (Model { words: TitleWords { output: vec![1.0], ..words.clone() }, ..with_words() }, "WRDV"),
        ] {
            let error = Model::decode(&wrong.encode().unwrap()).unwrap_err();
            assert_eq!(error, FormatError::BadColumn { kind: "model", section: section.into() });
        }
    }
}
