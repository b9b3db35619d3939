//! CRC-32 of sections, as zip and PNG have it (reflected polynomial 0xEDB88320, ISO 3309).
//!
//! Natively the `crc32fast` crate computes it with the processor's own instructions. The page has none of these and makes
//! its tables when it needs them: ready-made ones are noise that no compression shrinks, a tenth of the page's weight.

/// The checksum of all parts, end to end.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    #[cfg(target_arch = "wasm32")]
    return by_tables(parts);
    #[cfg(not(target_arch = "wasm32"))]
    {
        let mut hasher = crc32fast::Hasher::new();
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finalize()
    }
}

/// `tables[k][byte]`: what a byte with k bytes behind it adds to the checksum.
#[cfg(any(target_arch = "wasm32", test))]
fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    for (byte, entry) in tables[0].iter_mut().enumerate() {
        let shift = |crc: u32, _| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xedb8_8320 };
        *entry = (0..8).fold(byte as u32, shift);
    }
    for k in 1..8 {
        for byte in 0..256 {
            let before = tables[k - 1][byte];
            tables[k][byte] = tables[0][(before & 255) as usize] ^ (before >> 8);
        }
    }
    tables
}

/// Eight bytes a step (Kounavis & Berry 2005, "A systematic approach to building high performance software-based CRC
/// generators").
#[cfg(any(target_arch = "wasm32", test))]
fn by_tables(parts: &[&[u8]]) -> u32 {
    let tables = tables();
    let mut crc = u32::MAX;
    for part in parts {
        let (chunks, rest) = part.as_chunks::<8>();
        for chunk in chunks {
            let mut mixed = *chunk;
            for (byte, crc) in mixed.iter_mut().zip(crc.to_le_bytes()) {
                *byte ^= crc;
            }
            crc = mixed.iter().zip(tables.iter().rev()).fold(0, |sum, (&byte, table)| sum ^ table[usize::from(byte)]);
        }
        for &byte in rest {
            crc = tables[0][usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree_with_the_standard_and_with_each_other() {
        assert_eq!(crc32(&[b"123456789"]), 0xcbf4_3926);
        assert_eq!(by_tables(&[b"123456789"]), 0xcbf4_3926);
        let bytes: Vec<u8> = (0..1000_u32).map(|i| ((i * i) >> 3) as u8).collect();
        for length in 0..100 {
            let parts = [&bytes[..length], &bytes[length..], &bytes[length..3 * length]];
            assert_eq!(by_tables(&parts), crc32(&parts), "{length}");
        }
    }
}
