//! Integer dot products of one query with many rows of codes: the scan's inner loop, and the catalog's only kernel.
//!
//! Codes are `i8` in −127 … 127, query codes are `i16` in −[`query_limit`] … [`query_limit`], sums are `i32`. Integer
//! arithmetic is exact in any order, so every kernel gives the same bits: 128-bit SIMD in WebAssembly, AVX-512 VNNI, AVX2
//! and NEON natively, and plain loops anywhere. Which one runs is asked of the processor; the answer cannot change what
//! is answered, only how soon, and so the catalog stays pure.
//!
//! # Layout
//! Rows lie in panels of [`PANEL`]. A panel is a line of bytes for each pair of axes: the pair's two codes of the first
//! row, of the second, and so on. One instruction of every platform multiplies such pairs with the query's pair and
//! adds the two products, so that each lane sums a row of its own: nothing is ever added across lanes, nothing is read
//! twice, and no byte is padding but in the last panel and after an odd last axis.
//!
//! All codes are read for every query. A sketch of the first axes with a bound for the rest (Cauchy & Schwarz), which
//! would keep the answers exact, was built and left out: benches/browser/README.md has what it won.
//!
//! # Safety
//! `unsafe` is here for two reasons only. Vector instructions may run only where the processor has them: an
//! [`Instructions`] is made by [`Instructions::best`] alone (and by `all` in tests), so a value of it proves that it may
//! run. And vector loads and stores go through pointers: each is to a part of an array whose length its type says. Tests
//! hold every kernel against the safe twin.
#![allow(unsafe_code)]

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(target_arch = "x86_64")]
mod x86;

use alloc::vec;
use alloc::vec::Vec;

/// The largest magnitude of a code.
pub(super) const CODE_LIMIT: i32 = 127;

/// The largest magnitude of a query code such that no sum can leave `i32`.
///
/// |sum| ≤ dimensions · 127 · limit ≤ 2³¹ − 1. Any partial sum obeys the same bound, so lanes may be added in any order.
pub(super) fn query_limit(dimensions: usize) -> i32 {
    let rows = i64::try_from(dimensions).unwrap_or(i64::MAX).max(1);
    let limit = i64::from(i32::MAX) / rows.saturating_mul(i64::from(CODE_LIMIT));
    limit.min(i64::from(i16::MAX)) as i32
}

/// A query's codes, two axes in one `i32`: the first in its lower half. An odd last one is paired with zero.
#[derive(Clone, Debug)]
pub(super) struct QueryCodes {
    pairs: Vec<i32>,
}

impl QueryCodes {
    /// Pairs the codes of one query.
    pub(super) fn new(codes: &[i16]) -> Self {
        let pair = |pair: &[i16]| {
            let second = pair.get(1).copied().unwrap_or(0);
            i32::from(pair[0] as u16) | i32::from(second) << 16
        };
        Self { pairs: codes.chunks(2).map(pair).collect() }
    }
}

/// Rows in a panel: as many sums as fit the registers of the narrowest kernel, eight of four lanes.
const PANEL: usize = 32;

/// A pair of axes of a panel's rows: one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([i8; 2 * PANEL]);

/// A number for each of a panel's rows.
type Panel<T> = [T; PANEL];

/// Rows of codes in memory, laid out for the scan.
#[derive(Clone, Debug)]
pub(super) struct CodeMatrix {
    dimensions: usize,
    rows: usize,
    lines: Vec<Line>,
}

impl CodeMatrix {
    /// Lays out rows of `dimensions` codes each, given row-major; codes that make no whole row are left out.
    pub(super) fn new(dimensions: usize, codes: &[i8]) -> Self {
        let rows = codes.len().checked_div(dimensions).unwrap_or(0);
        let pairs = dimensions.div_ceil(2);
        let mut lines = vec![Line([0; 2 * PANEL]); rows.div_ceil(PANEL) * pairs];
        for (row, codes) in codes.chunks_exact(dimensions.max(1)).enumerate() {
            for (line, pair) in lines[row / PANEL * pairs..].iter_mut().zip(codes.chunks(2)) {
                line.0[row % PANEL * 2..][..pair.len()].copy_from_slice(pair);
            }
        }
        Self { dimensions, rows, lines }
    }

    /// Copies the codes of a row, as many as `out` takes; leaves `out` as it is where there is no such row.
    pub(super) fn copy_row(&self, row: usize, out: &mut [i8]) {
        if row < self.rows {
            let codes = self.panel(row / PANEL).iter().flat_map(|line| &line.0[row % PANEL * 2..][..2]);
            for (out, &code) in out.iter_mut().zip(codes.take(self.dimensions)) {
                *out = code;
            }
        }
    }

