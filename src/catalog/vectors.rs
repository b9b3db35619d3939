//! Vectors in memory: rows of i8 codes on common axes, in blocks of falling popularity, and the exact scan over them.
//!
//! Owns what a direction is, how codes and steps make one, and how a direction becomes scores. Every f32 operation
//! happens in the order written, sums from first to last; scores are the same bits everywhere. Knows nothing of names.
//!
//! Axis *k* has one step for all rows: a row's number is step × code, and only the direction of a row counts, so that the
//! codes need no factor a row; the length is computed from them. An axis with numbers larger than 127 steps takes several
//! columns of codes, whose sum counts.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::blocks::Blocks;
use super::kernel::{CODE_LIMIT, CodeMatrix, QueryCodes, query_limit, score};
use super::quantise::norm;
use super::query::{ArtistId, Neighbour};
use super::top::Best;

/// Rows scanned at a time: their sums stay in the nearest cache.
const BLOCK: usize = 512;

/// What all rows of a pack have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Axes {
    /// What one code is worth on each axis; positive.
    pub(super) steps: Vec<f32>,
    /// How many columns of codes each axis takes; at least 1.
    pub(super) widths: Vec<u8>,
    /// What each axis counts in the question of who belongs with whom; empty where training made no difference.
    pub(super) weights: Vec<f32>,
}

impl Axes {
    /// The axis of every column of codes.
    fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.widths.iter().enumerate().flat_map(|(axis, &width)| core::iter::repeat_n(axis, width.into()))
    }

    /// The number of columns.
    pub(super) fn width(&self) -> usize {
        self.widths.iter().map(|&width| usize::from(width)).sum()
    }

    /// The largest magnitude that a row's number may have on an axis, in steps.
    pub(super) fn limit(&self, axis: usize) -> i32 {
        self.widths.get(axis).map_or(0, |&width| i32::from(width) * CODE_LIMIT)
    }
}

/// A run of rows.
#[derive(Debug)]
pub(super) struct VectorBlock {
    codes: CodeMatrix,
    /// 1 / length of each row's numbers; 0 for a row without direction.
    inverse_lengths: Vec<f32>,
    /// Lengths of the vectors that training made; empty where they are not known.
    norms: Vec<f32>,
    /// What is added to each row's score in the question of who belongs with whom; empty where nothing is.
    biases: Vec<f32>,
}

impl VectorBlock {
    /// Takes rows of whole numbers of steps, row-major, each within [`Axes::limit`]; norms and biases one a row, or none.
    pub(super) fn new(axes: &Axes, numbers: &[i16], norms: Vec<f32>, biases: Vec<f32>) -> Self {
        let dimensions = axes.steps.len();
        let rows = numbers.len() / dimensions.max(1);
        let mut codes = Vec::with_capacity(rows * axes.width());
        let mut inverse_lengths = Vec::with_capacity(rows);
        for row in numbers.chunks_exact(dimensions.max(1)) {
            let mut squares = 0_f32;
            for ((&number, &step), &width) in row.iter().zip(&axes.steps).zip(&axes.widths) {
                let mut rest = i32::from(number);
                for _ in 0..width {
                    let code = rest.clamp(-CODE_LIMIT, CODE_LIMIT);
                    codes.push(code as i8);
                    rest -= code;
                }
                let x = step * f32::from(number);
                squares += x * x;
            }
            let length = libm::sqrtf(squares);
            inverse_lengths.push(if length > 0.0 { 1.0 / length } else { 0.0 });
        }
        Self { codes: CodeMatrix::new(axes.width(), &codes), inverse_lengths, norms, biases }
    }

    fn len(&self) -> usize {
        self.inverse_lengths.len()
    }
}

/// Directions of many artists, or of many title words, in the order of their popularity; those that have arrived.
#[derive(Clone, Debug, Default)]
pub(super) struct Vectors {
    axes: Arc<Axes>,
    /// The axis of every column.
    columns: Arc<[u16]>,
    blocks: Blocks<VectorBlock>,
}

impl Vectors {
    /// No rows yet.
    pub(super) fn new(axes: Axes) -> Self {
        let columns = axes.columns().map(|axis| axis as u16).collect();
        Self { axes: Arc::new(axes), columns, blocks: Blocks::default() }
    }

    /// The same vectors and some more behind them.
    #[must_use]
    pub(super) fn with_block(&self, block: VectorBlock) -> Self {
        let rows = block.len();
        Self { blocks: self.blocks.with(block, rows), ..self.clone() }
    }

    pub(super) fn axes(&self) -> &Axes {
        &self.axes
    }

