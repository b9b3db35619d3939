//! Columns of small integers in little space: the range variant of asymmetric numeral systems (rANS; Duda 2013, "Asymmetric
//! numeral systems: entropy coding combining speed of Huffman coding with compression rate of arithmetic coding").
//!
//! Owns the coded column, for writing and for reading, and texts made of such columns; docs/FORMAT.md is the
//! specification. Knows nothing of what the numbers mean.
//!
//! A column stands alone: its lowest value, how often each value from there on occurs (in 4,096ths), then one stream of
//! 16-bit words. A reader that comes to the end of a column finds the state that the writer began with, or knows that the
//! column is damaged.

use alloc::vec;
use alloc::vec::Vec;

use super::strings::Texts;

/// Frequencies of a column add up to 2 to this power.
const SCALE_BITS: u32 = 12;

/// What frequencies add up to. No column has more different values from its lowest to its highest.
pub(super) const SCALE: u32 = 1 << SCALE_BITS;

/// The state at which a writer begins and a reader must end; states lie in `LOWEST_STATE .. LOWEST_STATE · 65,536`.
const LOWEST_STATE: u32 = 1 << 16;

/// Texts longer than this, all strings of a section together, are refused: few bytes could claim many.
const MAX_TEXT: usize = 1 << 26;

/// Appends a number, seven bits a byte, the low ones first (LEB128).
pub(super) fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Appends a column of values; `None` where they spread over more than [`SCALE`] values.
pub(super) fn put_column(bytes: &mut Vec<u8>, values: &[i16]) -> Option<()> {
    let (lowest, highest) = (*values.iter().min()?, *values.iter().max()?);
    let span = (i32::from(highest) - i32::from(lowest)) as u32 + 1;
    if span > SCALE {
        return None;
    }
    let mut counts = vec![0_u64; span as usize];
    let symbol = |value: i16| (i32::from(value) - i32::from(lowest)) as usize;
    values.iter().for_each(|&value| counts[symbol(value)] += 1);
    let frequencies = frequencies(&counts);
    let starts: Vec<u32> = starts(&frequencies).collect();

    let mut words: Vec<u16> = Vec::new();
    let mut state = LOWEST_STATE;
    for &value in values.iter().rev() {
        let (frequency, start) = (frequencies[symbol(value)], starts[symbol(value)]);
        // States at or above frequency · 2²⁰ would leave 32 bits.
        if u64::from(state) >= u64::from(frequency) << (32 - SCALE_BITS) {
            words.push(state as u16);
            state >>= 16;
        }
        state = (state / frequency) << SCALE_BITS | (start + state % frequency);
    }
    words.extend([state as u16, (state >> 16) as u16]);

    put_number(bytes, (i32::from(lowest) << 1 ^ i32::from(lowest) >> 31) as u32);
    put_number(bytes, span);
    frequencies.iter().for_each(|&frequency| put_number(bytes, frequency));
    put_number(bytes, words.len() as u32);
    words.iter().rev().for_each(|word| bytes.extend(word.to_le_bytes()));
    Some(())
}

/// Counts as parts of [`SCALE`]: at least 1 for what occurs, in sum exactly [`SCALE`].
fn frequencies(counts: &[u64]) -> Vec<u32> {
    let total = counts.iter().sum::<u64>().max(1);
    let mut frequencies: Vec<u32> = counts
        .iter()
        .map(|&count| if count == 0 { 0 } else { ((count * u64::from(SCALE) + total / 2) / total).max(1) as u32 })
        .collect();
    // What rounding left over or took too much is settled with the most frequent values, where it costs least.
    loop {
        let sum: u32 = frequencies.iter().sum();
        let Some(most) = (0..frequencies.len()).max_by_key(|&i| (frequencies[i], core::cmp::Reverse(i))) else { break };
        match sum.cmp(&SCALE) {
            core::cmp::Ordering::Equal => break,
            core::cmp::Ordering::Less => frequencies[most] += SCALE - sum,
            core::cmp::Ordering::Greater => frequencies[most] -= (sum - SCALE).min(frequencies[most] / 2).max(1),
        }
    }
    frequencies
}

