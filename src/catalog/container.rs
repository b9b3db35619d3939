//! The container that every file of this project shares: header, section table, checked and aligned sections.
//!
//! Owns the bytes around the columns, for writing and for reading, in one place; docs/FORMAT.md is its specification.
//! Knows nothing of what the sections mean, and touches no file: callers hand it memory.
//!
//! A file has exactly one valid layout for a given list of sections: they follow the table in its order, each at the
//! next multiple of 64, with zero bytes between. A reader recomputes that layout, so overlapping or hidden bytes cannot
//! occur, and every byte is covered by a checksum or must be zero.

use alloc::vec;
use alloc::vec::Vec;

use super::aligned::AlignedBytes;
use super::crc32::crc32;
use super::error::FormatError;

/// The first eight bytes of every file. As in PNG, the first byte is not ASCII and both line endings and Ctrl-Z occur, so
/// that a transfer in text mode is noticed at once.
pub const MAGIC: [u8; 8] = *b"\x89A2V\r\n\x1a\n";

/// Length of the fixed header in bytes.
pub const HEADER_LENGTH: usize = 64;

/// Length of one entry of the section table in bytes.
pub const ENTRY_LENGTH: usize = 32;

/// Every section starts at a multiple of this many bytes.
pub const ALIGNMENT: usize = 64;

/// No file has more sections than this; a larger count is damage, refused before anything is allocated.
pub const MAX_SECTIONS: usize = 64;

/// The name of a section: four ASCII characters, readable in a hex dump.
pub type Tag = [u8; 4];

/// What kind of file it is, and which versions of it this program reads and writes.
#[derive(Debug, PartialEq, Eq)]
pub struct FileKind {
    /// Four ASCII characters in the header.
    pub tag: Tag,
    /// What people call it: "pack", "corpus", "model", "layout".
    pub name: &'static str,
    /// The version that this program writes, and the newest that it reads.
    pub version: u16,
    /// The oldest version that this program still reads.
    pub oldest_readable: u16,
    /// The oldest reader's version that can read what this program writes.
    pub oldest_reader: u16,
    /// What to do when such a file is damaged, as a whole sentence.
    pub remedy: &'static str,
    /// What to do when it is too old for this program, likewise.
    pub remedy_older: &'static str,
    /// What to do when it is too new for this program, likewise.
    pub remedy_newer: &'static str,
}

/// A section's place and checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The section's name.
    pub tag: Tag,
    /// CRC-32 (IEEE 802.3) of its bytes.
    pub crc32: u32,
    /// Where it starts, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes it has, without padding.
    pub length: u64,
}

/// The next multiple of [`ALIGNMENT`]; `None` where it does not fit.
fn align_up(offset: u64) -> Option<u64> {
    offset.checked_next_multiple_of(ALIGNMENT as u64)
}

/// Where the first of `sections` sections starts.
fn first_offset(sections: usize) -> u64 {
    (HEADER_LENGTH + sections * ENTRY_LENGTH).next_multiple_of(ALIGNMENT) as u64
}

/// Places sections of the given lengths: the entries (checksums still zero) and the length of the whole file.
///
/// `None` where the file would not fit into 64 bits.
pub fn place(sections: &[(Tag, u64)]) -> Option<(Vec<Entry>, u64)> {
    let mut offset = first_offset(sections.len());
    let mut entries = Vec::with_capacity(sections.len());
    for &(tag, length) in sections {
        entries.push(Entry { tag, crc32: 0, offset, length });
        offset = align_up(offset.checked_add(length)?)?;
    }
    Some((entries, offset))
}

