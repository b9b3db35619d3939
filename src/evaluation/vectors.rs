//! Vectors of any origin as recommenders: exact searches over all artists at full precision.

use rayon::prelude::*;

use super::Recommender;
use super::best::Best;
use crate::linear::{centre, dot_products, unit_rows};
use crate::progress::Progress;
use crate::training::Model;

/// Queries that one task answers.
const QUERIES: usize = 128;

/// Artists that are scored against those at once: the products of a block stay in the second-level cache.
const ARTISTS: usize = 512;

/// Whether directions are compared with or without the part that all have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Centring {
    /// The mean of all unit vectors is taken away: what a pack holds, see [`centre`].
    #[default]
    Mean,
    /// Vectors as they are: what other programs compare.
    None,
}

impl Centring {
    /// This centring, where the model's vectors have a common part to take away.
    pub fn of(self, model: &Model) -> Self {
        if model.has_common_part() { self } else { Self::None }
    }
}

/// One vector an artist, compared by the cosine of their directions.
///
/// A playlist is asked for by the mean of its visible artists' unit directions. Artists whose vector is zero or not
/// finite have no direction: they are never recommended, and asking for them alone gives nobody.
#[derive(Clone, Debug)]
pub struct Vectors {
    name: String,
    dimensions: usize,
    /// Unit rows, zeros where there is no direction.
    units: Vec<f32>,
    has_direction: Vec<bool>,
    /// What centring took away from every unit vector; zeros where nothing was.
    common: Vec<f32>,
    /// Input rows as they came, kept where there are output rows.
    input: Vec<f32>,
    output: Vec<f32>,
    /// One number an artist, or empty: see [`Self::with_bias`].
    bias: Vec<f32>,
}

impl Vectors {
    /// Takes input rows of `dimensions` numbers in the order of the roster, zeros for artists without a vector, and
    /// output rows of the same shape, or none.
    pub fn new(
        name: impl Into<String>,
        dimensions: usize,
        input: Vec<f32>,
        output: Vec<f32>,
        centring: Centring,
    ) -> Self {
        let mut units = unit_rows(&input, dimensions);
        let mut common = vec![0.0; dimensions];
        if centring == Centring::Mean {
            common = centre(&mut units, dimensions);
            units = unit_rows(&units, dimensions);
        }
        let has_direction = units.chunks_exact(dimensions.max(1)).map(|row| row.iter().any(|&x| x != 0.0)).collect();
        let fits = output.len() == input.len();
        let (input, output) = if fits { (input, output) } else { (Vec::new(), Vec::new()) };
        Self { name: name.into(), dimensions, units, has_direction, common, input, output, bias: Vec::new() }
    }

    /// The same vectors with a number an artist that is added to its score wherever [`Self::in_out`] answers.
    ///
    /// Vectors without output rows are then their own output rows, as the tied step learns them.
    #[must_use]
    pub fn with_bias(mut self, input: &[f32], bias: Vec<f32>) -> Self {
        if self.output.is_empty() {
            self.input = input.to_vec();
            self.output = input.to_vec();
        }
        self.bias = bias;
        self
    }

    /// The vectors of some artists by their rows, in that order; rows that are not there have no direction.
    ///
    /// What was taken away by centring stays the mean of all, as in a pack that is made of all.
    #[must_use]
    pub fn pick(&self, rows: &[u32]) -> Self {
        let pick = |values: &[f32]| -> Vec<f32> {
            let row = |&row: &u32| {
                let at = row as usize * self.dimensions;
                values.get(at..at + self.dimensions).map_or_else(|| vec![0.0; self.dimensions], <[f32]>::to_vec)
            };
            if values.is_empty() { Vec::new() } else { rows.iter().flat_map(row).collect() }
        };
        Self {
            name: self.name.clone(),
            dimensions: self.dimensions,
            units: pick(&self.units),
            has_direction: rows.iter().map(|&row| self.has_direction(row)).collect(),
            common: self.common.clone(),
            input: pick(&self.input),
            output: pick(&self.output),
            bias: match self.bias.is_empty() {
                true => Vec::new(),
                false => rows.iter().map(|&row| self.bias.get(row as usize).copied().unwrap_or_default()).collect(),
            },
        }
    }

