//! The tables behind `catalog::fold` are what Unicode says: written by `UPDATE=1 cargo test --test unicode_tables`,
//! compared by every test run.
//!
//! The program carries its own tables because the page does: hashed ones, as the `unicode-normalization` crate has, are
//! six times as large after compression.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, compose, is_combining_mark};

/// The blocks of diacritics that all scripts share, and what nobody sees: `fold` drops them all.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_syllable(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}

/// Runs of neighbouring characters with the same value.
fn runs(value: impl Fn(char) -> u8) -> Vec<(u32, u32, u8)> {
    let mut runs: Vec<(u32, u32, u8)> = Vec::new();
    for c in ('\0'..=char::MAX).filter(|&c| !is_dropped(c)) {
        match (value(c), runs.last_mut()) {
            (0, _) => {}
            (value, Some(run)) if run.1 + 1 == u32::from(c) && run.2 == value => run.1 += 1,
            (value, _) => runs.push((u32::from(c), u32::from(c), value)),
        }
    }
    runs
}

fn tables() -> String {
    let (mut pages, mut low, mut lengths, mut text) =
        (Vec::<(u32, usize, usize)>::new(), Vec::new(), Vec::new(), String::new());
    for c in ('\0'..=char::MAX).filter(|&c| !is_dropped(c) && !is_syllable(c)) {
        let plain: String = std::iter::once(c).nfkd().filter(|&c| !is_dropped(c)).collect();
        if plain.chars().eq([c]) {
            continue;
        }
        let page = u32::from(c) >> 8;
        if pages.last().is_none_or(|&(last, ..)| last != page) {
            pages.push((page, low.len(), text.len()));
        }
        low.push(u32::from(c) as u8);
        lengths.push(plain.len() as u8);
        text.push_str(&plain);
    }
    let kept = |c: &char| !is_dropped(*c) && !is_syllable(*c);
    let mut pairs = Vec::new();
    for c in ('\0'..=char::MAX).filter(kept) {
        let canonical: Vec<char> = std::iter::once(c).nfd().collect();
        if let Some((&second, first)) = canonical.split_last()
            && let Some(first) = first.iter().copied().nfc().next()
            && kept(&second)
            && compose(first, second) == Some(c)
        {
            pairs.push((first, second, c));
        }
    }
    pairs.sort_unstable();
    let bytes = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "\\x{byte:02x}");
            text
        })
    };
    format!(
        "//! What `names` knows of Unicode: written by tests/unicode_tables.rs, not by hand.\n\n\
         /// Pages of 256 characters that have an entry: the page, its first entry, where its text begins.\n\
         pub(super) static PAGES: &[(u32, usize, usize)] = &{pages:?};\n\n\
         /// The low byte of every character that compatibility decomposition changes, page by page.\n\
         pub(super) static LOW: &[u8] = b\"{}\";\n\n\
         /// How many bytes of [`TEXT`] stand for it.\n\
         pub(super) static LENGTHS: &[u8] = b\"{}\";\n\n\
         /// Decompositions without diacritics, end to end.\n\
         pub(super) static TEXT: &str = \"{}\";\n\n\
         /// Combining classes other than zero: first character, last character, class.\n\
         pub(super) static CLASSES: &[(u32, u32, u8)] = &{:?};\n\n\
         /// Marks that are no letters: first character, last character.\n\
         pub(super) static MARKS: &[(u32, u32, u8)] = &{:?};\n\n\
         /// Canonical compositions: first, second, composed.\n\
         pub(super) static PAIRS: &[(char, char, char)] = &{pairs:?};\n",
        bytes(&low),
        bytes(&lengths),
        text.escape_default(),
        runs(canonical_combining_class),
        runs(|c| u8::from(is_combining_mark(c) && !c.is_alphanumeric())),
    )
}

#[test]
fn the_tables_are_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog/unicode_tables.rs");
    let tables = tables();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &tables).expect("the source tree is writable");
    }
    assert!(
        std::fs::read_to_string(path).expect("the file is there") == tables,
        "run `UPDATE=1 cargo test --test unicode_tables`"
    );
}
