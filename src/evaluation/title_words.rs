//! Words of titles as questions: which artists lie nearest to "90s", and does their music have that name?
//!
//! Owns the protocol for words. A word takes part where the genres of at least [`NEAREST`] artists carry it: one of their
//! genres has it among its words, taken apart as titles are. It is asked for the [`NEAREST`] artists in its direction, of
//! those whose genres are known at all; precision is the share of them whose genres carry the word, and chance the share of
//! all who could be named. The mean is over words, each counting the same.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::statistics::{Bootstrap, Interval};
use super::{EvaluationError, Input, Roster, Vectors};
use crate::corpus::title_words;
use crate::export::Genres;
use crate::training::TitleWords;

/// Artists that a word is asked for.
const NEAREST: usize = 20;

/// How many of the nearest are shown.
const SHOWN: usize = 10;

/// How well words find artists of genres with their name.
#[derive(Clone, Debug, Serialize)]
pub struct WordResults {
    /// The model.
    pub input: String,
    /// Words that it has learned.
    pub learned: usize,
    /// Artists compared whose genres are known.
    pub artists: usize,
    /// Mean precision@20 over words; `None` where no word takes part.
    pub precision: Option<Interval>,
    /// The mean of what random artists would reach.
    pub chance: f64,
    /// The words that take part, most frequent first.
    pub words: Vec<WordScore>,
}

/// One word's score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordScore {
    /// The word.
    pub word: String,
    /// Training playlists whose titles have it.
    pub playlists: u32,
    /// Artists whose genres carry it.
    pub carried_by: usize,
    /// Their share among artists whose genres are known.
    pub chance: f64,
    /// Their share among the 20 nearest.
    pub precision: f64,
    /// The names of the nearest, at most ten.
    pub nearest: Vec<String>,
}

/// What lies nearest to a word that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearWord {
    /// The model.
    pub input: String,
    /// The word.
    pub word: String,
    /// Training playlists whose titles have it.
    pub playlists: u32,
    /// The nearest artists with their cosine, at most ten.
    pub artists: Vec<(String, f32)>,
    /// The nearest other words with their cosine, at most ten.
    pub words: Vec<(String, f32)>,
}

/// A model's words, in the space of its artists.
struct Space<'a> {
    input: &'a Input,
    words: &'a TitleWords,
    /// The artists of the roster.
    artists: &'a Vectors,
    /// Unit rows of the words.
    units: Vec<f32>,
}

impl<'a> Space<'a> {
    /// `None` where the input has no words.
    fn new(input: &'a Input, artists: &'a Vectors) -> Option<Self> {
        let words = Some(&input.words).filter(|words| !words.is_empty())?;
        Some(Self { input, words, artists, units: artists.directions_of(&words.input) })
    }

    fn unit(&self, word: usize) -> &[f32] {
        &self.units[word * self.artists.dimensions()..][..self.artists.dimensions()]
    }
}

