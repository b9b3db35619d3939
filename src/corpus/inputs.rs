//! Where playlists lie: zips, folders and single files become one ordered list of slices and lists to read.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::{DeflateDecoder, MultiGzDecoder};

use crate::files::FileError;

use super::ingest::{Damage, IngestError};
use super::playlist::{Found, Wanted};
use super::{slice, tsv};

/// One file, or one member of a zip, that holds playlists.
#[derive(Debug)]
pub(super) struct Unit {
    /// The input that it belongs to, counted from 0.
    pub(super) source: usize,
    /// Its path; for a member of a zip that of the zip, a slash and the member's.
    pub(super) label: String,
    /// How many bytes it takes on disk.
    pub(super) size: u64,
    /// Whether the artists of its playlists stand in the order that the playlists' makers gave them.
    pub(super) ordered: bool,
    kind: Kind,
    place: Place,
}

/// What a file name's ending says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Slice { gzip: bool },
    Tsv { gzip: bool },
    Parquet,
    Zip,
}

#[derive(Debug)]
enum Place {
    File(PathBuf),
    Member {
        zip: PathBuf,
        /// Where the member's local header begins.
        header: u64,
        /// Compressed length and CRC-32 of the content, where known.
        content: Option<(u64, u32)>,
    },
}

impl Kind {
    /// Slices number their tracks; a list may have been made from anything, such as counts.
    fn keeps_order(self) -> bool {
        matches!(self, Self::Slice { .. })
    }

