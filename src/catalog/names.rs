//! Names as keys: what two spellings of the same artist have in common.
//!
//! Owns the folding that ingest (identity), search and links share. Knows nothing of artists or packs.

use alloc::string::String;
use alloc::vec::Vec;

use super::unicode_tables::{CLASSES, LENGTHS, LOW, MARKS, PAGES, PAIRS, TEXT};

/// Folds a name to its key: case, diacritics and punctuation are gone, words stand one space apart.
///
/// Compatibility decomposition (NFKD, Unicode Standard Annex 15), diacritics dropped, lower case, everything that is no
/// letter, digit or mark of a script becomes one space, composed again (NFC). Marks that carry the letter in their script
/// (kana voicing, Indic and Thai vowels) stay. A name that has nothing else ("!!!") keeps its trimmed lower-case self,
/// so that only a blank name has an empty key. Folding a key changes nothing.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        // The same without the tables: most names, several times as fast.
        let mut folded = String::with_capacity(name.len());
        let mut gap = false;
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() {
                if gap && !folded.is_empty() {
                    folded.push(' ');
                }
                folded.push(char::from(byte.to_ascii_lowercase()));
            }
            gap = !byte.is_ascii_alphanumeric();
        }
        return if folded.is_empty() { name.trim().into() } else { folded };
    }
    let mut letters = Vec::with_capacity(name.len());
    let mut gap = false;
    let mut keep = |c: char| {
        if c.is_alphanumeric() || find(MARKS, c).is_some() {
            if gap && !letters.is_empty() {
                letters.push(' ');
            }
            gap = false;
            letters.push(c);
        } else {
            gap = true;
        }
    };
    for c in name.chars().filter(|&c| !is_diacritic(c) && !is_invisible(c)) {
        let mut itself = [0; 4];
        let decomposed = decomposed(c).unwrap_or_else(|| c.encode_utf8(&mut itself));
        // Lower case may bring a new diacritic, as İ does.
        for c in decomposed.chars().flat_map(char::to_lowercase).filter(|&c| !is_diacritic(c)) {
            match plain(c) {
                "" => keep(c),
                plain => plain.chars().for_each(&mut keep),
            }
        }
    }
    if letters.is_empty() { name.trim().to_lowercase() } else { composed(letters) }
}

/// A character's compatibility decomposition without diacritics, where it is not the character itself. Hangul syllables
/// stay whole: [`composed`] would only put them together again.
fn decomposed(c: char) -> Option<&'static str> {
    let code = u32::from(c);
    let page = PAGES.binary_search_by_key(&(code >> 8), |&(page, ..)| page).ok()?;
    let (_, first, mut start) = PAGES[page];
    let end = PAGES.get(page + 1).map_or(LOW.len(), |&(_, first, _)| first);
    for (&low, &length) in LOW[first..end].iter().zip(&LENGTHS[first..end]) {
        if low == code as u8 {
            return TEXT.get(start..start + usize::from(length));
        }
        start += usize::from(length);
    }
    None
}

/// The value of the run that a character lies in.
fn find(runs: &[(u32, u32, u8)], c: char) -> Option<u8> {
    let code = u32::from(c);
    let run = runs.get(runs.partition_point(|&(_, last, _)| last < code))?;
    (run.0 <= code).then_some(run.2)
}

/// Puts marks into canonical order and composes them with their letters (Unicode Standard, 3.11, D109 and D117).
fn composed(mut letters: Vec<char>) -> String {
    let class = |c: char| find(CLASSES, c).unwrap_or(0);
    for marks in letters.chunk_by_mut(|&a, &b| class(a) != 0 && class(b) != 0) {
        marks.sort_by_key(|&c| class(c));
    }
    let mut composed: Vec<char> = Vec::with_capacity(letters.len());
    // The letter that marks join, and the class of the mark before.
    let (mut letter, mut before) = (0, 0);
    for c in letters {
        let class = class(c);
        let reachable = composed.len() == letter + 1 || before < class;
        let pair = composed.get(letter).filter(|_| reachable).and_then(|&first| pair(first, c));
        if let Some(pair) = pair {
            composed[letter] = pair;
            continue;
        }
        if class == 0 {
            letter = composed.len();
        }
        before = class;
        composed.push(c);
    }
    composed.into_iter().collect()
}