    /// Numbers a direction.
    pub(super) fn dimensions(&self) -> usize {
        self.axes.steps.len()
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// A row's block and its place there.
    fn find(&self, row: ArtistId) -> Option<(&VectorBlock, usize)> {
        self.blocks.find(row as usize)
    }

    /// Adds `weight` times a row's unit direction to `sum`; nothing where there is no such row.
    pub(super) fn add_unit(&self, row: ArtistId, weight: f32, sum: &mut [f32]) {
        let Some((block, place)) = self.find(row) else { return };
        let factor = weight * block.inverse_lengths[place];
        let mut codes = vec![0; self.columns.len()];
        block.codes.copy_row(place, &mut codes);
        for (&code, &axis) in codes.iter().zip(self.columns.iter()) {
            let axis = usize::from(axis);
            sum[axis] += factor * (self.axes.steps[axis] * f32::from(code));
        }
    }

    /// A row's unit direction; zeros where it has none.
    pub(super) fn unit(&self, row: ArtistId) -> Vec<f32> {
        let mut unit = vec![0.0; self.dimensions()];
        self.add_unit(row, 1.0, &mut unit);
        unit
    }

    /// Says whether there is such a row and it has a direction.
    pub(super) fn has_direction(&self, row: ArtistId) -> bool {
        self.find(row).is_some_and(|(block, place)| block.inverse_lengths[place] > 0.0)
    }

    /// The length of the vector that training made for a row; 1 where it is not known.
    pub(super) fn norm(&self, row: ArtistId) -> f32 {
        self.find(row).and_then(|(block, place)| block.norms.get(place).copied()).unwrap_or(1.0)
    }

    /// What is added to a row's score of belonging; 0 where nothing is.
    pub(super) fn bias(&self, row: ArtistId) -> f32 {
        self.find(row).and_then(|(block, place)| block.biases.get(place).copied()).unwrap_or_default()
    }

    /// Turns every row's cosine to a direction of length `size` into its score of belonging, cosine · (size · norm) + bias.
    pub(super) fn belonging(&self, size: f32, cosines: &mut [f32]) {
        for (first, block) in self.blocks.iter() {
            let rows = cosines.get_mut(first..).unwrap_or_default().iter_mut().take(block.len());
            for (place, score) in rows.enumerate() {
                let norm = block.norms.get(place).copied().unwrap_or(1.0);
                let bias = block.biases.get(place).copied().unwrap_or_default();
                // Adding zero turns −0 into +0.
                *score = *score * (size * norm) + bias + 0.0;
            }
        }
    }

    /// Says whether training left scores of belonging that differ from cosines.
    pub(super) fn has_biases(&self) -> bool {
        self.blocks.iter().any(|(_, block)| !block.biases.is_empty())
    }

    /// Makes ready to compare every row with a direction; `None` where it has no length, or none that is finite.
    pub(super) fn scan(&self, direction: &[f32]) -> Option<Scan<'_>> {
        let length = norm(direction);
        let numbers: Vec<f32> = direction.iter().zip(&self.axes.steps).map(|(x, step)| x * step).collect();
        let largest = numbers.iter().fold(0_f32, |largest, &x| largest.max(x.abs()));
        if !(length.is_normal() && largest.is_normal()) {
            return None;
        }
        let step = largest / query_limit(self.columns.len()) as f32;
        let codes: Vec<i16> =
            self.columns.iter().map(|&axis| libm::roundf(numbers[usize::from(axis)] / step) as i16).collect();
        Some(Scan { vectors: self, codes: QueryCodes::new(&codes), scale: step / length })
    }
}

/// One direction, ready to be compared with all rows.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    vectors: &'a Vectors,
    codes: QueryCodes,
    /// What turns a row's sum of code products, times its inverse length, into a cosine.
    scale: f32,
}

