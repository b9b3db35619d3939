//! Splitting a corpus into playlists to learn from, to tune on and to test with.
//!
//! Owns which playlist falls on which side. A playlist's side is a hash of what is in it, never of where it stands, so
//! that it stays there whatever else a corpus gains or loses; near-duplicates are on one side, so that no test asks for
//! what training has seen.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::catalog::metadata::Step;
use crate::catalog::sha256_u64;
use crate::files::{ArtefactError, FileError};
use crate::progress::Progress;

use super::artists::Artists;
use super::duplicates::{NEAR_DUPLICATE, near_duplicates};
use super::file::Corpus;

/// What a split is called in the provenance of its sides.
const STEP: &str = "split";

/// How much of a corpus to hold out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitSettings {
    /// Share of the groups of near-duplicates to choose settings with, 0 to 1.
    pub validation: f64,
    /// Share of the groups of near-duplicates to test with in the end, 0 to 1; with `validation` less than 1.
    pub test: f64,
    /// Another seed is another split.
    pub seed: u64,
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self { validation: 0.1, test: 0.1, seed: 1 }
    }
}

/// The playlists of each side as rising indices; every playlist is on exactly one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// To learn from.
    pub train: Vec<usize>,
    /// To choose settings with.
    pub validation: Vec<usize>,
    /// To test with in the end.
    pub test: Vec<usize>,
    /// Of every playlist, the first one of its group of near-duplicates.
    pub groups: Vec<u32>,
}