/// Two characters' canonical composition; Hangul by arithmetic (Unicode Standard, 3.12).
fn pair(first: char, second: char) -> Option<char> {
    const SYLLABLES: u32 = 0xac00;
    const TAILS: u32 = 28;
    let (a, b) = (u32::from(first), u32::from(second));
    match (a, b) {
        (0x1100..=0x1112, 0x1161..=0x1175) => char::from_u32(SYLLABLES + ((a - 0x1100) * 21 + (b - 0x1161)) * TAILS),
        (SYLLABLES..=0xd7a3, 0x11a8..=0x11c2) if (a - SYLLABLES).is_multiple_of(TAILS) => {
            char::from_u32(a + (b - 0x11a7))
        }
        _ => PAIRS.binary_search_by_key(&(first, second), |&(a, b, _)| (a, b)).ok().map(|found| PAIRS[found].2),
    }
}

/// The blocks of diacritics that all scripts share. Other marks belong to their script's spelling.
fn is_diacritic(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that nobody sees: soft hyphen, zero-width signs, byte order mark, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// The usual plain spelling of a lower-case letter that Unicode does not decompose; empty for all others.
fn plain(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_artist_share_a_key() {
        for (key, spellings) in [
            ("bjork", &["Björk", "BJÖRK", " bjork ", "Bjo\u{308}rk"][..]),
            ("royksopp", &["Röyksopp", "Røyksopp"]),
            ("beyonce", &["Beyoncé", "BEYONCE"]),
            ("ac dc", &["AC/DC", "ac - dc", "AC⚡DC"]),
            ("guns n roses", &["Guns N' Roses", "Guns N’ Roses"]),
            ("motley crue", &["Mötley Crüe"]),
            ("sigur ros", &["Sigur Rós"]),
            ("die arzte", &["Die Ärzte"]),
            ("istanbul", &["İstanbul", "ISTANBUL"]),
            ("οδυσσεασ", &["Οδυσσέας", "ΟΔΥΣΣΕΑΣ"]),
            ("宇多田ヒカル", &["宇多田ヒカル", "宇多田ﾋｶﾙ"]),
            ("방탄소년단", &["방탄소년단"]),
            ("2 chainz", &["2 Chainz", "２ Chainz"]),
        ] {
            for spelling in spellings {
                assert_eq!(fold(spelling), key, "{spelling}");
            }
        }
    }

    #[test]
    fn marks_that_carry_the_letter_stay() {
        assert_ne!(fold("バンド"), fold("ハント"));
        assert_ne!(fold("राम"), fold("रीमा"));
    }

    #[test]
    fn a_name_of_signs_keeps_a_key() {
        assert_eq!(fold("!!!"), "!!!");
        assert_eq!(fold(" †††"), "†††");
        assert_eq!(fold("\u{301}"), "\u{301}");
        assert_eq!(fold(" \t"), "");
    }

    /// The same by a full implementation of Unicode's normal forms.
    #[cfg(not(target_arch = "wasm32"))]
    fn fold_by_unicode_normalization(name: &str) -> String {
        use unicode_normalization::UnicodeNormalization as _;
        use unicode_normalization::char::is_combining_mark;

        let visible = name.nfkd().filter(|&c| !is_diacritic(c) && !is_invisible(c));
        let letters: String = visible.nfkd().flat_map(char::to_lowercase).collect();
        let mut spaced = String::new();
        for c in letters.chars().filter(|&c| !is_diacritic(c)) {
            let plain = plain(c);
            if !plain.is_empty() {
                spaced.push_str(plain);
            } else if c.is_alphanumeric() || is_combining_mark(c) {
                spaced.push(c);
            } else {
                spaced.push(' ');
            }
        }
        let words: Vec<&str> = spaced.split_whitespace().collect();
        if words.is_empty() { name.trim().to_lowercase() } else { words.join(" ").nfc().collect() }
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn every_character_folds_as_unicode_says() {
        for c in '\0'..=char::MAX {
            for name in [String::from(c), String::from_iter(['か', c, 'i']), String::from_iter(['क', c, '\u{3099}', c])]
            {
                assert_eq!(fold(&name), fold_by_unicode_normalization(&name), "{name:?} U+{:04X}", u32::from(c));
            }
        }
    }

    // proptest is a dependency of the native tests alone.
    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn ascii_folds_as_everything_does(name in "[\0-\x7f]{0,12}") {
            proptest::prop_assert_eq!(fold(&name), fold_by_unicode_normalization(&name));
        }

        #[test]
        fn folding_a_key_changes_nothing(name: String) {
            let key = fold(&name);
            proptest::prop_assert_eq!(fold(&key), key.clone());
            proptest::prop_assert_eq!(key.is_empty(), name.trim().is_empty());
            proptest::prop_assert_eq!(key, fold_by_unicode_normalization(&name));
        }
    }
}