impl Scan<'_> {
    /// Calls back with every row and its cosine to the direction, in the order of rows. Rows without direction have
    /// cosine 0.
    pub(super) fn for_each(&self, mut visit: impl FnMut(ArtistId, f32)) {
        let mut sums = [0_i32; BLOCK];
        let mut row = 0;
        for (_, block) in self.vectors.blocks.iter() {
            for (chunk, lengths) in block.inverse_lengths.chunks(BLOCK).enumerate() {
                let sums = &mut sums[..lengths.len()];
                block.codes.dots(&self.codes, chunk * BLOCK, sums);
                for (&sum, &inverse_length) in sums.iter().zip(lengths) {
                    visit(row, score(sum, inverse_length, self.scale));
                    row += 1;
                }
            }
        }
    }

    /// Every row's cosine to the direction.
    pub(super) fn cosines(&self) -> Vec<f32> {
        let mut cosines = Vec::with_capacity(self.vectors.len());
        self.for_each(|_, cosine| cosines.push(cosine));
        cosines
    }

    /// Calls back with every row whose cosine to the direction is above a threshold, in the order of rows; rows without
    /// direction are left out.
    pub(super) fn for_each_above(&self, threshold: f32, mut visit: impl FnMut(ArtistId)) {
        for (first, block) in self.vectors.blocks.iter() {
            block.codes.above(&self.codes, &block.inverse_lengths, self.scale, threshold, |place, _| {
                if block.inverse_lengths[place] > 0.0 {
                    visit((first + place) as ArtistId);
                }
                threshold
            });
        }
    }

    /// The rows with the largest scores, best first, ties to the smaller id: a score is a row's cosine less its penalty,
    /// which is at least 0. Rows without direction are never among them, nor those that `admits` refuses.
    pub(super) fn nearest(
        &self,
        limit: usize,
        admits: impl Fn(ArtistId) -> bool,
        penalty: impl Fn(ArtistId) -> f32,
    ) -> Vec<Neighbour> {
        let mut best = Best::new(limit);
        for (first, block) in self.vectors.blocks.iter() {
            // No score is above its cosine, so a cosine that is not above the threshold is worth no look at the penalty.
            let threshold = best.threshold;
            block.codes.above(&self.codes, &block.inverse_lengths, self.scale, threshold, |place, cosine| {
                let artist = (first + place) as ArtistId;
                if block.inverse_lengths[place] > 0.0 && admits(artist) {
                    let score = cosine - penalty(artist);
                    if score > best.threshold {
                        best.offer(Neighbour { artist, score });
                    }
                }
                best.threshold
            });
        }
        best.into_sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantise::{axes, numbers, units};
    use super::*;

    const VECTORS: [f32; 10] = [1.0, 0.0, 0.9, 0.1, 0.0, 1.0, -1.0, 0.0, 0.9, 0.1];

    /// All rows in blocks of `size`.
    fn vectors(rows: &[f32], dimensions: usize, size: usize) -> Vectors {
        let rows = &units(rows, dimensions);
        let axes = axes(rows, dimensions, 0.005, &[]);
        let blocks =
            rows.chunks(size * dimensions).map(|rows| VectorBlock::new(&axes, &numbers(rows, &axes), vec![], vec![]));
        let blocks: Vec<_> = blocks.collect();
        blocks.into_iter().fold(Vectors::new(axes), |vectors, block| vectors.with_block(block))
    }

    /// The nearest to a sum of weighted rows, which are left out.
    fn nearest(vectors: &Vectors, terms: &[(ArtistId, f32)], limit: usize) -> Vec<Neighbour> {
        let mut direction = vec![0.0; vectors.dimensions()];
        terms.iter().for_each(|&(row, weight)| vectors.add_unit(row, weight, &mut direction));
        let mut asked: Vec<ArtistId> = terms.iter().map(|term| term.0).collect();
        asked.sort_unstable();
        vectors.scan(&direction).unwrap().nearest(limit, |row| asked.binary_search(&row).is_err(), |_| 0.0)
    }

    fn ask(terms: &[(ArtistId, f32)], limit: usize) -> Vec<Neighbour> {
        nearest(&vectors(&VECTORS, 2, 3), terms, limit)
    }

    fn ids(answer: &[Neighbour]) -> Vec<ArtistId> {
        answer.iter().map(|neighbour| neighbour.artist).collect()
    }

    #[test]
    fn neighbours_are_ranked_and_ties_go_to_the_smaller_id() {
        let answer = ask(&[(0, 1.0)], 10);
        assert_eq!(ids(&answer), [1, 4, 2, 3]);
        assert!((answer[0].score - 0.993_88).abs() < 1e-3);
        assert_eq!(answer[0].score.to_bits(), answer[1].score.to_bits());
        assert!((answer[3].score + 1.0).abs() < 1e-4);
        assert_eq!(ids(&ask(&[(0, 1.0)], 1)), [1]);
        assert!(ask(&[(0, 1.0)], 0).is_empty());
    }

    #[test]
    fn subtraction_turns_away_and_inputs_never_return() {
        // Right minus up points down-right: what is most up comes last.
        let answer = ask(&[(0, 1.0), (2, -1.0)], 10);
        assert_eq!(ids(&answer), [1, 4, 3]);
        assert!(answer[2].score < 0.0);
    }

    #[test]
    fn rows_without_direction_are_no_answers_and_no_questions() {
        let vectors = vectors(&[1.0, 0.0, 0.0, 0.0, 0.8, 0.6], 2, 2);
        assert_eq!(ids(&nearest(&vectors, &[(0, 1.0)], 10)), [2]);
        assert_eq!([0, 1, 2, 3].map(|row| vectors.has_direction(row)), [true, false, true, false]);
        assert!(vectors.scan(&vectors.unit(1)).is_none());
    }

    #[test]
    fn the_best_agree_with_a_full_sort() {
        let numbers: Vec<f32> = (0..4000_u32).map(|i| ((i * 7919) % 101) as f32 - 50.0).collect();
        let rows = vectors(&numbers, 4, 300);
        let terms = [(17, 1.0), (500, 0.5)];
        let mut all = nearest(&rows, &terms, 1000);
        assert_eq!(all.len(), 998);
        assert_eq!(nearest(&rows, &terms, 30), all[..30]);
        all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.artist.cmp(&b.artist)));
        assert_eq!(nearest(&rows, &terms, 998), all);
    }
}
