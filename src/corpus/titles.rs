//! Words of playlists' titles: what a word is, how many playlists have it, and whether it tells anything about the artists.
//!
//! Owns the words that training learns beside the artists. Which words say nothing is measured, not looked up in a list, so
//! that it holds for any language and any collection. After the idea of Lo, He & Ounis 2005, "Automatically building a
//! stopword list for an information retrieval system": a stop word is one whose documents are like any documents.
//!
//! **What a word tells.** A playlist is the unit vector of its different artists, each weighing the same. The word's
//! playlists have a mean μ, all titled playlists have a mean μ₀, and what the word tells is ‖μ − μ₀‖² / ‖μ₀‖². Products of a
//! playlist with itself are left out of the estimate, so that random playlists tell 0 on average, however few they are:
//!
//! tells = (s − 2h + s₀) / s₀, where s is the mean product of two of the word's n playlists, h that of one of them and
//! any other titled playlist, and s₀ that of any two titled playlists.
//!
//! n random playlists tell 0 ± √(2 / (n (n − 1))) · σ / s₀, where σ² is the variance of the product of two playlists less
//! what either has in common with all (the standard deviation of a degenerate U-statistic: Hoeffding 1948, "A class of
//! statistics with asymptotically normal distribution").

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::file::Corpus;
use crate::catalog::fold;
use crate::rng::Rng;

/// What a word must tell: the mean of its playlists lies half as far from the mean of all as that lies from nothing.
const TELLING: f64 = 0.25;

/// How many standard deviations of random playlists it must tell: about one random word in forty tells as much.
const CERTAIN: f64 = 2.0;

/// Pairs of playlists that the chance of random words is estimated from.
const PAIRS: usize = 1 << 16;

/// The different words of a title, in the order in which they stand there.
///
/// Case, accents and punctuation are gone ([`fold`]); an apostrophe parts no words ("90's" is "90s"); "&" is "and", but
/// between single letters the three are one word ("r&b"); every emoji is a word, after the others.
pub fn title_words(title: &str) -> Vec<String> {
    let folded = fold(&title.replace(['\'', '’'], "").replace('&', " and "));
    let plain: Vec<&str> = folded.split(' ').filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    let is_letter = |word: &str| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let mut words: Vec<String> = Vec::new();
    let mut rest = plain.as_slice();
    while let [word, tail @ ..] = rest {
        rest = tail;
        words.push(match rest {
            ["and", other, tail @ ..] if is_letter(word) && is_letter(other) => {
                rest = tail;
                format!("{word}&{other}")
            }
            _ => (*word).to_owned(),
        });
    }
    // Skin tones, flags' letters and joiners are parts of an emoji.
    let is_emoji =
        |c: &char| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1faff}');
    words.extend(title.chars().filter(is_emoji).map(String::from));
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
}

/// A word of titles.
#[derive(Clone, Debug, PartialEq)]
pub struct TitleWord {
    /// The word, as [`title_words`] gives it.
    pub word: String,
    /// Playlists whose title has it.
    pub playlists: u32,
    /// How far the mean of its playlists lies from that of all, as the module's documentation has it; about 0 for a
    /// word that says nothing.
    pub tells: f64,
    /// The standard deviation of that for as many random playlists.
    pub chance: f64,
}

impl TitleWord {
    /// Whether the word says something about the artists: more than chance, and not too little.
    pub fn is_telling(&self) -> bool {
        self.tells >= TELLING && self.tells >= CERTAIN * self.chance
    }
}

/// The words of a corpus's titles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TitleVocabulary {
    /// Those in titles of enough playlists, most frequent first, ties in the order of the words.
    pub words: Vec<TitleWord>,
    /// For every playlist the indices of its words, end to end.
    indices: Vec<u32>,
    /// Where each playlist's indices end.
    ends: Vec<usize>,
}

