//! How near the training comes to what the processor can do.
//!
//! Owns the measurements, at the shapes of a training, and the count of what an epoch asks for. Knows nothing of what is
//! learned.

use std::time::Instant;

use super::batched::{BLOCK, FEWEST, LONGEST, SEGMENT};
use super::kernel::{Kernel, Operand, Segment};
use super::matrix::{LINE, Matrix};
use super::tied::PIECE;
use super::{KernelChoice, Settings, StepFunction, TrainingError};
use crate::rng::Rng;

/// What one thread reaches; all numbers are floating point operations a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roofline {
    /// The kernel that was measured.
    pub kernel: &'static str,
    /// Multiply-adds of single-precision numbers that never leave the registers: what the processor can do.
    pub peak: f64,
    /// The same of the products' cells, which are pairs of rounded numbers where the kernel has them.
    pub peak_of_cells: f64,
    /// The three products of a block (scores, what contexts learn, what negatives learn), rows of negatives in no
    /// particular place: 6 · negatives · columns operations a target count, padding and corrections do not.
    pub products: f64,
}

/// Measures one thread for about a second, at so many negatives and numbers an artist.
///
/// # Errors
/// [`TrainingError`] where the processor lacks the kernel or there is too little memory.
pub fn roofline(kernel: KernelChoice, negative: usize, columns: usize) -> Result<Roofline, TrainingError> {
    /// About as many artists as a small corpus has: their rows do not fit into the nearest caches.
    const ARTISTS: usize = 10_000;
    let kernel = Kernel::choose(kernel)?;
    let matrix = Matrix::zeros(ARTISTS, columns)?;
    let mut rng = Rng::new(1);
    (0..ARTISTS as u32).for_each(|row| matrix.fill_row(row, || rng.next_f32() - 0.5));
    let (n, s) = (negative.next_multiple_of(2), matrix.stride());
    let width = (n + BLOCK).next_multiple_of(LINE);
    let mut vectors = Operand::new(kernel, n + BLOCK, s);
    let (hidden, steps) = (Operand::new(kernel, s, BLOCK), Operand::new(kernel, BLOCK, width));
    let columns_of_steps = Operand::new(kernel, width, BLOCK);
    let (mut products, mut changes) = (vec![0.0; n * BLOCK], vec![0.0; BLOCK * s]);
    let mut block = || {
        let ids: Vec<u32> = (0..negative).map(|_| rng.below(ARTISTS as u64) as u32).collect();
        vectors.take(&matrix, &ids);
        let start = Instant::now();
        kernel.multiply(&vectors, &hidden, columns, &mut products);
        kernel.multiply(&steps, &vectors, n, &mut changes);
        kernel.multiply_into_shared(&columns_of_steps, (&vectors, n), BLOCK, &matrix, &ids);
        start.elapsed().as_secs_f64()
    };
    Ok(Roofline {
        kernel: kernel.name(),
        peak: best(0.3, || kernel.peak()),
        peak_of_cells: best(0.3, || kernel.peak_of_cells()),
        products: best(0.3, || {
            let seconds: f64 = (0..100).map(|_| block()).sum();
            ((100 * BLOCK * 6 * negative * columns) as f64, seconds)
        }),
    })
}

/// Bytes a second at which one thread adds up the rows of a matrix of about `bytes` bytes with the fastest kernel, as the
/// batched step adds up contexts: neighbouring rows, or `scattered` ones as in playlists.
///
/// # Errors
/// [`TrainingError`] where there is too little memory.
pub fn bandwidth(bytes: usize, columns: usize, scattered: bool) -> Result<f64, TrainingError> {
    let kernel = Kernel::choose(KernelChoice::Auto)?;
    let row = columns.next_multiple_of(LINE) * size_of::<f32>();
    let matrix = Matrix::zeros((bytes / row).max(1), columns)?;
    let mut ids: Vec<u32> = (0..matrix.rows() as u32).collect();
    ids.iter().for_each(|&id| matrix.fill_row(id, || 1.0));
    if scattered {
        Rng::new(1).shuffle(&mut ids);
    }
    let mut segment = Segment::default();
    segment.set(0, std::slice::from_ref(&(0..ids.len())));
    let mut sums = vec![0.0; matrix.stride()];
    let read = (ids.len() * row) as f64;
    // The first pass brings near what fits.
    Ok(best(0.5, || {
        let start = Instant::now();
        kernel.gather(&matrix, &segment, &ids, &[1.0], &mut sums);
        std::hint::black_box(&sums);
        (read, start.elapsed().as_secs_f64())
    }))
}

/// What one epoch asks of the processor, by the shapes of the step's matrices.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Mentions (`batched`) or artists of playlists (`tied`) that are predicted.
    pub targets: f64,
    /// Floating point operations that the model's definition asks for: 6 a target, column and output vector that it is held
    /// against (score, what the context learns, what the output vector learns; a multiplication and an addition each).
    pub needed: f64,
    /// Floating point operations that are carried out: with padding, corrections and contexts.
    pub operations: f64,
    /// Bytes of rows that threads share, counted each time that the step reads or writes one; what it reads again at once
    /// counts once. Everything else fits into the nearest caches.
    pub bytes: f64,
}

