//! How near the batched step's products come to what the processor can do.
//!
//! Owns the measurement, at the shapes of a training. Knows nothing of what is learned.

use std::time::Instant;

use super::kernel::{Kernel, Operand};
use super::matrix::{LINE, Matrix};
use super::{KernelChoice, TrainingError};
use crate::rng::Rng;

/// Targets that share negatives, as in the batched step.
const TARGETS: usize = 2 * LINE;

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
    let width = (n + TARGETS).next_multiple_of(LINE);
    let mut vectors = Operand::new(kernel, n + TARGETS, s);
    let (hidden, steps) = (Operand::new(kernel, s, TARGETS), Operand::new(kernel, TARGETS, width));
    let columns_of_steps = Operand::new(kernel, width, TARGETS);
    let (mut products, mut changes) = (vec![0.0; n * TARGETS], vec![0.0; TARGETS * s]);
    let mut block = || {
        let ids: Vec<u32> = (0..negative).map(|_| rng.below(ARTISTS as u64) as u32).collect();
        vectors.take(&matrix, &ids);
        let start = Instant::now();
        kernel.multiply((&vectors, 0), (&hidden, 0), columns, &mut products);
        kernel.multiply((&steps, 0), (&vectors, 0), n, &mut changes);
        kernel.multiply_into_shared(&columns_of_steps, (&vectors, n), TARGETS, &matrix, &ids);
        start.elapsed().as_secs_f64()
    };
    Ok(Roofline {
        kernel: kernel.name(),
        peak: best(0.3, || kernel.peak()),
        peak_of_cells: best(0.3, || kernel.peak_of_cells()),
        products: best(0.3, || {
            let seconds: f64 = (0..100).map(|_| block()).sum();
            ((100 * TARGETS * 6 * negative * columns) as f64, seconds)
        }),
    })
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
    }
}
