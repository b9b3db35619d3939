//! Facts about artists from services on the web, kept in a cache: related artists, genres, pictures, followers.
//!
//! Owns the services' shapes (one file a source), politeness, and the cache. Must not know training or packs. The one
//! room that talks to the network.
//!
//! | file | what |
//! | --- | --- |
//! | `source` | the table of services: what each gives, for how long, how fast, with which keys |
//! | `services/` | one file a service: its requests, its answers |
//! | `client`, `pacer`, `secret` | asking politely, and telling no secret |
//! | `cache` | what was answered and what was understood, in SQLite |
//! | `crawler`, `artists` | the run: whom to ask what, in which order, and when to give up |

mod artists;
pub mod cache;
mod client;
mod crawler;
pub mod pacer;
mod secret;
mod services;
mod source;

use std::path::PathBuf;

use crate::files::FileError;

pub use artists::{Artist, read_artists};
pub use cache::{Cache, CacheError, Facts, Origin, Picture, RelatedArtist, RelatedRow};
pub use crawler::{
    Limits, Plan, Report, ServicePlan, ServiceReport, Settings, check, crawl, notes, plan, write_related,
};
pub use secret::{Keys, Secret};
pub use source::{Key, Source, What};

/// A crawl could not be started, or not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrawlError {
    /// A key is not there.
    #[error(
        "{service} wants a key: set the environment variable {variable}. Keys are given at {from}",
        service = service.name(), variable = key.variable, from = key.from
    )]
    MissingKey {
        /// The service.
        service: Source,
        /// The key.
        key: Key,
    },
    /// A key is none.
    #[error("the environment variable {variable} holds characters that no key has; copy the key again")]
    BadKey {
        /// The variable.
        variable: &'static str,
    },
    /// A service wants to know whom to write to.
    #[error(
        "{service} wants to know whom to write to when something goes wrong: give your mail address or a page about \
         your project by --contact",
        service = service.name()
    )]
    MissingContact {
        /// The service.
        service: Source,
    },
    /// The contact is none.
    #[error("--contact {contact:?} is neither a mail address nor an address that starts with https:// or http://")]
    BadContact {
        /// What was given.
        contact: String,
    },
    /// What was asked for, no service gives.
    #[error("{reason}")]
    CannotGive {
        /// Who cannot give what, who can, and what to do.
        reason: String,
    },
    /// An address that cannot be used.
    #[error("--endpoint {service}: {reason}", service = service.name())]
    Endpoint {
        /// The service.
        service: Source,
        /// What is wrong with the address.
        reason: &'static str,
    },
    /// A list of artists is none.
    #[error(
        "{path}: no artists in it. A list is tab-separated text with a header that names the columns uri and name (or one \
         of them), or names alone, one a line",
        path = path.display()
    )]
    NoArtists {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] CacheError),
}