    /// The number of artists, with or without a direction.
    pub fn len(&self) -> usize {
        self.has_direction.len()
    }

    /// Says whether there are no artists.
    pub fn is_empty(&self) -> bool {
        self.has_direction.is_empty()
    }

    /// Numbers per vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Says whether an artist can be asked for and recommended.
    pub fn has_direction(&self, artist: u32) -> bool {
        self.has_direction.get(artist as usize).is_some_and(|&has| has)
    }

    /// The cosine of two artists' directions; `None` where either has none.
    pub fn cosine(&self, a: u32, b: u32) -> Option<f64> {
        let products = self.unit(a)?.iter().zip(self.unit(b)?).map(|(x, y)| f64::from(*x) * f64::from(*y));
        Some(products.sum())
    }

    /// The unit directions of further rows in the same space, such as those of words, centred as the artists are; zeros for
    /// a row without direction.
    pub fn directions_of(&self, rows: &[f32]) -> Vec<f32> {
        let mut units = unit_rows(rows, self.dimensions);
        for row in units.chunks_exact_mut(self.dimensions.max(1)).filter(|row| row.iter().any(|&x| x != 0.0)) {
            row.iter_mut().zip(&self.common).for_each(|(x, common)| *x -= common);
        }
        unit_rows(&units, self.dimensions)
    }

    /// The `k` artists nearest to a unit direction among those that `may` be named, with their cosine, nearest first.
    pub fn nearest_to(&self, direction: &[f32], k: usize, may: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
        let mut best = Best::new(k.min(self.len()));
        for (artist, unit) in self.units.chunks_exact(self.dimensions.max(1)).enumerate() {
            if self.has_direction[artist] && may(artist as u32) {
                best.push(unit.iter().zip(direction).map(|(x, y)| x * y).sum(), artist as u32);
            }
        }
        best.into_sorted().into_iter().map(|(cosine, artist)| (artist, cosine)).collect()
    }

    /// The same vectors, continuing playlists by Word2Vec's own prediction; `None` where there are no output rows.
    pub fn in_out(&self) -> Option<InOut<'_>> {
        (!self.output.is_empty()).then(|| InOut::new(self))
    }

    fn directions(&self) -> Answers<'_> {
        Answers { rows: &self.units, dimensions: self.dimensions, bias: &[], eligible: &self.has_direction }
    }

    fn unit(&self, artist: u32) -> Option<&[f32]> {
        let at = artist as usize * self.dimensions;
        self.has_direction(artist).then(|| &self.units[at..at + self.dimensions])
    }
}

impl Recommender for Vectors {
    fn name(&self) -> &str {
        &self.name
    }

    fn similar(&self, artists: &[u32], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let queries: Vec<&[u32]> = artists.iter().map(std::slice::from_ref).collect();
        progress.stage("similar artists", Some(queries.len() as u64));
        nearest(&queries, |artist| self.unit(artist), &self.directions(), k, progress)
    }

    fn continuations(&self, playlists: &[Vec<u32>], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let queries: Vec<&[u32]> = playlists.iter().map(Vec::as_slice).collect();
        progress.stage("continuations", Some(queries.len() as u64));
        nearest(&queries, |artist| self.unit(artist), &self.directions(), k, progress)
    }
}

/// The training's own prediction: artists of the largest mean(input of the visible) · output (Mikolov et al. 2013), with the
/// bias added where there is one.
///
/// Similar artists are those of [`Vectors`], by cosine.
#[derive(Clone, Debug)]
pub struct InOut<'a> {
    name: String,
    vectors: &'a Vectors,
    /// Artists with a direction and a finite output row.
    eligible: Vec<bool>,
}

