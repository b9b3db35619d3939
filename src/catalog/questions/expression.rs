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
            .then(|| self.find_name(name))
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
            (None, word) => word.map(|word| Item::Word(word as WordId)),
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
        let begins_with_sign = self.rest().starts_with(is_sign);
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
        if name.is_empty() || name.chars().all(is_sign) {
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
