//! Other scripts in Latin letters, roughly as people type them.
//!
//! Owns the tables for Cyrillic, Greek, kana and Hangul. What is typed and what is searched go through the same tables, so
//! that a name is found in its own script and in Latin letters; nothing else depends on how it is spelled here.

use alloc::string::String;

/// а to џ, about as English-speaking labels print it; letters that folding takes apart have no spelling of their own.
const CYRILLIC: &str =
    "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e yu ya   dj  e dz i  j lj nj c    dz";
/// α to ω, after ELOT 743.
const GREEK: &str = "a v g d e z i th i k l m n x o p r s s t y f ch ps o";
/// ぁ to ゖ, after Hepburn; small letters as large ones.
const KANA: &str = "a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za shi ji su zu se ze so zo ta da chi ji  tsu zu te de to \
                    do na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po ma mi mu me mo ya ya yu yu yo yo ra ri ru re \
                    ro wa wa i e o n vu ka ke";
/// The first consonants, vowels and last consonants of Hangul syllables, after the Revised Romanization, each letter by
/// itself.
const INITIALS: &str = "g kk n d tt r m b pp s ss  j jj ch k t p h";
const VOWELS: &str = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i";
const FINALS: &str = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t";

/// Spells a folded name in Latin letters as far as the tables go.
///
/// Where Japanese changes between kana and other letters a word begins: 宇多田ヒカル becomes "宇多田 hikaru".
pub(super) fn transliterate(folded: &str) -> String {
    let mut latin = String::with_capacity(folded.len());
    let (mut in_kana, mut doubled) = (false, false);
    for c in folded.chars() {
        let code = u32::from(c);
        let kana = match code {
            0x3041..=0x3096 => Some(code - 0x3041),
            0x30a1..=0x30f6 => Some(code - 0x30a1),
            // Lengthens the vowel before.
            0x30fc => Some(u32::MAX),
            _ => None,
        };
        if kana.is_some() != in_kana {
            in_kana = !in_kana;
            latin.push(' ');
        }
        if let Some(kana) = kana {
            let spelled = spelling(KANA, kana);
            match kana {
                // Small っ doubles the consonant that follows.
                0x22 => doubled = true,
                // Small ぁ to ぉ: ファ is "fa".
                0 | 2 | 4 | 6 | 8 => {
                    latin.pop();
                    latin.push_str(spelled);
                }
                // Small ゃ, ゅ, ょ: きょ is "kyo", しょ "sho".
                0x42 | 0x44 | 0x46 => {
                    latin.pop();
                    let soft = latin.ends_with(['j']) || latin.ends_with("sh") || latin.ends_with("ch");
                    latin.push_str(&spelled[usize::from(soft)..]);
                }
                _ => {
                    if doubled {
                        latin.push_str(spelled.get(..1).unwrap_or(""));
                    }
                    doubled = false;
                    latin.push_str(spelled);
                }
            }
            continue;
        }
        match code {
            // "ου" is "ou".
            0x3c5 if latin.ends_with('o') => latin.push('u'),
            0x3b1..=0x3c9 => latin.push_str(spelling(GREEK, code - 0x3b1)),
            0x430..=0x45f => latin.push_str(spelling(CYRILLIC, code - 0x430)),
            // Single letters are syllables not typed to the end yet.
            0x1100..=0x1112 => latin.push_str(spelling(INITIALS, code - 0x1100)),
            0x1161..=0x1175 => latin.push_str(spelling(VOWELS, code - 0x1161)),
            // The Unicode Standard, 3.12.
            0xac00..=0xd7a3 => {
                let syllable = code - 0xac00;
                latin.push_str(spelling(INITIALS, syllable / 588));
                latin.push_str(spelling(VOWELS, syllable % 588 / 28));
                latin.push_str(spelling(FINALS, syllable % 28));
            }
            _ => latin.push(c),
        }
    }
    latin
}

fn spelling(table: &'static str, letter: u32) -> &'static str {
    table.split(' ').nth(letter as usize).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::names::fold;

    #[test]
    fn scripts_become_latin() {
        for (name, latin) in [
            ("МакSим", "maksim"),
            ("Чайковский", "chaikovskii"),
            ("Мумий Тролль", "mumii troll"),
            ("Ђорђе Балашевић", "djordje balashevic"),
            ("Джемма Халид", "dzhemma khalid"),
            ("Μίκης Θεοδωράκης", "mikis theodorakis"),
            ("Χάρις Αλεξίου", "charis alexiou"),
            ("宇多田ヒカル", "宇多田 hikaru"),
            ("いきものがかり", " ikimonogakari"),
            ("きゃりーぱみゅぱみゅ", " kyaripamyupamyu"),
            ("ファッション", " fasshon"),
            ("チェッカーズ", " chekkazu"),
            ("ジョン", " jon"),
            ("방탄소년단", "bangtansonyeondan"),
            ("소녀시대", "sonyeosidae"),
            ("블랙핑크", "beulraekpingkeu"),
            ("방ㅌ", "bangt"),
            ("beyonce", "beyonce"),
        ] {
            assert_eq!(transliterate(&fold(name)), latin, "{name}");
        }
    }

    #[test]
    fn every_letter_has_its_place_in_the_tables() {
        for (table, letters) in [(KANA, 86), (CYRILLIC, 48), (GREEK, 25), (INITIALS, 19), (VOWELS, 21), (FINALS, 28)] {
            assert_eq!(table.split(' ').count(), letters, "{table}");
        }
        for (letter, latin) in
            [('я', "ya"), ('ё', "e"), ('џ', "dz"), ('ω', "o"), ('ん', " n"), ('ヶ', " ke"), ('힣', "hit")]
        {
            assert_eq!(transliterate(&fold(&letter.to_string())), latin, "{letter}");
        }
    }

    #[test]
    fn small_letters_without_a_large_one_before_are_no_error() {
        for text in ["ゃ", "ぁ", "っ", "ー", "aゃ", "宇ゃ", "っっか", "ンッ"] {
            let _ = transliterate(text);
        }
    }
}
