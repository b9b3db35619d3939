//! Expressions: `Drake - rap + country`, `2 Drake + .5 "A - B" - word:gym`.
//!
//! Owns how a question is written as one line of text, and how terms are written back.
//!
//! ```text
//! expression = [sign] term { sign term }          sign   = "+" | "-" | "−" | "–"
//! term       = [weight] operand                   weight = 2 | .5 | 1.25, a space or a "*" behind it
//! operand    = [ "artist:" | "word:" ] name       name   = "in quotes" | without quotes
//! ```
//!
//! - Names hold signs and numbers themselves: blink-182, +/-, Florence + The Machine, 2 Chainz. The longest text that
//!   somebody is called wins, so these need no quotes. A sign that could end a name counts as a part of it only where the
//!   name has the same signs ("Drake - Bell" is not Drake Bell).
//! - Minus needs a space before it (blink-182 is no difference), plus does not.
//! - A name that is an artist's and a word's is whichever is mentioned more: how often an artist is in playlists, how many
//!   titles have a word. `artist:` and `word:` say which.
//! - In quotes everything is a name; `\"` and `\\` stand for a quote and a backslash.
//! - A stable id or a folded name is a name, too: that is how namesakes are told apart.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::terms::{Item, Term, WordId};
use crate::catalog::names::fold;
use crate::catalog::pack::Pack;

/// The longest expression in bytes.
const MOST_BYTES: usize = 2_000;

/// The most terms.
const MOST_TERMS: usize = 64;

/// How many signs a name without quotes may have.
const MOST_SIGNS: usize = 5;

/// How many names an error suggests.
const SUGGESTIONS: usize = 3;

/// An expression that cannot be understood. Places are counted in characters, from 0.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// There is nothing.
    #[error("nothing is asked. Write an artist, or several with + and - between them: Drake - rap + country")]
    Empty,
    /// It is too long to be meant.
    #[error("this expression is longer than {most} bytes. Ask for fewer artists")]
    TooLong {
        /// The most bytes.
        most: usize,
    },
    /// It has too many terms.
    #[error("this expression has more than {most} terms. Ask for fewer artists")]
    TooManyTerms {
        /// The most terms.
        most: usize,
    },
    /// A sign or a weight without anything behind it.
    #[error("at character {}: an artist or a title word is missing here. Write one, or take the sign or number away", .at + 1)]
    Missing {
        /// Where something is missing.
        at: usize,
    },
    /// A quote that is not closed.
    #[error("at character {}: this quote is never closed. Write another \" behind the name", .at + 1)]
    Unclosed {
        /// Where the quote opens.
        at: usize,
    },
    /// A weight that is no finite number.
    #[error("at character {}: this weight is too large. Write a smaller number", .at + 1)]
    BadWeight {
        /// Where the number stands.
        at: usize,
    },
    /// Nobody and nothing is called so.
    #[error("at character {}: nobody here is called \"{name}\", and it is no word of playlist titles{}. Check the spelling; put a space before a minus sign", .at + 1, did_you_mean(.suggestions))]
    Unknown {
        /// Where the name begins.
        at: usize,
        /// The name.
        name: String,
        /// Names that it may be meant for, best first; may be empty.
        suggestions: Vec<String>,
    },
}

fn did_you_mean(suggestions: &[String]) -> String {
    if suggestions.is_empty() { String::new() } else { [" (did you mean ", &suggestions.join(", "), "?)"].concat() }
}

/// Which items a name may be of.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Any,
    Artist,
    Word,
}

fn is_sign(c: char) -> bool {
    matches!(c, '+' | '-' | '−' | '–')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

/// The signs and quotes of a text, all minus signs alike, all quotes alike.
fn signature(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|&c| is_sign(c) || is_quote(c)).map(|c| match c {
        '+' => '+',
        c if is_quote(c) => '"',
        _ => '-',
    })
}

