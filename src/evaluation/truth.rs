//! What people, or other systems, call similar: lists of related artists in the forms in which they are found.
//!
//! Owns the files' forms and nothing else; [`super::References`] finds their artists in a run. Read are, plain or
//! gzipped, tables with a header line:
//!
//! | columns | separator | what |
//! | --- | --- | --- |
//! | `artist_uri`, `artist_name`, `related_uri`, `related_name` | tab | Spotify's related artists, and what `artist2vec crawl` writes |
//! | `mbid`, `name`, `rank`, `similar_mbid`, `similar_name` | tab | Last.fm's similar artists (Oramas et al., ISMIR 2015) |
//! | `influencer_id`, `influencer_name`, `follower_id`, `follower_name` | comma | AllMusic's influences |
//!
//! An artist's references stand in the order of `rank` where there is such a column, else of the file. Of the first two
//! forms either the id or the name column may be missing, and other columns may stand between.
//!
//! Influence is not similarity: who was influenced by an artist need not sound like it. What is counted is that the two
//! belong together, so an influence stands in both directions: an artist's references are those who influenced it and
//! those whom it influenced.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::catalog::{fold, sha256_u64};
use crate::files::{self, FileError};

/// The share of a list's artists that settings are never chosen with: what `split` calls the test, and `tune` scores last.
pub const TEST_SHARE: f64 = 0.5;

/// A list of related artists could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// The first line names no columns that are known.
    #[error(
        "{path}: its first line must name the columns, such as artist_uri, artist_name, related_uri, related_name \
         (tab-separated); it says {found:?}",
        path = path.display()
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// The beginning of the first line.
        found: String,
    },
    /// A line is not what the header promises.
    #[error("{path}, line {line}: {reason}. Correct or remove the line", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// There is a header and nothing else.
    #[error("{path}: it names no related artists", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written back as it was read.
    #[error(
        "{name}: influences stand in both directions, and a split would put one of the two on each side. Split a list of similar artists"
    )]
    SplitInfluence {
        /// The list's name.
        name: String,
    },
    /// No artist has as many references as are asked for.
    #[error(
        "{name}: no artist has {min_references} references among the artists compared here, the most is {most}: lower \
         --min-references"
    )]
    TooFew {
        /// The list's name.
        name: String,
        /// References that an artist needs to take part.
        min_references: usize,
        /// The most that an artist has.
        most: usize,
    },
    /// Nothing of it speaks of the artists that are evaluated.
    #[error(
        "{name}: none of its {sources} artists that have related ones, {example:?} among them, is one of the {roster} artists \
         compared here. Is it the list for this collection?"
    )]
    NobodyKnown {
        /// The list's name.
        name: String,
        /// How many artists have references in it.
        sources: usize,
        /// One of them.
        example: String,
        /// How many artists are compared.
        roster: usize,
    },
}

/// An artist as a list names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The stable id; empty where the list gives none.
    pub id: String,
    /// The name; empty where the list gives none.
    pub name: String,
}

impl Named {
    /// What tells this artist from others of the list: its id, else its folded name.
    fn key(&self) -> String {
        if self.id.is_empty() { fold(&self.name) } else { self.id.clone() }
    }
}

/// What kind of relation a list states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Artists called similar or related.
    Similarity,
    /// Who influenced whom, taken in both directions.
    Influence,
}

/// A list of related artists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// What it is called in tables: the file's name without its endings.
    pub name: String,
    /// What kind of relation it states.
    pub relation: Relation,
    /// Artists with their references, best first, each reference once; in the order of first appearance.
    pub lists: Vec<(Named, Vec<Named>)>,
}

impl Truth {
    /// Makes a list of pairs; an artist's references keep the pairs' order, repeats and the artist itself left out.
    pub fn of_pairs(name: &str, relation: Relation, pairs: impl IntoIterator<Item = (Named, Named)>) -> Self {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut seen: HashSet<(usize, String)> = HashSet::new();
        let mut lists: Vec<(Named, Vec<Named>)> = Vec::new();
        for (artist, reference) in pairs {
            let (key, reference_key) = (artist.key(), reference.key());
            let itself = key == reference_key;
            let place = *places.entry(key).or_insert(lists.len());
            if place == lists.len() {
                lists.push((artist, Vec::new()));
            }
            if !itself && seen.insert((place, reference_key)) {
                lists[place].1.push(reference);
            }
        }
        Self { name: name.to_owned(), relation, lists }
    }