/// The sum of the frequencies before each.
fn starts(frequencies: &[u32]) -> impl Iterator<Item = u32> + '_ {
    frequencies.iter().scan(0, |sum, &frequency| {
        let start = *sum;
        *sum += frequency;
        Some(start)
    })
}

/// Reads what was appended, from the first byte to the last.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

/// One value's share of the states, as a look-up by the low bits of a state finds it.
#[derive(Clone, Copy, Default)]
struct Slot {
    value: i16,
    frequency: u16,
    /// How far into the value's share the slot lies.
    offset: u16,
}

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Says whether all bytes have been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next `count` bytes.
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    /// The next number; `None` at the end or where it exceeds 32 bits.
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut number = 0_u32;
        for shift in (0..32).step_by(7) {
            let byte = u32::from(*self.take(1)?.first()?);
            if shift == 28 && byte > 0xf {
                return None;
            }
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// The next column, of `count` values, each within `range`. A column of no values takes no bytes.
    ///
    /// `None` where the bytes are no such column.
    pub(super) fn column(&mut self, count: usize, range: core::ops::RangeInclusive<i32>) -> Option<Vec<i16>> {
        let mut values = Vec::new();
        if count == 0 {
            return Some(values);
        }
        values.try_reserve_exact(count).ok()?;
        let lowest = self.number()?;
        let lowest = (lowest >> 1) as i32 ^ -((lowest & 1) as i32);
        let span = self.number()?;
        if span > SCALE {
            return None;
        }
        let mut slots = [Slot::default(); SCALE as usize];
        let mut filled = 0_usize;
        for symbol in 0..span as i32 {
            let frequency = self.number()?;
            let value = lowest.checked_add(symbol).and_then(|value| i16::try_from(value).ok())?;
            if frequency > 0 && !range.contains(&value.into()) {
                return None;
            }
            let share = slots.get_mut(filled..filled.checked_add(frequency as usize)?)?;
            for (offset, slot) in share.iter_mut().enumerate() {
                *slot = Slot { value, frequency: frequency as u16, offset: offset as u16 };
            }
            filled += frequency as usize;
        }
        if filled != slots.len() {
            return None;
        }
        let words = self.number()? as usize;
        let mut words =
            self.take(words.checked_mul(2)?)?.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let mut word = || words.next().map(u32::from);
        let mut state = word()? << 16 | word()?;
        for _ in 0..count {
            let slot = slots[(state & (SCALE - 1)) as usize];
            values.push(slot.value);
            // Never above what it was: frequency ≤ 2¹² and offset < frequency.
            state = u32::from(slot.frequency) * (state >> SCALE_BITS) + u32::from(slot.offset);
            if state < LOWEST_STATE {
                state = state << 16 | word()?;
            }
        }
        (state == LOWEST_STATE && word().is_none()).then_some(values)
    }
}

/// Writes strings as columns of their UTF-8 bytes, one column for each byte that stands before (order-1 contexts); a zero
/// byte ends each string. `None` where a string has a zero byte or where they are too long in all.
pub(super) fn encode_text<S: AsRef<str>>(strings: &[S]) -> Option<Vec<u8>> {
    let mut contexts: Vec<Vec<i16>> = vec![Vec::new(); 256];
    let mut length = 0_usize;
    for string in strings {
        let mut before = 0;
        length = length.checked_add(string.as_ref().len() + 1).filter(|&length| length <= MAX_TEXT)?;
        for byte in string.as_ref().bytes() {
            if byte == 0 {
                return None;
            }
            contexts[usize::from(before)].push(byte.into());
            before = byte;
        }
        contexts[usize::from(before)].push(0);
    }
    let mut bytes = Vec::new();
    put_number(&mut bytes, u32::try_from(strings.len()).ok()?);
    for context in &contexts {
        put_number(&mut bytes, context.len() as u32);
        if !context.is_empty() {
            put_column(&mut bytes, context)?;
        }
    }
    Some(bytes)
}