/// Lets every input with words find artists of known genres.
pub(super) fn score(
    inputs: &[Input],
    vectors: &[Vectors],
    roster: &Roster,
    genres: &Genres,
    resamples: usize,
    seed: u64,
) -> Vec<WordResults> {
    let genres = genres.of_artists(&roster.artists.ids);
    let is_known: Vec<bool> = genres.iter().map(|genres| !genres.is_empty()).collect();
    let known = is_known.iter().filter(|&&known| known).count();
    let mut carriers: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for (artist, genres) in genres.iter().enumerate() {
        for word in genres.iter().flat_map(|genre| title_words(genre)) {
            carriers.entry(word).or_default().insert(artist as u32);
        }
    }
    let results = inputs.iter().zip(vectors).filter_map(|(input, vectors)| Space::new(input, vectors)).map(|space| {
        let taking_part: Vec<(usize, &BTreeSet<u32>)> = (0..space.words.len())
            .filter_map(|word| Some((word, carriers.get(&space.words.words[word])?)))
            .filter(|(_, carriers)| carriers.len() >= NEAREST)
            .collect();
        let words: Vec<WordScore> = taking_part
            .into_par_iter()
            .map(|(word, carriers)| {
                let nearest = space.artists.nearest_to(space.unit(word), NEAREST, |artist| is_known[artist as usize]);
                let right = nearest.iter().filter(|(artist, _)| carriers.contains(artist)).count();
                let name = |&(artist, _): &(u32, f32)| roster.artists.names[artist as usize].clone();
                WordScore {
                    word: space.words.words[word].clone(),
                    playlists: space.words.mentions[word],
                    carried_by: carriers.len(),
                    chance: carriers.len() as f64 / known as f64,
                    precision: right as f64 / NEAREST as f64,
                    nearest: nearest.iter().take(SHOWN).map(name).collect(),
                }
            })
            .collect();
        let precisions: Vec<f64> = words.iter().map(|word| word.precision).collect();
        WordResults {
            input: space.input.name.clone(),
            learned: space.words.len(),
            artists: known,
            precision: Bootstrap::new(words.len(), resamples, seed, 0).mean(&precisions),
            chance: words.iter().map(|word| word.chance).sum::<f64>() / words.len().max(1) as f64,
            words,
        }
    });
    results.collect()
}

/// What lies nearest to `asked` words, in every input that has learned them.
///
/// # Errors
/// [`EvaluationError::UnknownWord`] where no input has learned one of them.
pub(super) fn near(
    inputs: &[Input],
    vectors: &[Vectors],
    roster: &Roster,
    asked: &[String],
) -> Result<Vec<NearWord>, EvaluationError> {
    let spaces: Vec<Space<'_>> =
        inputs.iter().zip(vectors).filter_map(|(input, vectors)| Space::new(input, vectors)).collect();
    let mut found = Vec::new();
    for word in asked {
        let unknown = || EvaluationError::UnknownWord { word: word.clone(), some: some_words(&spaces) };
        let [key] = &title_words(word)[..] else { return Err(unknown()) };
        let before = found.len();
        for space in &spaces {
            if let Some(place) = space.words.words.iter().position(|known| known == key) {
                found.push(nearest(space, place, roster));
            }
        }
        if found.len() == before {
            return Err(unknown());
        }
    }
    Ok(found)
}

fn nearest(space: &Space<'_>, word: usize, roster: &Roster) -> NearWord {
    let unit = space.unit(word);
    let artists = space.artists.nearest_to(unit, SHOWN, |_| true);
    let mut words: Vec<(String, f32)> = (0..space.words.len())
        .filter(|&other| other != word)
        .map(|other| (space.words.words[other].clone(), unit.iter().zip(space.unit(other)).map(|(x, y)| x * y).sum()))
        .collect();
    words.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    words.truncate(SHOWN);
    NearWord {
        input: space.input.name.clone(),
        word: space.words.words[word].clone(),
        playlists: space.words.mentions[word],
        artists: artists.into_iter().map(|(a, cosine)| (roster.artists.names[a as usize].clone(), cosine)).collect(),
        words,
    }
}

