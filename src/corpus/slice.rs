//! Reading slices: JSON files of the Million Playlist Dataset, `{"info": …, "playlists": [ … ]}`.
//!
//! The file is never held as a whole: a scanner finds where each playlist begins and ends, and serde reads it from its
//! own bytes. That streams as a visitor over the array would, and three things come with it: damage has a byte offset,
//! the playlists after a broken one are still found (unless its brackets are so damaged that the array seems to end), and
//! serde's slice parser is faster than its stream parser.

use std::io::BufRead;

use super::playlist::{Found, MAX_PLAYLIST, Playlist, Wanted};

/// Reads all playlists of a slice; damage is reported where it is met, and reading goes on behind it where it can.
pub(super) fn read(input: &mut dyn BufRead, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
    let mut scanner = Scanner::default();
    loop {
        let chunk = match input.fill_buf() {
            Ok([]) => return scanner.end(found),
            Ok(chunk) => chunk,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let reason = format!("{error}; {}", scanner.place());
                return found(Found::Damage { offset: scanner.offset, reason });
            }
        };
        let length = chunk.len();
        scanner.scan(chunk, found)?;
        scanner.offset += length as u64;
        input.consume(length);
    }
}

/// Finds playlists in the bytes that pass by.
#[derive(Default)]
struct Scanner {
    /// Where the present chunk begins in the input.
    offset: u64,
    /// The opening brackets around the present byte.
    open: Vec<u8>,
    in_string: bool,
    /// The byte before was a backslash inside a string.
    escaped: bool,
    /// The latest string directly inside the outermost object, cut to a few bytes: the key of what follows.
    key: Vec<u8>,
    /// The second bracket of `open` is that of the playlists.
    in_playlists: bool,
    /// A playlists array was seen.
    seen: bool,
    /// A playlist is being collected, and where it began.
    inside: bool,
    too_long: bool,
    playlist: Vec<u8>,
    begin: u64,
    /// Bytes that belong nowhere were met, and reported, since the latest playlist.
    astray: bool,
    /// Playlists that were passed, whole or not.
    passed: u64,
}

/// How many brackets stand around a playlist.
const AROUND: usize = 2;

impl Scanner {
    fn scan(&mut self, chunk: &[u8], found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
        // Where the part of the chunk begins that belongs to the present playlist.
        let mut part = 0;
        for (i, &byte) in chunk.iter().enumerate() {
            if self.in_string {
                self.string_byte(byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.key.clear();
                }
                b'{' | b'[' => {
                    let begins = self.in_playlists && self.open.len() == AROUND && byte == b'{';
                    if self.open == b"{" && byte == b'[' && self.key == b"playlists" {
                        (self.in_playlists, self.seen) = (true, true);
                    }
                    self.open.push(byte);
                    if begins {
                        (part, self.begin) = (i, self.offset + i as u64);
                        (self.inside, self.too_long, self.astray) = (true, false, false);
                        self.playlist.clear();
                        self.passed += 1;
                    }
                }
                b'}' | b']' => {
                    self.close(byte);
                    if self.inside && self.open.len() == AROUND {
                        self.inside = false;
                        self.collect(&chunk[part..=i]);
                        self.parse(found)?;
                    }
                }
                b' ' | b'\n' | b'\r' | b'\t' | b',' => {}
                // The byte order mark may stand before everything.
                0xef | 0xbb | 0xbf if self.open.is_empty() && self.offset + (i as u64) < 3 => {}
                _ if self.astray => {}
                _ if self.open.is_empty() || (self.in_playlists && self.open.len() == AROUND) => {
                    self.astray = true;
                    let reason = format!("unexpected byte 0x{byte:02x}; {}", self.place());
                    found(Found::Damage { offset: self.offset + i as u64, reason })?;
                }
                _ => {}
            }
        }
        if self.inside {
            self.collect(&chunk[part..]);
        }
        Wanted::Continue(())
    }

    fn string_byte(&mut self, byte: u8) {
        match byte {
            // No JSON string has a raw line end: its closing quote was damaged.
            b'\n' => (self.in_string, self.escaped) = (false, false),
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ if self.open.len() == 1 && self.key.len() < 16 => self.key.push(byte),
            _ => {}
        }
    }

    /// Closes the innermost bracket that fits `byte`, and all inside it that were left open.
    ///
    /// A bracket that fits none inside a playlist ends the playlist, broken as it is, but not the array around it; one
    /// that fits none inside the array is passed over.
    fn close(&mut self, byte: u8) {
        let opening = if byte == b'}' { b'{' } else { b'[' };
        let floor = match (self.in_playlists, self.inside) {
            (true, true) => AROUND,
            (true, false) => AROUND - 1,
            (false, _) => 0,
        };
        match self.open[floor..].iter().rposition(|&open| open == opening) {
            Some(position) => self.open.truncate(floor + position),
            None if self.inside => self.open.truncate(AROUND),
            None => {}
        }
        self.in_playlists &= self.open.len() >= AROUND;
    }

