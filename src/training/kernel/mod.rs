//! The arithmetic of the batched and the tied step: products of small matrices, rows that threads share, the tabulated
//! logistic function and exponentials.
//!
//! Owns one generic body per operation and its instances for AVX-512 (with and without bfloat16), AVX2 with FMA, NEON and
//! any machine. Knows nothing of what the numbers mean.
//!
//! # Safety
//! `unsafe` is here for two reasons only. Vector instructions may run only where the processor has them: what is inside a
//! [`Kernel`] is private to this room and made by [`Kernel::all`] alone, so a value of it proves that it may run. And
//! vector loads and stores go through raw pointers: every public function checks the lengths of its slices before it
//! takes a pointer, and the bodies stay inside those lengths. The portable one runs the same bodies on plain arrays;
//! tests hold every kernel against plain safe loops.
#![allow(unsafe_code)]

mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::ops::Range;
use std::time::Instant;

use lanes::Lanes;

use super::matrix::{LINE, Line, Matrix};
use super::sigmoid::SIGMOID;
use super::{KernelChoice, TrainingError};

/// Which instructions the arithmetic uses: only such as this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kernel(Instructions);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    /// 16 numbers at once; products of numbers rounded to bfloat16, 32 at once, summed at full precision.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16,
    /// 16 numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 4 numbers at once.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Whatever the compiler makes of plain loops: the same bits on every machine.
    Portable,
}

/// A matrix as a product's operand: on the left its rows are cells of neighbouring numbers, on the right its cells hold
/// numbers that stand one above the other. Where a cell is one number, both are the same.
pub(super) struct Operand {
    kernel: Kernel,
    width: usize,
    rows: Vec<u32>,
    pairs: Vec<u32>,
}

impl Operand {
    /// Zeros. `rows` is even, `width` a multiple of [`LINE`].
    pub(super) fn new(kernel: Kernel, rows: usize, width: usize) -> Self {
        let per_cell = kernel.numbers_per_cell();
        let cells = rows * width / per_cell;
        Self { kernel, width, rows: vec![0; cells], pairs: vec![0; if per_cell == 1 { 0 } else { cells }] }
    }

    /// Its size: with every kernel the same.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.rows[..]) + size_of_val(&self.pairs[..])
    }

    fn left(&self) -> &[u32] {
        &self.rows
    }

    fn right(&self) -> &[u32] {
        if self.pairs.is_empty() { &self.rows } else { &self.pairs }
    }

    /// Sets the rows from `first` on, an even one, to those of `numbers`, an even count.
    ///
    /// # Panics
    /// Where they do not fit: the caller's mistake.
    pub(super) fn set(&mut self, first: usize, numbers: &[f32]) {
        let count = numbers.len() / self.width;
        let cells = self.width / self.kernel.numbers_per_cell();
        assert!(first.is_multiple_of(2) && count.is_multiple_of(2) && numbers.len() == count * self.width);
        assert!((first + count) * cells <= self.rows.len());
        let pairs = if self.pairs.is_empty() { &mut [] } else { &mut self.pairs[first / 2 * self.width..] };
        // SAFETY: the lengths were checked above.
        unsafe { self.kernel.pack(numbers, self.width, &mut self.rows[first * cells..], pairs) };
    }

    /// Sets the first rows to shared ones, those of `ids`; an odd count leaves a row of zeros beside the last.
    ///
    /// # Panics
    /// Where they do not fit: the caller's mistake.
    pub(super) fn take(&mut self, matrix: &Matrix, ids: &[u32]) {
        let cells = self.width / self.kernel.numbers_per_cell();
        assert!(matrix.stride() == self.width && ids.len().next_multiple_of(2) * cells <= self.rows.len());
        // SAFETY: the lengths were checked above.
        unsafe { self.kernel.pack_shared(matrix, ids, &mut self.rows, &mut self.pairs) };
    }
}

/// Windows of neighbouring places; each has a place of its own inside.
#[derive(Default)]
pub(super) struct Segment {
    /// The first window's own place; the next window's is the next.
    first: usize,
    windows: usize,
    /// Where windows begin and end, in order.
    edges: Vec<Edge>,
}

struct Edge {
    place: usize,
    window: usize,
    begins: bool,
}

impl Segment {
    /// Sets the windows, whose own places are those from `first` on.
    pub(super) fn set(&mut self, first: usize, windows: &[Range<usize>]) {
        (self.first, self.windows) = (first, windows.len());
        self.edges.clear();
        for (window, Range { start, end }) in windows.iter().enumerate() {
            self.edges.push(Edge { place: *start, window, begins: true });
            self.edges.push(Edge { place: *end, window, begins: false });
        }
        self.edges.sort_unstable_by_key(|edge| edge.place);
    }

    /// All places that the windows reach.
    pub(super) fn reach(&self) -> Range<usize> {
        let place = |edge: Option<&Edge>| edge.map_or(0, |edge| edge.place);
        place(self.edges.first())..place(self.edges.last())
    }

    /// # Panics
    /// Where it reaches beyond `places`.
    fn check(&self, places: usize) {
        assert!(self.first + self.windows <= places && self.reach().end <= places);
    }
}

/// Chains of multiply-adds side by side when the peak is measured: more than the processor can have under way.
const CHAINS: usize = 12;

/// Lines of numbers that each chain works through.
const ROUNDS: usize = 100_000;

