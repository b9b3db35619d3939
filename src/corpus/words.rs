//! Names as words: word2vec's files end a word at the first space, so a name must do without.
//!
//! An underscore stands for a space, as in word2vec's own phrases. What would then be ambiguous (`_`, `%`) or is white
//! space or a control character (gensim and others split there) is written as `%XX`, byte by byte, as in URLs. gensim
//! keeps only the first of equal words, so a namesake of an earlier artist carries `%%` and its id, or a number where
//! it has none; `%%` cannot come from a name, whose own `%` is written `%25`.
//!
//! Words of titles are words, too: `title:` before them keeps "gym" apart from a band called Gym. An artist whose name
//! begins so has its colon written as `%3A`.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::Artists;

/// Between a namesake's name and its id.
const NAMESAKE: &str = "%%";

/// Begins the word of a title's word, and of nothing else.
const TITLE: &str = "title:";

/// The word of every artist, each different from all others.
pub(crate) fn encode_all(artists: &Artists) -> Vec<String> {
    let mut used = HashSet::with_capacity(artists.len());
    let mut words = Vec::with_capacity(artists.len());
    for (name, id) in artists.names.iter().zip(&artists.ids) {
        let mut plain = escape(name);
        if is_title(&plain) {
            plain = plain.replacen(':', "%3A", 1);
        }
        let mut word = plain.clone();
        if used.contains(&word) && !id.is_empty() {
            word = format!("{plain}{NAMESAKE}{}", escape(id));
        }
        let mut number = 2_u32;
        while used.contains(&word) {
            word = format!("{plain}{NAMESAKE}{number}");
            number += 1;
        }
        used.insert(word.clone());
        words.push(word);
    }
    words
}

/// The words of words of titles, none of which is an artist's.
pub(crate) fn encode_titles(words: &[String]) -> Vec<String> {
    words.iter().map(|word| format!("{TITLE}{}", escape(word))).collect()
}

/// Whether a word is a title's.
pub(crate) fn is_title(word: &str) -> bool {
    word.starts_with(TITLE)
}

/// Undoes [`encode_titles`] for one word.
pub(crate) fn decode_title(word: &str) -> String {
    unescape(word.strip_prefix(TITLE).unwrap_or(word))
}

/// The name and the id (empty where it carries none) of a word; undoes [`encode_all`].
///
/// Words of other programs pass too: their underscores become spaces, and a `%` that begins no escape stays.
pub(crate) fn decode(word: &str) -> (String, String) {
    match word.split_once(NAMESAKE) {
        Some((name, number)) if number.bytes().all(|b| b.is_ascii_digit()) => (unescape(name), String::new()),
        Some((name, id)) => (unescape(name), unescape(id)),
        None => (unescape(word), String::new()),
    }
}

fn escape(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for character in name.chars() {
        if character == ' ' {
            word.push('_');
        } else if matches!(character, '_' | '%') || character.is_whitespace() || character.is_control() {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(word, "%{byte:02X}");
            }
        } else {
            word.push(character);
        }
    }
    word
}

fn unescape(word: &str) -> String {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'_', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |b: u8| (b as char).to_digit(16).unwrap_or_default() as u8;
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    // Escapes that spell no UTF-8 were not written here: such a word is a name as it stands.
    String::from_utf8(bytes).unwrap_or_else(|_| word.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn artists(rows: &[(&str, &str)]) -> Artists {
        Artists {
            names: rows.iter().map(|row| row.0.to_owned()).collect(),
            ids: rows.iter().map(|row| row.1.to_owned()).collect(),
            mentions: vec![1; rows.len()],
        }
    }

    #[test]
    fn words_look_as_people_expect() {
        let table = artists(&[
            ("Miles Davis", "x"),
            ("100% Silk", ""),
            ("a_b", ""),
            ("tab\there\n", ""),
            ("宇多田\u{3000}ヒカル", ""),
            ("Prince", "i:1"),
            ("Prince", "i:2"),
            ("Prince", ""),
            ("Prince", "i:2"),
            ("title:gym", ""),
        ]);
        assert_eq!(
            encode_all(&table),
            [
                "Miles_Davis",
                "100%25_Silk",
                "a%5Fb",
                "tab%09here%0A",
                "宇多田%E3%80%80ヒカル",
                "Prince",
                "Prince%%i:2",
                "Prince%%2",
                "Prince%%3",
                "title%3Agym"
            ]
        );
        let titles = encode_titles(&["gym".into(), "a b".into()]);
        assert_eq!(titles, ["title:gym", "title:a_b"]);
        assert_eq!(decode_title(&titles[1]), "a b");
    }

    #[test]
    fn foreign_words_pass() {
        for (word, name) in [("New_York", "New York"), ("100%", "100%"), ("%zz", "%zz"), ("%ff", "%ff"), ("", "")] {
            assert_eq!(decode(word), (name.to_owned(), String::new()));
        }
    }

    proptest! {
        #[test]
        fn any_names_come_back_from_distinct_words_without_space(
            rows in prop::collection::vec(("(?s)[ _%2aé\u{a0}\n\t]{0,4}|(title:)?.{0,8}", "[a-z%_ 0-9]{0,3}"), 0..20)
        ) {
            let rows: Vec<(&str, &str)> = rows.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
            let table = artists(&rows);
            let words = encode_all(&table);
            prop_assert_eq!(words.iter().collect::<HashSet<_>>().len(), rows.len());
            for (word, (name, id)) in words.iter().zip(&rows) {
                prop_assert!(!word.contains(|c: char| c.is_whitespace() || c.is_control()), "{:?}", word);
                let (name_back, id_back) = decode(word);
                prop_assert_eq!(&name_back, name);
                prop_assert!(id_back.is_empty() || id_back == *id);
                prop_assert!(!is_title(word));
            }
        }

        #[test]
        fn no_word_panics(word in ".{0,20}") {
            decode(&word);
        }
    }
}