impl<'a> InOut<'a> {
    fn new(vectors: &'a Vectors) -> Self {
        let rows = vectors.output.chunks_exact(vectors.dimensions.max(1));
        let eligible = rows.zip(&vectors.has_direction).map(|(row, &has)| has && row.iter().all(|x| x.is_finite()));
        let how = if vectors.bias.is_empty() { "input · output" } else { "with bias" };
        Self { name: format!("{}, {how}", vectors.name), vectors, eligible: eligible.collect() }
    }
}

impl Recommender for InOut<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn similar(&self, artists: &[u32], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        self.vectors.similar(artists, k, progress)
    }

    fn continuations(&self, playlists: &[Vec<u32>], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let Vectors { dimensions, input, output, bias, .. } = self.vectors;
        let row = |artist: u32| {
            let at = artist as usize * dimensions;
            self.vectors.has_direction(artist).then(|| &input[at..at + dimensions])
        };
        let queries: Vec<&[u32]> = playlists.iter().map(Vec::as_slice).collect();
        progress.stage("continuations", Some(queries.len() as u64));
        let answers = Answers { rows: output, dimensions: *dimensions, bias, eligible: &self.eligible };
        nearest(&queries, row, &answers, k, progress)
    }
}

/// What is searched: a row an artist.
struct Answers<'a> {
    rows: &'a [f32],
    dimensions: usize,
    /// Added to the products; empty for nothing.
    bias: &'a [f32],
    /// Who may be an answer.
    eligible: &'a [bool],
}

/// The `k` eligible rows with the largest dot product with each query's mean, bias added, its own artists left out.
///
/// A query is the mean of those of its artists' rows that `row` gives; without any, or where they cancel out, its list
/// is empty.
fn nearest<'a>(
    queries: &[&[u32]],
    row: impl Fn(u32) -> Option<&'a [f32]> + Sync,
    answers: &Answers<'_>,
    k: usize,
    progress: &dyn Progress,
) -> Option<Vec<Vec<u32>>> {
    let &Answers { rows, dimensions, bias, eligible } = answers;
    let task = |queries: &[&[u32]]| -> Option<Vec<Vec<u32>>> {
        if progress.interrupted() {
            return None;
        }
        let means: Vec<Vec<f32>> = queries.iter().map(|artists| mean(artists, &row, dimensions)).collect();
        let asked: Vec<bool> = means.iter().map(|mean| mean.iter().any(|&x| x != 0.0)).collect();
        let means = means.concat();
        let mut best: Vec<Best> = queries.iter().map(|_| Best::new(k.min(eligible.len()))).collect();
        let mut products = vec![0.0; queries.len() * ARTISTS];
        for (block, rows) in rows.chunks((ARTISTS * dimensions).max(1)).enumerate() {
            let columns = rows.len() / dimensions;
            let products = &mut products[..queries.len() * columns];
            dot_products(&means, rows, dimensions, products);
            let first = block * ARTISTS;
            for (query, scores) in products.chunks_exact(columns).enumerate().filter(|(query, _)| asked[*query]) {
                for (i, &score) in scores.iter().enumerate() {
                    let artist = first + i;
                    let score = bias.get(artist).map_or(score, |bias| score + bias);
                    // The cheap question first: few pass it.
                    if score > best[query].floor() && eligible[artist] && !queries[query].contains(&(artist as u32)) {
                        best[query].push(score, artist as u32);
                    }
                }
            }
        }
        progress.advance(queries.len() as u64);
        Some(best.into_iter().map(|best| best.into_sorted().into_iter().map(|(_, artist)| artist).collect()).collect())
    };
    let tasks: Vec<Vec<Vec<u32>>> = queries.par_chunks(QUERIES).map(task).collect::<Option<_>>()?;
    Some(tasks.into_iter().flatten().collect())
}