impl TitleVocabulary {
    /// Counts the words that stand in titles of at least `min_count` playlists, and measures what they tell.
    pub fn new(corpus: &Corpus, min_count: u32) -> Self {
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut counts: Vec<u32> = Vec::new();
        let (mut indices, mut ends) = (Vec::new(), Vec::with_capacity(corpus.len()));
        for i in 0..corpus.len() {
            let title = corpus.title(i);
            for word in if title.is_empty() { Vec::new() } else { title_words(title) } {
                let next = numbers.len() as u32;
                let number = *numbers.entry(word).or_insert(next);
                counts.resize(numbers.len(), 0);
                counts[number as usize] += 1;
                indices.push(number);
            }
            ends.push(indices.len());
        }
        let mut order: Vec<(&String, u32)> = numbers.iter().map(|(word, &number)| (word, number)).collect();
        order.retain(|&(_, number)| counts[number as usize] >= min_count.max(1));
        order.sort_by_key(|&(word, number)| (Reverse(counts[number as usize]), word));
        let chosen: Vec<u32> = order.iter().map(|&(_, number)| number).collect();
        let words = order.iter().map(|&(word, number)| TitleWord {
            word: word.clone(),
            playlists: counts[number as usize],
            tells: 0.0,
            chance: f64::INFINITY,
        });
        let words = words.collect();
        let mut vocabulary = Self { words, indices, ends };
        vocabulary.renumber(&chosen, counts.len());
        vocabulary.measure(corpus);
        vocabulary
    }

    /// The words that say something about the artists, and no others.
    #[must_use]
    pub fn telling(mut self) -> Self {
        let chosen: Vec<u32> =
            (0..self.words.len() as u32).filter(|&word| self.words[word as usize].is_telling()).collect();
        let before = self.words.len();
        self.words.retain(TitleWord::is_telling);
        self.renumber(&chosen, before);
        self
    }

    /// The indices of a playlist's words, each once.
    pub fn of(&self, playlist: usize) -> &[u32] {
        let Some(&end) = self.ends.get(playlist) else { return &[] };
        let start = if playlist == 0 { 0 } else { self.ends[playlist - 1] };
        &self.indices[start..end]
    }

    /// Keeps the indices `chosen`, of `count`, which become 0, 1, …
    fn renumber(&mut self, chosen: &[u32], count: usize) {
        let mut number_of = vec![None; count];
        for (new, &old) in chosen.iter().enumerate() {
            number_of[old as usize] = Some(new as u32);
        }
        let old = std::mem::take(&mut self.indices);
        let mut start = 0;
        for end in &mut self.ends {
            self.indices.extend(old[start..*end].iter().filter_map(|&word| number_of[word as usize]));
            start = *end;
            *end = self.indices.len();
        }
    }

    /// Fills in what each word tells.
    fn measure(&mut self, corpus: &Corpus) {
        let titled = Titled::new(corpus);
        let Some(all) = titled.common() else { return };
        let chance = titled.spread(&all) / all.mean;
        let mut playlists_of: Vec<Vec<u32>> = vec![Vec::new(); self.words.len()];
        for (place, &playlist) in titled.playlists.iter().enumerate() {
            for &word in self.of(playlist as usize) {
                playlists_of[word as usize].push(place as u32);
            }
        }
        let mut scratch = vec![0.0; corpus.artists.len()];
        for (word, playlists) in self.words.iter_mut().zip(&playlists_of) {
            let n = playlists.len() as f64;
            if n < 2.0 {
                continue;
            }
            let own = titled.squared_sum(playlists, &mut scratch);
            let within = (own - n) / (n * (n - 1.0));
            let with_all = playlists.iter().map(|&place| all.products[place as usize]).sum::<f64>() / n;
            word.tells = (within - 2.0 * with_all + all.mean) / all.mean;
            word.chance = (2.0 / (n * (n - 1.0))).sqrt() * chance;
        }
    }
}

/// The playlists that have a title and an artist; a "place" is an index among them.
struct Titled<'a> {
    corpus: &'a Corpus,
    playlists: Vec<u32>,
}

/// What all titled playlists have in common.
struct Common {
    /// The mean product of two of them; above 0.
    mean: f64,
    /// For each of them the mean product with the others.
    products: Vec<f64>,
}

impl<'a> Titled<'a> {
    fn new(corpus: &'a Corpus) -> Self {
        let counts = |&i: &u32| !corpus.title(i as usize).is_empty() && !corpus.playlist(i as usize).is_empty();
        Self { corpus, playlists: (0..corpus.len() as u32).filter(counts).collect() }
    }

