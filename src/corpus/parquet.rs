//! Reading playlists from a Parquet file: one a row, the artists in a column of lists of strings.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::Path;

use super::playlist::{Found, Playlist, Text, Track, Wanted};
use super::words;
use crate::columns::{Column, ColumnsError, Table};

/// Rows that are decoded at a time.
const BATCH: usize = 4096;

/// Where the artists stand, and how.
struct Artists {
    column: Column,
    /// Words as `convert` writes them, not names.
    are_words: bool,
}

/// Reads all playlists. Artists are the column `artists` (names), else `words` (as `convert` writes them), else the
/// only one of lists of strings (names); the title is `title` or `name`, where there is one.
///
/// A row group that cannot be read is reported and passed over.
pub(super) fn read(path: &Path, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
    let damage = |offset, error: String| Found::Damage { offset, reason: error };
    let table = match Table::open(path) {
        Ok(Ok(table)) => table,
        Ok(Err(error)) => return found(damage(0, error.to_string())),
        Err(error) => return found(damage(0, error.source.to_string())),
    };
    let artists = match artists(&table) {
        Ok(artists) => artists,
        Err(error) => return found(damage(0, error.to_string())),
    };
    let title = table.column(&["title", "name"], "title", |column| column.is_text() && !column.is_list).ok();
    let mut rows = 0;
    for group in 0..table.groups() {
        if let Err(error) = read_group(&table, group, &artists, title, &mut rows, found)? {
            let reason = format!("{error}; in row group {}", group + 1);
            found(damage(table.offset(group, artists.column), reason))?;
        }
    }
    Wanted::Continue(())
}

fn artists(table: &Table) -> Result<Artists, ColumnsError> {
    let is_list = |column: Column| column.is_list && column.is_text();
    let wanted = "artists (list of string)";
    if let Ok(column) = table.column(&["artists"], wanted, is_list) {
        return Ok(Artists { column, are_words: false });
    }
    if let Ok(column) = table.column(&["words"], wanted, is_list) {
        return Ok(Artists { column, are_words: true });
    }
    let columns = table.columns();
    let mut lists = columns.iter().filter(|(_, column)| column.is_some_and(is_list)).map(|(name, _)| name.as_str());
    match (lists.next(), lists.next()) {
        (Some(only), None) => Ok(Artists { column: table.column(&[only], wanted, is_list)?, are_words: false }),
        _ => Ok(Artists { column: table.column(&["artists"], wanted, is_list)?, are_words: false }),
    }
}

fn read_group(
    table: &Table,
    group: usize,
    artists: &Artists,
    title: Option<Column>,
    rows: &mut usize,
    found: &mut dyn FnMut(Found<'_>) -> Wanted,
) -> ControlFlow<(), Result<(), ColumnsError>> {
    let readers = table.reader(group, artists.column).and_then(|lists| {
        let titles = title.map(|title| table.reader(group, title)).transpose()?;
        Ok((lists, titles))
    });
    let (mut lists, mut titles) = match readers {
        Ok(readers) => readers,
        Err(error) => return ControlFlow::Continue(Err(error)),
    };
    loop {
        let batch = lists.strings(BATCH, *rows).and_then(|lists| {
            let titles = titles.as_mut().map(|titles| titles.strings(BATCH, *rows)).transpose()?;
            if titles.as_ref().is_some_and(|titles| titles.ends.len() != lists.ends.len()) {
                return Err(ColumnsError::Uneven);
            }
            Ok((lists, titles))
        });
        let (lists, titles) = match batch {
            Ok((lists, _)) if lists.ends.is_empty() => return ControlFlow::Continue(Ok(())),
            Ok(batch) => batch,
            Err(error) => return ControlFlow::Continue(Err(error)),
        };
        *rows += lists.ends.len();
        let mut titles = titles.iter().flat_map(|titles| titles.iter());
        for row in lists.iter() {
            let title = titles.next().and_then(|title| title.first()?.as_deref());
            let tracks = row.iter().map(|name| track(name.as_deref().unwrap_or_default(), artists.are_words)).collect();
            found(Found::Playlist(Playlist { name: title.map(|title| Text(Cow::Borrowed(title))), tracks }))?;
        }
    }
}

fn track(text: &str, is_word: bool) -> Track<'_> {
    if !is_word {
        return Track { artist_uri: None, artist_name: Some(Text(Cow::Borrowed(text))) };
    }
    let (name, id) = words::decode(text);
    Track { artist_uri: (!id.is_empty()).then_some(Text(Cow::Owned(id))), artist_name: Some(Text(Cow::Owned(name))) }
}
