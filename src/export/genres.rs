//! Genres of artists, from a table that a publisher has.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::files::FileError;

/// A table of genres could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GenreError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// A column is missing.
    #[error("{path}: its first line must name the columns, among them `uri` and `genres`, separated by tabs", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
    },
}

/// Genres by stable id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Genres {
    by_id: HashMap<String, Vec<String>>,
}

impl Genres {
    /// The genres of every artist in a list of stable ids; empty where nothing is known.
    pub fn of_artists(&self, ids: &[String]) -> Vec<Vec<String>> {
        ids.iter().map(|id| self.by_id.get(id).cloned().unwrap_or_default()).collect()
    }
}

/// Reads a tab-separated table (`.tsv`, `.tsv.gz`) with the columns `uri` and `genres`, genres separated by `|`.
///
/// # Errors
/// [`GenreError`] where the file cannot be read or lacks a column.
pub fn read_genres(path: &Path) -> Result<Genres, GenreError> {
    let fail = |source| FileError::read(path, source);
    let file = File::open(path).map_err(fail)?;
    let zipped = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut lines = BufReader::new(reader).lines();
    let header = lines.next().transpose().map_err(fail)?.unwrap_or_default();
    // Spreadsheets put a byte order mark in front.
    let header = header.trim_start_matches('\u{feff}');
    let column = |name| header.split('\t').position(|column| column == name);
    let (Some(uri), Some(genres)) = (column("uri"), column("genres")) else {
        return Err(GenreError::Header { path: path.to_owned() });
    };
    let mut by_id = HashMap::new();
    for line in lines {
        let line = line.map_err(fail)?;
        let field = |column| line.split('\t').nth(column).unwrap_or_default();
        let list: Vec<String> =
            field(genres).split('|').map(str::trim).filter(|genre| !genre.is_empty()).map(str::to_owned).collect();
        if !list.is_empty() {
            by_id.insert(field(uri).to_owned(), list);
        }
    }
    Ok(Genres { by_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genres_are_found_by_id() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("artists.tsv");
        std::fs::write(
            &path,
            "\u{feff}uri\tname\tgenres\nspotify:artist:a\tDrake\trap|pop rap\nspotify:artist:b\tX\t\n",
        )
        .unwrap();
        let ids = ["spotify:artist:a", "spotify:artist:b", ""].map(String::from);
        let expected: [&[&str]; 3] = [&["rap", "pop rap"], &[], &[]];
        assert_eq!(read_genres(&path).unwrap().of_artists(&ids), expected);
        std::fs::write(&path, "name,genres\n").unwrap();
        assert!(read_genres(&path).unwrap_err().to_string().contains("`uri`"));
    }
}