impl Pack {
    /// Reads an expression of weighted artists and title words, such as `Drake - rap + 2 country`.
    ///
    /// The module's documentation has the grammar; [`Self::format`] writes terms back.
    ///
    /// ```
    /// use artist2vec::catalog::questions::{Method, Options};
    /// # use artist2vec::catalog::{PackContent, WordContent};
    /// # let pack = PackContent {
    /// #     names: ["Drake", "Johnny Cash", "Björk"].map(String::from).to_vec(),
    /// #     ids: vec![String::new(); 3],
    /// #     mentions: vec![9, 7, 2],
    /// #     positions: vec![0.0; 9],
    /// #     dimensions: 2,
    /// #     vectors: vec![1.0, 0.1, 0.1, 1.0, 0.6, 0.8],
    /// #     words: WordContent {
    /// #         words: vec!["rap".into(), "country".into()],
    /// #         titles: vec![30, 20],
    /// #         vectors: vec![1.0, 0.0, 0.0, 1.0],
    /// #         norms: vec![],
    /// #     },
    /// #     ..PackContent::default()
    /// # }
    /// # .encode()?
    /// # .open()?;
    /// let terms = pack.parse("drake - rap + 2 country")?;
    /// assert_eq!(pack.format(&terms), "Drake - rap + 2 country");
    ///
    /// let nearest = pack.blend(&terms, Method::Add, &Options::limit(1))?;
    /// assert_eq!(pack.name(nearest[0].artist), "Johnny Cash");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ExpressionError`] where it cannot be understood: what is wrong, where, and what to do.
    pub fn parse(&self, expression: &str) -> Result<Vec<Term>, ExpressionError> {
        if expression.len() > MOST_BYTES {
            return Err(ExpressionError::TooLong { most: MOST_BYTES });
        }
        let mut reader = Reader { pack: self, text: expression, at: 0 };
        let mut terms = Vec::new();
        reader.skip_space();
        if reader.rest().is_empty() {
            return Err(ExpressionError::Empty);
        }
        while !reader.rest().is_empty() {
            if terms.len() == MOST_TERMS {
                return Err(ExpressionError::TooManyTerms { most: MOST_TERMS });
            }
            terms.push(reader.term(terms.is_empty())?);
            reader.skip_space();
        }
        Ok(terms)
    }

    /// Writes terms as an expression that [`Self::parse`] reads back: without quotes where it can be.
    ///
    /// Two artists without stable ids that share their name cannot be told apart: the more mentioned is read back.
    pub fn format(&self, terms: &[Term]) -> String {
        let plain = self.format_with(terms, false);
        match self.parse(&plain) {
            Ok(read) if read == terms => plain,
            _ => self.format_with(terms, true),
        }
    }

    fn format_with(&self, terms: &[Term], quoted: bool) -> String {
        let mut text = String::new();
        for (i, term) in terms.iter().enumerate() {
            text.push_str(match (i, term.weight < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            });
            let weight = term.weight.abs();
            if weight != 1.0 {
                // Writing into a string cannot fail.
                let _ = write!(text, "{weight} ");
            }
            let (prefix, name) = match term.item {
                Item::Artist(artist) if self.find_item(Scope::Artist, self.name(artist), false) == Some(term.item) => {
                    ("artist:", self.name(artist).to_string())
                }
                // A namesake of somebody who is mentioned more.
                Item::Artist(artist) => ("artist:", self.key(artist)),
                Item::Word(word) => ("word:", self.word(word as usize).to_string()),
            };
            if self.find_item(Scope::Any, &name, false) != Some(term.item) {
                text.push_str(prefix);
            }
            if quoted {
                text.push('"');
                for c in name.chars() {
                    if matches!(c, '"' | '“' | '”' | '\\') {
                        text.push('\\');
                    }
                    text.push(c);
                }
                text.push('"');
            } else {
                text.push_str(&name);
            }
        }
        text
    }

