//! AVX-512, with and without bfloat16, and AVX2 with FMA.

#![allow(clippy::needless_range_loop, reason = "no closures or iterators around registers, see `body`")]

use std::arch::asm;
use std::arch::x86_64::*;
use std::mem::transmute;
use std::sync::atomic::AtomicU32;

use super::super::sigmoid::{ENTRIES_PER_UNIT, MAX_SCORE, TABLE_SIZE};
use super::lanes::Lanes;

/// Sixteen numbers; with `BF16` cells hold two numbers rounded to bfloat16.
#[derive(Clone, Copy)]
pub(super) struct Avx512<const BF16: bool>(__m512);

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

// Rust has no vector load or store that other threads may race with. Written in assembly they are what the processor
// makes of them: accesses to aligned 32-bit cells, none of them torn, in no promised order. That is what as many relaxed
// accesses of the portable kernel say.

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_shared_512(from: *const AtomicU32) -> __m512 {
    let numbers: __m512;
    // SAFETY: the caller's contract.
    unsafe {
        asm!("vmovups {numbers}, [{from}]", from = in(reg) from, numbers = out(zmm_reg) numbers,
            options(nostack, preserves_flags, readonly));
    }
    numbers
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_shared_512(numbers: __m512, to: *const AtomicU32) {
    // SAFETY: the caller's contract.
    unsafe {
        asm!("vmovups [{to}], {numbers}", to = in(reg) to, numbers = in(zmm_reg) numbers,
            options(nostack, preserves_flags));
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load_shared_256(from: *const AtomicU32) -> __m256 {
    let numbers: __m256;
    // SAFETY: the caller's contract.
    unsafe {
        asm!("vmovups {numbers}, [{from}]", from = in(reg) from, numbers = out(ymm_reg) numbers,
            options(nostack, preserves_flags, readonly));
    }
    numbers
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store_shared_256(numbers: __m256, to: *const AtomicU32) {
    // SAFETY: the caller's contract.
    unsafe {
        asm!("vmovups [{to}], {numbers}", to = in(reg) to, numbers = in(ymm_reg) numbers,
            options(nostack, preserves_flags));
    }
}

// SAFETY of all bodies below: the trait's contract is the instructions' own.
impl<const BF16: bool> Lanes for Avx512<BF16> {
    const WIDTH: usize = 16;
    const PER_CELL: usize = if BF16 { 2 } else { 1 };
    const TILE: usize = 4;

    #[inline(always)]
    unsafe fn splat(number: f32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm512_set1_ps(number) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: by the trait's contract.
        unsafe { _mm512_storeu_ps(to, self.0) };
    }

    #[inline(always)]
    unsafe fn load_shared(from: *const AtomicU32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { load_shared_512(from) })
    }

    #[inline(always)]
    unsafe fn store_shared(self, to: *const AtomicU32) {
        // SAFETY: by the trait's contract.
        unsafe { store_shared_512(self.0, to) };
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm512_fmadd_ps(self.0, b.0, c.0) })
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: by the trait's contract.
        unsafe { _mm512_reduce_add_ps(self.0) }
    }

    #[inline(always)]
    unsafe fn splat_cell(from: *const u32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm512_set1_ps(f32::from_bits(*from)) })
    }

    #[inline(always)]
    unsafe fn multiply_add_cells(self, b: Self, c: Self) -> Self {
        // SAFETY: by the trait's contract; all registers are 64 bytes.
        unsafe {
            if BF16 {
                Self(_mm512_dpbf16_ps(c.0, transmute::<__m512, __m512bh>(self.0), transmute::<__m512, __m512bh>(b.0)))
            } else {
                self.multiply_add(b, c)
            }
        }
    }

    #[inline(always)]
    unsafe fn pack(self, next: Self, row: *mut u32, next_row: *mut u32, pairs: *mut u32) {
        /// One number of each row in turn.
        const IN_TURN: [u16; 32] = {
            let mut places = [0; 32];
            let mut i = 0;
            while i < 32 {
                places[i] = (i / 2 + i % 2 * 16) as u16;
                i += 1;
            }
            places
        };
        // SAFETY: by the trait's contract; all registers are 64 bytes.
        unsafe {
            if BF16 {
                let both = transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(next.0, self.0));
                _mm256_storeu_si256(row.cast(), _mm512_castsi512_si256(both));
                _mm256_storeu_si256(next_row.cast(), _mm512_extracti64x4_epi64::<1>(both));
                let in_turn = _mm512_loadu_si512(IN_TURN.as_ptr().cast());
                _mm512_storeu_si512(pairs.cast(), _mm512_permutexvar_epi16(in_turn, both));
            } else {
                self.store(row.cast());
                next.store(next_row.cast());
            }
        }
    }

    #[inline(always)]
    unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self {
        // SAFETY: only lanes inside the cut-off are gathered, and their entries lie inside the table.
        unsafe {
            let inside = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(_mm512_abs_ps(self.0), _mm512_set1_ps(MAX_SCORE));
            let place =
                _mm512_mul_ps(_mm512_add_ps(self.0, _mm512_set1_ps(MAX_SCORE)), _mm512_set1_ps(ENTRIES_PER_UNIT));
            let zero = _mm512_setzero_ps();
            let values = _mm512_mask_i32gather_ps::<4>(zero, inside, _mm512_cvttps_epi32(place), table.as_ptr());
            Self(_mm512_mul_ps(values, _mm512_set1_ps(-alpha)))
        }
    }

    #[inline(always)]
    unsafe fn zero_where_equal(self, ids: *const u32, id: u32) -> Self {
        // SAFETY: by the trait's contract.
        unsafe {
            let other = _mm512_cmpneq_epi32_mask(_mm512_loadu_si512(ids.cast()), _mm512_set1_epi32(id as i32));
            Self(_mm512_maskz_mov_ps(other, self.0))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        // SAFETY: sixteen rows of sixteen numbers on both sides, by the contract.
        unsafe {
            let mut rows = [_mm512_setzero_ps(); 16];
            for row in 0..16 {
                rows[row] = _mm512_loadu_ps(from.add(row * from_stride));
            }
            // Squares of two, four, eight and sixteen rows: their corners off the diagonal change places.
            swap_corners::<1>(&mut rows);
            swap_corners::<2>(&mut rows);
            swap_corners::<4>(&mut rows);
            swap_corners::<8>(&mut rows);
            for row in 0..16 {
                _mm512_storeu_ps(to.add(row * to_stride), rows[row]);
            }
        }
    }
}

