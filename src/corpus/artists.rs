//! The vocabulary: every artist once, in the order of popularity.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::catalog::container::{Container, Tag};
use crate::catalog::{FormatError, Strings, encode_strings, fold};

/// Section tags of an artist table.
const NAME_ENDS: Tag = *b"NAMO";
const NAME_TEXT: Tag = *b"NAME";
const ID_ENDS: Tag = *b"IDSO";
const ID_TEXT: Tag = *b"IDS ";
const MENTIONS: Tag = *b"MENT";

/// Parallel columns about artists. Index 0 is the most mentioned artist; ties stand in the order of id, then name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artists {
    /// Names as people write them.
    pub names: Vec<String>,
    /// Stable ids such as `spotify:artist:…`; empty where the input gave none.
    pub ids: Vec<String>,
    /// Mentions in the corpus, repeats inside a playlist counted.
    pub mentions: Vec<u32>,
}

impl Artists {
    /// The number of artists.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Says whether there are no artists.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What artist `i` is known by in every corpus and model: the stable id, else the folded name.
    ///
    /// # Panics
    /// Where there is no artist `i`.
    pub fn key(&self, i: usize) -> String {
        match self.ids[i].as_str() {
            "" => format!("name\t{}", fold(&self.names[i])),
            id => format!("id\t{id}"),
        }
    }

    /// The artists that `counts` mentions at all, with these counts and in the order that they make; and for each old
    /// index its new one (meaningless for those that are gone).
    pub(super) fn recounted(&self, counts: &[u32]) -> (Self, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.len()).filter(|&i| counts[i] > 0).collect();
        order.sort_by_key(|&i| (Reverse(counts[i]), &self.ids[i], &self.names[i]));
        let mut ranks = vec![0; self.len()];
        for (rank, &i) in order.iter().enumerate() {
            ranks[i] = rank as u32;
        }
        let artists = Self {
            names: order.iter().map(|&i| self.names[i].clone()).collect(),
            ids: order.iter().map(|&i| self.ids[i].clone()).collect(),
            mentions: order.iter().map(|&i| counts[i]).collect(),
        };
        (artists, ranks)
    }

    /// Encodes the table as sections of a container.
    ///
    /// # Errors
    /// [`FormatError`] where the names exceed 4 GiB together.
    pub fn encode(&self) -> Result<Vec<(Tag, Vec<u8>)>, FormatError> {
        let too_large = || FormatError::BadColumn { kind: "artist table", section: "NAME".into() };
        let (name_ends, name_text) = encode_strings(&self.names).ok_or_else(too_large)?;
        let (id_ends, id_text) = encode_strings(&self.ids).ok_or_else(too_large)?;
        Ok(vec![
            (NAME_ENDS, bytemuck::cast_slice(&name_ends).to_vec()),
            (NAME_TEXT, name_text),
            (ID_ENDS, bytemuck::cast_slice(&id_ends).to_vec()),
            (ID_TEXT, id_text),
            (MENTIONS, bytemuck::cast_slice(&self.mentions).to_vec()),
        ])
    }

    /// Checks what a corpus promises of its artists: none stands there twice under an id, and mentions never rise.
    ///
    /// # Errors
    /// [`FormatError`] naming the column that breaks the promise.
    pub(super) fn expect_ranked(&self, container: &Container<'_>) -> Result<(), FormatError> {
        let mut ids = HashSet::with_capacity(self.len());
        if !self.ids.iter().filter(|id| !id.is_empty()).all(|id| ids.insert(id)) {
            return Err(container.bad_column(ID_TEXT));
        }
        if !self.mentions.is_sorted_by(|a, b| a >= b) {
            return Err(container.bad_column(MENTIONS));
        }
        Ok(())
    }

    /// Reads the table back.
    ///
    /// # Errors
    /// [`FormatError`] where a section is missing or the columns differ in length.
    pub fn decode(container: &Container<'_>) -> Result<Self, FormatError> {
        let owned = |strings: Strings<'_>| strings.iter().map(str::to_owned).collect::<Vec<_>>();
        let artists = Self {
            names: owned(Strings::read(container, NAME_ENDS, NAME_TEXT)?),
            ids: owned(Strings::read(container, ID_ENDS, ID_TEXT)?),
            mentions: container.column(MENTIONS)?.to_vec(),
        };
        if artists.ids.len() != artists.len() || artists.mentions.len() != artists.len() {
            return Err(container.bad_column(MENTIONS));
        }
        Ok(artists)
    }
}