    fn collect(&mut self, part: &[u8]) {
        self.too_long |= self.playlist.len() + part.len() > MAX_PLAYLIST;
        if !self.too_long {
            self.playlist.extend_from_slice(part);
        }
    }

    fn parse(&mut self, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
        if self.too_long {
            let reason = format!("playlist {} of this file is longer than {MAX_PLAYLIST} bytes", self.passed);
            return found(Found::Damage { offset: self.begin, reason });
        }
        let playlist = match serde_json::from_slice::<Playlist<'_>>(&self.playlist) {
            Ok(playlist) => Found::Playlist(playlist),
            Err(error) => Found::Damage {
                offset: self.begin + position(&self.playlist, error.line(), error.column()) as u64,
                reason: format!("playlist {} of this file: {}", self.passed, without_position(&error)),
            },
        };
        found(playlist)
    }

    fn end(&self, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
        let reason = if !self.open.is_empty() {
            format!("the file ends early; {}", self.place())
        } else if !self.seen {
            "no \"playlists\" array: this is no slice of the Million Playlist Dataset".into()
        } else {
            return Wanted::Continue(());
        };
        found(Found::Damage { offset: self.offset, reason })
    }

    /// Where the scanner stands, in words.
    fn place(&self) -> String {
        match (self.inside, self.passed) {
            (true, passed) => format!("inside playlist {passed} of this file, which begins at byte {}", self.begin),
            (false, 0) => "before the first playlist".into(),
            (false, passed) => format!("after playlist {passed} of this file"),
        }
    }
}

/// Bytes before the place that serde_json names by line and column, both counted from 1.
fn position(text: &[u8], line: usize, column: usize) -> usize {
    let lines = text.split_inclusive(|&byte| byte == b'\n').take(line.saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1)).min(text.len())
}

