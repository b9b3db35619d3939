//! The small irregular part of every file: where it comes from, how it was made, how good it is.
//!
//! The only module that knows bincode. What stands here is for people and reports; no query depends on it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// No metadata section may be larger than this many bytes: a hostile length is refused before it is allocated.
pub const MAX_METADATA: usize = 1 << 20;

/// One input of a corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The input's file name, without its folder.
    pub name: String,
    /// Playlists taken from it.
    pub playlists: u64,
    /// Mentions of artists taken from it.
    pub mentions: u64,
}

/// What a corpus looked like, carried along into models and packs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusSummary {
    /// The inputs in the order they were given.
    pub sources: Vec<Source>,
    /// Number of playlists.
    pub playlists: u64,
    /// Number of mentions, repeats counted.
    pub mentions: u64,
    /// Number of different artists, however rare.
    pub artists: u64,
    /// `playlist_lengths[i]` playlists mention artists `10 i + 1` to `10 i + 10` times; the last bin holds all longer
    /// ones too. Empty playlists are not counted.
    pub playlist_lengths: Vec<u64>,
    /// CRC-32 of the corpus's playlists and artists, as eight hexadecimal digits: which corpus exactly.
    pub digest: String,
}

/// A named setting as text, such as `vector-size` = `100`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The setting's name, as on the command line.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One command of the road that led to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The subcommand: "ingest", "train", "layout", "export".
    pub command: String,
    /// The program's version, such as `0.1.0`.
    pub program: String,
    /// All settings that shaped the result, seeds included.
    pub settings: Vec<Setting>,
    /// What was measured on the way, such as the final loss.
    pub measured: Vec<Setting>,
}

/// Where a file comes from: the corpus and every step since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The playlists.
    pub corpus: CorpusSummary,
    /// The steps in the order they were taken.
    pub steps: Vec<Step>,
}

impl Step {
    /// Begins a step of this program's version.
    pub fn new(command: &str) -> Self {
        Self { command: command.into(), program: env!("CARGO_PKG_VERSION").into(), ..Self::default() }
    }

    /// Adds a setting.
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl core::fmt::Display) -> Self {
        self.settings.push(Setting { name: name.into(), value: alloc::format!("{value}") });
        self
    }

    /// Adds a measurement.
    #[must_use]
    pub fn measurement(mut self, name: &str, value: impl core::fmt::Display) -> Self {
        self.measured.push(Setting { name: name.into(), value: alloc::format!("{value}") });
        self
    }
}

/// Writes metadata as bincode 2's standard encoding; `None` where it would exceed [`MAX_METADATA`].
pub fn encode_metadata<T: Serialize>(metadata: &T) -> Option<Vec<u8>> {
    let bytes = bincode::serde::encode_to_vec(metadata, config()).ok()?;
    (bytes.len() <= MAX_METADATA).then_some(bytes)
}

/// Reads metadata back; `None` where the bytes are no such metadata or do not end with it.
pub fn decode_metadata<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    if bytes.len() > MAX_METADATA {
        return None;
    }
    let (metadata, used) = bincode::serde::decode_from_slice(bytes, config()).ok()?;
    (used == bytes.len()).then_some(metadata)
}

/// When reading, bincode counts eight bytes for every number and length, however few it takes: hence the factor.
fn config() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<{ 8 * MAX_METADATA }>,
> {
    bincode::config::standard().with_limit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_comes_back_and_damage_is_refused() {
        let provenance = Provenance {
            corpus: CorpusSummary { playlists: 3, digest: "0badcafe".into(), ..Default::default() },
            steps: alloc::vec![Step::new("train").setting("seed", 1).measurement("loss", 0.5)],
        };
        let bytes = encode_metadata(&provenance).unwrap();
        assert_eq!(decode_metadata::<Provenance>(&bytes), Some(provenance));
        assert_eq!(decode_metadata::<Provenance>(&bytes[..bytes.len() - 1]), None);
        assert_eq!(decode_metadata::<Provenance>(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn all_that_can_be_written_can_be_read() {
        let source = Source { name: "a".into(), playlists: 1, mentions: 1 };
        let summary = CorpusSummary { sources: alloc::vec![source; MAX_METADATA / 4 - 10], ..Default::default() };
        let bytes = encode_metadata(&summary).unwrap();
        assert!(bytes.len() > MAX_METADATA - 100);
        assert_eq!(decode_metadata::<CorpusSummary>(&bytes), Some(summary));
    }

    #[test]
    fn a_hostile_length_allocates_nothing() {
        // A list that claims 2⁶⁴ − 1 sources.
        assert_eq!(decode_metadata::<CorpusSummary>(&[0xfd, 255, 255, 255, 255, 255, 255, 255, 255]), None);
    }
}