    /// `None` for names that say nothing known, hidden files and macOS's resource forks.
    fn of(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next()?.to_lowercase();
        let (stem, gzip) = name.strip_suffix(".gz").map_or((name.as_str(), false), |stem| (stem, true));
        match stem.rsplit_once('.')? {
            ("", _) => None,
            _ if name.starts_with('.') => None,
            (_, "json") => Some(Self::Slice { gzip }),
            (_, "tsv") => Some(Self::Tsv { gzip }),
            (_, "zip") if !gzip => Some(Self::Zip),
            (_, "parquet") if !gzip => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Lists what there is to read: inputs in the order given, files of a folder and members of a zip in natural order.
///
/// A damaged zip is a [`Damage`] and gives the members that are found in it. Slices keep a playlist's order; lists do
/// where they, or the input that they belong to, are named in `ordered`.
///
/// # Errors
/// [`IngestError`] where a path cannot be read or is of no known kind, or where nothing that is read is what a path in
/// `ordered` names.
pub(super) fn list(inputs: &[PathBuf], ordered: &[PathBuf]) -> Result<(Vec<Unit>, Vec<Damage>), IngestError> {
    let (mut units, mut damages) = (Vec::new(), Vec::new());
    for (source, input) in inputs.iter().enumerate() {
        let metadata = fs::metadata(input).map_err(|error| FileError::read(input, error))?;
        if metadata.is_dir() {
            let files = files_of(input)?;
            if files.is_empty() {
                return Err(IngestError::EmptyFolder { path: input.clone() });
            }
            for file in files {
                push(source, &file, &mut units, &mut damages)?;
            }
        } else if !push(source, input, &mut units, &mut damages)? {
            return Err(IngestError::UnknownKind { path: input.clone() });
        }
    }
    for path in ordered {
        let real = path.canonicalize().map_err(|error| FileError::read(path, error))?;
        let is_it = |other: &Path| other.canonicalize().is_ok_and(|other| other == real);
        let mut found = inputs.iter().any(|input| is_it(input));
        for unit in &mut units {
            if is_it(&inputs[unit.source]) || is_it(unit.file()) {
                (unit.ordered, found) = (true, true);
            }
        }
        if !found {
            return Err(IngestError::OrderedIsNoInput { path: path.clone() });
        }
    }
    Ok((units, damages))
}

/// The files of a folder that may hold playlists, in natural order; not those of folders inside it.
pub(super) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let fail = |source| FileError::read(folder, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_file() && Kind::of(&path.to_string_lossy()).is_some() {
            files.push(path);
        }
    }
    files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// Adds a file's units; says whether its kind is known.
fn push(source: usize, path: &Path, units: &mut Vec<Unit>, damages: &mut Vec<Damage>) -> Result<bool, FileError> {
    let label = path.display().to_string();
    let Some(kind) = Kind::of(&label) else { return Ok(false) };
    let file = File::open(path).map_err(|error| FileError::read(path, error))?;
    let size = file.metadata().map_err(|error| FileError::read(path, error))?.len();
    if kind != Kind::Zip {
        units.push(Unit {
            source,
            label,
            size,
            ordered: kind.keeps_order(),
            kind,
            place: Place::File(path.to_owned()),
        });
        return Ok(true);
    }
    let mut members = match members(&file) {
        Ok(members) => members,
        Err(error) => {
            let reason = format!("{error}; reading the members that are found in it");
            damages.push(Damage { input: label.clone(), offset: size, reason, more: 0 });
            salvage(&file).map_err(|error| FileError::read(path, error))?
        }
    };
    members.sort_by(|a, b| natural(&a.name, &b.name));
    for Member { name, header, content } in members {
        let Some(kind) = Kind::of(&name).filter(|&kind| kind != Kind::Zip) else { continue };
        let size = content.map_or(0, |(size, _)| size);
        let place = Place::Member { zip: path.to_owned(), header, content };
        units.push(Unit { source, label: format!("{label}/{name}"), size, ordered: kind.keeps_order(), kind, place });
    }
    Ok(true)
}

struct Member {
    name: String,
    header: u64,
    content: Option<(u64, u32)>,
}

/// The members by the zip's own directory.
fn members(file: &File) -> Result<Vec<Member>, zip::result::ZipError> {
    let mut zip = zip::ZipArchive::new(BufReader::new(file))?;
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let member = zip.by_index_raw(index)?;
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let content = Some((member.compressed_size(), member.crc32()));
        members.push(Member { name, header: member.header_start(), content });
    }
    Ok(members)
}

/// The members of a zip without a directory, as one has that was cut short: wherever a local header begins.
fn salvage(mut file: &File) -> io::Result<Vec<Member>> {
    let mut starts = Vec::new();
    let (mut chunk, mut kept, mut offset) = (vec![0; 1 << 20], 0, 0_u64);
    file.rewind()?;
    loop {
        let read = file.read(&mut chunk[kept..])?;
        if read == 0 {
            break;
        }
        let end = kept + read;
        let hits = chunk[..end].windows(4).enumerate().filter(|(_, window)| *window == LocalHeader::SIGNATURE);
        starts.extend(hits.map(|(i, _)| offset + i as u64));
        // A signature may lie across the border.
        kept = end.min(3);
        chunk.copy_within(end - kept..end, 0);
        offset += (end - kept) as u64;
    }
    let mut members = Vec::new();
    for start in starts {
        // What only looks like a header, or is cut itself, is none.
        let Ok(header) = LocalHeader::read(file, start) else { continue };
        let name = String::from_utf8_lossy(&header.name).into_owned();
        members.push(Member { name, header: start, content: header.content });
    }
    Ok(members)
}

/// What stands before a member's content (PKWARE's APPNOTE.TXT, 4.3.7).
struct LocalHeader {
    flags: u16,
    method: u16,
    /// Compressed length and CRC-32, where they stand here and not behind the content or in an extra field.
    content: Option<(u64, u32)>,
    name: Vec<u8>,
    /// Where the content begins.
    start: u64,
}

impl LocalHeader {
    const SIGNATURE: &'static [u8] = b"PK\x03\x04";
    const STORED: u16 = 0;
    const DEFLATED: u16 = 8;
    const ENCRYPTED: u16 = 1;
    const SIZES_BEHIND: u16 = 8;

    fn read(mut file: &File, offset: u64) -> io::Result<Self> {
        let mut fixed = [0; 30];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut fixed)?;
        if &fixed[..4] != Self::SIGNATURE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no member of the zip begins here"));
        }
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        let (flags, method, crc, size) = (short(6), short(8), long(14), long(18));
        let mut name = vec![0; usize::from(short(26))];
        file.read_exact(&mut name)?;
        let content = (flags & Self::SIZES_BEHIND == 0 && size != u32::MAX).then_some((u64::from(size), crc));
        let start = offset + 30 + u64::from(short(26)) + u64::from(short(28));
        Ok(Self { flags, method, content, name, start })
    }
}

impl Unit {
    /// The file that it lies in: for a member of a zip the zip.
    pub(super) fn file(&self) -> &Path {
        match &self.place {
            Place::File(path) | Place::Member { zip: path, .. } => path,
        }
    }

    /// Reads all playlists.
    pub(super) fn read(&self, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
        if self.kind == Kind::Parquet {
            return self.read_parquet(found);
        }
        let reader = match self.open() {
            Ok(reader) => reader,
            Err(error) => return found(Found::Damage { offset: 0, reason: error.to_string() }),
        };
        let gzip = matches!(self.kind, Kind::Slice { gzip: true } | Kind::Tsv { gzip: true });
        let reader = if gzip { Box::new(MultiGzDecoder::new(reader)) } else { reader };
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        match self.kind {
            Kind::Tsv { .. } => tsv::read(&mut reader, found),
            Kind::Slice { .. } | Kind::Parquet | Kind::Zip => slice::read(&mut reader, found),
        }
    }

