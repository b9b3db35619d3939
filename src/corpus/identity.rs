//! Who is who: which spellings in the inputs are the same artist.
//!
//! An artist is keyed by its stable id where the input has one, else by its folded name. A name alone joins the id of
//! that folded name where exactly one is known; where several are, it stays apart, as an artist without an id.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Serialize;

use crate::catalog::fold;
use crate::files::FileError;

use super::artists::Artists;
use super::ingest::IngestError;

/// How an artist stands in an input: an id or none, and a name or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling<'a> {
    /// The stable id; empty where there is none.
    pub(super) id: &'a str,
    /// The name; empty where there is none.
    pub(super) name: &'a str,
}

impl<'a> Spelling<'a> {
    /// Packs both into one text, the key of the table of spellings; control characters became spaces before.
    pub(super) fn pack(id: &str, name: &str, key: &mut String) {
        key.clear();
        push_clean(id, key);
        key.push('\t');
        push_clean(name, key);
    }

    fn unpack(key: &'a str) -> Self {
        let (id, name) = key.split_once('\t').unwrap_or(("", key));
        Self { id, name }
    }
}

/// Appends a text without white space around it and without line breaks or other control characters in it.
fn push_clean(text: &str, key: &mut String) {
    key.extend(text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }));
}

/// How many artists, and how many mentions they have together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Different artists; different folded names where no id is known.
    pub artists: u64,
    /// Their mentions.
    pub mentions: u64,
}

impl Count {
    fn add(&mut self, mentions: u64) {
        self.artists += 1;
        self.mentions += mentions;
    }
}

/// What became of the names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identities {
    /// Ids that playlists give themselves.
    pub with_id: Count,
    /// Names alone that joined the one id of that name.
    pub joined: Count,
    /// Names alone that stay apart because several ids have that name.
    pub ambiguous: Count,
    /// Names alone of which no id is known.
    pub unknown: Count,
}

/// Known ids and names beside those in playlists.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Pairs of id and name.
    pairs: Vec<(String, String)>,
}

impl Known {
    /// Adds the artists of a tab-separated file: columns `uri` and `name` by its header, else the first two.
    ///
    /// # Errors
    /// [`IngestError`] where the file cannot be read or has not one line with an id and a name.
    pub(super) fn read(&mut self, path: &Path) -> Result<(), IngestError> {
        let file = File::open(path).map_err(|source| FileError::read(path, source))?;
        let gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let reader: Box<dyn Read> = if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let (mut id_column, mut name_column) = (0, 1);
        let before = self.pairs.len();
        for (i, line) in BufReader::new(reader).lines().enumerate() {
            let line = line.map_err(|source| FileError::read(path, source))?;
            let cells: Vec<&str> = line.trim_start_matches('\u{feff}').split('\t').map(str::trim).collect();
            let column = |name: &str| cells.iter().position(|cell| cell.eq_ignore_ascii_case(name));
            if let (0, Some(id), Some(name)) = (i, column("uri").or_else(|| column("id")), column("name")) {
                (id_column, name_column) = (id, name);
                continue;
            }
            // An artist whose id or name is missing helps nobody: such lists have holes.
            if let (Some(&id), Some(&name)) = (cells.get(id_column), cells.get(name_column))
                && !id.is_empty()
                && !name.is_empty()
            {
                self.pairs.push((id.into(), name.into()));
            }
        }
        if self.pairs.len() == before {
            return Err(IngestError::ArtistsFile { path: path.to_owned() });
        }
        Ok(())
    }
}

/// Makes the vocabulary of all spellings, and says for each spelling which artist (by rank) it is.
///
/// `spellings` are packed by [`Spelling::pack`] and have `mentions` each. Artists stand by mentions, most first, ties by
/// id, then name. An artist's name is its most frequent spelling, ties by the smallest.
pub(super) fn resolve(spellings: &[Box<str>], mentions: &[u64], known: &Known) -> (Artists, Vec<u32>, Identities) {
    let unpacked = || spellings.iter().map(|key| Spelling::unpack(key));
    let mut ids_of_name: HashMap<String, BTreeSet<&str>> = HashMap::new();
    let with_id = unpacked().filter(|spelling| !spelling.id.is_empty() && !spelling.name.is_empty());
    let pairs = with_id.map(|spelling| (spelling.id, spelling.name));
    for (id, name) in pairs.chain(known.pairs.iter().map(|(id, name)| (id.as_str(), name.as_str()))) {
        ids_of_name.entry(fold(name)).or_default().insert(id);
    }

    // By id, then by folded name: a map in order, so that nothing depends on hashing.
    let mut groups: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    let mut alone: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    let mut identities = Identities::default();
    for (i, spelling) in unpacked().enumerate() {
        let key = if spelling.id.is_empty() {
            let folded = fold(spelling.name);
            let ids = ids_of_name.get(&folded);
            let count = alone.entry(folded.clone()).or_insert((ids.map_or(0, BTreeSet::len), 0));
            count.1 += mentions[i];
            match ids.filter(|ids| ids.len() == 1).and_then(BTreeSet::first) {
                Some(&id) => (id, String::new()),
                None => ("", folded),
            }
        } else {
            (spelling.id, String::new())
        };
        groups.entry(key).or_default().push(i);
    }
    for &(ids, mentions) in alone.values() {
        match ids {
            0 => identities.unknown.add(mentions),
            1 => identities.joined.add(mentions),
            _ => identities.ambiguous.add(mentions),
        }
    }
    let known_names: HashMap<&str, &str> =
        known.pairs.iter().rev().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let mut artists: Vec<(u64, &str, &str, Vec<usize>)> = groups
        .into_iter()
        .map(|((id, _), members)| {
            let own = members.iter().filter(|&&i| !Spelling::unpack(&spellings[i]).id.is_empty());
            if let Some(mentions) = own.map(|&i| mentions[i]).reduce(|a, b| a + b) {
                identities.with_id.add(mentions);
            }
            let name = most_frequent_name(&members, spellings, mentions);
            let name = name.or_else(|| known_names.get(id).copied()).unwrap_or(id);
            (members.iter().map(|&i| mentions[i]).sum(), id, name, members)
        })
        .collect();
    artists.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));

    let mut ranks = vec![0; spellings.len()];
    let mut table = Artists::default();
    for (rank, (mentions, id, name, members)) in artists.into_iter().enumerate() {
        table.names.push(name.into());
        table.ids.push(id.into());
        table.mentions.push(u32::try_from(mentions).unwrap_or(u32::MAX));
        for member in members {
            ranks[member] = rank as u32;
        }
    }
    (table, ranks, identities)
}