/// serde_json's message without its " at line 3 column 7", which counts from the playlist's start and would mislead.
fn without_position(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    if let Some(at) = text.rfind(" at line ") {
        text.truncate(at);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    const SLICE: &str = r#"{
    "info": {"slice": "0-2", "note": "[{ \"playlists\": ["},
    "playlists": [
        {"name": "A \"quoted\" \\", "pid": 0, "tracks": [
            {"pos": 0, "artist_name": "Björk", "artist_uri": "spotify:artist:1", "track_name": "}]"},
            {"pos": 1, "artist_name": "Drake", "x": {"y": [1, 2, {"z": null}]}}
        ], "num_edits": 1},
        {"tracks": []},
        {"name": "ünï\u00e7\n", "tracks": [{"artist_name": "宇多田ヒカル"}]}
    ]
}
"#;

    /// Title and artists of every playlist, and every damage's offset and reason.
    type Outcome = (Vec<String>, Vec<(u64, String)>);

    fn read_all(bytes: &[u8], chunk: usize) -> Outcome {
        let (mut playlists, mut damages) = (Vec::new(), Vec::new());
        let flow = read(&mut BufReader::with_capacity(chunk, bytes), &mut |found| {
            match found {
                Found::Playlist(playlist) => {
                    let text = |text: &Option<super::super::playlist::Text<'_>>| {
                        text.as_ref().map_or("-", |text| &*text.0).to_owned()
                    };
                    let artists = playlist.tracks.iter().map(|t| text(&t.artist_name) + "/" + &text(&t.artist_uri));
                    playlists.push(format!("{}: {}", text(&playlist.name), artists.collect::<Vec<_>>().join(", ")));
                }
                Found::Damage { offset, reason } => damages.push((offset, reason)),
            }
            Wanted::Continue(())
        });
        assert!(flow.is_continue());
        (playlists, damages)
    }

    #[test]
    fn a_slice_is_read_however_it_arrives() {
        for chunk in [1, 2, 7, 64, 4096] {
            let (playlists, damages) = read_all(SLICE.as_bytes(), chunk);
            let expected = ["A \"quoted\" \\: Björk/spotify:artist:1, Drake/-", "-: ", "ünïç\n: 宇多田ヒカル/-"];
            assert_eq!((playlists, damages), (expected.map(String::from).to_vec(), vec![]), "chunks of {chunk}");
        }
        let compact: String = SLICE.lines().map(str::trim).collect();
        assert_eq!(read_all(compact.as_bytes(), 64), read_all(format!("\u{feff}{SLICE}").as_bytes(), 64));
    }

    #[test]
    fn a_cut_keeps_all_whole_playlists_and_says_where() {
        let bytes = SLICE.as_bytes();
        let ends: Vec<usize> = ["1},", "[]},", "}]}\n"].map(|end| SLICE.find(end).unwrap() + end.len() - 1).to_vec();
        let (all, _) = read_all(bytes, 64);
        for cut in 0..bytes.len() - 1 {
            let (playlists, damages) = read_all(&bytes[..cut], 16);
            let whole = ends.iter().filter(|&&end| end <= cut).count();
            assert_eq!(playlists, all[..whole], "cut at {cut}");
            if cut + 1 < SLICE.trim_end().len() {
                assert_eq!(damages.len(), 1, "cut at {cut}");
                assert_eq!(damages[0].0, cut as u64);
            }
        }
    }

    #[test]
    fn playlists_behind_a_broken_one_are_kept() {
        for (from, to, at) in [
            ("\"pid\": 0", "\"pid\": x", "x,"),
            ("\"pid\": 0", "\"pid\": ]", "],"),
            ("\"pos\": 1,", "\"pos\": 1;", ";"),
            ("\"Drake\"", "\"Drake ", ""),
            ("null}]}}", "null})}}", ")}"),
            ("null}]}}", "null}] }", ""),
            ("\"tracks\": [\n", "\"trucks\": [\n", ""),
        ] {
            let broken = SLICE.replacen(from, to, 1);
            let (playlists, damages) = read_all(broken.as_bytes(), 64);
            assert_eq!(playlists.last().unwrap(), "ünïç\n: 宇多田ヒカル/-", "{to}");
            assert_eq!(playlists.len(), 2, "{to}");
            assert!(!damages.is_empty(), "{to}");
            let place = &broken[damages[0].0 as usize..];
            assert!(place.starts_with(at), "{to}: {damages:?} at {place:.20}");
        }
    }

    #[test]
    fn what_is_no_slice_is_said_to_be_none() {
        for text in ["", "{}", "[]", "{\"playlists\": 3}", "null", "\"playlists\"", "{\"tracks\": [{}]}"] {
            let (playlists, damages) = read_all(text.as_bytes(), 64);
            assert_eq!(playlists.len(), 0, "{text}");
            assert!(!damages.is_empty(), "{text}");
        }
        assert_eq!(read_all(b"{\"playlists\": []}", 64), (vec![], vec![]));
    }

    #[test]
    fn an_endless_playlist_is_given_up() {
        let mut text = String::from("{\"playlists\": [{\"tracks\": [");
        text.push_str(&"{\"artist_name\": \"A\"},".repeat(MAX_PLAYLIST / 20));
        text.push_str("{}]}, {\"tracks\": [{\"artist_name\": \"B\"}]}]}");
        let (playlists, damages) = read_all(text.as_bytes(), 1 << 16);
        assert_eq!(playlists, ["-: B/-"]);
        assert_eq!(damages.len(), 1);
    }

    #[test]
    fn what_is_astray_is_one_place_until_the_next_playlist() {
        let text = SLICE.replacen("        {\"tracks\"", "nu ll, true 7;\n{\"tracks\"", 1) + "x y z\n\u{1}";
        let (playlists, damages) = read_all(text.as_bytes(), 5);
        assert_eq!(playlists, read_all(SLICE.as_bytes(), 64).0);
        let places = ["nu ll", "x y z"].map(|junk| text.find(junk).unwrap() as u64);
        assert!(damages.iter().map(|damage| damage.0).eq(places), "{damages:?}");
        assert!(damages[1].1.ends_with("after playlist 3 of this file"), "{damages:?}");
        // Junk alone: where it begins, and that there was nothing else.
        assert_eq!(read_all(&b"junk, \"string\" [] ".repeat(100), 64).1.len(), 2);
    }

    proptest! {
        #[test]
        fn no_mutation_breaks_the_reader(edits in prop::collection::vec((0..SLICE.len(), any::<u8>()), 1..8)) {
            let mut bytes = SLICE.as_bytes().to_vec();
            for &(at, byte) in &edits {
                bytes[at] = byte;
            }
            let outcome = read_all(&bytes, 4096);
            prop_assert!(outcome.0.len() <= 16);
            prop_assert!(outcome.1.iter().all(|&(offset, _)| offset <= bytes.len() as u64));
            // How the bytes arrive changes nothing.
            prop_assert_eq!(outcome, read_all(&bytes, 5));
        }

        #[test]
        fn no_bytes_break_the_reader(bytes: Vec<u8>) {
            let outcome = read_all(&bytes, 7);
            prop_assert_eq!(outcome, read_all(&bytes, 4096));
        }

        #[test]
        fn no_brackets_break_the_reader(text in r#"[\[\]{}", \n:a\\]{0,200}"#) {
            let text = format!("{{\"playlists\": [{text}");
            let outcome = read_all(text.as_bytes(), 3);
            prop_assert_eq!(outcome, read_all(text.as_bytes(), 4096));
        }
    }
}