    /// The artist or word of a name. Where `strict`, an artist's name must have the same signs and quotes.
    fn find_item(&self, scope: Scope, name: &str, strict: bool) -> Option<Item> {
        if name.trim().is_empty() {
            return None;
        }
        let artist = (scope != Scope::Word)
            .then(|| self.find_spelled(name))
            .flatten()
            .filter(|&artist| !strict || signature(self.name(artist)).eq(signature(name)));
        let folded = fold(name);
        let word = (scope != Scope::Artist && !strict)
            .then(|| (0..self.words()).find(|&word| fold(self.word(word)) == folded))
            .flatten();
        match (artist, word) {
            (Some(artist), Some(word)) => {
                let mentions = self.mentions().get(artist as usize).copied().unwrap_or_default();
                let is_word = self.word_titles(word) > mentions;
                Some(if is_word { Item::Word(word as WordId) } else { Item::Artist(artist) })
            }
            (Some(artist), None) => Some(Item::Artist(artist)),
            (None, Some(word)) => Some(Item::Word(word as WordId)),
            (None, None) if strict || scope == Scope::Word => None,
            (None, None) => self.find_loosely(name).map(Item::Artist),
        }
    }
}

/// An expression while it is read.
struct Reader<'a> {
    pack: &'a Pack,
    text: &'a str,
    /// Where reading goes on, in bytes.
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes one of some characters.
    fn take(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.rest().chars().next().filter(|&c| is_wanted(c))?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// A place in characters.
    fn place(&self, at: usize) -> usize {
        self.text[..at].chars().count()
    }

    /// Reads a sign and a term; the first needs no sign.
    fn term(&mut self, is_first: bool) -> Result<Term, ExpressionError> {
        // A name may begin with a sign: "+/-".
        if is_first
            && self.rest().starts_with(is_sign)
            && let Some(item) = self.bare(Scope::Any)
        {
            return Ok(Term { item, weight: 1.0 });
        }
        let sign = if self.take(is_sign).is_some_and(|sign| sign != '+') { -1.0 } else { 1.0 };
        self.skip_space();
        let start = self.at;
        let times = |c| matches!(c, '*' | '×');
        // A weight with a "*" is one. Otherwise a name may begin with a number: "2 Chainz".
        if let Some((weight, end)) = self.number() {
            self.at = end;
            self.skip_space();
            if self.take(times).is_some() {
                return self.weighted(sign * weight, start);
            }
            self.at = start;
        }
        if let Some(item) = self.operand()? {
            return Ok(Term { item, weight: sign });
        }
        if let Some((weight, end)) = self.number() {
            self.at = end;
            let separated =
                self.rest().is_empty() || self.rest().starts_with(|c: char| c.is_whitespace() || is_quote(c));
            if separated {
                return self.weighted(sign * weight, start);
            }
            self.at = start;
        }
        Err(self.unknown())
    }

    /// Reads what stands behind a weight that began at `start`.
    fn weighted(&mut self, weight: f32, start: usize) -> Result<Term, ExpressionError> {
        if !weight.is_finite() {
            return Err(ExpressionError::BadWeight { at: self.place(start) });
        }
        self.skip_space();
        match self.operand()? {
            Some(item) => Ok(Term { item, weight }),
            None => Err(self.unknown()),
        }
    }

    /// Digits with at most one point among them, and where they end.
    fn number(&self) -> Option<(f32, usize)> {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let number: f32 = rest[..length].parse().ok()?;
        Some((number, self.at + length))
    }

    /// Reads a name, with or without quotes, with or without a prefix; `None` where nobody is called so.
    fn operand(&mut self) -> Result<Option<Item>, ExpressionError> {
        let start = self.at;
        let mut scope = Scope::Any;
        for (prefix, of_prefix) in [("artist:", Scope::Artist), ("word:", Scope::Word)] {
            if self.rest().get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)) {
                self.at += prefix.len();
                self.skip_space();
                scope = of_prefix;
            }
        }
        if self.rest().starts_with(is_quote) {
            let quote = self.at;
            if let Some((name, end)) = self.quoted() {
                let behind = self.text[end..].trim_start();
                // A quote may also be a part of a name: "Weird Al" Yankovic.
                if behind.is_empty() || behind.starts_with(is_sign) {
                    let item = self.pack.find_item(scope, &name, false);
                    self.at = if item.is_some() { end } else { start };
                    return item.map(Some).ok_or_else(|| self.unknown_name(quote, name));
                }
            } else if let Some(item) = self.bare(scope) {
                return Ok(Some(item));
            } else {
                return Err(ExpressionError::Unclosed { at: self.place(quote) });
            }
        }
        let item = self.bare(scope);
        if item.is_none() && scope != Scope::Any {
            return Err(self.unknown());
        }
        Ok(item)
    }

    /// The text in quotes and where its closing quote ends; `None` where it is not closed.
    fn quoted(&self) -> Option<(String, usize)> {
        let mut name = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' => name.push(characters.next()?.1),
                c if is_quote(c) => return Some((name, self.at + at + c.len_utf8())),
                c => name.push(c),
            }
        }
        None
    }

    /// Where a name without quotes that begins here may end: before a sign, or at the end of the text.
    fn ends(&self) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut before = None;
        for (at, c) in self.rest().char_indices() {
            // At the beginning a sign is a part of the name.
            if is_sign(c) && before.is_some_and(|before: char| before.is_whitespace() || c == '+') {
                ends.push(self.at + at);
            }
            if ends.len() > MOST_SIGNS {
                return ends;
            }
            before = Some(c);
        }
        ends.push(self.text.len());
        ends
    }

    /// Reads the longest name without quotes that is known.
    fn bare(&mut self, scope: Scope) -> Option<Item> {
        let ends = self.ends();
        // Only of a name that has one, too: a quote that is not closed is an error, not a part of any name.
        let begins_with_sign = self.rest().starts_with(|c| is_sign(c) || is_quote(c));
        for (signs, &end) in ends.iter().enumerate().rev() {
            let name = self.text[self.at..end].trim_end();
            if let Some(item) = self.pack.find_item(scope, name, signs > 0 || begins_with_sign) {
                self.at = end;
                return Some(item);
            }
        }
        None
    }

    /// The error for what stands here and is not known, up to where it could end first.
    fn unknown(&self) -> ExpressionError {
        let end = self.ends().first().copied().unwrap_or(self.text.len());
        let name = self.text[self.at..end].trim();
        if name.is_empty() || name.starts_with(is_sign) {
            return ExpressionError::Missing { at: self.place(self.at) };
        }
        self.unknown_name(self.at, name.into())
    }

    fn unknown_name(&self, at: usize, name: String) -> ExpressionError {
        let suggestions = self.pack.search(&name, SUGGESTIONS);
        let suggestions = suggestions.iter().map(|found| self.pack.name(found.artist).to_string()).collect();
        ExpressionError::Unknown { at: self.place(at), name, suggestions }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{named, open, words};
    use super::*;
    use crate::catalog::PackContent;

    const NAMES: &[&str] = &[
        "Drake",
        "Kanye West",
        "Simon & Garfunkel",
        "Florence + The Machine",
        "blink-182",
        "+/-",
        "Ke$ha",
        "-M-",
        "M",
        "2 Chainz",
        "311",
        ".38 Special",
        "Drake Bell",
        "A - B",
        "\"Weird Al\" Yankovic",
        "Queen",
        "Country",
        "!!!",
        "C+C Music Factory",
        "artist: Unknown",
        "back\\slash",
        "Orbital",
        "orbital",
        "Björk",
        "Alt-J",
        "宇多田ヒカル",
    ];

    fn pack() -> Pack {
        let mut content = named(NAMES);
        // Two namesakes, told apart by their ids.
        content.ids[22] = "spotify:artist:orbital".into();
        let degrees: Vec<f32> = (0..6).map(|i| 200.0 + 10.0 * i as f32).collect();
        content.words = words(&["rap", "country", "queen", "r&b", "90s", "🔥"], &degrees);
        // "country" is in more titles than Country has mentions, "queen" in fewer.
        content.words.titles = vec![500, 400, 20, 15, 12, 10];
        open(&content)
    }

    /// Terms as `weight name`.
    fn read(pack: &Pack, expression: &str) -> Result<Vec<String>, ExpressionError> {
        let show = |term: &Term| match term.item {
            Item::Artist(artist) => format!("{} {}", term.weight, pack.name(artist)),
            Item::Word(word) => format!("{} word {}", term.weight, pack.word(word as usize)),
        };
        Ok(pack.parse(expression)?.iter().map(show).collect())
    }

    #[test]
    fn expressions_mean_what_people_mean() {
        let pack = pack();
        for (expression, terms) in [
            ("Drake", &["1 Drake"][..]),
            ("Drake - rap + country", &["1 Drake", "-1 word rap", "1 word country"]),
            ("2 Drake + .5 \"A - B\"", &["2 Drake", "0.5 A - B"]),
            ("drake+björk", &["1 Drake", "1 Björk"]),
            ("DRAKE −rap – country", &["1 Drake", "-1 word rap", "-1 word country"]),
            ("- Drake + 1.25*rap", &["-1 Drake", "1.25 word rap"]),
            ("blink-182 - rap", &["1 blink-182", "-1 word rap"]),
            ("rap - blink-182", &["1 word rap", "-1 blink-182"]),
            ("+/-", &["1 +/-"]),
            ("+/- + Drake - +/-", &["1 +/-", "1 Drake", "-1 +/-"]),
            ("-M-", &["1 -M-"]),
            ("-M", &["-1 M"]),
            ("Drake - -M-", &["1 Drake", "-1 -M-"]),
            ("Simon & Garfunkel + Ke$ha", &["1 Simon & Garfunkel", "1 Ke$ha"]),
            ("Florence + The Machine", &["1 Florence + The Machine"]),
            ("Drake + florence + the machine - !!!", &["1 Drake", "1 Florence + The Machine", "-1 !!!"]),
            ("c+c music factory+drake", &["1 C+C Music Factory", "1 Drake"]),
            ("2 Chainz", &["1 2 Chainz"]),
            ("2 2 Chainz", &["2 2 Chainz"]),
            ("311 + .38 Special", &["1 311", "1 .38 Special"]),
            ("2 × Kanye West", &["2 Kanye West"]),
            ("Drake Bell", &["1 Drake Bell"]),
            ("A - B", &["1 A - B"]),
            ("\"A - B\" - rap", &["1 A - B", "-1 word rap"]),
            ("“A - B”", &["1 A - B"]),
            ("\"Weird Al\" Yankovic - Drake", &["1 \"Weird Al\" Yankovic", "-1 Drake"]),
            ("weird al yankovic", &["1 \"Weird Al\" Yankovic"]),
            ("\"\\\"Weird Al\\\" Yankovic\"", &["1 \"Weird Al\" Yankovic"]),
            ("Queen + country", &["1 Queen", "1 word country"]),
            ("word:queen + artist:country", &["1 word queen", "1 Country"]),
            ("Word: \"r&b\" + 2 ARTIST:Drake", &["1 word r&b", "2 Drake"]),
            ("\"artist: unknown\"", &["1 artist: Unknown"]),
            ("spotify:artist:orbital + Orbital", &["1 orbital", "1 Orbital"]),
            ("alt-j - 90s + 🔥", &["1 Alt-J", "-1 word 90s", "1 word 🔥"]),
            (" 宇多田ヒカル ", &["1 宇多田ヒカル"]),
            ("0 Drake", &["0 Drake"]),
        ] {
            assert_eq!(
                read(&pack, expression).as_deref(),
                Ok(&terms.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..]),
                "{expression}"
            );
        }
    }

    #[test]
    fn a_sign_never_joins_two_names_into_a_third() {
        let pack = pack();
        // "drake bell" is somebody, and so is "m".
        let error = pack.parse("Drake - Bell").unwrap_err();
        assert!(matches!(&error, ExpressionError::Unknown { at: 8, name, .. } if name == "Bell"), "{error:?}");
        assert_eq!(read(&pack, "- m").unwrap(), ["-1 M"]);
    }

    #[test]
    fn errors_say_where_and_what_to_do() {
        let pack = pack();
        for (expression, error) in [
            ("", ExpressionError::Empty),
            ("  \t", ExpressionError::Empty),
            ("Drake -", ExpressionError::Missing { at: 7 }),
            ("+", ExpressionError::Missing { at: 1 }),
            ("Drake + - rap", ExpressionError::Missing { at: 8 }),
            ("Björk + 2 - rap", ExpressionError::Missing { at: 10 }),
            ("Björk + 2", ExpressionError::Missing { at: 9 }),
            ("Drake + \"A - B", ExpressionError::Unclosed { at: 8 }),
            ("Drake + \"Björk", ExpressionError::Unclosed { at: 8 }),
            ("Drake + word:", ExpressionError::Missing { at: 13 }),
        ] {
            assert_eq!(pack.parse(expression), Err(error), "{expression}");
        }
        let many = ["9".repeat(60).as_str(), " Drake"].concat();
        assert_eq!(pack.parse(&many), Err(ExpressionError::BadWeight { at: 0 }));
        assert_eq!(pack.parse(&"Drake+".repeat(400)), Err(ExpressionError::TooLong { most: 2_000 }));
        assert_eq!(pack.parse(&"M+".repeat(200)), Err(ExpressionError::TooManyTerms { most: 64 }));
        let unknown = pack.parse("Björk + Bell - rap").unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "at character 9: nobody here is called \"Bell\", and it is no word of playlist titles (did you mean Drake Bell?). \
             Check the spelling; put a space before a minus sign"
        );
        for expression in ["word:Drake", "artist:rap", "\"no such\"", "Drake-rap"] {
            assert!(matches!(pack.parse(expression), Err(ExpressionError::Unknown { .. })), "{expression}");
        }
    }

    #[test]
    fn expressions_are_written_as_one_would() {
        let pack = pack();
        for (typed, written) in [
            ("2.0 drake -  rap+COUNTRY", "2 Drake - rap + country"),
            ("-drake", "-Drake"),
            ("-.5 \"blink 182\"", "-0.5 blink-182"),
            ("artist:country + word:queen", "artist:Country + word:queen"),
            ("\"2 chainz\" + +/-", "2 Chainz + +/-"),
            ("artist:spotify:artist:orbital", "spotify:artist:orbital"),
            ("artist:\"artist: unknown\"", "\"artist: Unknown\""),
        ] {
            let terms = pack.parse(typed).unwrap();
            assert_eq!(pack.format(&terms), written, "{typed}");
        }
        assert_eq!(pack.format(&[]), "");
    }

    #[test]
    fn packs_without_words_have_expressions() {
        let pack = open(&PackContent { words: PackContent::default().words, ..named(&["Drake"]) });
        assert_eq!(pack.parse("Drake").unwrap(), [Term::artist(0, 1.0)]);
        assert!(pack.parse("rap").is_err());
    }

    // proptest is a dependency of the native tests alone.
    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(terms in proptest::collection::vec((0_u32..32, -4_i8..5, 0_u8..3), 1..6)) {
            let pack = pack();
            let term = |&(item, weight, kind): &(u32, i8, u8)| {
                let weight = if kind == 0 { f32::from(weight) } else { f32::from(weight) * 0.3 };
                let words = pack.words() as u32;
                if item < words { Term::word(item, weight) } else { Term::artist(item - words, weight) }
            };
            let terms: Vec<Term> = terms.iter().map(term).collect();
            let written = pack.format(&terms);
            proptest::prop_assert_eq!(pack.parse(&written), Ok(terms), "{}", written);
        }

        /// Pieces of expressions in any order: read or refused, and what is read is written so that it is read back.
        #[test]
        fn nothing_makes_it_panic(pieces in proptest::collection::vec(0_usize..24, 0..12), noise: String) {
            let pack = pack();
            let parts = ["+", "-", " ", "\"", "\\", "−", "2", ".5", "*", "artist:", "word:", "Drake", "M", "A - B", "rap", ":",
                "blink-182", "“", "”", "+/-", "1e9", "🔥", "Weird Al", "."];
            let expression: String = pieces.iter().map(|&piece| parts[piece]).collect();
            for expression in [expression.as_str(), &noise] {
                if let Ok(terms) = pack.parse(expression) {
                    proptest::prop_assert_eq!(pack.parse(&pack.format(&terms)), Ok(terms));
                }
            }
        }
    }
}
