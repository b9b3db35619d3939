//! WebAssembly's 128-bit SIMD.

use core::arch::wasm32::{i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_splat, v128, v128_store};

use super::{Line, Sums};

/// Sums one panel, 4 rows in a register. Written out, since the page is built for size: an array of registers would lie
/// in memory.
pub(super) fn simd128(query: &[i32], panel: &[Line], sums: &mut Sums) {
    let zero = i32x4_splat(0);
    let [mut a, mut b, mut c, mut d] = [zero; 4];
    let [mut e, mut f, mut g, mut h] = [zero; 4];
    for (&pair, line) in query.iter().zip(panel) {
        let pair = i32x4_splat(pair);
        let codes = line.0.as_ptr();
        macro_rules! add {
            ($($sum:ident at $at:literal),*) => {
                // SAFETY: the line has 64 codes, and each load takes 8 of them, the last from 56 on.
                $($sum = i32x4_add($sum, i32x4_dot_i16x8(unsafe { i16x8_load_extend_i8x8(codes.add($at)) }, pair));)*
            };
        }
        add!(a at 0, b at 8, c at 16, d at 24, e at 32, f at 40, g at 48, h at 56);
    }
    for (four, sum) in sums.as_chunks_mut::<4>().0.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        // SAFETY: four sums are 16 bytes. v128_store needs no alignment.
        unsafe { v128_store(four.as_mut_ptr().cast::<v128>(), sum) };
    }
}
