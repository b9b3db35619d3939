//! What a link to the page carries: which page, and which artists with which sign.
//!
//! Owns the text after `#`, both ways. Knows neither the browser nor the pack: an artist is a key (a stable id or a
//! folded name), which a link keeps even where this pack has no such artist.
//!
//! `#/?plus=spotify:artist:0kbYTNQb4Pb1rPbbaF0pT4&minus=bjork`, `#/how-it-works?plus=…`.

use core::fmt::Write as _;

/// The pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    /// Search, answers, map.
    #[default]
    Explore,
    /// The idea behind it, and where the numbers come from.
    HowItWorks,
}

/// Whether an artist is added or subtracted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sign {
    #[default]
    Plus,
    Minus,
}

impl Sign {
    /// The other sign.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Plus => Self::Minus,
            Self::Minus => Self::Plus,
        }
    }

    /// As typeset: a true minus, as wide as the plus.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "−",
        }
    }

    /// As a query's weight.
    pub(crate) fn weight(self) -> f32 {
        match self {
            Self::Plus => 1.0,
            Self::Minus => -1.0,
        }
    }
}

/// An artist in a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkTerm {
    pub(crate) key: String,
    pub(crate) sign: Sign,
}

/// All that a link restores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) page: Page,
    /// In the order of the link, each key once.
    pub(crate) terms: Vec<LinkTerm>,
}

/// More artists than this are no question that anybody asks, and would keep the page busy.
pub(crate) const MOST_TERMS: usize = 64;

const HOW_IT_WORKS: &str = "how-it-works";

impl Link {
    /// Reads what stands after `#`, the `#` itself included or not. Whatever it does not know it
    /// ignores, and artists beyond the [`MOST_TERMS`]th.
    pub(crate) fn parse(hash: &str) -> Self {
        let route = hash.trim_start_matches('#').trim_start_matches('/');
        let (path, parameters) = route.split_once('?').unwrap_or((route, ""));
        let page = if path.trim_end_matches('/') == HOW_IT_WORKS { Page::HowItWorks } else { Page::Explore };
        let mut link = Self { page, terms: Vec::new() };
        for parameter in parameters.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let sign = match name {
                "plus" => Sign::Plus,
                "minus" => Sign::Minus,
                _ => continue,
            };
            let key = decode(value);
            if link.terms.len() == MOST_TERMS {
                break;
            }
            if !key.is_empty() && link.terms.iter().all(|term| term.key != key) {
                link.terms.push(LinkTerm { key, sign });
            }
        }
        link
    }

    /// A link that asks for one artist.
    pub(crate) fn to_artist(key: String) -> Self {
        Self { page: Page::Explore, terms: vec![LinkTerm { key, sign: Sign::Plus }] }
    }

    /// The same artists on another page.
    pub(crate) fn on_page(&self, page: Page) -> Self {
        Self { page, terms: self.terms.clone() }
    }

    /// Writes it, `#` included. [`Self::parse`] reads it back to the same link.
    pub(crate) fn hash(&self) -> String {
        let mut hash = String::from(match self.page {
            Page::Explore => "#/",
            Page::HowItWorks => "#/how-it-works",
        });
        for (i, term) in self.terms.iter().enumerate() {
            hash.push(if i == 0 { '?' } else { '&' });
            hash.push_str(match term.sign {
                Sign::Plus => "plus=",
                Sign::Minus => "minus=",
            });
            encode(&term.key, &mut hash);
        }
        hash
    }
}

/// Percent-encodes all but what is safe and legible in a fragment's parameter (RFC 3986, 3.5).
pub(crate) fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

/// Undoes [`encode`]; also reads `+` as a space, as people type it. What is no valid escape stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        match (bytes[i], digit(i + 1), digit(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                i += 3;
                continue;
            }
            (b'+', ..) => decoded.push(b' '),
            (byte, ..) => decoded.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn term(key: &str, sign: Sign) -> LinkTerm {
        LinkTerm { key: key.into(), sign }
    }

    #[wasm_bindgen_test]
    fn links_come_back() {
        for page in [Page::Explore, Page::HowItWorks] {
            for terms in [
                vec![],
                vec![term("spotify:artist:0kbYTNQb4Pb1rPbbaF0pT4", Sign::Plus)],
                vec![
                    term("ac/dc & friends?", Sign::Minus),
                    term("100%", Sign::Plus),
                    term("宇多田 ヒカル", Sign::Plus),
                ],
                vec![term("a+b=c#d", Sign::Plus), term("%41", Sign::Minus)],
            ] {
                let link = Link { page, terms };
                assert_eq!(Link::parse(&link.hash()), link, "{}", link.hash());
            }
        }
    }

    #[wasm_bindgen_test]
    fn stable_ids_stay_legible() {
        assert_eq!(Link::to_artist("spotify:artist:0kb".into()).hash(), "#/?plus=spotify:artist:0kb");
    }

    #[wasm_bindgen_test]
    fn whatever_is_typed_is_read_without_a_panic() {
        assert_eq!(Link::parse(""), Link::default());
        assert_eq!(Link::parse("#content"), Link::default());
        assert_eq!(Link::parse("#/nowhere?plus"), Link::default());
        assert_eq!(Link::parse("#/how-it-works/").page, Page::HowItWorks);
        assert_eq!(
            Link::parse("#?plus=miles+davis&x=1&plus=&minus=%").terms,
            [term("miles davis", Sign::Plus), term("%", Sign::Minus)]
        );
        assert_eq!(Link::parse("#/?plus=%ff%zz%4").terms, [term("\u{fffd}%zz%4", Sign::Plus)]);
    }

    #[wasm_bindgen_test]
    fn a_question_has_an_end() {
        let hash: String = (0..10_000).map(|i| format!("&plus={i}")).collect();
        let terms = Link::parse(&format!("#/?{hash}")).terms;
        assert_eq!(terms.len(), MOST_TERMS);
        assert_eq!(terms[0], term("0", Sign::Plus));
    }

    #[wasm_bindgen_test]
    fn an_artist_stands_once() {
        assert_eq!(Link::parse("#/?plus=a&minus=a&plus=b").terms, [term("a", Sign::Plus), term("b", Sign::Plus)]);
    }
}
