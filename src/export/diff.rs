//! How two packs differ: artists, ranks, neighbours, settings, and what a returning visitor has to fetch again.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::catalog::questions::Options;
use crate::catalog::{ArtistId, Pack};
use crate::progress::Progress;

/// How many shared artists are asked for their neighbours in both packs.
const SAMPLE: usize = 999;

/// Neighbours compared per artist.
const NEIGHBOURS: usize = 20;

/// Artists of the sample come in this many groups of popularity, the most mentioned first.
const GROUPS: usize = 3;

/// One artist that both packs have.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The artist's number in the first pack.
    pub before: ArtistId,
    /// The artist's number in the second.
    pub after: ArtistId,
}

/// An artist asked in both packs.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The artist.
    pub artist: Shared,
    /// The share of its nearest that are the same, in [0, 1]; only artists that both packs have are counted.
    pub overlap: f64,
}

/// How two packs differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Artists of the second pack that the first does not have, most mentioned first.
    pub added: Vec<ArtistId>,
    /// Artists of the first pack that the second does not have, most mentioned first.
    pub removed: Vec<ArtistId>,
    /// Artists that both have, in the order of the first.
    pub shared: Vec<Shared>,
    /// Bytes of the second pack's parts that the first does not have: what a returning visitor fetches.
    pub bytes_to_fetch: u64,
    /// Shared artists asked for their neighbours, evenly over popularity, in the order of the first pack.
    pub asked: Vec<Asked>,
    /// Settings and measurements of provenance that differ: name, before, after.
    pub settings: Vec<(String, String, String)>,
}

impl Difference {
    /// The mean overlap of the asked artists in thirds of popularity, the most mentioned first; `None` for an empty third.
    pub fn overlaps(&self) -> [Option<f64>; GROUPS] {
        let mut groups = [None; GROUPS];
        for (group, asked) in groups.iter_mut().zip(self.asked.chunks(self.asked.len().div_ceil(GROUPS).max(1))) {
            *group = Some(asked.iter().map(|asked| asked.overlap).sum::<f64>() / asked.len() as f64);
        }
        groups
    }
}

/// Compares two packs; `None` where the user interrupts.
pub fn diff(before: &Pack, after: &Pack, progress: &dyn Progress) -> Option<Difference> {
    let keys = |pack: &Pack| -> Vec<String> { (0..pack.named() as ArtistId).map(|artist| pack.key(artist)).collect() };
    let (old, new) = (keys(before), keys(after));
    // Two artists of one key are one: the more mentioned comes first and stays.
    let index = |keys: &[String]| -> BTreeMap<String, ArtistId> {
        keys.iter().enumerate().rev().map(|(artist, key)| (key.clone(), artist as ArtistId)).collect()
    };
    let (in_old, in_new) = (index(&old), index(&new));
    let missing = |keys: &[String], other: &BTreeMap<String, ArtistId>| -> Vec<ArtistId> {
        (0..).zip(keys).filter(|(_, key)| !other.contains_key(*key)).map(|(artist, _)| artist).collect()
    };
    let shared: Vec<Shared> = (0..)
        .zip(&old)
        .filter(|&(artist, key)| in_old.get(key) == Some(&artist))
        .filter_map(|(artist, key)| Some(Shared { before: artist, after: *in_new.get(key)? }))
        .collect();
    let answering =
        |shared: &&Shared| (shared.before as usize) < before.answering() && (shared.after as usize) < after.answering();
    let able: Vec<&Shared> = shared.iter().filter(answering).collect();
    let count = SAMPLE.min(able.len());
    let sample: Vec<&Shared> = (0..count).map(|i| able[i * able.len() / count]).collect();
    progress.stage("compare", Some(count as u64));
    let new_of: BTreeMap<ArtistId, ArtistId> = able.iter().map(|shared| (shared.before, shared.after)).collect();
    let both: BTreeSet<ArtistId> = able.iter().map(|shared| shared.after).collect();
    // The nearest that both packs have; more are asked for, as some will be missing in the other.
    let nearest = |pack: &Pack, artist: ArtistId, known: &dyn Fn(ArtistId) -> Option<ArtistId>| -> Vec<ArtistId> {
        let mut limit = 2 * NEIGHBOURS;
        loop {
            let found = pack.similar(artist, &Options::limit(limit)).unwrap_or_default();
            let kept: Vec<_> = found.iter().filter_map(|n| known(n.artist)).take(NEIGHBOURS).collect();
            if kept.len() == NEIGHBOURS || found.len() < limit {
                return kept;
            }
            limit *= 4;
        }
    };
    let asked = sample.par_iter().map(|&artist| {
        if progress.interrupted() {
            return None;
        }
        let old = nearest(before, artist.before, &|other| new_of.get(&other).copied());
        let new = nearest(after, artist.after, &|other| both.contains(&other).then_some(other));
        progress.advance(1);
        let same = old.iter().filter(|other| new.contains(other)).count();
        let overlap = same as f64 / old.len().max(new.len()).max(1) as f64;
        Some(Asked { artist: artist.clone(), overlap })
    });
    let asked = asked.collect::<Option<Vec<_>>>()?;
    let known: BTreeSet<&str> = before.manifest().parts.iter().map(|part| part.sha256.as_str()).collect();
    let unknown = after.manifest().parts.iter().filter(|part| !known.contains(part.sha256.as_str()));
    Some(Difference {
        added: missing(&new, &in_old),
        removed: missing(&old, &in_new),
        bytes_to_fetch: unknown.map(|part| part.bytes).sum(),
        shared,
        asked,
        settings: settings(before, after),
    })
}

/// What stands in one provenance and not, or otherwise, in the other.
fn settings(before: &Pack, after: &Pack) -> Vec<(String, String, String)> {
    let of = |pack: &Pack| -> BTreeMap<String, String> {
        let provenance = &pack.metadata().provenance;
        let steps = provenance.steps.iter().flat_map(|step| {
            let settings = step.settings.iter().chain(&step.measured);
            settings.map(move |setting| (format!("{} {}", step.command, setting.name), setting.value.clone()))
        });
        let corpus = [("corpus".to_owned(), provenance.corpus.digest.clone())];
        steps.chain(corpus).chain([("dimensions".to_owned(), pack.dimensions().to_string())]).collect()
    };
    let (old, new) = (of(before), of(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |of: &BTreeMap<String, String>, name: &String| of.get(name).cloned().unwrap_or_default();
    let pairs = names.into_iter().map(|name| (name.clone(), value(&old, name), value(&new, name)));
    pairs.filter(|(_, old, new)| old != new).collect()
}