    /// Splits the artists into two lists, the second of which holds about `share` (from 0 to 1) of them.
    ///
    /// Where an artist lands depends on its id (else its folded name) and `seed` alone, so that the same list, grown or in
    /// another order, splits the same way.
    pub fn split(&self, share: f64, seed: u64) -> (Self, Self) {
        let (mut first, mut second) = (self.clone(), self.clone());
        let in_second = |artist: &Named| {
            let number = sha256_u64(&[&seed.to_le_bytes(), artist.key().as_bytes()].concat());
            (number as f64) < share * 2_f64.powi(64)
        };
        first.lists.retain(|(artist, _)| !in_second(artist));
        second.lists.retain(|(artist, _)| in_second(artist));
        (first, second)
    }

    /// Says whether [`Self::write_split`] can split the list.
    ///
    /// # Errors
    /// [`TruthError::SplitInfluence`] where the list states influences.
    pub fn expect_splittable(&self) -> Result<(), TruthError> {
        match self.relation {
            Relation::Similarity => Ok(()),
            Relation::Influence => Err(TruthError::SplitInfluence { name: self.name.clone() }),
        }
    }

    /// Writes both halves of a list of similar artists (see [`TEST_SHARE`]) as tables that [`read_truth`] reads:
    /// `NAME.validation.tsv` and `NAME.test.tsv` in `folder`. Gives the two paths with their numbers of artists.
    ///
    /// # Errors
    /// [`TruthError`] where the list states influences, or a file cannot be written.
    pub fn write_split(&self, folder: &Path, seed: u64) -> Result<[(PathBuf, usize); 2], TruthError> {
        self.expect_splittable()?;
        let (validation, test) = self.split(TEST_SHARE, seed);
        let write = |part: &Self, side: &str| -> Result<(PathBuf, usize), TruthError> {
            let path = folder.join(format!("{}.{side}.tsv", self.name));
            files::write_bytes(&path, part.to_tsv().as_bytes())?;
            Ok((path, part.lists.len()))
        };
        Ok([write(&validation, "validation")?, write(&test, "test")?])
    }

    fn to_tsv(&self) -> String {
        let mut table = String::from("artist_uri\tartist_name\trelated_uri\trelated_name\n");
        for (artist, references) in &self.lists {
            for related in references {
                let line = [&artist.id, &artist.name, &related.id, &related.name].map(String::as_str).join("\t");
                table += &(line + "\n");
            }
        }
        table
    }
}

/// Reads a list of related artists; the module's documentation has the forms.
///
/// # Errors
/// [`TruthError`] where the file cannot be read, has no known header, a damaged line, or nothing in it.
pub fn read_truth(path: &Path) -> Result<Truth, TruthError> {
    let file = File::open(path).map_err(|source| FileError::read(path, source))?;
    let gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read> = if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    let mut columns = None;
    let mut pairs: Vec<(Named, Named, u32)> = Vec::new();
    for line in 1.. {
        bytes.clear();
        // A line of this many bytes is damage, not a table.
        let read = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut bytes);
        if read.map_err(|source| FileError::read(path, source))? == 0 {
            break;
        }
        let bad_line = |reason: String| TruthError::Line { path: path.to_owned(), line, reason };
        let text = str::from_utf8(&bytes).map_err(|_| bad_line("it is not UTF-8 text".into()))?;
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        match &columns {
            None => {
                let found = text.chars().take(80).collect();
                columns = Some(Columns::of(text).ok_or(TruthError::Header { path: path.to_owned(), found })?);
            }
            Some(_) if text.is_empty() => {}
            Some(columns) => pairs.push(columns.pair(text).map_err(bad_line)?),
        }
    }
    let Some(columns) = columns.filter(|_| !pairs.is_empty()) else {
        return Err(TruthError::Empty { path: path.to_owned() });
    };
    pairs.sort_by_key(|&(_, _, rank)| rank);
    let name = list_name(path);
    let pairs = pairs.into_iter().map(|(artist, reference, _)| (artist, reference));
    Ok(match columns.relation {
        Relation::Similarity => Truth::of_pairs(&name, Relation::Similarity, pairs),
        Relation::Influence => {
            let both = pairs.flat_map(|(one, other)| [(one.clone(), other.clone()), (other, one)]);
            Truth::of_pairs(&name, Relation::Influence, both)
        }
    })
}

const MAX_LINE: u64 = 1 << 20;