/// A corpus could not be split.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// Shares that leave nothing to learn from, or are none.
    #[error("--validation {validation} and --test {test}: shares lie between 0 and 1, and together below 1")]
    Shares {
        /// The share to choose settings with.
        validation: f64,
        /// The share to test with.
        test: f64,
    },
    /// No playlist fell on a side that should have some.
    #[error(
        "no playlist falls on the side of {side}: the corpus has {playlists} playlists in {groups} groups of \
         near-duplicates. Take larger shares, another seed or a larger corpus; a share of 0 leaves a side out. \
         Nothing was written"
    )]
    EmptySide {
        /// "train", "validation" or "test".
        side: &'static str,
        /// Playlists in the corpus.
        playlists: usize,
        /// Groups of near-duplicates in the corpus.
        groups: usize,
    },
    /// The folder cannot be made, or would hold the corpus itself under a side's name.
    #[error(transparent)]
    File(#[from] FileError),
    /// A corpus cannot be written.
    #[error(transparent)]
    Corpus(#[from] ArtefactError),
    /// The user asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// Splits a corpus; `None` where the user interrupts.
///
/// A group of near-duplicates ([`near_duplicates`] at [`NEAR_DUPLICATE`]) falls on one side by the smallest hash among its
/// members: u = SHA-256(seed, how often the corpus was split before, the playlist's distinct artists) as a number in
/// [0, 1), artists by id, else by folded name. Without the second, a side split again would fall on one side as a whole:
/// who splits a [`Corpus::subset`] pushes its step first, or takes another seed.
/// u < `test` is the test, u < `test + validation` the validation, so a larger validation leaves the test as it is.
/// Playlists without artists have nothing to ask for: they stay in training.
pub fn split(corpus: &Corpus, settings: &SplitSettings, progress: &dyn Progress) -> Option<Split> {
    let groups = near_duplicates(corpus, NEAR_DUPLICATE, progress)?;
    let keys = artist_keys(&corpus.artists);
    let generation = corpus.provenance().steps.iter().filter(|step| step.command == STEP).count() as u64;
    let salt = [settings.seed.to_le_bytes(), generation.to_le_bytes()];
    // `u64::MAX` falls into training.
    let mut smallest = vec![u64::MAX; corpus.len()];
    let mut set = Vec::new();
    for (i, &group) in groups.iter().enumerate() {
        if i % 1024 == 0 && progress.interrupted() {
            return None;
        }
        set.clear();
        set.extend(corpus.playlist(i).iter().map(|&artist| keys[artist as usize]));
        set.sort_unstable();
        set.dedup();
        if !set.is_empty() {
            let hash = sha256_u64(&[salt.as_flattened(), set.as_flattened()].concat());
            smallest[group as usize] = smallest[group as usize].min(hash);
        }
    }
    let mut split = Split::default();
    for (i, &group) in groups.iter().enumerate() {
        // The 53 bits that a double holds: never 1.
        let u = (smallest[group as usize] >> 11) as f64 / (1_u64 << 53) as f64;
        let side = if u < settings.test {
            &mut split.test
        } else if u < settings.test + settings.validation {
            &mut split.validation
        } else {
            &mut split.train
        };
        side.push(i);
    }
    split.groups = groups;
    Some(split)
}

/// What an artist is known by everywhere, as 64 bits.
fn artist_keys(artists: &Artists) -> Vec<[u8; 8]> {
    (0..artists.len()).map(|i| sha256_u64(artists.key(i).as_bytes()).to_be_bytes()).collect()
}

/// A side that was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// "train", "validation" or "test".
    pub name: &'static str,
    /// The corpus file.
    pub path: PathBuf,
    /// Playlists on it.
    pub playlists: u64,
    /// Its share of all playlists, 0 to 1.
    pub share: f64,
    /// Groups of near-duplicates, those of one playlist included.
    pub groups: usize,
    /// Mentions, repeats counted.
    pub mentions: u64,
    /// Artists in its vocabulary.
    pub artists: u64,
    /// Which corpus it is.
    pub digest: String,
}

/// Splits a corpus and writes `train.a2c`, `validation.a2c` and `test.a2c` into `folder`, which is made where it is
/// missing. A side whose share is 0 is not written.
///
/// # Errors
/// [`SplitError`] where the shares make no sense, a side has no playlist, or a file cannot be written.
pub fn write_split(
    corpus: &Corpus,
    settings: &SplitSettings,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Vec<Side>, SplitError> {
    let &SplitSettings { validation, test, seed } = settings;
    if !(validation >= 0.0 && test >= 0.0 && validation + test < 1.0) {
        return Err(SplitError::Shares { validation, test });
    }
    let split = split(corpus, settings, progress).ok_or(SplitError::Interrupted)?;
    let groups_of = |playlists: &[usize]| {
        let mut groups: Vec<u32> = playlists.iter().map(|&i| split.groups[i]).collect();
        groups.sort_unstable();
        groups.dedup();
        groups.len()
    };
    let all =
        [("train", 1.0, &split.train), ("validation", validation, &split.validation), ("test", test, &split.test)];
    let wanted = || all.iter().filter(|&&(_, share, _)| share > 0.0);
    if let Some(&(side, ..)) = wanted().find(|(_, _, playlists)| playlists.is_empty()) {
        let groups = [&split.train, &split.validation, &split.test].map(|side| groups_of(side)).iter().sum();
        return Err(SplitError::EmptySide { side, playlists: corpus.len(), groups });
    }
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    progress.stage("writing", Some(wanted().count() as u64));
    let mut sides = Vec::new();
    for &(name, _, playlists) in wanted() {
        if progress.interrupted() {
            return Err(SplitError::Interrupted);
        }
        let mut part = corpus.subset(playlists);
        let groups = groups_of(playlists);
        part.push_step(
            Step::new(STEP)
                .setting("corpus", &corpus.summary.digest)
                .setting("side", name)
                .setting("validation", validation)
                .setting("test", test)
                .setting("seed", seed)
                .setting("near-duplicates", NEAR_DUPLICATE)
                .measurement("playlists-of-the-whole", corpus.len())
                .measurement("groups-of-near-duplicates", groups),
        );
        let path = folder.join(format!("{name}.a2c"));
        part.write(&path)?;
        progress.advance(1);
        let summary = part.summary;
        let share = summary.playlists as f64 / corpus.len() as f64;
        let (playlists, mentions, artists) = (summary.playlists, summary.mentions, summary.artists);
        sides.push(Side { name, path, playlists, share, groups, mentions, artists, digest: summary.digest });
    }
    Ok(sides)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::generate::{Generator, GeneratorSettings};
    use crate::progress::Silent;
    use crate::rng::Rng;

    fn corpus(playlists: usize) -> Corpus {
        Generator::new(GeneratorSettings { playlists, artists: 2000, ..Default::default() }).corpus()
    }

    #[test]
    fn shares_are_kept_and_every_playlist_is_on_one_side() {
        let corpus = corpus(2000);
        let settings = SplitSettings { validation: 0.2, test: 0.1, seed: 3 };
        let sides = split(&corpus, &settings, &Silent).unwrap();
        let mut all: Vec<usize> = [&sides.train[..], &sides.validation, &sides.test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..2000).collect::<Vec<_>>());
        // Three standard deviations of a binomial draw.
        assert!((150..=250).contains(&sides.test.len()) && (346..=454).contains(&sides.validation.len()), "{sides:?}");
        assert_eq!(split(&corpus, &settings, &Silent).unwrap(), sides);
        let other = split(&corpus, &SplitSettings { seed: 4, ..settings }, &Silent).unwrap();
        assert_ne!(other.test, sides.test);
        // Less validation does not touch the test.
        let less = split(&corpus, &SplitSettings { validation: 0.0, ..settings }, &Silent).unwrap();
        assert_eq!((less.test, less.validation.len()), (sides.test, 0));
    }

    #[test]
    fn a_playlist_stays_on_its_side_whatever_else_there_is() {
        let corpus = corpus(600);
        let settings = SplitSettings::default();
        let whole = split(&corpus, &settings, &Silent).unwrap();
        // No two of these random playlists are alike, so no group changes; but every rank and every index does.
        assert!(whole.groups.iter().enumerate().all(|(i, &group)| i == group as usize));
        let kept: Vec<usize> = (0..600).filter(|i| i % 3 != 1).collect();
        let part = split(&corpus.subset(&kept), &settings, &Silent).unwrap();
        let was = |side: &[usize]| side.iter().map(|&i| kept[i]).collect::<Vec<_>>();
        let here = |side: &[usize]| side.iter().copied().filter(|i| i % 3 != 1).collect::<Vec<_>>();
        assert_eq!((was(&part.test), was(&part.validation)), (here(&whole.test), here(&whole.validation)));
    }

    #[test]
    fn empty_playlists_are_learned_from() {
        let artists = Artists { names: vec!["A".into()], ids: vec![String::new()], mentions: vec![1] };
        let corpus = Corpus::in_memory(artists, &[vec![], vec![], vec![0]], &[]);
        let sides = split(&corpus, &SplitSettings { validation: 0.0, test: 0.999_999, seed: 1 }, &Silent);
        let sides = sides.unwrap();
        assert_eq!((sides.train, sides.test), (vec![0, 1], vec![2]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn near_duplicates_never_straddle_sides(seed: u64, validation in 0.1..0.5, test in 0.1..0.4) {
            // Every playlist of the base has some edited copies.
            let base = corpus(40);
            let mut rng = Rng::new(seed);
            let mut playlists = Vec::new();
            for i in 0..base.len() {
                for _ in 0..=rng.below(4) {
                    let mut copy = base.playlist(i).to_vec();
                    rng.shuffle(&mut copy);
                    let artist = copy[0];
                    if copy.len() > 40 {
                        copy.retain(|&other| other != artist);
                    }
                    playlists.push(copy);
                }
            }
            rng.shuffle(&mut playlists);
            let corpus = Corpus::in_memory(base.artists.clone(), &playlists, &[]);
            let sides = split(&corpus, &SplitSettings { validation, test, seed }, &Silent).unwrap();
            let mut side = vec![0; corpus.len()];
            sides.validation.iter().for_each(|&i| side[i] = 1);
            sides.test.iter().for_each(|&i| side[i] = 2);
            let set = |i: usize| playlists[i].iter().copied().collect::<std::collections::BTreeSet<u32>>();
            for i in 0..corpus.len() {
                for j in 0..i {
                    let (x, y) = (set(i), set(j));
                    let similarity = x.intersection(&y).count() as f64 / x.union(&y).count() as f64;
                    prop_assert!(similarity < NEAR_DUPLICATE || side[i] == side[j], "{} and {}: {}", i, j, similarity);
                }
            }
        }
    }
}