/// Exchanges, in every square of 2 · `SIDE` rows and columns, the upper right corner with the lower left one.
///
/// # Safety
/// The processor has AVX-512.
#[inline(always)]
unsafe fn swap_corners<const SIDE: usize>(rows: &mut [__m512; 16]) {
    const fn places(side: usize, right: usize) -> [i32; 16] {
        let mut places = [0; 16];
        let mut i = 0;
        while i < 16 {
            let second = i / side % 2 == 1;
            // From 16 on a place lies in the second row.
            places[i] = (if second { i - side + 16 } else { i } + right * side) as i32;
            i += 1;
        }
        places
    }
    // SAFETY: by the contract.
    unsafe {
        let left = _mm512_loadu_si512(const { places(SIDE, 0) }.as_ptr().cast());
        let right = _mm512_loadu_si512(const { places(SIDE, 1) }.as_ptr().cast());
        for first in 0..16 {
            if (first / SIDE).is_multiple_of(2) {
                let (a, b) = (rows[first], rows[first + SIDE]);
                rows[first] = _mm512_permutex2var_ps(a, left, b);
                rows[first + SIDE] = _mm512_permutex2var_ps(a, right, b);
            }
        }
    }
}

impl Lanes for Avx2 {
    const WIDTH: usize = 8;
    const PER_CELL: usize = 1;
    const TILE: usize = 2;

    #[inline(always)]
    unsafe fn splat(number: f32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm256_set1_ps(number) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: by the trait's contract.
        unsafe { _mm256_storeu_ps(to, self.0) };
    }

    #[inline(always)]
    unsafe fn load_shared(from: *const AtomicU32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { load_shared_256(from) })
    }

    #[inline(always)]
    unsafe fn store_shared(self, to: *const AtomicU32) {
        // SAFETY: by the trait's contract.
        unsafe { store_shared_256(self.0, to) };
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm256_fmadd_ps(self.0, b.0, c.0) })
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: by the trait's contract.
        unsafe {
            let half = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
            _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)))
        }
    }

    #[inline(always)]
    unsafe fn splat_cell(from: *const u32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { _mm256_set1_ps(f32::from_bits(*from)) })
    }

    #[inline(always)]
    unsafe fn multiply_add_cells(self, b: Self, c: Self) -> Self {
        // SAFETY: by the trait's contract.
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
        // SAFETY: only lanes inside the cut-off are gathered, and their entries lie inside the table.
        unsafe {
            let magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0);
            let inside = _mm256_cmp_ps::<_CMP_LT_OQ>(magnitude, _mm256_set1_ps(MAX_SCORE));
            let place =
                _mm256_mul_ps(_mm256_add_ps(self.0, _mm256_set1_ps(MAX_SCORE)), _mm256_set1_ps(ENTRIES_PER_UNIT));
            let zero = _mm256_setzero_ps();
            let values = _mm256_mask_i32gather_ps::<4>(zero, table.as_ptr(), _mm256_cvttps_epi32(place), inside);
            Self(_mm256_mul_ps(values, _mm256_set1_ps(-alpha)))
        }
    }

    #[inline(always)]
    unsafe fn zero_where_equal(self, ids: *const u32, id: u32) -> Self {
        // SAFETY: by the trait's contract.
        unsafe {
            let equal = _mm256_cmpeq_epi32(_mm256_loadu_si256(ids.cast()), _mm256_set1_epi32(id as i32));
            Self(_mm256_andnot_ps(_mm256_castsi256_ps(equal), self.0))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        // SAFETY: eight rows of eight numbers on both sides, by the contract.
        unsafe {
            let (mut rows, mut twos, mut fours) =
                ([_mm256_setzero_ps(); 8], [_mm256_setzero_ps(); 8], [_mm256_setzero_ps(); 8]);
            for row in 0..8 {
                rows[row] = _mm256_loadu_ps(from.add(row * from_stride));
            }
            // Numbers of two rows in turn, then pairs of those, then halves.
            for i in (0..8).step_by(2) {
                twos[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
                twos[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
            }
            for i in [0, 1, 4, 5] {
                let to = i / 4 * 4 + i % 4 * 2;
                fours[to] = _mm256_shuffle_ps::<0b01_00_01_00>(twos[i], twos[i + 2]);
                fours[to + 1] = _mm256_shuffle_ps::<0b11_10_11_10>(twos[i], twos[i + 2]);
            }
            for i in 0..8 {
                let (a, b) = (fours[i % 4], fours[i % 4 + 4]);
                let row =
                    if i < 4 { _mm256_permute2f128_ps::<0x20>(a, b) } else { _mm256_permute2f128_ps::<0x31>(a, b) };
                _mm256_storeu_ps(to.add(i * to_stride), row);
            }
        }
    }
}
