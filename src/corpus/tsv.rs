//! Reading tab-separated playlists: one a line, the artists' names in order.

use std::borrow::Cow;
use std::io::{BufRead, Read as _};

use super::playlist::{Found, MAX_PLAYLIST, Playlist, Text, Track, Wanted};

/// Reads all playlists; a line that is no UTF-8 is reported and passed over, blank lines and blank names are no damage.
pub(super) fn read(input: &mut dyn BufRead, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
    let (mut line, mut offset, mut number) = (Vec::new(), 0, 0_u64);
    loop {
        line.clear();
        let result = (&mut *input).take(MAX_PLAYLIST as u64).read_until(b'\n', &mut line);
        number += 1;
        if let Err(error) = result {
            let reason = format!("{error}; in line {number}");
            return found(Found::Damage { offset: offset + line.len() as u64, reason });
        }
        if line.is_empty() {
            return Wanted::Continue(());
        }
        let start = offset;
        offset += line.len() as u64;
        if line.len() == MAX_PLAYLIST && line.last() != Some(&b'\n') {
            let reason = format!("line {number} is longer than {MAX_PLAYLIST} bytes: this is no list of playlists");
            return found(Found::Damage { offset: start, reason });
        }
        match std::str::from_utf8(&line) {
            Ok(text) => playlist(if start == 0 { text.trim_start_matches('\u{feff}') } else { text }, found)?,
            Err(error) => {
                let reason = format!("line {number} is not UTF-8 text");
                found(Found::Damage { offset: start + error.valid_up_to() as u64, reason })?;
            }
        }
    }
}

fn playlist(line: &str, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
    let names = line.split('\t').map(str::trim).filter(|name| !name.is_empty());
    let tracks: Vec<Track<'_>> =
        names.map(|name| Track { artist_uri: None, artist_name: Some(Text(Cow::Borrowed(name))) }).collect();
    if tracks.is_empty() { Wanted::Continue(()) } else { found(Found::Playlist(Playlist { name: None, tracks })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(mut bytes: &[u8]) -> (Vec<Vec<String>>, Vec<(u64, String)>) {
        let (mut playlists, mut damages) = (Vec::new(), Vec::new());
        let _ = read(&mut bytes, &mut |found| {
            match found {
                Found::Playlist(playlist) => {
                    let names = playlist.tracks.iter().filter_map(|track| track.artist_name.as_ref());
                    playlists.push(names.map(|name| name.0.clone().into_owned()).collect());
                }
                Found::Damage { offset, reason } => damages.push((offset, reason)),
            }
            Wanted::Continue(())
        });
        (playlists, damages)
    }

    #[test]
    fn lines_are_playlists() {
        let (playlists, damages) = read_all("\u{feff}Björk\tDrake\t\t Björk \r\n\n \t\nBTS".as_bytes());
        assert_eq!(playlists, [vec!["Björk", "Drake", "Björk"], vec!["BTS"]]);
        assert_eq!(damages, []);
    }

    #[test]
    fn a_line_that_is_no_text_is_reported_and_passed_over() {
        let (playlists, damages) = read_all(b"A\tB\nC\t\xff\nD\n");
        assert_eq!(playlists, [vec!["A", "B"], vec!["D"]]);
        assert_eq!(damages, [(6, "line 2 is not UTF-8 text".into())]);
    }

    #[test]
    fn an_endless_line_is_given_up() {
        let (playlists, damages) = read_all(&[b"A\n".to_vec(), vec![b'x'; MAX_PLAYLIST + 1]].concat());
        assert_eq!((playlists.len(), damages.len(), damages[0].0), (1, 1, 2));
    }
}
