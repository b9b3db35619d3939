//! Meaningful directions: between two groups of artists, along a title word, from a genre to the rest.
//!
//! Owns how an axis is made, where artists stand on it, and the search for the axes along which artists differ most.
//!
//! # The strongest axes
//! Every title word and every genre of enough artists gives a candidate, from the middle of all artists to the word or
//! the genre's middle. The strength of an axis is the share of all artists' variance that lies along it: uᵀ C u / tr C for
//! unit direction u and the covariance C of artists' unit vectors. Axes are chosen one by one: each time the candidate
//! along which most of the variance lies that those chosen do not explain (uᵀ C u after u is made orthogonal to them), so
//! that no two say the same. These are principal axes picked from directions that have a name.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::list::Options;
use super::terms::{Item, Term, WordId, dot, normalised};
use super::words::NearWord;
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};

/// How many artists stand for all of them in means and covariances.
const SAMPLE: usize = 4_096;

/// A genre of fewer artists makes no axis.
const FEWEST: usize = 20;

/// Artists that stand for a genre.
const MEMBERS: usize = 256;

/// A candidate that has less than this share of its direction left when what is explained has been taken away says
/// nothing new.
const NEW: f32 = 0.25;

/// Artists above and below an artist's popularity rank that it is compared with.
const ALIKE: usize = 500;

/// Words that name each end of an axis.
const WORDS: usize = 3;

/// One end of an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Pole {
    /// Artists and title words, their middle.
    Items(Vec<Item>),
    /// All artists of a genre.
    Genre(String),
    /// Everybody.
    All,
}

/// An axis that cannot be.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AxisError {
    /// One end names something that the pack does not have, or both ends are the same.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// No artist has the genre.
    #[error("no artist in this pack has the genre \"{genre}\". Choose one that an artist has")]
    UnknownGenre {
        /// The genre.
        genre: String,
    },
}

/// A direction from one end to the other, of length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    direction: Vec<f32>,
}

/// Where an artist stands on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// How far it is towards the high end, in standard deviations from the mean of all artists.
    pub deviations: f32,
    /// The share of artists of its popularity (the 500 more and the 500 less mentioned) that stand lower, in percent;
    /// those at the same place count half.
    pub percentile: f32,
}

/// Where all artists stand on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    cosines: Vec<f32>,
    mean: f32,
    deviation: f32,
}

/// What an axis was made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A title word.
    Word(WordId),
    /// A genre.
    Genre(String),
}

/// One of the strongest axes; its low end is everybody else.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundAxis {
    /// The axis.
    pub axis: Axis,
    /// What its high end is.
    pub origin: Origin,
    /// The share of all artists' variance along it, from 0 to 1.
    pub variance: f32,
    /// How well it tells artists of the genre from others: the probability that one of them stands higher than another
    /// artist (area under the ROC curve), each half of the genre judged by the axis of the other half. `None` for words.
    pub separation: Option<f32>,
}

impl Places {
    /// Where an artist stands; `None` where its vector is not there.
    pub fn place(&self, artist: ArtistId) -> Option<Place> {
        let row = artist as usize;
        let &cosine = self.cosines.get(row)?;
        let alike = &self.cosines[row.saturating_sub(ALIKE)..(row + ALIKE + 1).min(self.cosines.len())];
        let (mut lower, mut same) = (0_u32, 0_u32);
        for &other in alike {
            lower += u32::from(other < cosine);
            same += u32::from(other == cosine);
        }
        // Among those at the same place is the artist itself.
        let below = lower as f32 + 0.5 * (same - 1) as f32;
        let others = (alike.len() - 1).max(1) as f32;
        let percentile = if alike.len() > 1 { 100.0 * below / others } else { 50.0 };
        Some(Place { deviations: (cosine - self.mean) / self.deviation, percentile })
    }
}

impl Pack {
    /// The axis from one end to the other.
    ///
    /// Its direction is the difference of the means of both ends' unit directions. A word against [`Pole::All`] is the axis of
    /// that word; a genre against it is the genre against the rest, since the mean of all lies between the two.
    ///
    /// # Errors
    /// [`AxisError`] where an end is nothing, or both are the same.
    pub fn axis(&self, low: &Pole, high: &Pole) -> Result<Axis, AxisError> {
        let (low, high) = (self.middle(low)?, self.middle(high)?);
        let difference: Vec<f32> = high.iter().zip(&low).map(|(high, low)| high - low).collect();
        // Equal ends leave rounding, or nothing.
        let direction = normalised(&difference).filter(|_| dot(&difference, &difference) > 1e-9);
        Ok(Axis { direction: direction.ok_or(QueryError::CancelsOut)? })
    }