/// The file's name without `.gz` and the ending before it.
fn list_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// Which column holds what.
#[derive(Debug)]
struct Columns {
    separator: char,
    count: usize,
    relation: Relation,
    artist: [Option<usize>; 2],
    reference: [Option<usize>; 2],
    rank: Option<usize>,
    /// Put before ids that are bare numbers of one service, so that they meet no other service's.
    id_prefix: &'static str,
}

impl Columns {
    fn of(header: &str) -> Option<Self> {
        let separator = if header.contains('\t') { '\t' } else { ',' };
        let names = fields(header, separator)?;
        let column = |aliases: &[&str]| {
            names.iter().position(|name| aliases.iter().any(|alias| name.trim().eq_ignore_ascii_case(alias)))
        };
        let mut columns = Self {
            separator,
            count: names.len(),
            relation: Relation::Similarity,
            artist: [column(&["artist_uri", "artist_id", "artist_mbid", "mbid"]), column(&["artist_name", "name"])],
            reference: [
                column(&["related_uri", "related_id", "related_mbid", "similar_mbid"]),
                column(&["related_name", "similar_name"]),
            ],
            rank: column(&["rank"]),
            id_prefix: "",
        };
        let follower = [column(&["follower_id"]), column(&["follower_name"])];
        if follower != [None, None] {
            columns.relation = Relation::Influence;
            columns.artist = follower;
            columns.reference = [column(&["influencer_id"]), column(&["influencer_name"])];
            columns.id_prefix = "allmusic:";
        }
        (columns.artist != [None, None] && columns.reference != [None, None]).then_some(columns)
    }

    fn pair(&self, line: &str) -> Result<(Named, Named, u32), String> {
        let fields = fields(line, self.separator).ok_or("a quotation mark is never closed")?;
        if fields.len() != self.count {
            return Err(format!("it has {} columns where the first line has {}", fields.len(), self.count));
        }
        let named = |[id, name]: [Option<usize>; 2], what: &str| {
            let field = |column: Option<usize>| column.map_or("", |column| fields[column].trim());
            let (id, name) = (field(id), field(name));
            if id.is_empty() && name.is_empty() {
                return Err(format!("the {what} has neither id nor name"));
            }
            let id = if id.is_empty() { String::new() } else { format!("{}{id}", self.id_prefix) };
            Ok(Named { id, name: name.to_owned() })
        };
        let rank = match self.rank.map(|column| fields[column].trim()) {
            None => 0,
            Some(rank) => rank.parse().map_err(|_| format!("the rank {rank:?} is not a whole number"))?,
        };
        Ok((named(self.artist, "artist")?, named(self.reference, "related artist")?, rank))
    }
}

