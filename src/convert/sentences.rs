//! A corpus as text: one playlist a line, artists as words between spaces.

use std::io::{self, Write};

use crate::corpus::Corpus;

/// Writes all playlists that mention anybody; `words[i]` is artist i's.
pub(super) fn write(writer: &mut impl Write, corpus: &Corpus, words: &[String]) -> io::Result<()> {
    for i in 0..corpus.len() {
        for (place, &artist) in corpus.playlist(i).iter().enumerate() {
            if place > 0 {
                writer.write_all(b" ")?;
            }
            writer.write_all(words[artist as usize].as_bytes())?;
        }
        if !corpus.playlist(i).is_empty() {
            writer.write_all(b"\n")?;
        }
    }
    Ok(())
}