    /// Writes the dot products of the query with the rows from `first` on into `sums`; zeros behind the last row.
    ///
    /// The query has as many codes as a row.
    pub(super) fn dots(&self, query: &QueryCodes, first: usize, sums: &mut [i32]) {
        self.dots_with(Instructions::best(), query, first, sums);
    }

    fn dots_with(&self, instructions: Instructions, query: &QueryCodes, first: usize, mut sums: &mut [i32]) {
        let mut row = first;
        while !sums.is_empty() {
            let mut all = [0; PANEL];
            if row < self.rows {
                instructions.sum(&query.pairs, self.panel(row / PANEL), &mut all);
            }
            let asked = &all[row % PANEL..];
            let (now, later) = sums.split_at_mut(asked.len().min(sums.len()));
            now.copy_from_slice(&asked[..now.len()]);
            row += now.len();
            sums = later;
        }
    }

    /// Calls `visit` with the rows whose score is above a threshold, in their order, and their scores.
    ///
    /// A row's score is its dot product with the query · (its `inverse_lengths` · `scale`), in `f32`. `visit` returns the
    /// threshold for the rows that follow, which is never lower than the last: so a list of the best costs next to
    /// nothing, since all rows of a panel are compared with the threshold at once and hardly any is above it.
    pub(super) fn above(
        &self,
        query: &QueryCodes,
        inverse_lengths: &[f32],
        scale: f32,
        threshold: f32,
        visit: impl FnMut(usize, f32) -> f32,
    ) {
        self.above_with(Instructions::best(), query, inverse_lengths, scale, threshold, visit);
    }

    fn above_with(
        &self,
        instructions: Instructions,
        query: &QueryCodes,
        inverse_lengths: &[f32],
        scale: f32,
        mut threshold: f32,
        mut visit: impl FnMut(usize, f32) -> f32,
    ) {
        let mut sums = [0; PANEL];
        let mut padded = [0.0; PANEL];
        let rows = self.rows.min(inverse_lengths.len());
        for (panel, inverse_lengths) in inverse_lengths[..rows].chunks(PANEL).enumerate() {
            instructions.sum(&query.pairs, self.panel(panel), &mut sums);
            let factors = inverse_lengths.try_into().unwrap_or_else(|_| {
                padded[..inverse_lengths.len()].copy_from_slice(inverse_lengths);
                &padded
            });
            let mut above = instructions.above(&sums, factors, scale, threshold);
            while above != 0 {
                let place = above.trailing_zeros() as usize;
                above &= above - 1;
                let score = score(sums[place], factors[place], scale);
                // The threshold may have risen; and behind the last row there are places of none.
                if score > threshold && place < inverse_lengths.len() {
                    threshold = visit(panel * PANEL + place, score);
                }
            }
        }
    }

    /// A panel's lines.
    fn panel(&self, panel: usize) -> &[Line] {
        let pairs = self.dimensions.div_ceil(2);
        &self.lines[panel * pairs..][..pairs]
    }
}

/// What a sum of products is worth. Adding zero turns −0 into +0, so that the order of scores is the order of numbers.
pub(super) fn score(sum: i32, inverse_length: f32, scale: f32) -> f32 {
    sum as f32 * (inverse_length * scale) + 0.0
}

/// Which instructions sum: only such as this processor has.
#[derive(Clone, Copy, Debug)]
enum Instructions {
    /// 16 rows at once, products and sums in one instruction.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// 8 rows at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 4 rows at once; every 64-bit ARM processor has it.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// 4 rows at once; a page built with it runs only where it is to be had.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    /// Whatever the compiler makes of plain loops.
    #[cfg_attr(
        all(not(test), any(target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128"))),
        expect(dead_code, reason = "the tests' twin")
    )]
    Portable,
}

