//! Vectors of any origin as recommenders: exact searches over all artists at full precision.

use rayon::prelude::*;

use super::Recommender;
use super::best::Best;
use crate::linear::{centre, dot_products, unit_rows};
use crate::progress::Progress;

/// Queries that one task answers.
const QUERIES: usize = 64;

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

/// One vector an artist, compared by the cosine of their directions.
///
/// A playlist is asked for by the mean of its visible artists' unit directions. Artists whose vector is zero or not finite
/// have no direction: they are never recommended, and asking for them alone gives nobody.
#[derive(Clone, Debug)]
pub struct Vectors {
    name: String,
    dimensions: usize,
    /// Unit rows, zeros where there is no direction.
    units: Vec<f32>,
    has_direction: Vec<bool>,
    /// Input rows as they came, kept where there are output rows.
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Vectors {
    /// Takes input rows of `dimensions` numbers in the order of the roster, zeros for artists without a vector, and output
    /// rows of the same shape, or none.
    pub fn new(
        name: impl Into<String>,
        dimensions: usize,
        input: Vec<f32>,
        output: Vec<f32>,
        centring: Centring,
    ) -> Self {
        let mut units = unit_rows(&input, dimensions);
        if centring == Centring::Mean {
            centre(&mut units, dimensions);
            units = unit_rows(&units, dimensions);
        }
        let has_direction = units.chunks_exact(dimensions.max(1)).map(|row| row.iter().any(|&x| x != 0.0)).collect();
        let fits = output.len() == input.len();
        let (input, output) = if fits { (input, output) } else { (Vec::new(), Vec::new()) };
        Self { name: name.into(), dimensions, units, has_direction, input, output }
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
            input: pick(&self.input),
            output: pick(&self.output),
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

    /// The same vectors, continuing playlists by Word2Vec's own prediction; `None` where there are no output rows.
    pub fn in_out(&self) -> Option<InOut<'_>> {
        (!self.output.is_empty()).then(|| InOut::new(self))
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
        nearest(&queries, |artist| self.unit(artist), &self.units, self.dimensions, k, &self.has_direction, progress)
    }

    fn continuations(&self, playlists: &[Vec<u32>], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        let queries: Vec<&[u32]> = playlists.iter().map(Vec::as_slice).collect();
        progress.stage("continuations", Some(queries.len() as u64));
        nearest(&queries, |artist| self.unit(artist), &self.units, self.dimensions, k, &self.has_direction, progress)
    }
}

/// Word2Vec's own prediction (Mikolov et al. 2013): artists of the largest mean(input of the visible) · output.
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
        Self { name: format!("{}, input · output", vectors.name), vectors, eligible: eligible.collect() }
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
        let Vectors { dimensions, input, output, .. } = self.vectors;
        let row = |artist: u32| {
            let at = artist as usize * dimensions;
            self.vectors.has_direction(artist).then(|| &input[at..at + dimensions])
        };
        let queries: Vec<&[u32]> = playlists.iter().map(Vec::as_slice).collect();
        progress.stage("continuations", Some(queries.len() as u64));
        nearest(&queries, row, output, *dimensions, k, &self.eligible, progress)
    }
}

/// The `k` eligible rows with the largest dot product with each query's mean, its own artists left out.
///
/// A query is the mean of those of its artists' rows that `row` gives; without any, or where they cancel out, its list is
/// empty.
fn nearest<'a>(
    queries: &[&[u32]],
    row: impl Fn(u32) -> Option<&'a [f32]> + Sync,
    rows: &[f32],
    dimensions: usize,
    k: usize,
    eligible: &[bool],
    progress: &dyn Progress,
) -> Option<Vec<Vec<u32>>> {
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