fn most_frequent_name<'a>(members: &[usize], spellings: &'a [Box<str>], mentions: &[u64]) -> Option<&'a str> {
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for &i in members {
        *names.entry(Spelling::unpack(&spellings[i]).name).or_default() += mentions[i];
    }
    names.remove("");
    names.into_iter().rev().max_by_key(|&(_, mentions)| mentions).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve_all(spellings: &[(&str, &str, u64)], known: &[(&str, &str)]) -> (Vec<String>, Vec<u32>, Identities) {
        let mut key = String::new();
        let keys = spellings.iter().map(|(id, name, _)| {
            Spelling::pack(id, name, &mut key);
            key.as_str().into()
        });
        let keys: Vec<Box<str>> = keys.collect();
        let mentions: Vec<u64> = spellings.iter().map(|spelling| spelling.2).collect();
        let pairs = known.iter().map(|&(id, name)| (id.to_owned(), name.to_owned())).collect();
        let (artists, ranks, identities) = resolve(&keys, &mentions, &Known { pairs });
        let rows =
            (0..artists.len()).map(|i| format!("{}|{}|{}", artists.ids[i], artists.names[i], artists.mentions[i]));
        (rows.collect(), ranks, identities)
    }

    #[test]
    fn a_name_joins_the_one_id_of_that_name() {
        let (artists, ranks, identities) = resolve_all(
            &[("id:b", "Björk", 3), ("", "BJORK", 4), ("", "bjork", 2), ("", "Nobody", 1), ("id:b", "", 1)],
            &[],
        );
        assert_eq!(artists, ["id:b|BJORK|10", "|Nobody|1"]);
        assert_eq!(ranks, [0, 0, 0, 1, 0]);
        assert_eq!(identities.with_id, Count { artists: 1, mentions: 4 });
        assert_eq!(identities.joined, Count { artists: 1, mentions: 6 });
        assert_eq!(identities.unknown, Count { artists: 1, mentions: 1 });
    }

    #[test]
    fn namesakes_stay_apart() {
        let spellings = [("id:1", "Air", 5), ("id:2", "AIR", 2), ("", "Air", 9), ("", "air!", 1), ("", "!!!", 1)];
        let (artists, ranks, identities) = resolve_all(&spellings, &[]);
        assert_eq!(artists, ["|Air|10", "id:1|Air|5", "id:2|AIR|2", "|!!!|1"]);
        assert_eq!(ranks, [1, 2, 0, 0, 3]);
        assert_eq!(identities.ambiguous, Count { artists: 1, mentions: 10 });
    }

    #[test]
    fn known_artists_help_joining_but_enter_only_when_mentioned() {
        let known = [("id:1", "Air"), ("id:2", "Bear"), ("id:3", "bear"), ("id:4", "Four")];
        let (artists, _, identities) = resolve_all(&[("", "air", 3), ("", "Bear", 2), ("id:4", "", 1)], &known);
        assert_eq!(artists, ["id:1|air|3", "|Bear|2", "id:4|Four|1"]);
        assert_eq!((identities.joined.artists, identities.ambiguous.artists), (1, 1));
        // The same id twice is one id.
        assert_eq!(resolve_all(&[("", "air", 3)], &[("id:1", "Air"), ("id:1", "AIR")]).0, ["id:1|air|3"]);
    }

    #[test]
    fn ties_are_broken_by_id_then_name() {
        let spellings = [("b", "X", 1), ("a", "Y", 1), ("", "Q", 1), ("", "P", 1), ("c", "m", 1), ("c", "l", 1)];
        assert_eq!(resolve_all(&spellings, &[]).0, ["c|l|2", "|P|1", "|Q|1", "a|Y|1", "b|X|1"]);
    }

    #[test]
    fn counts_do_not_overflow() {
        let (artists, _, _) = resolve_all(&[("", "A", u64::from(u32::MAX)), ("", "a", 5)], &[]);
        assert_eq!(artists, ["|A|4294967295"]);
    }

    #[test]
    fn control_characters_become_spaces() {
        let (artists, _, _) = resolve_all(&[("", " A\tB\n", 1)], &[]);
        assert_eq!(artists, ["|A B|1"]);
    }
}