/// The mean of the artists' rows, summed in f64 in the order given; zeros where none has one.
fn mean<'a>(artists: &[u32], row: impl Fn(u32) -> Option<&'a [f32]>, dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0; dimensions];
    let mut n = 0.0;
    for row in artists.iter().filter_map(|&artist| row(artist)) {
        sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        n += 1.0;
    }
    sum.into_iter().map(|x| if n > 0.0 { (x / n) as f32 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::progress::Silent;
    use crate::rng::Rng;

    fn random(n: usize, dimensions: usize) -> Vec<f32> {
        let mut rng = Rng::new(11);
        let mut rows: Vec<f32> = (0..n * dimensions).map(|_| rng.next_f32() - 0.3).collect();
        // Two equal rows far apart, one of zeros, one that is not finite.
        if n > 600 {
            let copy = rows[..dimensions].to_vec();
            rows[600 * dimensions..601 * dimensions].copy_from_slice(&copy);
            rows[dimensions..2 * dimensions].fill(0.0);
            rows[2 * dimensions] = f32::NAN;
        }
        rows
    }

    /// Cosines in f64, all sorted.
    fn plain(rows: &[f32], dimensions: usize, centring: Centring, query: &[u32], k: usize) -> Vec<u32> {
        let n = rows.len() / dimensions;
        let unit = |row: &[f64]| -> Option<Vec<f64>> {
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            length.is_normal().then(|| row.iter().map(|x| x / length).collect())
        };
        let wide: Vec<f64> = rows.iter().map(|&x| f64::from(x)).collect();
        let mut units: Vec<Option<Vec<f64>>> = wide.chunks(dimensions).map(unit).collect();
        if centring == Centring::Mean {
            let known: Vec<&Vec<f64>> = units.iter().flatten().collect();
            let mean: Vec<f64> =
                (0..dimensions).map(|d| known.iter().map(|row| row[d]).sum::<f64>() / known.len() as f64).collect();
            let centred = |row: &Vec<f64>| unit(&row.iter().zip(&mean).map(|(x, mean)| x - mean).collect::<Vec<_>>());
            units = units.iter().map(|row| row.as_ref().and_then(centred)).collect();
        }
        let mut sum = vec![0.0; dimensions];
        for row in query.iter().filter_map(|&i| units[i as usize].as_ref()) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        let score = |row: &Vec<f64>| row.iter().zip(&sum).map(|(x, y)| x * y).sum::<f64>();
        let mut scored: Vec<(f64, u32)> = (0..n as u32)
            .filter(|i| !query.contains(i))
            .filter_map(|i| units[i as usize].as_ref().map(|row| (score(row), i)))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.iter().take(k).map(|&(_, i)| i).collect()
    }

    #[test]
    fn equals_the_plain_search() {
        let (n, dimensions) = (1300, 7);
        let rows = random(n, dimensions);
        for centring in [Centring::Mean, Centring::None] {
            let vectors = Vectors::new("v", dimensions, rows.clone(), vec![], centring);
            assert_eq!((vectors.len(), vectors.dimensions(), vectors.name()), (n, dimensions, "v"));
            let asked: Vec<u32> = (0..200).chain([600, 1299]).collect();
            for (artist, list) in asked.iter().zip(vectors.similar(&asked, 20, &Silent).unwrap()) {
                let expected = plain(&rows, dimensions, centring, &[*artist], 20);
                assert_eq!(list, if [1, 2].contains(artist) { vec![] } else { expected }, "{artist}");
            }
            let playlists = vec![vec![5, 3, 9], vec![1, 2], vec![1, 700], vec![], (0..1300).collect()];
            let lists = vectors.continuations(&playlists, 500, &Silent).unwrap();
            for (playlist, list) in [0, 2].map(|i| (&playlists[i], &lists[i])) {
                assert_eq!(list, &plain(&rows, dimensions, centring, playlist, 500));
            }
            assert_eq!([1, 3, 4].map(|i| lists[i].len()), [0, 0, 0]);
        }
    }

    #[test]
    fn ties_go_to_the_smaller_index_and_k_may_be_anything() {
        let vectors = Vectors::new("v", 2, [1.0, 0.0].repeat(700), vec![], Centring::None);
        let lists = |k| vectors.similar(&[650], k, &Silent).unwrap().remove(0);
        assert_eq!(lists(3), [0, 1, 2]);
        assert_eq!(lists(0), [0; 0]);
        assert_eq!(lists(usize::MAX), (0..700).filter(|&i| i != 650).collect::<Vec<_>>());
        // Without what all have in common, nothing is left of them.
        let centred = Vectors::new("v", 2, [1.0, 0.0].repeat(700), vec![], Centring::Mean);
        assert_eq!(centred.similar(&[0], 3, &Silent).unwrap(), [vec![0; 0]]);
    }

    #[test]
    fn no_artists_one_artist_and_artists_who_are_not_there() {
        for centring in [Centring::Mean, Centring::None] {
            let none = Vectors::new("v", 3, vec![], vec![], centring);
            assert!(none.is_empty() && none.in_out().is_none());
            assert_eq!(none.similar(&[0], 5, &Silent).unwrap(), [vec![0; 0]]);
            assert_eq!(none.continuations(&[vec![0, 1]], 5, &Silent).unwrap(), [vec![0; 0]]);
            let one = Vectors::new("v", 3, vec![1.0, 2.0, 3.0], vec![], centring);
            assert_eq!(one.similar(&[0, 7], 5, &Silent).unwrap(), [vec![0; 0], vec![]]);
            assert_eq!(one.similar(&[], 5, &Silent).unwrap(), [[0_u32; 0]; 0]);
        }
        let flat = Vectors::new("v", 0, vec![], vec![], Centring::Mean);
        assert_eq!(flat.similar(&[0], 5, &Silent).unwrap(), [vec![0; 0]]);
    }

    #[test]
    fn in_out_ranks_by_the_mean_input_times_the_output() {
        let input = vec![2.0, 0.0, 0.0, 4.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
        let output = vec![9.0, 9.0, 1.0, 0.0, -1.0, 1.0, 5.0, 5.0, f32::NAN, 1.0];
        let vectors = Vectors::new("v", 2, input, output, Centring::None);
        let in_out = vectors.in_out().unwrap();
        let lists = in_out.continuations(&[vec![0], vec![1], vec![0, 1], vec![3]], 9, &Silent).unwrap();
        // Artist 3 has no direction, artist 4 no output: neither is recommended.
        assert_eq!(lists, [vec![1, 2], vec![0, 2], vec![2], vec![]]);
        assert_eq!(in_out.similar(&[0], 1, &Silent).unwrap(), vectors.similar(&[0], 1, &Silent).unwrap());
        assert!(in_out.name().starts_with('v'));
        assert!((vectors.cosine(0, 2).unwrap() - 0.5_f64.sqrt()).abs() < 1e-7);
        assert_eq!(vectors.cosine(0, 3), None);
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let vectors = Vectors::new("v", 9, random(900, 9), vec![], Centring::Mean);
        let asked: Vec<u32> = (0..900).collect();
        let lists = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| vectors.similar(&asked, 30, &Silent).unwrap())
        };
        let alone = lists(1);
        assert_eq!(alone, lists(4));
        // Nor does it matter who is asked together.
        assert_eq!(vectors.similar(&asked[450..460], 30, &Silent).unwrap(), alone[450..460]);
    }

    #[test]
    fn an_interruption_ends_the_search() {
        struct Stop(AtomicBool);
        impl Progress for Stop {
            fn stage(&self, _: &str, _: Option<u64>) {}
            fn advance(&self, _: u64) {
                self.0.store(true, Ordering::Relaxed);
            }
            fn message(&self, _: &str) {}
            fn interrupted(&self) -> bool {
                self.0.load(Ordering::Relaxed)
            }
        }
        let vectors = Vectors::new("v", 3, random(500, 3), vec![], Centring::Mean);
        let asked: Vec<u32> = (0..500).collect();
        assert_eq!(vectors.similar(&asked, 5, &Stop(AtomicBool::new(false))), None);
        assert_eq!(vectors.continuations(&[vec![1]], 5, &Stop(AtomicBool::new(true))), None);
    }
}