    /// Where all artists stand on an axis.
    ///
    /// # Errors
    /// [`QueryError`] where the axis is of another pack.
    pub fn places(&self, axis: &Axis) -> Result<Places, QueryError> {
        let cosines = self.cosines(&axis.direction)?;
        let artists = cosines.len() as f32;
        let mean = cosines.iter().fold(0.0, |sum, x| sum + x) / artists;
        let variance = cosines.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean)) / artists;
        Ok(Places { cosines, mean, deviation: libm::sqrtf(variance).max(f32::MIN_POSITIVE) })
    }

    /// The artists farthest at the high end of an axis; scores are cosines.
    ///
    /// # Errors
    /// [`QueryError`] where the axis is of another pack or an option is out of its range.
    pub fn high_end(&self, axis: &Axis, options: &Options) -> Result<Vec<Neighbour>, QueryError> {
        self.list_nearest(&axis.direction, &[], options)
    }

    /// Title words that stand for the low and the high end of an axis, the farthest first.
    ///
    /// # Errors
    /// [`QueryError`] where the axis is of another pack.
    pub fn end_words(&self, axis: &Axis) -> Result<(Vec<WordId>, Vec<WordId>), QueryError> {
        let mut words: Vec<NearWord> = self.near_words(&axis.direction)?;
        words.sort_by(|a, b| a.deviations.total_cmp(&b.deviations).then(a.word.cmp(&b.word)));
        let low = words.iter().take(WORDS).map(|word| word.word).collect();
        let high = words.iter().rev().take(WORDS).map(|word| word.word).collect();
        Ok((low, high))
    }

    /// The axes along which artists differ most, strongest first, at most `limit`; the module's documentation says how they
    /// are found.
    pub fn strongest_axes(&self, limit: usize) -> Vec<FoundAxis> {
        let Ok(all) = self.middle(&Pole::All) else { return Vec::new() };
        let genres = self.large_genres();
        let mut candidates: Vec<(Origin, Vec<f32>)> = Vec::new();
        let mut offer = |origin: Origin, middle: &[f32]| {
            let difference: Vec<f32> = middle.iter().zip(&all).map(|(high, low)| high - low).collect();
            candidates.extend(normalised(&difference).map(|direction| (origin, direction)));
        };
        for word in 0..self.word_vectors.len() as WordId {
            offer(Origin::Word(word), &self.unit(Item::Word(word)));
        }
        for (&genre, members) in &genres {
            offer(Origin::Genre(genre.into()), &self.mean(members));
        }
        let covariance = self.covariance(&all);
        let d = all.len();
        let total = (0..d).fold(0.0, |sum, k| sum + covariance[k * d + k]).max(f32::MIN_POSITIVE);
        let along = |u: &[f32]| {
            let sum = |row: &[f32], x: &f32| x * dot(row, u);
            covariance.chunks_exact(d).zip(u).fold(0.0, |all, (row, x)| all + sum(row, x))
        };
        let mut explained: Vec<Vec<f32>> = Vec::new();
        let mut found = Vec::new();
        while found.len() < limit {
            let mut best: Option<(f32, usize, Vec<f32>)> = None;
            for (place, (_, direction)) in candidates.iter().enumerate() {
                let mut rest = direction.clone();
                for known in &explained {
                    let share = dot(&rest, known);
                    rest.iter_mut().zip(known).for_each(|(x, y)| *x -= share * y);
                }
                if dot(&rest, &rest) < NEW {
                    continue;
                }
                let Some(rest) = normalised(&rest) else { continue };
                let variance = along(&rest);
                if best.as_ref().is_none_or(|(most, ..)| variance > *most) {
                    best = Some((variance, place, rest));
                }
            }
            let Some((_, place, rest)) = best else { break };
            explained.push(rest);
            let (origin, direction) = candidates.remove(place);
            let separation = match &origin {
                Origin::Word(_) => None,
                Origin::Genre(genre) => genres.get(genre.as_str()).map(|members| self.separation(members, &all)),
            };
            let variance = along(&direction) / total;
            found.push(FoundAxis { axis: Axis { direction }, origin, variance, separation });
        }
        found
    }

    /// The middle of an end: the mean of unit directions.
    fn middle(&self, pole: &Pole) -> Result<Vec<f32>, AxisError> {
        match pole {
            Pole::Items(items) => {
                let terms: Vec<Term> = items.iter().map(|&item| Term { item, weight: 1.0 }).collect();
                let mut sum = self.direction(&terms)?;
                sum.iter_mut().for_each(|x| *x /= items.len() as f32);
                Ok(sum)
            }
            Pole::Genre(genre) => {
                let has = |&artist: &ArtistId| self.genres(artist).contains(&genre.as_str());
                let members: Vec<ArtistId> = (0..self.answering() as ArtistId).filter(has).collect();
                if members.is_empty() {
                    return Err(AxisError::UnknownGenre { genre: genre.clone() });
                }
                Ok(self.mean(&members))
            }
            Pole::All => Ok(self.mean(&self.sample(SAMPLE).collect::<Vec<_>>())),
        }
    }

    /// The mean of some artists' unit directions.
    fn mean(&self, artists: &[ArtistId]) -> Vec<f32> {
        let mut sum = vec![0_f32; self.dimensions()];
        for &artist in artists {
            self.vectors.add_unit(artist, 1.0, &mut sum);
        }
        sum.iter_mut().for_each(|x| *x /= artists.len().max(1) as f32);
        sum
    }

    /// Σ (x − mean)(x − mean)ᵀ over the sample, d × d.
    fn covariance(&self, mean: &[f32]) -> Vec<f32> {
        let d = mean.len();
        let mut sums = vec![0_f32; d * d];
        for artist in self.sample(SAMPLE) {
            let mut x = self.unit(Item::Artist(artist));
            x.iter_mut().zip(mean).for_each(|(x, mean)| *x -= mean);
            for (row, &a) in sums.chunks_exact_mut(d.max(1)).zip(&x) {
                row.iter_mut().zip(&x).for_each(|(sum, b)| *sum += a * b);
            }
        }
        sums
    }

    /// Artists of every genre that enough artists have, most mentioned first, evenly thinned out to [`MEMBERS`].
    fn large_genres(&self) -> BTreeMap<&str, Vec<ArtistId>> {
        let mut genres: BTreeMap<&str, Vec<ArtistId>> = BTreeMap::new();
        for artist in 0..self.answering() as ArtistId {
            for genre in self.genres(artist) {
                genres.entry(genre).or_default().push(artist);
            }
        }
        genres.retain(|_, members| members.len() >= FEWEST);
        for members in genres.values_mut() {
            let every = members.len().div_ceil(MEMBERS);
            *members = members.iter().step_by(every).copied().collect();
        }
        genres
    }

    /// The probability that a member stands higher than an artist of the sample that is none (Mann & Whitney 1947), each
    /// half of the members on the axis of the other half.
    fn separation(&self, members: &[ArtistId], all: &[f32]) -> f32 {
        let halves: [Vec<ArtistId>; 2] =
            [0, 1].map(|half| members.iter().skip(half).step_by(2).copied().collect::<Vec<_>>());
        let others: Vec<ArtistId> = self.sample(SAMPLE).filter(|artist| !members.contains(artist)).collect();
        let (mut wins, mut pairs) = (0.0, 0.0);
        for (known, judged) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
            let direction: Vec<f32> = self.mean(known).iter().zip(all).map(|(high, low)| high - low).collect();
            let stands = |&artist: &ArtistId| dot(&self.unit(Item::Artist(artist)), &direction);
            let mut low: Vec<f32> = others.iter().map(stands).collect();
            low.sort_by(f32::total_cmp);
            for place in judged.iter().map(stands) {
                let below = low.partition_point(|&other| other < place);
                let same = low[below..].partition_point(|&other| other <= place);
                wins += below as f32 + 0.5 * same as f32;
                pairs += low.len() as f32;
            }
        }
        if pairs > 0.0 { wins / pairs } else { 0.5 }
    }
}