/// The kernel's operations: a function for each, which dispatches to the generic body in the kernel's instance.
macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)?;)*) => {
        impl Kernel {
            $(
                #[inline]
                #[allow(clippy::too_many_arguments)]
                unsafe fn $name(self, $($argument: $kind),*) $(-> $result)? {
                    // SAFETY: `self` proves the instructions; the rest is the caller's contract.
                    unsafe {
                        match self.0 {
                            #[cfg(target_arch = "x86_64")]
                            Instructions::Avx512Bf16 => avx512_bf16::$name($($argument),*),
                            #[cfg(target_arch = "x86_64")]
                            Instructions::Avx512 => avx512::$name($($argument),*),
                            #[cfg(target_arch = "x86_64")]
                            Instructions::Avx2 => avx2::$name($($argument),*),
                            #[cfg(target_arch = "aarch64")]
                            Instructions::Neon => body::$name::<neon::Neon>($($argument),*),
                            Instructions::Portable => body::$name::<[f32; 8]>($($argument),*),
                        }
                    }
                }
            )*
        }
        operations!(@instance avx512_bf16, "avx512f,avx512bw,avx512bf16", x86::Avx512<true>;
            $($name($($argument: $kind),*) $(-> $result)?;)*);
        operations!(@instance avx512, "avx512f", x86::Avx512<false>; $($name($($argument: $kind),*) $(-> $result)?;)*);
        operations!(@instance avx2, "avx2,fma", x86::Avx2; $($name($($argument: $kind),*) $(-> $result)?;)*);
    };
    (@instance $module:ident, $features:literal, $lanes:ty;
        $($name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {
        #[cfg(target_arch = "x86_64")]
        mod $module {
            use super::*;
            $(
                #[target_feature(enable = $features)]
                #[allow(clippy::too_many_arguments)]
                pub(super) unsafe fn $name($($argument: $kind),*) $(-> $result)? {
                    // SAFETY: the caller's contract.
                    unsafe { body::$name::<$lanes>($($argument),*) }
                }
            )*
        }
    };
}

operations! {
    add_rows_of(weights: &[f32], rows: &[f32], stride: usize, into: &mut [f32]);
    load_of(row: &[Line], dense: &mut [f32]);
    add_to_shared_of(scale: f32, dense: &[f32], row: &[Line]);
    learn_shared_of(row: &[Line], hidden: &[f32], label: f32, alpha: f32, change: &mut [f32]) -> f32;
    clear_of(matrix: &Matrix, ids: &[u32]);
    gather_of(matrix: &Matrix, segment: &Segment, ids: &[u32], weights: &[f32], sums: &mut [f32]);
    scatter_of(matrix: &Matrix, segment: &Segment, ids: &[u32], changes: &[f32]);
    negative_steps_of(scores: &mut [f32], ids: &[u32], id: u32, alpha: f32);
    multiply_adds_of(rounds: usize) -> f32;
    multiply_cells_of(rounds: usize) -> f32;
    exponentials_of(numbers: &mut [f32], largest: f32);
    transpose_of(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize, rows: usize, columns: usize);
    pack(numbers: &[f32], width: usize, rows: &mut [u32], pairs: &mut [u32]);
    pack_shared(matrix: &Matrix, ids: &[u32], rows: &mut [u32], pairs: &mut [u32]);
    multiply_of(left: &[u32], left_stride: usize, right: &[u32], width: usize, inner: usize, rows: usize, into: &mut [f32]);
    multiply_into_shared_of(left: &[u32], left_stride: usize, right: &[u32], inner: usize, matrix: &Matrix, ids: &[u32]);
}

impl Kernel {
    /// Whatever the compiler makes of plain loops, which runs everywhere.
    #[cfg(test)]
    pub(super) const PORTABLE: Self = Self(Instructions::Portable);

    /// Every kernel that this processor can run, the fastest first.
    pub(super) fn all() -> Vec<Self> {
        let mut kernels = vec![Instructions::Portable];
        #[cfg(target_arch = "aarch64")]
        kernels.push(Instructions::Neon);
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                kernels.push(Instructions::Avx2);
            }
            if is_x86_feature_detected!("avx512f") {
                kernels.push(Instructions::Avx512);
                if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512bf16") {
                    kernels.push(Instructions::Avx512Bf16);
                }
            }
        }
        kernels.into_iter().rev().map(Self).collect()
    }

    /// The kernel that was asked for.
    ///
    /// # Errors
    /// [`TrainingError::Kernel`] where this processor cannot run it.
    pub(super) fn choose(choice: KernelChoice) -> Result<Self, TrainingError> {
        let available = Self::all();
        let chosen = match choice {
            KernelChoice::Auto => available.first(),
            choice => available.iter().find(|kernel| kernel.name() == choice.name()),
        };
        chosen.copied().ok_or_else(|| TrainingError::Kernel {
            kernel: choice.name(),
            available: available.iter().map(|kernel| kernel.name()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The name on the command line and in the provenance.
    pub(super) fn name(self) -> &'static str {
        let choice = match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512Bf16 => KernelChoice::Avx512Bf16,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => KernelChoice::Avx512,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => KernelChoice::Avx2,
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon => KernelChoice::Neon,
            Instructions::Portable => KernelChoice::Portable,
        };
        choice.name()
    }

    /// How far products may be from exact ones, as a share of their factors.
    #[cfg(test)]
    pub(super) fn rounding(self) -> f32 {
        if self.numbers_per_cell() == 2 { 1.0 / 256.0 } else { f32::EPSILON }
    }

    /// Numbers in a cell of an [`Operand`].
    fn numbers_per_cell(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512Bf16 => 2,
            _ => 1,
        }
    }

    /// `into` += Σ `weights[i]` · row i; rows lie `stride` numbers apart.
    ///
    /// # Panics
    /// Where `rows` is too short or `into` is not made of whole lines: the caller's mistake.
    pub(super) fn add_rows(self, weights: &[f32], rows: &[f32], stride: usize, into: &mut [f32]) {
        assert!(into.len().is_multiple_of(LINE) && into.len() <= stride && rows.len() >= weights.len() * stride);
        // SAFETY: the lengths were checked above.
        unsafe { self.add_rows_of(weights, rows, stride, into) };
    }

    /// Multiplies and adds in registers alone; returns floating point operations and seconds.
    pub(super) fn peak(self) -> (f64, f64) {
        // SAFETY: nothing is needed.
        self.time_of(1, || unsafe { self.multiply_adds_of(ROUNDS) })
    }

    /// The same with the cells of products.
    pub(super) fn peak_of_cells(self) -> (f64, f64) {
        // SAFETY: nothing is needed.
        self.time_of(self.numbers_per_cell(), || unsafe { self.multiply_cells_of(ROUNDS) })
    }

    fn time_of(self, per_cell: usize, work: impl FnOnce() -> f32) -> (f64, f64) {
        let start = Instant::now();
        std::hint::black_box(work());
        ((ROUNDS * CHAINS * LINE * 2 * per_cell) as f64, start.elapsed().as_secs_f64())
    }

    /// Copies a shared row.
    ///
    /// # Panics
    /// Where `dense` has another length than the row: the caller's mistake.
    pub(super) fn load(self, row: &[Line], dense: &mut [f32]) {
        assert!(dense.len() == row.len() * LINE);
        // SAFETY: the lengths were checked above.
        unsafe { self.load_of(row, dense) };
    }

    /// Adds `scale · dense` to a shared row.
    ///
    /// # Panics
    /// Where `dense` has another length than the row: the caller's mistake.
    pub(super) fn add_to_shared(self, scale: f32, dense: &[f32], row: &[Line]) {
        assert!(dense.len() == row.len() * LINE);
        // SAFETY: the lengths were checked above.
        unsafe { self.add_to_shared_of(scale, dense, row) };
    }

    /// Brings a shared row near, where the processor can be asked to.
    #[inline]
    pub(super) fn prefetch(self, row: &[Line]) {
        #[cfg(target_arch = "x86_64")]
        for line in row {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: every x86-64 processor has the instruction, and it reads nothing.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = row;
    }

    /// Moves a shared output vector towards (`label` 1) or away from (0) what a context predicts with, one step of
    /// gradient descent, and adds to `change` what the context learns. Returns the score before, `row` · `hidden`.
    ///
    /// # Panics
    /// Where the lengths differ: the caller's mistake.
    pub(super) fn learn_shared(self, row: &[Line], hidden: &[f32], label: f32, alpha: f32, change: &mut [f32]) -> f32 {
        assert!(hidden.len() == row.len() * LINE && change.len() == hidden.len());
        // SAFETY: the lengths were checked above.
        unsafe { self.learn_shared_of(row, hidden, label, alpha, change) }
    }

    /// Sets the shared rows of `ids` to zeros.
    pub(super) fn clear(self, matrix: &Matrix, ids: &[u32]) {
        // SAFETY: nothing is needed.
        unsafe { self.clear_of(matrix, ids) };
    }

    /// Sums up, for every window of the segment, the shared rows `ids[place]` of all its places but the window's own,
    /// times the window's weight. Takes as long for wide windows as for narrow ones.
    ///
    /// # Panics
    /// Where the segment reaches beyond `ids`, or `weights` or `sums` is too short: the caller's mistake.
    pub(super) fn gather(self, matrix: &Matrix, segment: &Segment, ids: &[u32], weights: &[f32], sums: &mut [f32]) {
        segment.check(ids.len());
        assert!(weights.len() >= segment.windows && sums.len() >= segment.windows * matrix.stride());
        // SAFETY: the lengths were checked above.
        unsafe { self.gather_of(matrix, segment, ids, weights, sums) };
    }

    /// Adds, for every window of the segment, its row of `changes` to the shared rows `ids[place]` of all its places but
    /// the window's own. Takes as long for wide windows as for narrow ones.
    ///
    /// # Panics
    /// Where the segment reaches beyond `ids` or `changes` is too short: the caller's mistake.
    pub(super) fn scatter(self, matrix: &Matrix, segment: &Segment, ids: &[u32], changes: &[f32]) {
        segment.check(ids.len());
        assert!(changes.len() >= segment.windows * matrix.stride());
        // SAFETY: the lengths were checked above.
        unsafe { self.scatter_of(matrix, segment, ids, changes) };
    }

    /// Turns the scores of negatives into their steps, in place: −`alpha` · σ(score), and zero from the
    /// cut-off on and where the negative's id is `id`.
    ///
    /// # Panics
    /// Where the lengths differ or are no multiple of [`LINE`]: the caller's mistake.
    pub(super) fn negative_steps(self, scores: &mut [f32], ids: &[u32], id: u32, alpha: f32) {
        assert!(scores.len().is_multiple_of(LINE) && ids.len() == scores.len());
        // SAFETY: the lengths were checked above.
        unsafe { self.negative_steps_of(scores, ids, id, alpha) };
    }

    /// Turns every number x into e^(x − `largest`), to about 7 digits; below e^−87 it is zero. The same bits on every machine.
    ///
    /// Finite numbers up to `largest` and −∞; anything else gives anything.
    pub(super) fn exponentials(self, numbers: &mut [f32], largest: f32) {
        // SAFETY: nothing is needed.
        unsafe { self.exponentials_of(numbers, largest) };
    }

    /// Transposes the first `rows` × `columns` numbers of a matrix; both are multiples of [`LINE`].
    ///
    /// # Panics
    /// Where a matrix is too small: the caller's mistake.
    pub(super) fn transpose(self, from: (&[f32], usize), to: (&mut [f32], usize), rows: usize, columns: usize) {
        let ((from, from_stride), (to, to_stride)) = (from, to);
        assert!(rows.is_multiple_of(LINE) && columns.is_multiple_of(LINE));
        assert!(from_stride >= columns && from.len() >= rows * from_stride);
        assert!(to_stride >= rows && to.len() >= columns * to_stride);
        // SAFETY: the lengths were checked above.
        unsafe { self.transpose_of(from, from_stride, to, to_stride, rows, columns) };
    }

    /// `into` = `left`'s first rows × `right` over `inner` numbers; as many rows as `into` has of `right`'s width. An odd
    /// `inner` counts the number after it too, which must be zero.
    ///
    /// # Panics
    /// Where an operand is too small: the caller's mistake.
    pub(super) fn multiply(self, left: &Operand, right: &Operand, inner: usize, into: &mut [f32]) {
        let per_cell = self.numbers_per_cell();
        let (inner, stride, rows) = (inner.div_ceil(per_cell), left.width / per_cell, into.len() / right.width);
        let (width, left, right) = (right.width, left.left(), right.right());
        assert!(inner <= stride && into.len() == rows * width && width.is_multiple_of(LINE));
        assert!(left.len() >= rows * stride && right.len() >= inner * width);
        // SAFETY: the lengths were checked above.
        unsafe { self.multiply_of(left, stride, right, width, inner, rows, into) };
    }

    /// Adds the rows of `left` × `right` to the shared rows of `ids`; `right` starts at a row of its own, an even one. See
    /// [`Self::multiply`].
    ///
    /// # Panics
    /// Where an operand is too small: the caller's mistake.
    pub(super) fn multiply_into_shared(
        self,
        left: &Operand,
        right: (&Operand, usize),
        inner: usize,
        matrix: &Matrix,
        ids: &[u32],
    ) {
        let (right, right_first) = right;
        let per_cell = self.numbers_per_cell();
        let (inner, stride) = (inner.div_ceil(per_cell), left.width / per_cell);
        let (width, left, right) = (right.width, left.left(), &right.right()[right_first / per_cell * right.width..]);
        assert!(inner <= stride && width == matrix.stride());
        assert!(left.len() >= ids.len() * stride && right.len() >= inner * width);
        // SAFETY: the lengths were checked above.
        unsafe { self.multiply_into_shared_of(left, stride, right, inner, matrix, ids) };
    }
}

/// One body per operation, for any register. The functions of [`Kernel`] above say what they do.
///
/// Plain loops over indices, no closures and no iterators over registers: what is not inlined into the instance of a kernel
/// is compiled without its instructions, and whether closures are is the compiler's mood.
///
/// # Safety
/// Of all: as the functions of [`Kernel`] assert.
#[allow(clippy::needless_range_loop, reason = "see above")]
mod body {
    use super::*;

    /// Calls `$strip::<V, n>(column, …)` for neighbouring strips of n registers, 7 at most, until `$width` is covered.
    macro_rules! strips {
        ($width:expr, $strip:ident($($argument:expr),*)) => {{
            let mut column = 0;
            while column < $width {
                let registers = match ($width - column) / V::WIDTH {
                    0..=1 => { $strip::<V, 1>(column, $($argument),*); 1 }
                    2 => { $strip::<V, 2>(column, $($argument),*); 2 }
                    3 => { $strip::<V, 3>(column, $($argument),*); 3 }
                    7 => { $strip::<V, 7>(column, $($argument),*); 7 }
                    _ => { $strip::<V, 4>(column, $($argument),*); 4 }
                };
                column += registers * V::WIDTH;
            }
        }};
    }

    #[inline(always)]
    pub(super) unsafe fn add_rows_of<V: Lanes>(weights: &[f32], rows: &[f32], stride: usize, into: &mut [f32]) {
        #[inline(always)]
        unsafe fn strip<V: Lanes, const N: usize>(
            column: usize,
            weights: &[f32],
            rows: &[f32],
            stride: usize,
            into: &mut [f32],
        ) {
            // SAFETY: `N` registers from `column` on lie inside every row.
            unsafe {
                let into = into.as_mut_ptr().add(column);
                let mut sums = [V::splat(0.0); N];
                for n in 0..N {
                    sums[n] = V::load(into.add(n * V::WIDTH));
                }
                for i in 0..weights.len() {
                    let (weight, row) = (V::splat(weights[i]), rows.as_ptr().add(i * stride + column));
                    for n in 0..N {
                        sums[n] = weight.multiply_add(V::load(row.add(n * V::WIDTH)), sums[n]);
                    }
                }
                for n in 0..N {
                    sums[n].store(into.add(n * V::WIDTH));
                }
            }
        }
        // SAFETY: the caller's contract.
        unsafe { strips!(into.len(), strip(weights, rows, stride, into)) }
    }

    #[inline(always)]
    pub(super) unsafe fn multiply_adds_of<V: Lanes>(rounds: usize) -> f32 {
        // SAFETY: the caller's contract.
        unsafe {
            let factor = V::splat(std::hint::black_box(0.999));
            let mut sums = [factor; CHAINS];
            for _ in 0..rounds * (LINE / V::WIDTH) {
                for i in 0..CHAINS {
                    sums[i] = sums[i].multiply_add(factor, factor);
                }
            }
            total(sums)
        }
    }

    #[inline(always)]
    pub(super) unsafe fn multiply_cells_of<V: Lanes>(rounds: usize) -> f32 {
        // SAFETY: the caller's contract.
        unsafe {
            let factor = V::splat(std::hint::black_box(0.001));
            let mut sums = [factor; CHAINS];
            for _ in 0..rounds * (LINE / V::WIDTH) {
                for i in 0..CHAINS {
                    sums[i] = factor.multiply_add_cells(factor, sums[i]);
                }
            }
            total(sums)
        }
    }

    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    unsafe fn total<V: Lanes>(sums: [V; CHAINS]) -> f32 {
        // SAFETY: the caller's contract.
        unsafe {
            let mut total = V::splat(0.0);
            for i in 0..CHAINS {
                total = total.add(sums[i]);
            }
            total.sum()
        }
    }

    #[inline(always)]
    pub(super) unsafe fn load_of<V: Lanes>(row: &[Line], dense: &mut [f32]) {
        let row = Line::cells(row);
        for column in (0..dense.len()).step_by(V::WIDTH) {
            // SAFETY: both have the same length, a multiple of the width.
            unsafe { V::load_shared(row.add(column)).store(dense.as_mut_ptr().add(column)) };
        }
    }

    #[inline(always)]
    pub(super) unsafe fn add_to_shared_of<V: Lanes>(scale: f32, dense: &[f32], row: &[Line]) {
        let row = Line::cells(row);
        // SAFETY: both have the same length, a multiple of the width.
        unsafe {
            let scale = V::splat(scale);
            for column in (0..dense.len()).step_by(V::WIDTH) {
                let place = row.add(column);
                scale.multiply_add(V::load(dense.as_ptr().add(column)), V::load_shared(place)).store_shared(place);
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn learn_shared_of<V: Lanes>(
        row: &[Line],
        hidden: &[f32],
        label: f32,
        alpha: f32,
        change: &mut [f32],
    ) -> f32 {
        let (row, width) = (Line::cells(row), hidden.len());
        let (hidden, change) = (hidden.as_ptr(), change.as_mut_ptr());
        // SAFETY: all have the same length, a multiple of the width.
        unsafe {
            let mut score = V::splat(0.0);
            for column in (0..width).step_by(V::WIDTH) {
                score = V::load_shared(row.add(column)).multiply_add(V::load(hidden.add(column)), score);
            }
            let score = score.sum();
            if let Some(probability) = SIGMOID.value(score) {
                let step = V::splat((label - probability) * alpha);
                for column in (0..width).step_by(V::WIDTH) {
                    let (place, change) = (row.add(column), change.add(column));
                    let before = V::load_shared(place);
                    step.multiply_add(before, V::load(change)).store(change);
                    step.multiply_add(V::load(hidden.add(column)), before).store_shared(place);
                }
            }
            score
        }
    }

    #[inline(always)]
    pub(super) unsafe fn clear_of<V: Lanes>(matrix: &Matrix, ids: &[u32]) {
        for &id in ids {
            let row = Line::cells(matrix.row(id));
            for column in (0..matrix.stride()).step_by(V::WIDTH) {
                // SAFETY: inside the row.
                unsafe { V::splat(0.0).store_shared(row.add(column)) };
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn gather_of<V: Lanes>(
        matrix: &Matrix,
        segment: &Segment,
        ids: &[u32],
        weights: &[f32],
        sums: &mut [f32],
    ) {
        #[inline(always)]
        unsafe fn strip<V: Lanes, const N: usize>(
            column: usize,
            matrix: &Matrix,
            segment: &Segment,
            ids: &[u32],
            weights: &[f32],
            sums: &mut [f32],
        ) {
            // SAFETY: `N` registers from `column` on lie inside every row, and all rows inside their matrices.
            unsafe {
                let minus = V::splat(-1.0);
                let mut sum = [V::splat(0.0); N];
                let mut place = segment.reach().start;
                for edge in &segment.edges {
                    for &id in ids.get_unchecked(place..edge.place) {
                        let row = Line::cells(matrix.row(id)).add(column);
                        for n in 0..N {
                            sum[n] = sum[n].add(V::load_shared(row.add(n * V::WIDTH)));
                        }
                    }
                    place = edge.place;
                    let window = sums.as_mut_ptr().add(edge.window * matrix.stride() + column);
                    let own = Line::cells(matrix.row(ids[segment.first + edge.window])).add(column);
                    let weight = V::splat(weights[edge.window]);
                    for n in 0..N {
                        let window = window.add(n * V::WIDTH);
                        if edge.begins {
                            sum[n].store(window);
                        } else {
                            let other = V::load(window).add(V::load_shared(own.add(n * V::WIDTH)));
                            weight.multiply_add(minus.multiply_add(other, sum[n]), V::splat(0.0)).store(window);
                        }
                    }
                }
            }
        }
        // SAFETY: the caller's contract.
        unsafe { strips!(matrix.stride(), strip(matrix, segment, ids, weights, sums)) }
    }

    #[inline(always)]
    pub(super) unsafe fn scatter_of<V: Lanes>(matrix: &Matrix, segment: &Segment, ids: &[u32], changes: &[f32]) {
        #[inline(always)]
        unsafe fn strip<V: Lanes, const N: usize>(
            column: usize,
            matrix: &Matrix,
            segment: &Segment,
            ids: &[u32],
            changes: &[f32],
        ) {
            // SAFETY: `N` registers from `column` on lie inside every row, and all rows inside their matrices.
            unsafe {
                let mut sum = [V::splat(0.0); N];
                let mut place = segment.reach().start;
                for edge in &segment.edges {
                    for &id in ids.get_unchecked(place..edge.place) {
                        add_to_row(matrix, id, column, sum);
                    }
                    place = edge.place;
                    let change = changes.as_ptr().add(edge.window * matrix.stride() + column);
                    let sign = V::splat(if edge.begins { 1.0 } else { -1.0 });
                    for n in 0..N {
                        sum[n] = sign.multiply_add(V::load(change.add(n * V::WIDTH)), sum[n]);
                    }
                }
                for window in 0..segment.windows {
                    let change = changes.as_ptr().add(window * matrix.stride() + column);
                    let mut own = [V::splat(0.0); N];
                    for n in 0..N {
                        own[n] = V::splat(-1.0).multiply_add(V::load(change.add(n * V::WIDTH)), own[n]);
                    }
                    add_to_row(matrix, ids[segment.first + window], column, own);
                }
            }
        }
        // SAFETY: the caller's contract.
        unsafe { strips!(matrix.stride(), strip(matrix, segment, ids, changes)) }
    }

    /// # Safety
    /// `N` registers from `column` on lie inside the row.
    #[inline(always)]
    unsafe fn add_to_row<V: Lanes, const N: usize>(matrix: &Matrix, id: u32, column: usize, numbers: [V; N]) {
        let row = Line::cells(matrix.row(id));
        for n in 0..N {
            // SAFETY: by the contract.
            unsafe {
                let place = row.add(column + n * V::WIDTH);
                V::load_shared(place).add(numbers[n]).store_shared(place);
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn negative_steps_of<V: Lanes>(scores: &mut [f32], ids: &[u32], id: u32, alpha: f32) {
        let table = &SIGMOID.values;
        for at in (0..scores.len()).step_by(V::WIDTH) {
            // SAFETY: `at` + width stays within the length of both.
            unsafe {
                let place = scores.as_mut_ptr().add(at);
                V::load(place).negative_step(alpha, table).zero_where_equal(ids.as_ptr().add(at), id).store(place);
            }
        }
    }

    /// Cody and Waite's reduction to 2ⁿ · e^r with |r| ≤ ln 2 / 2, and the Taylor polynomial of degree 6 for e^r (its
    /// remainder is below 2⁻²³). Plain loops, so that the compiler makes whole registers of them and no kernel rounds
    /// otherwise than another.
    #[inline(always)]
    pub(super) unsafe fn exponentials_of<V: Lanes>(numbers: &mut [f32], largest: f32) {
        const LN_2_HIGH: f32 = 0.693_359_4;
        const LN_2_LOW: f32 = -2.121_944_4e-4;
        // Adding it rounds to a whole number, which then stands in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        for number in numbers {
            let x = (*number - largest).max(-88.0);
            let shifted = x * std::f32::consts::LOG2_E + ROUND;
            let n = shifted - ROUND;
            let r = x - n * LN_2_HIGH - n * LN_2_LOW;
            let mut sum = 1.0 / 720.0;
            for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
                sum = sum * r + coefficient;
            }
            // 2ⁿ by its exponent's bits.
            let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
            *number = if x > -87.0 { sum * power } else { 0.0 };
        }
    }

    #[inline(always)]
    pub(super) unsafe fn transpose_of<V: Lanes>(
        from: &[f32],
        from_stride: usize,
        to: &mut [f32],
        to_stride: usize,
        rows: usize,
        columns: usize,
    ) {
        for row in (0..rows).step_by(V::WIDTH) {
            for column in (0..columns).step_by(V::WIDTH) {
                // SAFETY: the square lies inside both.
                unsafe {
                    let from = from.as_ptr().add(row * from_stride + column);
                    V::transpose(from, from_stride, to.as_mut_ptr().add(column * to_stride + row), to_stride);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn pack<V: Lanes>(numbers: &[f32], width: usize, rows: &mut [u32], pairs: &mut [u32]) {
        let cells = width / V::PER_CELL;
        for pair in 0..numbers.len() / width / 2 {
            for column in (0..width).step_by(V::WIDTH) {
                // SAFETY: two rows of each, and where there are pairs, one row of those.
                unsafe {
                    let from = numbers.as_ptr().add(2 * pair * width + column);
                    let row = rows.as_mut_ptr().add(2 * pair * cells + column / V::PER_CELL);
                    let pairs = pairs.as_mut_ptr().wrapping_add(pair * width + column);
                    V::load(from).pack(V::load(from.add(width)), row, row.add(cells), pairs);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn pack_shared<V: Lanes>(matrix: &Matrix, ids: &[u32], rows: &mut [u32], pairs: &mut [u32]) {
        let (width, cells) = (matrix.stride(), matrix.stride() / V::PER_CELL);
        for (pair, ids) in ids.chunks(2).enumerate() {
            let first = Line::cells(matrix.row(ids[0]));
            // Beside an odd one's row stand zeros.
            let second = Line::cells(matrix.row(ids[ids.len() - 1]));
            let factor = if ids.len() == 2 { 1.0 } else { 0.0 };
            for column in (0..width).step_by(V::WIDTH) {
                // SAFETY: two rows of each, and where there are pairs, one row of those.
                unsafe {
                    let first = V::load_shared(first.add(column));
                    let second = V::splat(factor).multiply_add(V::load_shared(second.add(column)), V::splat(0.0));
                    let row = rows.as_mut_ptr().add(2 * pair * cells + column / V::PER_CELL);
                    let pairs = pairs.as_mut_ptr().wrapping_add(pair * width + column);
                    first.pack(second, row, row.add(cells), pairs);
                }
            }
        }
    }

    /// Where a product goes.
    trait Sink {
        unsafe fn put<V: Lanes>(&mut self, row: usize, column: usize, numbers: V);
    }

    struct Store<'a>(&'a mut [f32], usize);

    impl Sink for Store<'_> {
        #[inline(always)]
        unsafe fn put<V: Lanes>(&mut self, row: usize, column: usize, numbers: V) {
            // SAFETY: inside the product, by the caller's contract.
            unsafe { numbers.store(self.0.as_mut_ptr().add(row * self.1 + column)) };
        }
    }

    struct AddToShared<'a>(&'a Matrix<'a>, &'a [u32]);

    impl Sink for AddToShared<'_> {
        #[inline(always)]
        unsafe fn put<V: Lanes>(&mut self, row: usize, column: usize, numbers: V) {
            // SAFETY: inside the product, by the caller's contract.
            unsafe {
                let place = Line::cells(self.0.row(self.1[row])).add(column);
                V::load_shared(place).add(numbers).store_shared(place);
            }
        }
    }

    /// The operands of a product: cells, the left one's stride, the right one's, and the cells to sum over.
    #[derive(Clone, Copy)]
    struct Product {
        left: *const u32,
        stride: usize,
        right: *const u32,
        width: usize,
        inner: usize,
    }

    /// `R` rows × `C` registers of columns.
    ///
    /// # Safety
    /// They lie inside the operands.
    #[inline(always)]
    unsafe fn tile<V: Lanes, const R: usize, const C: usize>(
        product: Product,
        row: usize,
        column: usize,
        sink: &mut impl Sink,
    ) {
        let Product { left, stride, right, width, inner } = product;
        // SAFETY: by the contract.
        unsafe {
            let mut sums = [[V::splat(0.0); C]; R];
            let (left, right) = (left.add(row * stride), right.add(column));
            for k in 0..inner {
                let mut columns = [V::splat(0.0); C];
                for c in 0..C {
                    columns[c] = V::load(right.add(k * width + c * V::WIDTH).cast());
                }
                for r in 0..R {
                    let cell = V::splat_cell(left.add(r * stride + k));
                    for c in 0..C {
                        sums[r][c] = cell.multiply_add_cells(columns[c], sums[r][c]);
                    }
                }
            }
            for r in 0..R {
                for c in 0..C {
                    sink.put(row + r, column + c * V::WIDTH, sums[r][c]);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn columns<V: Lanes, const R: usize, const C: usize>(
        product: Product,
        rows: usize,
        column: usize,
        sink: &mut impl Sink,
    ) {
        let whole = rows / R * R;
        // SAFETY: the caller's contract.
        unsafe {
            for row in (0..whole).step_by(R) {
                tile::<V, R, C>(product, row, column, sink);
            }
            for row in whole..rows {
                tile::<V, 1, C>(product, row, column, sink);
            }
        }
    }

    #[inline(always)]
    unsafe fn product<V: Lanes>(product: Product, rows: usize, sink: &mut impl Sink) {
        let mut column = 0;
        while column < product.width {
            let registers = ((product.width - column) / V::WIDTH).min(V::TILE);
            // SAFETY: the caller's contract.
            unsafe {
                match registers {
                    4 => columns::<V, 4, 4>(product, rows, column, sink),
                    3 => columns::<V, 4, 3>(product, rows, column, sink),
                    2 => columns::<V, 4, 2>(product, rows, column, sink),
                    _ => columns::<V, 8, 1>(product, rows, column, sink),
                }
            }
            column += registers * V::WIDTH;
        }
    }

    #[inline(always)]
    pub(super) unsafe fn multiply_of<V: Lanes>(
        left: &[u32],
        stride: usize,
        right: &[u32],
        width: usize,
        inner: usize,
        rows: usize,
        into: &mut [f32],
    ) {
        let operands = Product { left: left.as_ptr(), stride, right: right.as_ptr(), width, inner };
        // SAFETY: the caller's contract.
        unsafe { product::<V>(operands, rows, &mut Store(into, width)) };
    }

    #[inline(always)]
    pub(super) unsafe fn multiply_into_shared_of<V: Lanes>(
        left: &[u32],
        stride: usize,
        right: &[u32],
        inner: usize,
        matrix: &Matrix,
        ids: &[u32],
    ) {
        let operands = Product { left: left.as_ptr(), stride, right: right.as_ptr(), width: matrix.stride(), inner };
        // SAFETY: the caller's contract.
        unsafe { product::<V>(operands, ids.len(), &mut AddToShared(matrix, ids)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::training::matrix;

    fn numbers(rng: &mut Rng, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.next_f32() * 2.0 - 1.0).collect()
    }

    fn shared(rng: &mut Rng, rows: usize, columns: usize) -> Matrix<'static> {
        let matrix = Matrix::zeros(rows, columns).unwrap();
        (0..rows as u32).for_each(|row| matrix.fill_row(row, || rng.next_f32() * 2.0 - 1.0));
        matrix
    }

    fn row(matrix: &Matrix, id: u32) -> Vec<f32> {
        let mut row = vec![0.0; matrix.stride()];
        matrix::load(matrix.row(id), &mut row);
        row
    }

    fn tolerance(kernel: Kernel, terms: usize) -> f32 {
        2.0 * kernel.rounding() * terms as f32 + 1e-5
    }

    #[test]
    fn products_equal_plain_loops() {
        let mut rng = Rng::new(11);
        for kernel in Kernel::all() {
            for (rows, inner, width) in [(1, 16, 16), (5, 32, 48), (100, 112, 32), (101, 20, 112), (16, 96, 304)] {
                let left_width = 112;
                let (a, b) = (numbers(&mut rng, 102 * left_width), numbers(&mut rng, 114 * width));
                let mut left = Operand::new(kernel, 102, left_width);
                left.set(0, &a);
                let mut right = Operand::new(kernel, 112, width);
                right.set(0, &b[..112 * width]);
                let mut lower = Operand::new(kernel, 114, width);
                lower.set(2, &b[..112 * width]);
                let expected =
                    |i: usize, j: usize| -> f32 { (0..inner).map(|k| a[i * left_width + k] * b[k * width + j]).sum() };
                let mut product = vec![f32::NAN; rows * width];
                kernel.multiply(&left, &right, inner, &mut product);
                let matrix = shared(&mut rng, 200, width);
                let ids: Vec<u32> = (0..rows as u32).map(|i| 199 - i).collect();
                let before: Vec<Vec<f32>> = ids.iter().map(|&id| row(&matrix, id)).collect();
                kernel.multiply_into_shared(&left, (&lower, 2), inner, &matrix, &ids);
                for i in 0..rows {
                    let after = row(&matrix, ids[i]);
                    for j in 0..width {
                        let expected = expected(i, j);
                        for found in [product[i * width + j], after[j] - before[i][j]] {
                            let tolerance = tolerance(kernel, inner);
                            assert!((found - expected).abs() < tolerance, "{kernel:?} {rows} × {inner} × {width}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn shared_rows_become_operands() {
        let mut rng = Rng::new(12);
        for kernel in Kernel::all() {
            for columns in [1, 20, 100] {
                let matrix = shared(&mut rng, 9, columns);
                let s = matrix.stride();
                let mut taken = Operand::new(kernel, 6, s);
                taken.take(&matrix, &[3, 8, 0, 3, 7]);
                let dense: Vec<f32> = [3, 8, 0, 3, 7].iter().flat_map(|&id| row(&matrix, id)).collect();
                let mut set = Operand::new(kernel, 6, s);
                set.set(0, &[&dense[..], &vec![0.0; s]].concat());
                assert_eq!((&taken.rows, &taken.pairs), (&set.rows, &set.pairs), "{kernel:?}");
            }
        }
    }

    #[test]
    fn windows_gather_and_scatter_as_plain_loops_do() {
        let mut rng = Rng::new(13);
        for kernel in Kernel::all() {
            for columns in [16, 20, 100, 128] {
                let matrix = shared(&mut rng, 12, columns);
                let s = matrix.stride();
                let ids: Vec<u32> = (0..40).map(|_| rng.below(12) as u32).collect();
                let windows = [3..20, 9..11, 0..40, 11..13, 2..14];
                let mut segment = Segment::default();
                segment.set(9, &windows);
                let weights = [0.5, 1.0, 2.0, 0.1, 1.0];
                let mut sums = vec![f32::NAN; 5 * s];
                kernel.gather(&matrix, &segment, &ids, &weights, &mut sums);
                let changes = numbers(&mut rng, 5 * s);
                let mut expected: Vec<Vec<f32>> = (0..12).map(|id| row(&matrix, id)).collect();
                for (i, window) in windows.iter().enumerate() {
                    let mut sum = vec![0.0; s];
                    for place in window.clone().filter(|&place| place != 9 + i) {
                        let context = row(&matrix, ids[place]);
                        for column in 0..s {
                            sum[column] += weights[i] * context[column];
                            expected[ids[place] as usize][column] += changes[i * s + column];
                        }
                    }
                    for (found, sum) in sums[i * s..].iter().zip(sum) {
                        assert!((found - sum).abs() < 1e-4, "{kernel:?} window {i}");
                    }
                }
                kernel.scatter(&matrix, &segment, &ids, &changes);
                for (id, expected) in expected.iter().enumerate() {
                    for (found, expected) in row(&matrix, id as u32).iter().zip(expected) {
                        assert!((found - expected).abs() < 1e-4, "{kernel:?} row {id}");
                    }
                }
                kernel.clear(&matrix, &[3]);
                assert_eq!(row(&matrix, 3), vec![0.0; s]);
                assert_ne!(row(&matrix, 4), vec![0.0; s]);
            }
        }
    }

    #[test]
    fn single_rows_equal_plain_loops() {
        let mut rng = Rng::new(14);
        for kernel in Kernel::all() {
            for columns in [16, 20, 100, 128] {
                let matrix = shared(&mut rng, 3, columns);
                let s = matrix.stride();
                let (hidden, change, before) = (numbers(&mut rng, s), numbers(&mut rng, s), row(&matrix, 1));
                let mut found = change.clone();
                let score = kernel.learn_shared(matrix.row(1), &hidden, 1.0, 0.5, &mut found);
                let expected: f32 = before.iter().zip(&hidden).map(|(a, b)| a * b).sum();
                assert!((score - expected).abs() < 1e-4, "{kernel:?} {columns}: {score} for {expected}");
                let step = SIGMOID.value(score).map_or(0.0, |probability| (1.0 - probability) * 0.5);
                for (column, after) in row(&matrix, 1).into_iter().enumerate() {
                    assert!((found[column] - change[column] - step * before[column]).abs() < 1e-5, "{kernel:?}");
                    assert!((after - before[column] - step * hidden[column]).abs() < 1e-5, "{kernel:?}");
                }
                let (rows, weights) = (numbers(&mut rng, 4 * (s + LINE)), numbers(&mut rng, 4));
                let (mut loaded, added) = (vec![f32::NAN; s], row(&matrix, 2));
                kernel.add_to_shared(0.5, &change, matrix.row(2));
                kernel.load(matrix.row(2), &mut loaded);
                for column in 0..s {
                    assert!((loaded[column] - added[column] - 0.5 * change[column]).abs() < 1e-6, "{kernel:?}");
                }
                let mut into = change.clone();
                kernel.add_rows(&weights, &rows, s + LINE, &mut into);
                for (column, found) in into.into_iter().enumerate() {
                    let sum: f32 = (0..4).map(|i| weights[i] * rows[i * (s + LINE) + column]).sum();
                    assert!((found - change[column] - sum).abs() < 1e-5, "{kernel:?} column {column}");
                }
            }
        }
    }

    #[test]
    fn exponentials_are_exact_to_seven_digits_and_the_same_everywhere() {
        let mut rng = Rng::new(15);
        let all: Vec<f32> =
            (0..5000).map(|i| if i % 50 == 0 { f32::NEG_INFINITY } else { rng.next_f32() * -95.0 }).collect();
        let mut portable = all.clone();
        Kernel::PORTABLE.exponentials(&mut portable, 2.5);
        for (&x, &found) in all.iter().zip(&portable) {
            let x = x - 2.5;
            let expected = if x > -87.0 { f64::from(x).exp() } else { 0.0 };
            assert!((f64::from(found) - expected).abs() <= 4e-7 * expected, "e^{x}: {found} for {expected}");
        }
        for kernel in Kernel::all() {
            let mut found = all.clone();
            kernel.exponentials(&mut found, 2.5);
            assert!(found.iter().map(|x| x.to_bits()).eq(portable.iter().map(|x| x.to_bits())), "{kernel:?}");
        }
    }

    #[test]
    fn transposing_exchanges_rows_and_columns() {
        let mut rng = Rng::new(15);
        for kernel in Kernel::all() {
            let from = numbers(&mut rng, 32 * 50);
            let mut to = vec![f32::NAN; 48 * 33];
            kernel.transpose((&from, 50), (&mut to, 33), 32, 48);
            for row in 0..32 {
                for column in 0..48 {
                    assert_eq!(to[column * 33 + row], from[row * 50 + column], "{kernel:?}");
                }
            }
        }
    }

    #[test]
    fn gradients_equal_the_table() {
        let mut scores: Vec<f32> = (-1000..1000).map(|i| i as f32 * 0.007).collect();
        scores.extend([6.0, -6.0, 5.999_999_5, -5.999_999_5, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0]);
        scores.resize(scores.len().next_multiple_of(LINE), 1e30);
        let ids: Vec<u32> = (0..scores.len() as u32).collect();
        for kernel in Kernel::all() {
            let mut found = scores.clone();
            kernel.negative_steps(&mut found, &ids, 900, 0.5);
            for (i, (&score, &found)) in scores.iter().zip(&found).enumerate() {
                let step = SIGMOID.value(score).map_or(0.0, |probability| -0.5 * probability);
                let expected = if i == 900 { 0.0 } else { step };
                // One entry of the table where 32 and 64 bits round apart.
                assert!((found - expected).abs() < 0.002, "{kernel:?} at {score}: {found} for {expected}");
            }
        }
    }
}