/// Counts what an epoch of CBOW with negative sampling (`batched`) or of `tied` asks for, from the lengths of its playlists:
/// the mentions that subsampling leaves for `batched`, the different artists for `tied`.
///
/// With s columns after padding, every target of a full block of B, held against N shared negatives, costs
///
/// - 2 (N + B) s for the scores, 2 (N + B) s for what contexts learn, 2 N s for what negatives learn, 6 s for the target;
/// - (B − 1) N + 2 N B for what predecessors in the block change;
/// - (S − 1) s for what predecessors in the segment of S change, 12 s for the edges of its window, and its share of the
///   segment's contexts: 2 (s + 16) an artist in reach, which are taken to be all of the playlist.
///
/// It touches 3 N / B rows of negatives (read; read and written), 2 of the target, 3 / S of each artist in reach, and 4 / S
/// lines of counts. A piece of n playlist-mates in `tied` costs 6 n m s for its m = n + K answers, about 20 n m for the
/// softmax and 4 m s for the optimizer; it touches 3 m + n rows and 3 m lines of state.
pub fn work(settings: &Settings, lengths: &[usize]) -> Work {
    let s = settings.vector_size.next_multiple_of(LINE) as f64;
    let mut work = Work::default();
    for &length in lengths.iter().filter(|&&length| length >= 2) {
        match settings.step {
            StepFunction::Tied => {
                let pieces = length.div_ceil(PIECE);
                (0..pieces)
                    .map(|piece| length * (piece + 1) / pieces - length * piece / pieces)
                    .filter(|&n| n >= 2)
                    .for_each(|n| work.add_tied(n, settings, s));
            }
            StepFunction::Batched | StepFunction::Reference => {
                let reach = length.min(LONGEST + 2 * settings.window);
                work.add_batched(length as f64, reach as f64, settings, s);
            }
        }
    }
    work
}

impl Work {
    /// Adds so many targets, whose segments reach so many artists.
    fn add_batched(&mut self, targets: f64, reach: f64, settings: &Settings, s: f64) {
        let (b, segment, line) = (BLOCK as f64, (SEGMENT as f64).min(targets), LINE as f64);
        let shared = settings.negative.max(FEWEST);
        let (n, padded) = (shared as f64, shared.next_multiple_of(LINE) as f64);
        let block = 2.0 * (n + b) * s + 2.0 * (n + b) * s + 2.0 * n * s + 6.0 * s + (b - 1.0) * padded + 2.0 * n * b;
        let context = (segment - 1.0) * s + 12.0 * s + 2.0 * (s + line) * reach / segment;
        let rows = 3.0 * n / b + 2.0 + 3.0 * reach / segment;
        self.targets += targets;
        self.needed += targets * 6.0 * (settings.negative + 1) as f64 * settings.vector_size as f64;
        self.operations += targets * (block + context);
        self.bytes += targets * (rows * s + 4.0 * line * reach / segment) * 4.0;
    }

    /// Adds a piece of `artists`.
    fn add_tied(&mut self, artists: usize, settings: &Settings, s: f64) {
        let answers = artists + settings.negative;
        let (n, m) = (artists as f64, answers as f64);
        let (wide, tall) = (artists.next_multiple_of(LINE) as f64, answers.next_multiple_of(LINE) as f64);
        self.targets += n;
        self.needed += 6.0 * n * (m - 1.0) * settings.vector_size as f64;
        self.operations += 2.0 * tall * wide * s + 4.0 * n * m * s + 20.0 * n * m + 4.0 * m * s;
        self.bytes += ((3.0 * m + n) * s + 3.0 * m * LINE as f64) * 4.0;
    }
}

/// The best rate of several runs of `work`, which returns operations and seconds, within about so many seconds: what others
/// on the machine disturb is no property of the processor.
fn best(seconds: f64, mut work: impl FnMut() -> (f64, f64)) -> f64 {
    let start = Instant::now();
    let mut best = 0.0_f64;
    while start.elapsed().as_secs_f64() < seconds {
        let (operations, seconds) = work();
        best = best.max(operations / seconds);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_measured_with_every_kernel() {
        for kernel in Kernel::all() {
            let choice = KernelChoice::ALL.into_iter().find(|choice| choice.name() == kernel.name()).unwrap();
            let found = roofline(choice, 21, 20).unwrap();
            assert_eq!(found.kernel, kernel.name());
            assert!(found.peak > 0.0 && found.peak_of_cells > 0.0 && found.products > 0.0, "{found:?}");
        }
        assert!(bandwidth(10_000, 20, true).unwrap() > 0.0);
    }

    #[test]
    fn an_epochs_work_is_counted_as_by_hand() {
        let settings = |step| Settings { vector_size: 100, negative: 100, ..Settings::of(step) };
        // One target's share of a block and of a segment of 16 that reaches all 64, s = 112.
        let block = 2 * 132 * 112 + 2 * 132 * 112 + 2 * 100 * 112 + 6 * 112 + 31 * 112 + 2 * 100 * 32;
        let context = 15 * 112 + 12 * 112 + 2 * 128 * 4;
        let batched = work(&settings(StepFunction::Batched), &[64, 1, 0]);
        let expected = Work {
            targets: 64.0,
            needed: 64.0 * 60_600.0,
            operations: 64.0 * f64::from(block + context),
            bytes: 64.0 * 4.0 * ((9.375 + 2.0 + 12.0) * 112.0 + 4.0 * 16.0 * 4.0),
        };
        assert_eq!(batched, expected);
        // Two pieces of 100 with 100 negatives each.
        let tied = work(&settings(StepFunction::Tied), &[200]);
        let operations = 2 * 208 * 112 * 112 + 4 * 100 * 200 * 112 + 20 * 100 * 200 + 4 * 200 * 112;
        let expected = Work {
            targets: 200.0,
            needed: 2.0 * 6.0 * 100.0 * 199.0 * 100.0,
            operations: 2.0 * f64::from(operations),
            bytes: 2.0 * 4.0 * f64::from(700 * 112 + 3 * 200 * 16),
        };
        assert_eq!(tied, expected);
    }
}