impl Axis {
    /// The same axis, its ends exchanged.
    #[must_use]
    pub fn reversed(&self) -> Self {
        // Adding zero turns −0 into +0.
        Self { direction: self.direction.iter().map(|x| 0.0 - x).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, noise, open, random, words};
    use super::*;
    use crate::catalog::PackContent;

    fn items(artists: &[ArtistId]) -> Pole {
        Pole::Items(artists.iter().map(|&artist| Item::Artist(artist)).collect())
    }

    #[test]
    fn artists_stand_between_two_ends() {
        let content = PackContent {
            words: words(&["east", "west", "north"], &[0.0, 180.0, 90.0]),
            ..circle(&[0.0, 180.0, 45.0, 90.0, 135.0])
        };
        let pack = open(&content);
        let axis = pack.axis(&items(&[1]), &items(&[0])).unwrap();
        let places = pack.places(&axis).unwrap();
        let place = |artist| places.place(artist).unwrap();
        assert_eq!([1, 4, 3, 2, 0].map(|artist| place(artist).percentile), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert!(place(3).deviations.abs() < 1e-3 && (place(0).deviations + place(1).deviations).abs() < 1e-3);
        // The cosines are 1, √½, 0, −√½, −1: their standard deviation is √(3/5).
        assert!((place(0).deviations - 1.290_99).abs() < 5e-3);
        assert_eq!(places.place(5), None);
        let (low, high) = pack.end_words(&axis).unwrap();
        assert_eq!((low[0], high[0]), (1, 0));
        let end = |axis: &Axis| pack.high_end(axis, &Options::limit(2)).unwrap().iter().map(|one| one.artist).collect();
        let ends: [Vec<ArtistId>; 2] = [end(&axis), end(&axis.reversed())];
        assert_eq!(ends, [[0, 2], [1, 4]]);
        assert_eq!(pack.axis(&items(&[2]), &items(&[2])), Err(QueryError::CancelsOut.into()));
        assert_eq!(pack.axis(&items(&[]), &items(&[2])), Err(QueryError::Empty.into()));
    }

    #[test]
    fn genres_and_words_make_axes() {
        let mut content = circle(&[0.0, 10.0, 90.0, 100.0]);
        content.words = words(&["north"], &[90.0]);
        content.genres = ["rap", "rap", "folk", "folk"].map(|genre| vec![String::from(genre)]).to_vec();
        let pack = open(&content);
        let genre = |name: &str| Pole::Genre(name.into());
        let axis = pack.axis(&genre("rap"), &genre("folk")).unwrap();
        let highest = |axis: &Axis| pack.high_end(axis, &Options::limit(1)).unwrap()[0].artist;
        assert_eq!((highest(&axis), highest(&axis.reversed())), (3, 0));
        let word = pack.axis(&Pole::All, &Pole::Items(vec![Item::Word(0)])).unwrap();
        assert_eq!(highest(&word), 3);
        assert_eq!(
            pack.axis(&Pole::All, &genre("polka")),
            Err(AxisError::UnknownGenre { genre: String::from("polka") })
        );
    }

    #[test]
    fn the_strongest_axes_are_those_along_which_artists_differ() {
        // Three numbers: a genre splits the first, on which artists differ most, another the second; the third is noise.
        let mut content = random(400, 3, 4);
        let is_few: Vec<bool> = noise(400, 9).iter().map(|&x| x < -0.6).collect();
        for (artist, row) in content.vectors.chunks_exact_mut(3).enumerate() {
            row[0] += if artist.is_multiple_of(2) { 4.0 } else { -4.0 };
            row[1] += if is_few[artist] { 3.0 } else { -1.0 };
        }
        let genres = |artist: usize| {
            let genres =
                [(artist.is_multiple_of(2), "even"), (is_few[artist], "few"), (artist.is_multiple_of(7), "seventh")];
            genres.into_iter().filter(|(has, _)| *has).map(|(_, genre)| String::from(genre)).collect()
        };
        content.genres = (0..400).map(genres).collect();
        content.words = PackContent::default().words;
        let pack = open(&content);
        let found = pack.strongest_axes(2);
        let origins: Vec<&Origin> = found.iter().map(|axis| &axis.origin).collect();
        assert_eq!(origins, [&Origin::Genre(String::from("even")), &Origin::Genre(String::from("few"))]);
        assert!(found[0].variance > 0.6 && found[1].variance > 0.02 && found[1].variance < found[0].variance);
        assert!(found.iter().all(|axis| axis.separation.unwrap() > 0.9), "{found:?}");
        assert!(pack.strongest_axes(99).len() <= 3);
        assert!(open(&circle(&[0.0, 10.0])).strongest_axes(5).is_empty());
    }

    #[test]
    fn a_genre_that_says_nothing_does_not_separate() {
        let mut content = random(600, 20, 6);
        content.genres = (0..600).map(|i| if i % 20 == 3 { vec![String::from("any")] } else { vec![] }).collect();
        let found = open(&content).strongest_axes(1);
        // Its own members would: thirty of them all but span the space.
        assert!((found[0].separation.unwrap() - 0.5).abs() < 0.12, "{found:?}");
    }
}