/// Reads strings back; `None` where the bytes are no such strings, or no UTF-8.
pub(super) fn decode_text(bytes: &[u8]) -> Option<Texts> {
    let mut reader = Reader::new(bytes);
    let count = reader.number()? as usize;
    let mut contexts: Vec<Vec<i16>> = Vec::with_capacity(256);
    let mut length = 0_usize;
    for _ in 0..256 {
        let letters = reader.number()? as usize;
        length = length.checked_add(letters).filter(|&length| length <= MAX_TEXT)?;
        contexts.push(reader.column(letters, 0..=255)?);
    }
    let text_length = length.checked_sub(count)?;
    let (mut ends, mut text) = (Vec::new(), Vec::new());
    ends.try_reserve_exact(count).ok()?;
    text.try_reserve_exact(text_length).ok()?;
    let mut contexts: Vec<_> = contexts.into_iter().map(Vec::into_iter).collect();
    for _ in 0..count {
        let mut before = 0_u8;
        loop {
            before = contexts[usize::from(before)].next()? as u8;
            if before == 0 {
                break;
            }
            text.push(before);
        }
        ends.push(text.len() as u32);
    }
    let whole = reader.is_at_end() && contexts.iter().all(|context| context.len() == 0);
    if whole { Texts::new(ends, text) } else { None }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn round_trip(values: &[i16]) -> usize {
        let mut bytes = Vec::new();
        put_column(&mut bytes, values).unwrap();
        let mut reader = Reader::new(&bytes);
        let back = reader.column(values.len(), -32_768..=32_767).unwrap();
        assert!(reader.is_at_end());
        assert_eq!(back, values);
        bytes.len()
    }

    #[test]
    fn columns_come_back() {
        round_trip(&[5]);
        round_trip(&[-300, 300]);
        round_trip(&[i16::MIN, i16::MIN + 4095]);
        round_trip(&(0..4096).collect::<Vec<_>>());
        round_trip(&(0..10_000).map(|i| (i * i % 37) as i16 - 18).collect::<Vec<_>>());
        let mut bytes = Vec::new();
        assert!(put_column(&mut bytes, &[0, 4096]).is_none(), "too wide");
        assert!(put_column(&mut bytes, &[]).is_none());
    }

    #[test]
    fn a_column_takes_its_entropy() {
        assert!(round_trip(&[7; 10_000]) < 12);
        // One bit a value, and one value in sixteen: 0.337 bits.
        let coin: Vec<i16> = (0..8000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 31) as i16).collect();
        assert!((1000..1020).contains(&round_trip(&coin)), "{}", round_trip(&coin));
        let rare: Vec<i16> = (0..16_000_u32).map(|i| i16::from(i.wrapping_mul(2_654_435_761) >> 28 == 0)).collect();
        assert!((650..700).contains(&round_trip(&rare)), "{}", round_trip(&rare));
    }

    #[test]
    fn texts_come_back_smaller() {
        let names: Vec<String> = (0..500).map(|i| alloc::format!("Björk 宇多田 {i}")).collect();
        let bytes = encode_text(&names).unwrap();
        let texts = decode_text(&bytes).unwrap();
        assert!(texts.iter().eq(names.iter().map(String::as_str)));
        assert!(bytes.len() * 3 < names.concat().len(), "{}", bytes.len());
        assert_eq!(decode_text(&encode_text::<&str>(&[]).unwrap()).unwrap().len(), 0);
        assert_eq!(decode_text(&encode_text(&["", ""]).unwrap()).unwrap().iter().collect::<Vec<_>>(), ["", ""]);
        assert!(encode_text(&["a\0b"]).is_none());
        for count in [499_u32, 501] {
            let mut other = Vec::new();
            put_number(&mut other, count);
            other.extend(&bytes[2..]);
            assert!(decode_text(&other).is_none());
        }
    }

    #[test]
    fn damage_never_panics_and_cut_columns_are_refused() {
        let mut bytes = Vec::new();
        put_column(&mut bytes, &(0..300).map(|i| (i * 7 % 23) as i16).collect::<Vec<_>>()).unwrap();
        for cut in 0..bytes.len() {
            assert!(Reader::new(&bytes[..cut]).column(300, 0..=255).is_none());
        }
        for at in 0..bytes.len() {
            for flip in [1, 0x80] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let _ = Reader::new(&damaged).column(300, 0..=255);
            }
        }
        assert!(Reader::new(&[0xff; 6]).number().is_none());
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).number(), Some(u32::MAX));
    }
}