/// A few words that could have been asked for, for a message.
fn some_words(spaces: &[Space<'_>]) -> String {
    match spaces.first() {
        None => "no input has words; train with --title-words true".into(),
        Some(space) => {
            let words: Vec<&str> = space.words.words.iter().take(5).map(String::as_str).collect();
            format!("{} has learned {} words, such as {}", space.input.name, space.words.len(), words.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::catalog::metadata::Provenance;
    use crate::corpus::Artists;
    use crate::evaluation::Centring;
    use crate::export::read_genres;
    use crate::training::Model;

    /// 60 artists on a circle; the first 25 play jazz, the next 25 "jazz rock" or r&b by turns, the last ten nothing that is
    /// known. The word "jazz" points to the first artist, "r&b" to the 40th, "sad" to the last.
    fn model() -> (Model, Genres) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("genres.tsv");
        let mut file = std::fs::File::create(&path).unwrap();
        writeln!(file, "uri\tgenres").unwrap();
        for i in 0..50 {
            let genres = if i < 25 { "Jazz|cool" } else { ["jazz rock|jazz", "R&B"][i % 2] };
            writeln!(file, "id:{i}\t{genres}").unwrap();
        }
        let point = |i: usize| {
            let angle = i as f32 / 60.0 * std::f32::consts::TAU;
            [angle.cos(), angle.sin()]
        };
        let artists = Artists {
            names: (0..60).map(|i| format!("a{i}")).collect(),
            ids: (0..60).map(|i| format!("id:{i}")).collect(),
            mentions: (0..60).rev().collect(),
        };
        let words = TitleWords {
            words: ["jazz", "r&b", "sad", "cool"].map(String::from).to_vec(),
            mentions: vec![9, 8, 7, 6],
            input: [0, 40, 59, 12].into_iter().flat_map(point).collect(),
            output: Vec::new(),
        };
        let model = Model {
            artists,
            dimensions: 2,
            input: (0..60).flat_map(point).collect(),
            output: Vec::new(),
            squares: Vec::new(),
            weights: Vec::new(),
            bias: Vec::new(),
            words,
            provenance: Provenance::default(),
        };
        (model, read_genres(&path).unwrap())
    }

    #[test]
    fn words_find_artists_whose_genres_carry_them() {
        let (model, genres) = model();
        let input = Input::of_model("m", &model, Centring::None);
        let (inputs, roster) = (std::slice::from_ref(&input), Roster::new(model.artists.clone()));
        let found = score(inputs, std::slice::from_ref(&input.vectors), &roster, &genres, 100, 1);
        let [found] = &found[..] else { panic!("{found:?}") };
        assert_eq!((found.learned, found.artists), (4, 50));
        // "sad" is no genre, and r&b has 13 artists, too few; "cool" has 25.
        let words: Vec<&str> = found.words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(words, ["jazz", "cool"]);
        // Around artist 0 lie 1 to 14 and, since 50 to 59 do not count, 45 to 49, of which 46 and 48 play jazz.
        let jazz = &found.words[0];
        assert_eq!((jazz.carried_by, jazz.chance), (25 + 12, 37.0 / 50.0));
        assert!((0.75..=0.95).contains(&jazz.precision), "{jazz:?}");
        assert_eq!(jazz.nearest[0], "a0");
        assert_eq!(found.words[1].precision, 1.0);
        let mean = f64::midpoint(jazz.precision, 1.0);
        assert_eq!(found.precision.unwrap().mean, mean);
    }

    #[test]
    fn words_are_asked_for_in_any_spelling() {
        let (model, _) = model();
        let input = Input::of_model("m", &model, Centring::None);
        let (inputs, roster) = (std::slice::from_ref(&input), Roster::new(model.artists.clone()));
        let asked = |word: &str| near(inputs, std::slice::from_ref(&input.vectors), &roster, &[word.to_owned()]);
        let found = asked(" R&B!").unwrap();
        assert_eq!((found[0].word.as_str(), found[0].playlists), ("r&b", 8));
        assert_eq!((found[0].artists[0].0.as_str(), found[0].artists.len()), ("a40", 10));
        assert_eq!(found[0].words[0].0, "sad");
        for word in ["techno", "two words", ""] {
            let error = asked(word).unwrap_err().to_string();
            assert!(error.contains("m has learned 4 words, such as jazz"), "{error}");
        }
        let without = Input { words: TitleWords::default(), ..input.clone() };
        let error = near(&[without], std::slice::from_ref(&input.vectors), &roster, &["jazz".into()]).unwrap_err();
        assert!(error.to_string().contains("--title-words true"), "{error}");
    }
}