/// Writes the header and the section table, padded so that the first section can follow.
pub fn encode_head(kind: &FileKind, entries: &[Entry], total_length: u64) -> Vec<u8> {
    let mut bytes = vec![0_u8; first_offset(entries.len()) as usize];
    bytes[0..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&kind.tag);
    bytes[12..14].copy_from_slice(&kind.version.to_le_bytes());
    bytes[14..16].copy_from_slice(&kind.oldest_reader.to_le_bytes());
    bytes[16..24].copy_from_slice(&total_length.to_le_bytes());
    bytes[24..28].copy_from_slice(&(entries.len() as u32).to_le_bytes());
    for (i, entry) in entries.iter().enumerate() {
        let at = HEADER_LENGTH + i * ENTRY_LENGTH;
        bytes[at..at + 4].copy_from_slice(&entry.tag);
        bytes[at + 4..at + 8].copy_from_slice(&entry.crc32.to_le_bytes());
        bytes[at + 8..at + 16].copy_from_slice(&entry.offset.to_le_bytes());
        bytes[at + 16..at + 24].copy_from_slice(&entry.length.to_le_bytes());
    }
    let crc = head_crc(&bytes, entries.len());
    bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// CRC-32 of the header without its own checksum, followed by the section table.
fn head_crc(bytes: &[u8], sections: usize) -> u32 {
    crc32(&[&bytes[..60], &bytes[HEADER_LENGTH..HEADER_LENGTH + sections * ENTRY_LENGTH]])
}

/// Writes a whole file in memory.
///
/// `None` where it would not fit into memory's address range.
pub fn encode(kind: &FileKind, sections: &[(Tag, &[u8])]) -> Option<AlignedBytes> {
    let lengths: Vec<_> = sections.iter().map(|(tag, bytes)| (*tag, bytes.len() as u64)).collect();
    let (mut entries, total) = place(&lengths)?;
    let mut file = AlignedBytes::zeroed(usize::try_from(total).ok()?);
    for (entry, (_, bytes)) in entries.iter_mut().zip(sections) {
        entry.crc32 = crc32(&[bytes]);
        let start = entry.offset as usize;
        file.as_mut_slice()[start..start + bytes.len()].copy_from_slice(bytes);
    }
    let head = encode_head(kind, &entries, total);
    file.as_mut_slice()[..head.len()].copy_from_slice(&head);
    Some(file)
}

/// A file in memory whose header and section table have been checked.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    name: &'static str,
}

