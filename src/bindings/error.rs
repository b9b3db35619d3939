//! Errors as JavaScript has them: an `Error` with a message for people and a `code` for programs.
//!
//! Codes are the names of the variants of the errors of `catalog` and `fetch`; they are part of the module's interface.

use js_sys::{Array, Error, Reflect};
use wasm_bindgen::JsValue;

use crate::catalog::questions::{AxisError, ExpressionError, PathError};
use crate::catalog::{FormatError, ManifestError, PackError, QueryError};
use crate::fetch::FetchError;

/// What is wrong with a call before the pack is asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum CallError {
    #[error("{name} has to be {wanted}")]
    BadArgument { name: String, wanted: &'static str },
    #[error("no artist here is called {name:?}{}", did_you_mean(.suggestions))]
    UnknownName { name: String, suggestions: Vec<String> },
    #[error("{word:?} is no word of playlist titles in this pack. Its titleWords() are all there are")]
    UnknownTitleWord { word: String },
    #[error("nobody here has the key {key:?}: the artist is one of another pack. Search for the name in this one")]
    UnknownArtist { key: String },
    #[error(
        "what is asked has not arrived yet. Ask again when more of the pack is there (onArrival), or when open() is done"
    )]
    NotYetArrived,
}

fn did_you_mean(suggestions: &[String]) -> String {
    if suggestions.is_empty() {
        ". Check the spelling".into()
    } else {
        [". Did you mean ", &suggestions.join(", "), "?"].concat()
    }
}

/// An error with the name of its variant.
pub(super) trait Coded: core::fmt::Display {
    /// The name of the variant, of the innermost error where it only passes one on.
    fn code(&self) -> &'static str;

    /// What the error says besides: the place in an expression, counted in characters, and names that may be meant.
    fn details(&self) -> (Option<usize>, &[String]) {
        (None, &[])
    }
}

macro_rules! codes {
    ($error:ty { $($variant:ident)* } passes on { $($wrapper:ident)* } $($details:item)?) => {
        impl Coded for $error {
            fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                    $(Self::$wrapper(error) => error.code(),)*
                }
            }
            $($details)?
        }
    };
}

codes!(CallError { BadArgument UnknownName UnknownTitleWord UnknownArtist NotYetArrived } passes on {}
    fn details(&self) -> (Option<usize>, &[String]) {
        match self {
            Self::UnknownName { suggestions, .. } => (None, suggestions),
            _ => (None, &[]),
        }
    }
);
codes!(FetchError { Unreachable Status BrokeOff BadManifest OutOfMemory } passes on { Untrusted OtherVersion });
codes!(PackError { TooEarly NoSuchPart } passes on { Manifest Format });
codes!(ManifestError {
    OtherVersion BadFileName Contradiction OtherArtists OtherLength OtherContent WebPage
} passes on {});
codes!(FormatError {
    OtherFile OtherKind OtherVersion Truncated Checksum Damaged MissingSection BadColumn OtherPart
} passes on {});
codes!(QueryError {
    Empty UnknownArtist NoVector UnknownWord BadWeight CancelsOut NothingLiked TooManyTerms Dial
} passes on {});
codes!(AxisError { UnknownGenre } passes on { Query });
codes!(PathError { TooFewStops Twice Bypassed Length Setting TooFewArtists TooFar } passes on { Query });
codes!(ExpressionError { Empty TooLong TooManyTerms Missing Unclosed BadWeight Unknown } passes on {}
    fn details(&self) -> (Option<usize>, &[String]) {
        match self {
            Self::Unknown { at, suggestions, .. } => (Some(*at), suggestions),
            Self::Missing { at } | Self::Unclosed { at } | Self::BadWeight { at } => (Some(*at), &[]),
            _ => (None, &[]),
        }
    }
);

/// What is thrown in JavaScript.
#[derive(Debug)]
pub(super) struct Thrown(pub(super) JsValue);

impl<E: Coded> From<E> for Thrown {
    fn from(error: E) -> Self {
        let thrown = Error::new(&error.to_string());
        let set = |name: &str, value: &JsValue| Reflect::set(&thrown, &name.into(), value).is_ok();
        set("code", &error.code().into());
        let (at, suggestions) = error.details();
        if let Some(at) = at {
            set("at", &(at as u32).into());
        }
        if !suggestions.is_empty() {
            let names: Array = suggestions.iter().map(|name| JsValue::from(name.as_str())).collect();
            set("suggestions", &names);
        }
        Self(thrown.into())
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        thrown.0
    }
}