impl Instructions {
    /// The fastest that this processor has. The standard library asks the processor once and remembers the answer.
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        let best = match () {
            () if x86::has_avx512_vnni() => Self::Avx512Vnni,
            () if x86::has_avx2() => Self::Avx2,
            () => Self::Portable,
        };
        #[cfg(target_arch = "aarch64")]
        let best = Self::Neon;
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        let best = Self::Simd128;
        #[cfg(not(any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            all(target_arch = "wasm32", target_feature = "simd128")
        )))]
        let best = Self::Portable;
        best
    }

    /// Every one that this processor has.
    #[cfg(test)]
    fn all() -> Vec<Self> {
        vec![
            Self::Portable,
            #[cfg(target_arch = "aarch64")]
            Self::Neon,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128,
        ]
        .into_iter()
        .chain(
            #[cfg(target_arch = "x86_64")]
            [(x86::has_avx2(), Self::Avx2), (x86::has_avx512_vnni(), Self::Avx512Vnni)]
                .into_iter()
                .filter_map(|(has, instructions)| has.then_some(instructions)),
            #[cfg(not(target_arch = "x86_64"))]
            [],
        )
        .collect()
    }

    /// Sums the products of a query and a panel, for each row its own.
    fn sum(self, query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
        match self {
            // SAFETY: a value of `Instructions` proves that the processor has them.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => unsafe { x86::sum_512(query, panel, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { x86::sum_256(query, panel, sums) },
            #[cfg(target_arch = "aarch64")]
            Self::Neon => neon::sum(query, panel, sums),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => simd128::sum(query, panel, sums),
            Self::Portable => portable_sum(query, panel, sums),
        }
    }

    /// Says which rows of a panel have a [`score`] above the threshold: a bit each, the first row's the lowest.
    fn above(self, sums: &Panel<i32>, inverse_lengths: &Panel<f32>, scale: f32, threshold: f32) -> u32 {
        match self {
            // SAFETY: a value of `Instructions` proves that the processor has them.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => unsafe { x86::above_512(sums, inverse_lengths, scale, threshold) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { x86::above_256(sums, inverse_lengths, scale, threshold) },
            #[cfg(target_arch = "aarch64")]
            Self::Neon => portable_above(sums, inverse_lengths, scale, threshold),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => simd128::above(sums, inverse_lengths, scale, threshold),
            Self::Portable => portable_above(sums, inverse_lengths, scale, threshold),
        }
    }
}

/// The safe twin: plain loops that the compiler vectorises where it can.
fn portable_sum(query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
    *sums = [0; PANEL];
    for (&pair, line) in query.iter().zip(panel) {
        let (first, second) = (i32::from(pair as i16), pair >> 16);
        for (sum, codes) in sums.iter_mut().zip(line.0.as_chunks::<2>().0) {
            *sum += first * i32::from(codes[0]) + second * i32::from(codes[1]);
        }
    }
}

/// The safe twin.
fn portable_above(sums: &Panel<i32>, inverse_lengths: &Panel<f32>, scale: f32, threshold: f32) -> u32 {
    let rows = sums.iter().zip(inverse_lengths).rev();
    rows.fold(0, |above, (&sum, &length)| above << 1 | u32::from(score(sum, length, scale) > threshold))
}