    /// The different artists at a place, rising; each weighs 1 / √ of their number.
    fn artists(&self, place: u32, artists: &mut Vec<u32>) {
        artists.clear();
        artists.extend_from_slice(self.corpus.playlist(self.playlists[place as usize] as usize));
        artists.sort_unstable();
        artists.dedup();
    }

    /// Adds the vectors at `places` to `sum`.
    fn add(&self, places: impl Iterator<Item = u32>, sum: &mut [f64]) {
        let mut artists = Vec::new();
        for place in places {
            self.artists(place, &mut artists);
            let weight = 1.0 / (artists.len() as f64).sqrt();
            artists.iter().for_each(|&artist| sum[artist as usize] += weight);
        }
    }

    /// The squared length of the sum of the vectors at `places`; `scratch` holds a zero for every artist, and does again
    /// afterwards.
    fn squared_sum(&self, places: &[u32], scratch: &mut [f64]) -> f64 {
        self.add(places.iter().copied(), scratch);
        let mut squared = 0.0;
        let mut artists = Vec::new();
        for &place in places {
            self.artists(place, &mut artists);
            for &artist in &artists {
                squared += std::mem::take(&mut scratch[artist as usize]).powi(2);
            }
        }
        squared
    }

    /// `None` where no two playlists share an artist.
    fn common(&self) -> Option<Common> {
        let n = self.playlists.len() as f64;
        let mut sum = vec![0.0; self.corpus.artists.len()];
        self.add(0..self.playlists.len() as u32, &mut sum);
        let mut artists = Vec::new();
        let mut product = |place| {
            self.artists(place, &mut artists);
            let with_sum = artists.iter().map(|&artist| sum[artist as usize]).sum::<f64>();
            // Less its product with itself.
            (with_sum / (artists.len() as f64).sqrt() - 1.0) / (n - 1.0)
        };
        let products: Vec<f64> = (0..self.playlists.len() as u32).map(&mut product).collect();
        let mean = products.iter().sum::<f64>() / n;
        // Rounding alone makes no likeness.
        (mean > 1e-12).then_some(Common { mean, products })
    }

