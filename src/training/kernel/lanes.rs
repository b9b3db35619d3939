//! What a kernel's register can do, and the registers of any machine: plain arrays.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::super::sigmoid::{ENTRIES_PER_UNIT, MAX_SCORE, TABLE_SIZE};

/// One vector register.
///
/// # Safety
/// All functions need a processor that has their instructions. Pointers are good for `WIDTH` numbers or cells, more where
/// said.
pub(super) trait Lanes: Copy {
    /// Numbers in it; divides 16.
    const WIDTH: usize;
    /// Numbers in a cell of a product's operands: one at full precision, or two rounded to bfloat16.
    const PER_CELL: usize;
    /// How many registers stand side by side in a tile of a product: four rows of them, and what they are multiplied
    /// with, stay in registers.
    const TILE: usize;

    unsafe fn splat(number: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// Reads numbers that other threads may be writing; none comes out torn.
    unsafe fn load_shared(from: *const AtomicU32) -> Self;
    /// Writes numbers that other threads may be reading or writing; none comes out torn.
    unsafe fn store_shared(self, to: *const AtomicU32);
    unsafe fn add(self, other: Self) -> Self;
    /// self · b + c.
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self;
    /// The sum of its numbers.
    unsafe fn sum(self) -> f32;
    /// The cell at `from`, in every lane.
    unsafe fn splat_cell(from: *const u32) -> Self;
    /// c + self · b, cell by cell: where cells hold two numbers, both products are added.
    unsafe fn multiply_add_cells(self, b: Self, c: Self) -> Self;
    /// Makes cells of two rows, this one and `next`: `WIDTH` / `PER_CELL` cells of neighbouring numbers a row, and, where
    /// there are two numbers to a cell, `WIDTH` cells of numbers one above the other. `next_row` and `pairs` are not
    /// touched where cells hold one number.
    unsafe fn pack(self, next: Self, row: *mut u32, next_row: *mut u32, pairs: *mut u32);
    /// Per number: −`alpha` · `table[(score + MAX_SCORE) · ENTRIES_PER_UNIT]`, zero where |score| ≥ `MAX_SCORE` or no
    /// number.
    unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self;
    /// Zero wherever `WIDTH` ids from `ids` on equal `id`.
    unsafe fn zero_where_equal(self, ids: *const u32, id: u32) -> Self;
    /// Transposes a square of `WIDTH` × `WIDTH` numbers; rows lie `from_stride` and `to_stride` numbers apart.
    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        for row in 0..Self::WIDTH {
            for column in 0..Self::WIDTH {
                // SAFETY: inside both squares, by the contract.
                unsafe { *to.add(column * to_stride + row) = *from.add(row * from_stride + column) };
            }
        }
    }
}

/// Numbers of [`Lanes`] of any machine. Every operation rounds as IEEE 754 says, in a fixed order: the same bits
/// everywhere.
const WIDTH: usize = 8;

impl Lanes for [f32; WIDTH] {
    const WIDTH: usize = WIDTH;
    const PER_CELL: usize = 1;
    const TILE: usize = 1;

    #[inline(always)]
    unsafe fn splat(number: f32) -> Self {
        [number; WIDTH]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: by the trait's contract; arrays of numbers have the alignment of a number.
        unsafe { *from.cast() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { *to.cast() = self };
    }

    #[inline(always)]
    unsafe fn load_shared(from: *const AtomicU32) -> Self {
        // SAFETY: by the trait's contract.
        std::array::from_fn(|i| f32::from_bits(unsafe { &*from.add(i) }.load(Relaxed)))
    }

    #[inline(always)]
    unsafe fn store_shared(self, to: *const AtomicU32) {
        for (i, number) in self.into_iter().enumerate() {
            // SAFETY: by the trait's contract.
            unsafe { &*to.add(i) }.store(number.to_bits(), Relaxed);
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] + other[i])
    }

    // Two roundings: without the instruction, a fused multiply-add is a slow library call.
    #[inline(always)]
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
        std::array::from_fn(|i| self[i] * b[i] + c[i])
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        self.iter().sum()
    }

    #[inline(always)]
    unsafe fn splat_cell(from: *const u32) -> Self {
        // SAFETY: by the trait's contract.
        [f32::from_bits(unsafe { *from }); WIDTH]
    }

    #[inline(always)]
    unsafe fn multiply_add_cells(self, b: Self, c: Self) -> Self {
        // SAFETY: nothing is needed.
        unsafe { self.multiply_add(b, c) }
    }

    #[inline(always)]
    unsafe fn pack(self, next: Self, row: *mut u32, next_row: *mut u32, _pairs: *mut u32) {
        // SAFETY: by the trait's contract.
        unsafe {
            self.store(row.cast());
            next.store(next_row.cast());
        }
    }

    #[inline(always)]
    unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self {
        self.map(|score| {
            if score.abs() < MAX_SCORE {
                -alpha * table[((score + MAX_SCORE) * ENTRIES_PER_UNIT) as usize]
            } else {
                0.0
            }
        })
    }

    #[inline(always)]
    unsafe fn zero_where_equal(self, ids: *const u32, id: u32) -> Self {
        // SAFETY: by the trait's contract.
        std::array::from_fn(|i| if unsafe { *ids.add(i) } == id { 0.0 } else { self[i] })
    }
}