impl<'a> Container<'a> {
    /// Checks header and section table; the sections' own bytes are checked by [`Self::verify`].
    ///
    /// Cheap: it reads the head only and allocates at most [`MAX_SECTIONS`] entries.
    ///
    /// # Errors
    /// [`FormatError`]: not such a file, another version, cut short, damaged.
    pub fn open(kind: &'static FileKind, bytes: &'a [u8]) -> Result<Self, FormatError> {
        let damaged = |what| FormatError::Damaged { kind: kind.name, what, remedy: kind.remedy };
        let truncated =
            |needed| FormatError::Truncated { kind: kind.name, needed, found: bytes.len() as u64, remedy: kind.remedy };
        let magic_seen = &bytes[..bytes.len().min(MAGIC.len())];
        if magic_seen != &MAGIC[..magic_seen.len()] {
            return Err(FormatError::OtherFile { expected: kind.name });
        }
        if bytes.len() < HEADER_LENGTH {
            return Err(truncated(HEADER_LENGTH as u64));
        }
        let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        if bytes[8..12] != kind.tag {
            return Err(FormatError::OtherKind {
                expected: kind.name,
                found: bytes[8..12].iter().map(|&b| if b.is_ascii_graphic() { char::from(b) } else { '?' }).collect(),
            });
        }
        let (version, oldest_reader) = (u16_at(12), u16_at(14));
        let newer = oldest_reader > kind.version;
        if newer || version < kind.oldest_readable {
            return Err(FormatError::OtherVersion {
                kind: kind.name,
                found: version,
                oldest: kind.oldest_readable,
                newest: kind.version,
                remedy: if newer { kind.remedy_newer } else { kind.remedy_older },
            });
        }
        let total = u64_at(bytes, 16);
        if (bytes.len() as u64) < total {
            return Err(truncated(total));
        }
        if (bytes.len() as u64) > total {
            return Err(damaged("it is longer than its header says"));
        }
        let count = u32_at(bytes, 24) as usize;
        if count > MAX_SECTIONS {
            return Err(damaged("its header names an impossible number of sections"));
        }
        let first = first_offset(count) as usize;
        if first > bytes.len() {
            return Err(damaged("its section table does not fit"));
        }
        if head_crc(bytes, count) != u32_at(bytes, 60) {
            return Err(damaged("its header or section table was altered"));
        }
        let entries: Vec<Entry> = (0..count)
            .map(|i| {
                let at = HEADER_LENGTH + i * ENTRY_LENGTH;
                Entry {
                    tag: [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]],
                    crc32: u32_at(bytes, at + 4),
                    offset: u64_at(bytes, at + 8),
                    length: u64_at(bytes, at + 16),
                }
            })
            .collect();
        let lengths: Vec<_> = entries.iter().map(|entry| (entry.tag, entry.length)).collect();
        let placed = place(&lengths).ok_or_else(|| damaged("its section table does not fit"))?;
        let same_places = placed.0.iter().zip(&entries).all(|(a, b)| a.offset == b.offset);
        if !same_places || placed.1 != total {
            return Err(damaged("its section table does not fit"));
        }
        let mut tags: Vec<Tag> = entries.iter().map(|entry| entry.tag).collect();
        tags.sort_unstable();
        if tags.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(damaged("a section stands in it twice"));
        }
        let head_padding = &bytes[HEADER_LENGTH + count * ENTRY_LENGTH..first];
        let reserved = bytes[28..60].iter().chain(head_padding);
        let entry_reserved = (0..count).flat_map(|i| {
            let end = HEADER_LENGTH + (i + 1) * ENTRY_LENGTH;
            &bytes[end - 8..end]
        });
        if reserved.chain(entry_reserved).any(|&byte| byte != 0) {
            return Err(damaged("its padding is not zero"));
        }
        Ok(Self { bytes, entries, name: kind.name })
    }

    /// Checks every section's checksum and that all padding is zero.
    ///
    /// # Errors
    /// [`FormatError::Checksum`] naming the first section that was altered, [`FormatError::Damaged`] for padding.
    pub fn verify(&self, kind: &'static FileKind) -> Result<(), FormatError> {
        let mut end = 0;
        for entry in &self.entries {
            let (start, stop) = (entry.offset as usize, (entry.offset + entry.length) as usize);
            if end > 0 && self.bytes[end..start].iter().any(|&byte| byte != 0) {
                return Err(FormatError::Damaged {
                    kind: kind.name,
                    what: "its padding is not zero",
                    remedy: kind.remedy,
                });
            }
            if crc32(&[&self.bytes[start..stop]]) != entry.crc32 {
                return Err(FormatError::Checksum {
                    kind: kind.name,
                    section: entry.tag.iter().map(|&b| char::from(b)).collect(),
                    remedy: kind.remedy,
                });
            }
            end = stop;
        }
        if end > 0 && self.bytes[end..].iter().any(|&byte| byte != 0) {
            return Err(FormatError::Damaged { kind: kind.name, what: "its padding is not zero", remedy: kind.remedy });
        }
        Ok(())
    }

    /// All sections in file order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A section's bytes; `None` where the file has no such section.
    pub fn optional(&self, tag: Tag) -> Option<&'a [u8]> {
        let entry = self.entries.iter().find(|entry| entry.tag == tag)?;
        Some(&self.bytes[entry.offset as usize..(entry.offset + entry.length) as usize])
    }

    /// A section's bytes.
    ///
    /// # Errors
    /// [`FormatError::MissingSection`] where the file has no such section.
    pub fn section(&self, tag: Tag) -> Result<&'a [u8], FormatError> {
        self.optional(tag).ok_or_else(|| FormatError::MissingSection {
            kind: self.name,
            section: tag.iter().map(|&b| char::from(b)).collect(),
        })
    }

    /// A section as a column of numbers, used where it lies.
    ///
    /// # Errors
    /// [`FormatError`] where the section is missing, has a length that is no multiple of the number's size, or where the
    /// file was not loaded at an aligned address (see [`AlignedBytes`]).
    pub fn column<T: bytemuck::AnyBitPattern>(&self, tag: Tag) -> Result<&'a [T], FormatError> {
        bytemuck::try_cast_slice(self.section(tag)?).map_err(|_| self.bad_column(tag))
    }

    /// The error for a section whose content does not hold together.
    pub fn bad_column(&self, tag: Tag) -> FormatError {
        FormatError::BadColumn { kind: self.name, section: tag.iter().map(|&b| char::from(b)).collect() }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    static KIND: FileKind = FileKind {
        tag: *b"TEST",
        name: "test file",
        version: 3,
        oldest_readable: 2,
        oldest_reader: 3,
        remedy: "Load it again.",
        remedy_older: "Make it anew.",
        remedy_newer: "Update the program.",
    };

    fn sample() -> AlignedBytes {
        encode(&KIND, &[(*b"AAAA", &[1, 2, 3]), (*b"EMPT", &[]), (*b"NUMS", &[1, 0, 0, 0, 2, 0, 0, 0])]).unwrap()
    }

    fn check(bytes: &[u8]) -> Result<(), FormatError> {
        Container::open(&KIND, bytes)?.verify(&KIND)
    }

    #[test]
    fn sections_come_back_aligned() {
        let file = sample();
        let container = Container::open(&KIND, file.as_slice()).unwrap();
        container.verify(&KIND).unwrap();
        assert_eq!(container.section(*b"AAAA").unwrap(), [1, 2, 3]);
        assert!(container.section(*b"EMPT").unwrap().is_empty());
        assert_eq!(container.column::<u32>(*b"NUMS").unwrap(), [1, 2]);
        assert!(matches!(container.column::<u32>(*b"AAAA"), Err(FormatError::BadColumn { .. })));
        assert!(matches!(container.section(*b"NONE"), Err(FormatError::MissingSection { .. })));
        assert!(container.entries().iter().all(|entry| entry.offset.is_multiple_of(64)));
        assert_eq!(file.len() % 64, 0);
    }

    #[test]
    fn every_truncation_is_refused() {
        let file = sample();
        for length in 0..file.len() {
            assert!(check(&file.as_slice()[..length]).is_err(), "cut to {length} bytes");
        }
        let mut longer = file.as_slice().to_vec();
        longer.push(0);
        assert!(check(&longer).is_err());
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let file = sample();
        for byte in 0..file.len() {
            for bit in 0..8 {
                let mut damaged = AlignedBytes::from(file.as_slice());
                damaged.as_mut_slice()[byte] ^= 1 << bit;
                assert!(check(damaged.as_slice()).is_err(), "bit {bit} of byte {byte}");
            }
        }
    }

    #[test]
    fn hostile_lengths_with_a_right_checksum_are_refused() {
        for (offset, length) in [(128, u64::MAX), (u64::MAX - 63, 64), (0, 64), (128, 1 << 40)] {
            let entries = [Entry { tag: *b"AAAA", crc32: 0, offset, length }];
            let mut file = encode_head(&KIND, &entries, 192);
            file.resize(192, 0);
            assert!(Container::open(&KIND, &file).is_err(), "{offset} {length}");
        }
        let twice = [(*b"SAME", &[1_u8][..]), (*b"SAME", &[2])];
        assert!(check(encode(&KIND, &twice).unwrap().as_slice()).is_err());
    }

    #[test]
    fn versions_out_of_range_say_what_to_do() {
        for version in [0_u16, 1, 4, 9] {
            let kind = FileKind { version, oldest_reader: version, ..KIND };
            let file = encode(&kind, &[]).unwrap();
            let error = check(file.as_slice()).unwrap_err();
            assert!(matches!(error, FormatError::OtherVersion { found, .. } if found == version), "{error}");
            let remedy = if version > KIND.version { KIND.remedy_newer } else { KIND.remedy_older };
            assert!(alloc::format!("{error}").ends_with(remedy), "{error}");
        }
        // Newer, but written so that this reader still understands it.
        let kind = FileKind { version: 4, oldest_reader: 3, ..KIND };
        assert!(check(encode(&kind, &[]).unwrap().as_slice()).is_ok());
    }
}
