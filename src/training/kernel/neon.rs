//! NEON, which every 64-bit ARM processor has.

use std::arch::aarch64::*;
use std::arch::asm;
use std::sync::atomic::AtomicU32;

use super::super::sigmoid::{ENTRIES_PER_UNIT, MAX_SCORE, TABLE_SIZE};
use super::lanes::Lanes;

/// Four numbers.
#[derive(Clone, Copy)]
pub(super) struct Neon(float32x4_t);

// For `load_shared` and `store_shared` see x86.rs.
// SAFETY of all bodies below: the trait's contract is the instructions' own.
impl Lanes for Neon {
    const WIDTH: usize = 4;
    const PER_CELL: usize = 1;
    const TILE: usize = 4;

    #[inline(always)]
    unsafe fn splat(number: f32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { vdupq_n_f32(number) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { vld1q_f32(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: by the trait's contract.
        unsafe { vst1q_f32(to, self.0) };
    }

    #[inline(always)]
    unsafe fn load_shared(from: *const AtomicU32) -> Self {
        let numbers: float32x4_t;
        // SAFETY: by the trait's contract.
        unsafe {
            asm!("ldr {numbers:q}, [{from}]", from = in(reg) from, numbers = out(vreg) numbers,
                options(nostack, preserves_flags, readonly));
        }
        Self(numbers)
    }

    #[inline(always)]
    unsafe fn store_shared(self, to: *const AtomicU32) {
        // SAFETY: by the trait's contract.
        unsafe {
            asm!("str {numbers:q}, [{to}]", to = in(reg) to, numbers = in(vreg) self.0,
                options(nostack, preserves_flags));
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { vfmaq_f32(c.0, self.0, b.0) })
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: by the trait's contract.
        unsafe { vaddvq_f32(self.0) }
    }

    #[inline(always)]
    unsafe fn splat_cell(from: *const u32) -> Self {
        // SAFETY: by the trait's contract.
        Self(unsafe { vdupq_n_f32(f32::from_bits(*from)) })
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
        let mut scores = [0.0; 4];
        // SAFETY: by the trait's contract.
        unsafe {
            self.store(scores.as_mut_ptr());
            let steps = scores.map(|score: f32| {
                if score.abs() < MAX_SCORE {
                    -alpha * table[((score + MAX_SCORE) * ENTRIES_PER_UNIT) as usize]
                } else {
                    0.0
                }
            });
            Self::load(steps.as_ptr())
        }
    }

    #[inline(always)]
    unsafe fn zero_where_equal(self, ids: *const u32, id: u32) -> Self {
        // SAFETY: by the trait's contract.
        unsafe {
            let equal = vceqq_u32(vld1q_u32(ids), vdupq_n_u32(id));
            Self(vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(self.0), equal)))
        }
    }
}