    /// The standard deviation of the product of two playlists less what either has in common with all.
    fn spread(&self, all: &Common) -> f64 {
        let n = self.playlists.len() as u64;
        let mut rng = Rng::new(n);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let mut squared = || {
            let one = rng.below(n);
            let other = (one + 1 + rng.below(n - 1)) % n;
            self.artists(one as u32, &mut a);
            self.artists(other as u32, &mut b);
            let shared = a.iter().filter(|artist| b.binary_search(artist).is_ok()).count() as f64;
            let product = shared / ((a.len() * b.len()) as f64).sqrt();
            (product - all.products[one as usize] - all.products[other as usize] + all.mean).powi(2)
        };
        ((0..PAIRS).map(|_| squared()).sum::<f64>() / PAIRS as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Artists;

    fn corpus(playlists: &[Vec<u32>], titles: &[String]) -> Corpus {
        let n = playlists.iter().flatten().max().map_or(0, |&most| most as usize + 1);
        let names = (0..n).map(|i| format!("{i}")).collect();
        let artists = Artists { names, ids: vec![String::new(); n], mentions: vec![1; n] };
        Corpus::in_memory(artists, playlists, titles)
    }

    #[test]
    fn titles_are_taken_apart_as_people_read_them() {
        for (title, words) in [
            ("Chill, CHILL  vibes!", &["chill", "vibes"][..]),
            ("90's  R&B / Été", &["90s", "r&b", "ete"]),
            ("Rock & Roll", &["rock", "and", "roll"]),
            ("R & B and more", &["r&b", "and", "more"]),
            ("A & B & C", &["a&b", "and", "c"]),
            ("lit🔥🔥 👏🏽 ❤️", &["lit", "🔥", "👏", "❤"]),
            ("...", &[]),
            (" ", &[]),
            ("힙합 2017", &["힙합", "2017"]),
        ] {
            assert_eq!(title_words(title), words, "{title}");
        }
    }

    #[test]
    fn words_are_counted_by_playlist() {
        let titles = ["b a a", "a c", "", "a", "b"].map(String::from);
        let words = |min_count| {
            let found = TitleVocabulary::new(&corpus(&vec![vec![0]; 6], &titles), min_count);
            let words: Vec<_> = found.words.iter().map(|word| (word.word.clone(), word.playlists)).collect();
            (words, (0..7).map(|i| found.of(i).to_vec()).collect::<Vec<_>>())
        };
        let (all, of) = words(0);
        assert_eq!(all, [("a".into(), 3), ("b".into(), 2), ("c".into(), 1)]);
        assert_eq!(of, [vec![1, 0], vec![0, 2], vec![], vec![0], vec![1], vec![], vec![]]);
        let (frequent, of) = words(2);
        assert_eq!(frequent, [("a".into(), 3), ("b".into(), 2)]);
        assert_eq!(of[1], [0]);
        assert_eq!(TitleVocabulary::new(&corpus(&[], &[]), 1), TitleVocabulary::default());
        // Nobody shares an artist: nothing is known of any word.
        let strangers = TitleVocabulary::new(&corpus(&[vec![0], vec![1]], &["x".into(), "x".into()]), 1);
        assert!(!strangers.words[0].is_telling());
    }

    /// 600 playlists of 20 artists about one of three genres or none; titles say the genre, and things that mean nothing.
    fn genres() -> Corpus {
        let mut rng = Rng::new(7);
        let (mut playlists, mut titles) = (Vec::new(), Vec::new());
        for _ in 0..600 {
            let genre = rng.below(4) as u32;
            let artist = |rng: &mut Rng| {
                let hits = rng.below(10) as u32;
                if genre < 3 && rng.below(2) == 0 { 10 + 30 * genre + rng.below(30) as u32 } else { hits }
            };
            playlists.push((0..20).map(|_| artist(&mut rng)).collect());
            let mut title = ["jazz", "punk", "salsa", "songs"][genre as usize].to_owned();
            title += if rng.below(2) == 0 { " my" } else { "" };
            title += if rng.below(30) == 0 { " the" } else { "" };
            titles.push(title);
        }
        corpus(&playlists, &titles)
    }

    #[test]
    fn words_that_say_nothing_are_found_out() {
        let all = TitleVocabulary::new(&genres(), 5);
        let of_word = |word: &str| all.words.iter().find(|found| found.word == word).unwrap().clone();
        for word in ["jazz", "punk", "salsa"] {
            assert!(of_word(word).is_telling(), "{:?}", of_word(word));
        }
        for word in ["my", "the"].map(of_word) {
            assert!(!word.is_telling() && word.tells.abs() < 3.0 * word.chance, "{word:?}");
        }
        let telling = all.clone().telling();
        assert!(telling.words.iter().all(TitleWord::is_telling) && telling.words.len() < all.words.len());
        for i in 0..600 {
            let names = |of: &TitleVocabulary| -> Vec<String> {
                of.of(i).iter().map(|&word| of.words[word as usize].word.clone()).collect()
            };
            let kept: Vec<String> = names(&all).into_iter().filter(|word| of_word(word).is_telling()).collect();
            assert_eq!(names(&telling), kept);
        }
    }

    #[test]
    fn random_playlists_tell_nothing_on_average_and_vary_as_computed() {
        // 40 words, given to playlists by lot.
        let mut rng = Rng::new(11);
        let mut title = |_| (0..40).filter(|_| rng.below(40) == 0).map(|word| format!("w{word} ")).collect::<String>();
        let titles: Vec<String> = (0..600).map(|i| title(i) + "all").collect();
        let playlists: Vec<Vec<u32>> = (0..600).map(|i| genres().playlist(i).to_vec()).collect();
        let words = TitleVocabulary::new(&corpus(&playlists, &titles), 5).words;
        let random = words.iter().filter(|word| word.word != "all");
        let scaled: Vec<f64> = random.map(|word| word.tells / word.chance).collect();
        let mean = scaled.iter().sum::<f64>() / scaled.len() as f64;
        let deviation = (scaled.iter().map(|x| x * x).sum::<f64>() / scaled.len() as f64).sqrt();
        assert!(scaled.len() >= 35 && mean.abs() < 0.5 && (0.7..1.4).contains(&deviation), "{mean} {deviation}");
        // The word that all have has their mean itself.
        assert!(words[0].word == "all" && words[0].tells.abs() < 1e-9, "{:?}", words[0]);
    }
}
