//! Whom to ask about: the list of artists of a crawl, and what is known of their ids.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::catalog::fold;
use crate::files::FileError;

use super::CrawlError;

/// An artist to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artist {
    /// The stable id in corpora and packs, such as `spotify:artist:…`; may be empty.
    pub id: String,
    /// The name; may be empty where there is an id.
    pub name: String,
}

/// Leaves out artists without id and name, and those that were there before: the same id, else the same folded name.
pub(super) fn distinct(artists: &[Artist]) -> Vec<&Artist> {
    let mut seen = HashSet::new();
    let key = |artist: &Artist| if artist.id.is_empty() { (1, fold(&artist.name)) } else { (0, artist.id.clone()) };
    artists.iter().filter(|artist| !key(artist).1.is_empty() && seen.insert(key(artist))).collect()
}

/// Reads a list of artists from tab-separated text, plain or gzipped: the columns `uri` (or `id`, `artist_uri`) and
/// `name` (or `artist_name`) by a header, else names alone, one a line.
///
/// # Errors
/// [`CrawlError`] where the file cannot be read or holds no artists.
pub fn read_artists(path: &Path) -> Result<Vec<Artist>, CrawlError> {
    let fail = |source| FileError::read(path, source);
    let file = File::open(path).map_err(fail)?;
    let gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read> = if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut artists = Vec::new();
    let (mut id_column, mut name_column) = (None, Some(0));
    for (i, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(fail)?;
        let cells: Vec<&str> = line.trim_start_matches('\u{feff}').split('\t').map(str::trim).collect();
        if i == 0 {
            let column =
                |names: &[&str]| cells.iter().position(|cell| names.iter().any(|name| cell.eq_ignore_ascii_case(name)));
            let (id, name) = (column(&["uri", "id", "artist_uri"]), column(&["name", "artist_name"]));
            if id.is_some() || name.is_some() {
                (id_column, name_column) = (id, name);
                continue;
            }
            // Several columns without a header could be anything, playlists for one.
            if cells.len() > 1 {
                break;
            }
        }
        let cell = |column: Option<usize>| column.and_then(|at| cells.get(at).copied()).unwrap_or_default().to_owned();
        let artist = Artist { id: cell(id_column), name: cell(name_column) };
        if !artist.id.is_empty() || !artist.name.is_empty() {
            artists.push(artist);
        }
    }
    if artists.is_empty() {
        return Err(CrawlError::NoArtists { path: path.to_owned() });
    }
    Ok(artists)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("artists.tsv");
        std::fs::write(&path, text).unwrap();
        let pairs = |artists: Vec<Artist>| artists.into_iter().map(|artist| (artist.id, artist.name)).collect();
        read_artists(&path).map(pairs).map_err(|error| error.to_string())
    }

    fn pair(id: &str, name: &str) -> (String, String) {
        (id.into(), name.into())
    }

    #[test]
    fn columns_are_found_by_their_names() {
        assert_eq!(read("Drake\n\n\u{1f3b8} \"x\"/y\n").unwrap(), [pair("", "Drake"), pair("", "\u{1f3b8} \"x\"/y")]);
        assert_eq!(read("\u{feff}Name\tgenres\turi\nDrake\trap\tid:1\n").unwrap(), [pair("id:1", "Drake")]);
        let truth = "artist_uri\tartist_name\trelated_uri\trelated_name\na\tA\tb\tB\na\tA\tc\tC\n";
        assert_eq!(read(truth).unwrap(), [pair("a", "A"), pair("a", "A")]);
        assert_eq!(read("id\nmbid:1\n").unwrap(), [pair("mbid:1", "")]);
        for none in ["", "uri\tname\n", "Drake\tFuture\nDrake\tBjörk\n"] {
            assert!(read(none).unwrap_err().contains("no artists"), "{none}");
        }
    }

    #[test]
    fn an_artist_is_asked_about_once() {
        let artists: Vec<Artist> = [("1", "A"), ("1", "B"), ("", "Björk"), ("", "BJORK"), ("", ""), ("", "!!!")]
            .map(|(id, name)| Artist { id: id.into(), name: name.into() })
            .to_vec();
        let names: Vec<&str> = distinct(&artists).into_iter().map(|artist| artist.name.as_str()).collect();
        assert_eq!(names, ["A", "Björk", "!!!"]);
    }
}