    fn read_parquet(&self, found: &mut dyn FnMut(Found<'_>) -> Wanted) -> Wanted {
        match &self.place {
            #[cfg(feature = "parquet")]
            Place::File(path) => super::parquet::read(path, found),
            #[cfg(not(feature = "parquet"))]
            Place::File(_) => {
                let reason = "this program was built without Parquet; build it with --features parquet".to_owned();
                found(Found::Damage { offset: 0, reason })
            }
            Place::Member { .. } => {
                let reason = "Parquet is not read inside a zip: unpack it first".to_owned();
                found(Found::Damage { offset: 0, reason })
            }
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read>> {
        let (zip, header, content) = match &self.place {
            Place::File(path) => return Ok(Box::new(File::open(path)?)),
            Place::Member { zip, header, content } => (zip, *header, *content),
        };
        let mut file = File::open(zip)?;
        let local = LocalHeader::read(&file, header)?;
        file.seek(SeekFrom::Start(local.start))?;
        let size = content.map_or(u64::MAX, |(size, _)| size);
        let bytes = BufReader::with_capacity(1 << 16, file.take(size));
        let content_reader: Box<dyn Read> = match (local.flags & LocalHeader::ENCRYPTED, local.method) {
            (0, LocalHeader::DEFLATED) => Box::new(DeflateDecoder::new(bytes)),
            (0, LocalHeader::STORED) if content.is_some() => Box::new(bytes),
            (0, method) => {
                let text = format!("compression method {method} is not supported: unpack the zip and give its folder");
                return Err(io::Error::new(io::ErrorKind::Unsupported, text));
            }
            _ => return Err(io::Error::new(io::ErrorKind::Unsupported, "it is encrypted: unpack the zip first")),
        };
        let crc = content.map(|(_, crc)| crc);
        Ok(Box::new(Checked { inner: content_reader, hasher: crc32fast::Hasher::new(), crc }))
    }
}

/// A reader that compares the CRC-32 of all bytes when the last one has been read.
struct Checked {
    inner: Box<dyn Read>,
    hasher: crc32fast::Hasher,
    crc: Option<u32>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        let at_end = length == 0 && !buffer.is_empty();
        if at_end && self.crc.is_some_and(|crc| crc != self.hasher.clone().finalize()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the content does not match its checksum"));
        }
        Ok(length)
    }
}

/// Compares as people count: runs of digits by their number, everything else by its characters.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let order = match (digits(left), digits(right)) {
            (0, _) | (_, 0) => match (left.split_first(), right.split_first()) {
                (Some((x, rest_left)), Some((y, rest_right))) => {
                    (left, right) = (rest_left, rest_right);
                    x.cmp(y)
                }
                (None, None) => return a.cmp(b),
                (x, y) => x.is_some().cmp(&y.is_some()),
            },
            (m, n) => {
                let number = |text: &[u8]| String::from_utf8_lossy(text).trim_start_matches('0').to_owned();
                let (x, y) = (number(&left[..m]), number(&right[..n]));
                (left, right) = (&left[m..], &right[n..]);
                x.len().cmp(&y.len()).then(x.cmp(&y))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_stand_in_natural_order() {
        let mut names = ["s.10000-10999.json", "s.1000-1999.json", "s.json", "s.999000-999999.json", "s.0-999.json"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["s.0-999.json", "s.1000-1999.json", "s.10000-10999.json", "s.999000-999999.json", "s.json"]);
        assert_eq!(natural("a1", "a01"), "a1".cmp("a01"));
        assert_eq!(natural("a", "a1"), Ordering::Less);
        assert_eq!(natural("ä2", "ä10"), Ordering::Less);
    }

    #[test]
    fn endings_tell_the_kind() {
        for (name, kind) in [
            ("data/mpd.slice.0-999.json", Some(Kind::Slice { gzip: false })),
            ("a.JSON.GZ", Some(Kind::Slice { gzip: true })),
            ("a.b.tsv", Some(Kind::Tsv { gzip: false })),
            ("x/a.tsv.gz", Some(Kind::Tsv { gzip: true })),
            ("a.zip", Some(Kind::Zip)),
            ("part-0.snappy.parquet", Some(Kind::Parquet)),
            (".part-0.snappy.parquet.crc", None),
            ("a.zip.gz", None),
            ("__MACOSX/data/._mpd.slice.0-999.json", None),
            (".json", None),
            ("README.md", None),
            ("md5sums", None),
            ("", None),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }
}