#[cfg(test)]
mod tests {
    // These run in the browser's engine too: no other test sees its kernel at all dimensions.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn random() -> impl FnMut() -> i32 {
        let mut state = 1_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i32
        }
    }

    fn dot(query: &[i16], row: &[i8]) -> i32 {
        query.iter().zip(row).map(|(&q, &code)| i32::from(q) * i32::from(code)).sum()
    }

    /// Every kernel that this machine has, at dimensions around the lane widths and rows around the panels.
    #[test]
    fn kernels_agree_with_plain_sums() {
        let mut random = random();
        for dimensions in [1, 2, 3, 7, 8, 15, 16, 17, 32, 50, 64, 100, 101, 128, 300, 600] {
            let limit = query_limit(dimensions);
            for rows in [0, 1, 2, 31, 32, 33, 64, 100] {
                let codes: Vec<i8> = (0..rows * dimensions).map(|_| (random() % 255 - 127) as i8).collect();
                let query: Vec<i16> = (0..dimensions).map(|_| (random() % (2 * limit + 1) - limit) as i16).collect();
                let matrix = CodeMatrix::new(dimensions, &codes);
                let expected: Vec<i32> = codes.chunks_exact(dimensions).map(|row| dot(&query, row)).collect();
                let query = QueryCodes::new(&query);
                for instructions in Instructions::all() {
                    for first in [0, 1, 31, 32, 40] {
                        // One more than there are rows, where any is left to ask for.
                        for wanted in [0, 1, 5, 33, (rows + 1_usize).saturating_sub(first)] {
                            let mut sums = vec![7; wanted];
                            matrix.dots_with(instructions, &query, first, &mut sums);
                            let right = expected.iter().skip(first).copied().chain(core::iter::repeat(0));
                            let right: Vec<i32> = right.take(wanted).collect();
                            assert_eq!(sums, right, "{instructions:?} {dimensions} × {rows}, {first}..+{wanted}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_largest_possible_sum_fits() {
        for dimensions in [1, 100, 512, 516, 517, 4096, 16_000] {
            let limit = query_limit(dimensions);
            for sign in [-1, 1] {
                let query = QueryCodes::new(&vec![sign * limit as i16; dimensions]);
                let matrix = CodeMatrix::new(dimensions, &vec![127; dimensions * 33]);
                let largest = 127 * i64::from(limit) * dimensions as i64 * i64::from(sign);
                for instructions in Instructions::all() {
                    let mut sums = [0; 33];
                    matrix.dots_with(instructions, &query, 0, &mut sums);
                    assert!(sums.iter().all(|&sum| i64::from(sum) == largest), "{instructions:?} {dimensions}");
                }
            }
        }
        assert_eq!(query_limit(100), 32_767);
    }

    /// The rows that a list of the best so far takes, found by `above` and found by plain sums.
    #[test]
    fn no_row_above_the_threshold_is_passed_over() {
        let mut random = random();
        for dimensions in [1, 16, 33, 100] {
            let limit = query_limit(dimensions);
            for (rows, spread) in [(1, 1), (33, 1), (70, 9), (500, 1), (500, 4), (500, 30)] {
                // Axes that matter less and less, rows that are alike (ties), rows at the extremes.
                let mut draw = |axis: usize, limit: i32| {
                    let limit = limit * spread / (spread + axis as i32);
                    random() % (2 * limit + 1) - limit
                };
                let mut codes: Vec<i8> = Vec::new();
                for row in 0..rows {
                    match row % 7 {
                        3 => codes.extend_from_within((row - 1) * dimensions..),
                        5 => codes.extend((0..dimensions).map(|axis| draw(axis, 1).signum() as i8 * 127)),
                        6 => codes.extend(core::iter::repeat_n(0, dimensions)),
                        _ => codes.extend((0..dimensions).map(|axis| draw(axis, 127) as i8)),
                    }
                }
                let matrix = CodeMatrix::new(dimensions, &codes);
                let inverse_lengths: Vec<f32> = (0..rows).map(|row| [0.01, 0.03, 0.0, 1e-3][row % 4]).collect();
                for scale in [1e-6, 1.0] {
                    let query: Vec<i16> = (0..dimensions).map(|axis| draw(axis, limit) as i16).collect();
                    for instructions in Instructions::all() {
                        let (mut found, mut expected) = (Vec::new(), Vec::new());
                        // Every third row that is found raises the threshold to its score.
                        let raise = |found: &mut Vec<(usize, u32)>, row, score: f32, threshold: f32| {
                            found.push((row, score.to_bits()));
                            if found.len().is_multiple_of(3) { score } else { threshold }
                        };
                        let mut threshold = f32::NEG_INFINITY;
                        matrix.above_with(
                            instructions,
                            &QueryCodes::new(&query),
                            &inverse_lengths,
                            scale,
                            threshold,
                            {
                                |row, score| {
                                    threshold = raise(&mut found, row, score, threshold);
                                    threshold
                                }
                            },
                        );
                        let mut threshold = f32::NEG_INFINITY;
                        for (row, codes) in codes.chunks_exact(dimensions).enumerate() {
                            let score = dot(&query, codes) as f32 * (inverse_lengths[row] * scale) + 0.0;
                            if score > threshold {
                                threshold = raise(&mut expected, row, score, threshold);
                            }
                        }
                        assert_eq!(found, expected, "{instructions:?} {dimensions} × {rows}, {spread}");
                    }
                }
            }
        }
    }

    #[test]
    fn rows_come_back_as_they_were() {
        for dimensions in [1, 2, 5, 100] {
            let codes: Vec<i8> = (0..dimensions * 70).map(|i| (i * 37 % 255 - 127) as i8).collect();
            let dimensions = dimensions as usize;
            let matrix = CodeMatrix::new(dimensions, &codes);
            assert_eq!(matrix.rows, 70);
            for (row, codes) in codes.chunks_exact(dimensions).enumerate() {
                let mut back = vec![0; dimensions];
                matrix.copy_row(row, &mut back);
                assert_eq!(back, codes);
            }
            let mut untouched = vec![3; dimensions];
            matrix.copy_row(70, &mut untouched);
            assert_eq!(untouched, vec![3; dimensions]);
        }
        assert_eq!(CodeMatrix::new(0, &[]).rows, 0);
        assert_eq!(CodeMatrix::new(3, &[]).rows, 0);
        CodeMatrix::new(0, &[]).dots(&QueryCodes::new(&[]), 0, &mut [0; 3]);
    }
}