/// The fields of a line; between commas they may be quoted (RFC 4180). `None` where a quotation never ends.
fn fields(line: &str, separator: char) -> Option<Vec<String>> {
    if separator == '\t' {
        return Some(line.split('\t').map(str::to_owned).collect());
    }
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let field = fields.last_mut()?;
        match c {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            c if c == separator && !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn write(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        (directory, path)
    }

    fn text(truth: &Truth) -> Vec<String> {
        let shown = |named: &Named| format!("{}|{}", named.id, named.name);
        let list = |(artist, references): &(Named, Vec<Named>)| {
            format!("{}: {}", shown(artist), references.iter().map(shown).collect::<Vec<_>>().join(", "))
        };
        truth.lists.iter().map(list).collect()
    }

    fn refused(name: &str, content: &[u8]) -> String {
        let (_directory, path) = write(name, content);
        read_truth(&path).unwrap_err().to_string()
    }

    #[test]
    fn spotify_s_related_artists() {
        let (_directory, path) = write(
            "spotify_related.tsv",
            b"artist_uri\tartist_name\trelated_uri\trelated_name\r\ns:a\tA\ts:b\tB\r\ns:c\tC\ts:a\tA\ns:a\tA\ts:d\tD\n\n\
              s:a\tA\ts:b\tB again\ns:a\tA\ts:a\tA\n",
        );
        let truth = read_truth(&path).unwrap();
        assert_eq!((truth.name.as_str(), truth.relation), ("spotify_related", Relation::Similarity));
        assert_eq!(text(&truth), ["s:a|A: s:b|B, s:d|D", "s:c|C: s:a|A"]);
    }

    #[test]
    fn last_fm_s_lists_stand_in_the_order_of_rank_and_may_be_gzipped() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"mbid\tname\trank\tsimilar_mbid\tsimilar_name\nm1\ta\t2\t\tc\nm1\ta\t1\tm2\tb\n").unwrap();
        let whole = gzip.finish().unwrap();
        let (_directory, path) = write("lastfm.tsv.gz", &whole);
        assert_eq!(text(&read_truth(&path).unwrap()), ["m1|a: m2|b, |c"]);
        assert!(refused("lastfm.tsv.gz", &whole[..whole.len() - 9]).contains("cannot read"));
    }

    #[test]
    fn influences_count_in_both_directions() {
        let (_directory, path) = write(
            "influence.csv",
            b"influencer_id,influencer_name,influencer_main_genre,follower_id,follower_name\n\
              1,\"Clarence \"\"Gatemouth\"\" Brown\",Blues,2,\"Blood, Sweat & Tears\"\n",
        );
        let truth = read_truth(&path).unwrap();
        assert_eq!(truth.relation, Relation::Influence);
        assert_eq!(
            text(&truth),
            [
                "allmusic:2|Blood, Sweat & Tears: allmusic:1|Clarence \"Gatemouth\" Brown",
                "allmusic:1|Clarence \"Gatemouth\" Brown: allmusic:2|Blood, Sweat & Tears"
            ]
        );
    }

    #[test]
    fn names_alone_do() {
        let (_directory, path) = write("own.csv", b"artist_name,related_name\nA,B\na!,C\n");
        assert_eq!(text(&read_truth(&path).unwrap()), ["|A: |B, |C"]);
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let header = "artist_name\trelated_name\n";
        for (content, message) in [
            (&b""[..], "names no related artists"),
            (header.as_bytes(), "names no related artists"),
            (b"Drake\tBig Sean\n", "must name the columns"),
            (b"\xff\n", "line 1: it is not UTF-8"),
            (b"artist_name\trelated_name\nA\tB\nA\n", "line 3: it has 1 columns where the first line has 2"),
            (b"artist_name\trelated_name\n\tB\n", "line 2: the artist has neither id nor name"),
            (b"artist_name\trelated_name\nA\t \n", "line 2: the related artist has neither id nor name"),
            (b"name\trank\tsimilar_name\nA\tx\tB\n", "line 2: the rank \"x\" is not a whole number"),
            (b"artist_name,related_name\n\"A,B\n", "line 2: a quotation mark is never closed"),
            (b"artist_name\trelated_name\nA\tB\n\xff\n", "line 3: it is not UTF-8"),
        ] {
            let said = refused("truth.tsv", content);
            assert!(said.contains(message) && said.contains("truth.tsv"), "{said}");
        }
        assert!(read_truth(Path::new("no/such.tsv")).unwrap_err().to_string().contains("no/such.tsv"));
    }

    #[test]
    fn a_split_that_is_written_comes_back() {
        let named = |id: &str, name: &str| Named { id: id.into(), name: name.into() };
        let pairs = (0..40).flat_map(|i| {
            let artist = named("", &format!("artist {i}"));
            [(artist.clone(), named("s:x", "X")), (artist, named("s:y", ""))]
        });
        let all = Truth::of_pairs("related", Relation::Similarity, pairs);
        let folder = tempfile::tempdir().unwrap();
        let written = all.write_split(folder.path(), 1).unwrap();
        let (validation, test) = all.split(TEST_SHARE, 1);
        for ((path, artists), part) in written.iter().zip([validation, test]) {
            assert_eq!((read_truth(path).unwrap().lists, *artists), (part.lists.clone(), part.lists.len()));
        }
        assert!(written[1].0.ends_with("related.test.tsv"));
        let influence = Truth { relation: Relation::Influence, ..all };
        assert!(influence.write_split(folder.path(), 1).unwrap_err().to_string().contains("both directions"));
    }

    #[test]
    fn a_split_depends_on_the_artist_alone() {
        let named = |i: usize| Named { id: String::new(), name: format!("artist {i}") };
        let all = Truth::of_pairs("t", Relation::Similarity, (0..1000).map(|i| (named(i), named(i + 1))));
        let (first, second) = all.split(0.3, 7);
        assert_eq!(first.lists.len() + second.lists.len(), 1000);
        assert!((250..350).contains(&second.lists.len()), "{}", second.lists.len());
        let backwards = Truth::of_pairs("t", Relation::Similarity, (0..1000).rev().map(|i| (named(i), named(i + 1))));
        let mut other = backwards.split(0.3, 7).1.lists;
        other.reverse();
        assert_eq!(other, second.lists);
        assert_ne!(all.split(0.3, 8).1, second);
        assert_eq!((all.split(0.0, 7).1.lists.len(), all.split(1.0, 7).0.lists.len()), (0, 0));
    }
}
