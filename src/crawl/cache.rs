//! The cache: what services answered, word for word, and what was understood of it, in one SQLite file.
//!
//! Owns the tables and how long things live in them. Knows services only by name; what their answers mean is
//! `services/`. Everything about one artist from one service is written in one transaction, so that a process may be
//! killed at any moment. Secrets never come here: requests are stored without them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::catalog::fold;

use super::source::{Source, What};

/// Says in the file's header whose SQLite file this is: "a2vc".
const APPLICATION_ID: i32 = 0x6132_7663;
/// The version of the tables below; each migration adds one.
const VERSION: i64 = 1;
/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(10);
/// Bodies from this many bytes on are compressed.
const COMPRESS_FROM: usize = 1024;
/// No stored body is longer when unpacked, in bytes: a small file may claim to be an enormous one.
const MOST_UNPACKED: u64 = 64 << 20;

/// Times are seconds since 1970; `expires` is NULL for what is kept for ever.
const MIGRATIONS: [&str; VERSION as usize] = ["
    CREATE TABLE artists (
        artist INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,     -- the id, else 'name:' and the folded name
        id TEXT NOT NULL,             -- stable id in corpora and packs; '' where there is none
        name TEXT NOT NULL,
        folded TEXT NOT NULL
    );
    CREATE INDEX artists_by_name ON artists (folded);
    CREATE TABLE identities (         -- who an artist is at a service, and which service said so
        artist INTEGER NOT NULL REFERENCES artists,
        service TEXT NOT NULL,
        id TEXT NOT NULL,
        said_by TEXT NOT NULL,
        expires INTEGER,
        PRIMARY KEY (artist, service, said_by)
    ) WITHOUT ROWID;
    CREATE INDEX artists_by_identity ON identities (service, id);
    CREATE TABLE facts (              -- NULL: the service was asked and knows nothing
        artist INTEGER NOT NULL REFERENCES artists,
        service TEXT NOT NULL,
        what TEXT NOT NULL,
        value TEXT,                   -- JSON by what: [genre], [{id, name}] related, number, picture's address, true
        fetched INTEGER NOT NULL,
        expires INTEGER,
        PRIMARY KEY (artist, service, what)
    );
    CREATE TABLE answers (            -- what a service answered, word for word; pictures too
        service TEXT NOT NULL,
        request TEXT NOT NULL,        -- the address without secrets
        status INTEGER NOT NULL,
        fetched INTEGER NOT NULL,
        expires INTEGER,
        compressed INTEGER NOT NULL,  -- 1: body is zlib
        body BLOB NOT NULL,
        PRIMARY KEY (service, request)
    );
"];

/// A cache could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// There is no such file.
    #[error("{path}: there is no such cache; `artist2vec crawl --cache {path}` makes one", path = path.display())]
    Missing {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path}: not a cache of `artist2vec crawl`; name another file", path = path.display())]
    Foreign {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is of a later version of this program.
    #[error(
        "{path}: the cache is of version {found}, this program reads up to {known}; it was left as it is. Update \
         artist2vec, or name another file",
        path = path.display()
    )]
    Newer {
        /// The file asked for.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that is understood.
        known: i64,
    },
    /// The file, or the folder that it lies in, is not for this user.
    #[error(
        "{path}: the cache cannot be opened. Even for reading it must be a file that you may read, in a folder that you \
         may write to, because SQLite keeps its journal there; to crawl you must be able to write both",
        path = path.display()
    )]
    Unreachable {
        /// The file asked for.
        path: PathBuf,
    },
    /// Another process writes all the time.
    #[error("{path}: another program is writing to the cache; try again when it is done", path = path.display())]
    Busy {
        /// The file asked for.
        path: PathBuf,
    },
    /// SQLite failed.
    #[error("{path}: the cache cannot be used: {source}", path = path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A value in the file is not what this program writes.
    #[error("{path}: {what} in the cache is damaged; delete the file and crawl anew", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which value.
        what: &'static str,
    },
}

impl CacheError {
    /// Says in words what SQLite says by codes.
    fn of(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;

        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(Code::NotADatabase) => Self::Foreign { path },
            Some(Code::DatabaseCorrupt) => Self::Damaged { path, what: "something" },
            Some(Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied) => Self::Unreachable { path },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { path },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// What is known about an artist, the best of all services ([`What::preference`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Genre names, most fitting first, from one service.
    pub genres: Vec<String>,
    /// Followers, fans or listeners, in the whole cache from one service, so that they can be compared.
    pub followers: Option<u64>,
    /// A picture.
    pub picture: Option<Picture>,
    /// Who said each kind of what stands here, and when, for credits.
    pub origins: BTreeMap<What, Origin>,
}

/// Where a fact is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who said it.
    pub source: Source,
    /// When it was asked, in seconds since 1970.
    pub fetched: i64,
}

/// A picture of an artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Where it is, a few hundred pixels wide.
    pub url: String,
    /// The file as it was fetched (JPEG, PNG or WebP); `None` where only the address was asked for.
    pub bytes: Option<Vec<u8>>,
}

/// An artist that a service calls similar to another, by its stable id (may be empty) and name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RelatedArtist {
    /// Such as `deezer:artist:27`; empty where the service has none.
    pub id: String,
    /// The name.
    pub name: String,
}

/// One line of the truth that a crawl collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedRow {
    /// The artist asked about: its stable id, which may be empty.
    pub artist_id: String,
    /// Its name.
    pub artist_name: String,
    /// The similar artist. Its id is the one in the crawled list where that artist was crawled, too; else the
    /// service's.
    pub related: RelatedArtist,
    /// 1 for the most similar one.
    pub rank: usize,
    /// Who says so.
    pub source: Source,
}

/// An artist by its row in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtistKey(i64);

/// What one service said about one artist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Who the artist is at services, this one and others.
    pub identities: Vec<(Source, String)>,
    /// What was asked, and the answer; `None` where the service was asked and knows nothing.
    pub facts: Vec<(What, Option<Value>)>,
    /// When the oldest answer that says so was asked for, in seconds since 1970; `None` for now.
    pub fetched: Option<i64>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Similar artists, best first.
    Related(Vec<RelatedArtist>),
    /// Genre names, most fitting first.
    Genres(Vec<String>),
    /// The address of a picture.
    Picture(String),
    /// A number of people.
    Followers(u64),
    /// The service knows the artist; its [`Findings::identities`] say by which ids.
    Ids,
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the body is JPEG, PNG or WebP, by its first bytes.
    pub fn is_picture(&self) -> bool {
        let body = &self.body;
        let is_webp = body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP");
        let is_other = body.starts_with(b"\xff\xd8\xff") || body.starts_with(b"\x89PNG\r\n\x1a\n");
        self.status == 200 && (is_webp || is_other)
    }
}

/// An answer in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) answer: Answer,
    /// When it was asked for, in seconds since 1970.
    pub(super) fetched: i64,
    /// When it is thrown away; `None` for never.
    pub(super) expires: Option<i64>,
}

/// How much of a service is in a cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The service.
    pub service: Source,
    /// The kind of fact.
    pub what: What,
    /// Artists about whom it is known.
    pub known: u64,
    /// Artists about whom the service was asked and knows nothing.
    pub unknown: u64,
}

/// An open cache.
pub struct Cache {
    connection: Connection,
    path: PathBuf,
    /// The one service whose followers count, `Some(None)` where none has any; looked up once.
    followers_from: std::cell::OnceCell<Option<Source>>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Cache({})", self.path.display())
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64)
}

impl Cache {
    /// Opens a cache that is there. What has expired is not seen.
    ///
    /// # Errors
    /// [`CacheError`] where the file is missing, not a cache, or of a later version.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        if !path.is_file() {
            return Err(CacheError::Missing { path: path.to_owned() });
        }
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, false)
    }

    /// Opens a cache, makes it where there is none, and throws away what has expired.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be made, is not a cache, or is of a later version.
    pub fn create(path: &Path) -> Result<Self, CacheError> {
        let cache = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, true)?;
        cache.purge()?;
        Ok(cache)
    }

    fn connect(path: &Path, flags: OpenFlags, create: bool) -> Result<Self, CacheError> {
        let sqlite = |source| CacheError::of(path, source);
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(sqlite)?;
        let mut cache = Self { connection, path: path.to_owned(), followers_from: std::cell::OnceCell::new() };
        cache.prepare(create)?;
        Ok(cache)
    }

    /// Checks whose file it is before anything is written, then brings the tables up to date. An empty file becomes a
    /// cache only where one is to be made.
    fn prepare(&mut self, create: bool) -> Result<(), CacheError> {
        let path = self.path.clone();
        let foreign = || CacheError::Foreign { path: path.clone() };
        let sqlite = |source| CacheError::of(&path, source);
        let connection = &mut self.connection;
        connection.busy_timeout(BUSY).map_err(sqlite)?;
        // In WAL mode a killed process loses nothing by this; only a machine that loses power may lose the last
        // answers.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(sqlite)?;
        let number = |connection: &Connection, pragma: &str| {
            connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(sqlite)
        };
        let application = number(connection, "application_id")?;
        let found = number(connection, "user_version")?;
        if application == i64::from(APPLICATION_ID) && found > VERSION {
            return Err(CacheError::Newer { path: path.clone(), found, known: VERSION });
        }
        if application == i64::from(APPLICATION_ID) && found == VERSION {
            return Ok(());
        }
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sqlite)?;
        if application != i64::from(APPLICATION_ID) && (!create || application != 0 || found != 0 || tables != 0) {
            return Err(foreign());
        }
        // Readers are not held up by a crawl that writes, and a killed process loses no finished transaction.
        connection.pragma_update(None, "journal_mode", "WAL").map_err(sqlite)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        // Another process may have been here in the meantime.
        let found = number(&transaction, "user_version")?;
        for migration in MIGRATIONS.iter().skip(usize::try_from(found).map_err(|_| foreign())?) {
            transaction.execute_batch(migration).map_err(sqlite)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
        transaction.pragma_update(None, "user_version", VERSION).map_err(sqlite)?;
        transaction.commit().map_err(sqlite)
    }

    fn failed(&self, source: rusqlite::Error) -> CacheError {
        CacheError::of(&self.path, source)
    }

    fn damaged(&self, what: &'static str) -> CacheError {
        CacheError::Damaged { path: self.path.clone(), what }
    }

    /// Deletes what has expired, so that it is gone from the file.
    fn purge(&self) -> Result<(), CacheError> {
        let purge = || {
            // Deleted rows are overwritten by zeros: some terms ask for deletion.
            self.connection.pragma_update(None, "secure_delete", "ON")?;
            let transaction = self.connection.unchecked_transaction()?;
            for table in ["facts", "identities", "answers"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE expires <= ?1"), [now()])?;
            }
            transaction.commit()
        };
        purge().map_err(|source| self.failed(source))
    }

    /// The artist's row; made where there is none. An artist is its id, else its folded name.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be written.
    pub fn artist(&self, id: &str, name: &str) -> Result<ArtistKey, CacheError> {
        let write = || {
            let mut insert = self.connection.prepare_cached(
                "INSERT INTO artists (key, id, name, folded) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING",
            )?;
            insert.execute(params![key(id, name), id, name, fold(name)])
        };
        if let Some(found) = self.existing(id, name)? {
            return Ok(found);
        }
        write().map_err(|source| self.failed(source))?;
        self.existing(id, name)?.ok_or_else(|| self.damaged("the table of artists"))
    }

    /// The artist's row, where there is one for exactly this artist.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn existing(&self, id: &str, name: &str) -> Result<Option<ArtistKey>, CacheError> {
        let find = || {
            let mut find = self.connection.prepare_cached("SELECT artist FROM artists WHERE key = ?1")?;
            find.query_row([key(id, name)], |row| row.get(0)).optional()
        };
        find().map(|found| found.map(ArtistKey)).map_err(|source| self.failed(source))
    }

    /// The artist's row without making one: by id, else the one of this folded name whose id is not another of the same
    /// kind. Two such namesakes are none.
    fn find(&self, id: &str, name: &str) -> Result<Option<ArtistKey>, CacheError> {
        let find = || {
            if !id.is_empty() {
                let mut by_id = self.connection.prepare_cached("SELECT artist FROM artists WHERE key = ?1")?;
                if let Some(found) = by_id.query_row([id], |row| row.get(0)).optional()? {
                    return Ok(Some(ArtistKey(found)));
                }
            }
            let folded = fold(name);
            if folded.is_empty() {
                return Ok(None);
            }
            let kind = |id: &str| id.rsplit_once(':').map(|(kind, _)| kind.to_owned());
            let mut by_name =
                self.connection.prepare_cached("SELECT artist, id FROM artists WHERE folded = ?1 ORDER BY artist")?;
            let namesakes = by_name.query_map([folded], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
            let mut found = Vec::new();
            for namesake in namesakes {
                let (artist, other) = namesake?;
                if id.is_empty() || other.is_empty() || kind(id) != kind(&other) {
                    found.push(ArtistKey(artist));
                }
            }
            Ok(if let [one] = found[..] { Some(one) } else { None })
        };
        find().map_err(|source| self.failed(source))
    }

    /// The best that is known about an artist; nothing where it was not crawled or everything has expired.
    ///
    /// The artist is found by its id, else by its folded name where the cache has one such artist without another id of
    /// the same kind. Either may be empty.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn facts(&self, id: &str, name: &str) -> Result<Facts, CacheError> {
        self.find(id, name)?.map_or_else(|| Ok(Facts::default()), |artist| self.facts_of(artist))
    }

    /// The best that is known about an artist.
    pub(super) fn facts_of(&self, artist: ArtistKey) -> Result<Facts, CacheError> {
        let mut facts = Facts::default();
        if let Some((origin, genres)) = self.best(artist, What::Genres, What::Genres.preference())? {
            facts.genres = genres;
            facts.origins.insert(What::Genres, origin);
        }
        if let Some((origin, url)) = self.best::<String>(artist, What::Pictures, What::Pictures.preference())? {
            let answer = self.answer(origin.source, &url)?;
            let bytes = answer.filter(Answer::is_picture).map(|answer| answer.body);
            facts.picture = Some(Picture { url, bytes });
            facts.origins.insert(What::Pictures, origin);
        }
        if let Some(source) = self.followers_from()?
            && let Some((origin, followers)) = self.best(artist, What::Followers, &[source])?
        {
            facts.followers = Some(followers);
            facts.origins.insert(What::Followers, origin);
        }
        Ok(facts)
    }

    /// The service that knows the followers of most artists; ties go by [`What::preference`].
    fn followers_from(&self) -> Result<Option<Source>, CacheError> {
        if let Some(&known) = self.followers_from.get() {
            return Ok(known);
        }
        let holdings = self.holdings()?;
        let known = |source: Source| {
            let of = |holding: &&Holding| holding.service == source && holding.what == What::Followers;
            holdings.iter().find(of).map_or(0, |holding| holding.known)
        };
        // `max_by_key` keeps the last of equals.
        let best = What::Followers.preference().iter().rev().copied().max_by_key(|&source| known(source));
        let best = best.filter(|&source| known(source) > 0);
        Ok(*self.followers_from.get_or_init(|| best))
    }

    /// The fact of the first of `sources` that has one.
    fn best<T: DeserializeOwned>(
        &self,
        artist: ArtistKey,
        what: What,
        sources: &[Source],
    ) -> Result<Option<(Origin, T)>, CacheError> {
        let read = |source: Source| {
            let mut select = self.connection.prepare_cached(
                "SELECT value, fetched FROM facts WHERE artist = ?1 AND service = ?2 AND what = ?3
                 AND (expires IS NULL OR expires > ?4)",
            )?;
            let row = params![artist.0, source.name(), what.name(), now()];
            select.query_row(row, |row| Ok((row.get::<_, Option<String>>(0)?, row.get(1)?))).optional()
        };
        for &source in sources {
            if let Some((Some(json), fetched)) = read(source).map_err(|source| self.failed(source))? {
                let value = serde_json::from_str(&json).map_err(|_| self.damaged("a fact"))?;
                return Ok(Some((Origin { source, fetched }, value)));
            }
        }
        Ok(None)
    }

    /// What is known of and unknown to each service, without what has expired.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn holdings(&self) -> Result<Vec<Holding>, CacheError> {
        let read = || {
            let mut select = self.connection.prepare(
                "SELECT service, what, count(value), count(*) - count(value) FROM facts
                 WHERE expires IS NULL OR expires > ?1 GROUP BY service, what ORDER BY service, what",
            )?;
            let rows = select.query_map([now()], |row| {
                let (service, what): (String, String) = (row.get(0)?, row.get(1)?);
                let (known, unknown) = (row.get::<_, i64>(2)?.unsigned_abs(), row.get::<_, i64>(3)?.unsigned_abs());
                let names = Source::by_name(&service).zip(What::by_name(&what));
                Ok(names.map(|(service, what)| Holding { service, what, known, unknown }))
            })?;
            rows.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Who is similar to whom, for `evaluate --truth`: for each crawled artist the list of the first of `sources` that
    /// has one, artists in the order in which they entered the cache.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn related(&self, sources: &[Source]) -> Result<Vec<RelatedRow>, CacheError> {
        let artists = || {
            let mut select = self.connection.prepare("SELECT artist, id, name FROM artists ORDER BY artist")?;
            let rows = select.query_map([], |row| Ok((ArtistKey(row.get(0)?), row.get(1)?, row.get(2)?)))?;
            rows.collect::<Result<Vec<(ArtistKey, String, String)>, _>>()
        };
        let mut found = Vec::new();
        for (artist, artist_id, artist_name) in artists().map_err(|source| self.failed(source))? {
            let Some((Origin { source, .. }, list)) =
                self.best::<Vec<RelatedArtist>>(artist, What::Related, sources)?
            else {
                continue;
            };
            for (i, mut related) in list.into_iter().enumerate() {
                if let Some(id) = self.crawled_id(&related.id).map_err(|source| self.failed(source))? {
                    related.id = id;
                }
                found.push(RelatedRow {
                    artist_id: artist_id.clone(),
                    artist_name: artist_name.clone(),
                    related,
                    rank: i + 1,
                    source,
                });
            }
        }
        Ok(found)
    }

    /// The stable id of the crawled artist whom a service knows by `stable_id`.
    fn crawled_id(&self, stable_id: &str) -> rusqlite::Result<Option<String>> {
        let Some((service, id)) = Source::ALL.into_iter().find_map(|source| Some((source, source.own_id(stable_id)?)))
        else {
            return Ok(None);
        };
        let mut select = self.connection.prepare_cached(
            "SELECT artists.id FROM identities JOIN artists USING (artist) WHERE service = ?1 AND identities.id = ?2
             AND artists.id <> '' AND (expires IS NULL OR expires > ?3) ORDER BY artist LIMIT 1",
        )?;
        select.query_row(params![service.name(), id, now()], |row| row.get(0)).optional()
    }

    /// Which of `wanted` the service has not been asked yet, or so long ago that the answer has expired.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn missing(&self, artist: ArtistKey, service: Source, wanted: &[What]) -> Result<Vec<What>, CacheError> {
        let mut missing = Vec::new();
        for &what in wanted {
            let known = || {
                let mut select = self.connection.prepare_cached(
                    "SELECT 1 FROM facts WHERE artist = ?1 AND service = ?2 AND what = ?3
                     AND (expires IS NULL OR expires > ?4)",
                )?;
                select.exists(params![artist.0, service.name(), what.name(), now()])
            };
            if !known().map_err(|source| self.failed(source))? {
                missing.push(what);
            }
        }
        Ok(missing)
    }

    /// The artist's id at a service, as that service says itself, else as another one says.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn identity(&self, artist: ArtistKey, service: Source) -> Result<Option<String>, CacheError> {
        let read = || {
            let mut select = self.connection.prepare_cached(
                "SELECT id FROM identities WHERE artist = ?1 AND service = ?2 AND (expires IS NULL OR expires > ?3)
                 ORDER BY said_by <> service, said_by LIMIT 1",
            )?;
            select.query_row(params![artist.0, service.name(), now()], |row| row.get(0)).optional()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Writes all that a service said about an artist, in one transaction; `expires` is in seconds since 1970.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be written.
    pub fn record(
        &self,
        artist: ArtistKey,
        service: Source,
        findings: &Findings,
        expires: Option<i64>,
    ) -> Result<(), CacheError> {
        let fetched = findings.fetched.unwrap_or_else(now);
        let write = || {
            let transaction = self.connection.unchecked_transaction()?;
            let mut identify = transaction.prepare_cached(
                "INSERT OR REPLACE INTO identities (artist, service, id, said_by, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (at, id) in &findings.identities {
                identify.execute(params![artist.0, at.name(), id, service.name(), expires])?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO facts (artist, service, what, value, fetched, expires)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for (what, value) in &findings.facts {
                let value = value.as_ref().map(Value::to_json);
                insert.execute(params![artist.0, service.name(), what.name(), value, fetched, expires])?;
            }
            drop((identify, insert));
            transaction.commit()
        };
        write().map_err(|source| self.failed(source))
    }

    /// The stored answer to a request (an address without secrets), unless it has expired.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn answer(&self, service: Source, request: &str) -> Result<Option<Answer>, CacheError> {
        Ok(self.stored(service, request)?.map(|stored| stored.answer))
    }

    /// The stored answer to a request, and from when to when it is good.
    pub(super) fn stored(&self, service: Source, request: &str) -> Result<Option<Stored>, CacheError> {
        let read = || {
            let mut select = self.connection.prepare_cached(
                "SELECT status, compressed, body, fetched, expires FROM answers WHERE service = ?1 AND request = ?2
                 AND (expires IS NULL OR expires > ?3)",
            )?;
            let row = params![service.name(), request, now()];
            let whole = |row: &rusqlite::Row<'_>| {
                let answer = Answer { status: row.get(0)?, body: row.get(2)? };
                Ok((row.get(1)?, Stored { answer, fetched: row.get(3)?, expires: row.get(4)? }))
            };
            select.query_row(row, whole).optional()
        };
        let Some((compressed, mut stored)) = read().map_err(|source| self.failed(source))? else {
            return Ok(None);
        };
        if compressed {
            let mut body = Vec::new();
            let unpacked = ZlibDecoder::new(&*stored.answer.body).take(MOST_UNPACKED + 1).read_to_end(&mut body);
            if unpacked.ok().is_none_or(|length| length as u64 > MOST_UNPACKED) {
                return Err(self.damaged("an answer"));
            }
            stored.answer.body = body;
        }
        Ok(Some(stored))
    }

    /// Stores an answer word for word; `request` must be without secrets.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be written.
    pub fn store_answer(
        &self,
        service: Source,
        request: &str,
        answer: &Answer,
        expires: Option<i64>,
    ) -> Result<(), CacheError> {
        let packed = (answer.body.len() >= COMPRESS_FROM).then(|| compressed(&answer.body)).flatten();
        // Pictures are compressed already: a body that does not get smaller stays as it is.
        let packed = packed.filter(|packed| packed.len() < answer.body.len());
        let write = || {
            let mut insert = self.connection.prepare_cached(
                "INSERT OR REPLACE INTO answers (service, request, status, fetched, expires, compressed, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            let body = packed.as_ref().unwrap_or(&answer.body);
            let row = params![service.name(), request, answer.status, now(), expires, packed.is_some(), body];
            insert.execute(row).map(|_| ())
        };
        write().map_err(|source| self.failed(source))
    }

    /// How many bytes the stored answers of a service take.
    ///
    /// # Errors
    /// [`CacheError`] where the file cannot be read.
    pub fn bytes_of(&self, service: Source) -> Result<u64, CacheError> {
        let sum = "SELECT coalesce(sum(length(body)), 0) FROM answers WHERE service = ?1";
        let bytes = self.connection.query_row(sum, [service.name()], |row| row.get::<_, i64>(0));
        bytes.map(i64::unsigned_abs).map_err(|source| self.failed(source))
    }
}

/// What makes an artist one artist: the id, else the folded name.
fn key(id: &str, name: &str) -> String {
    if id.is_empty() { format!("name:{}", fold(name)) } else { id.to_owned() }
}

fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

impl Value {
    fn to_json(&self) -> String {
        match self {
            Self::Related(list) => serde_json::json!(list),
            Self::Genres(genres) => serde_json::json!(genres),
            Self::Picture(url) => serde_json::json!(url),
            Self::Followers(number) => serde_json::json!(number),
            Self::Ids => serde_json::json!(true),
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const SPOTIFY_ID: &str = "spotify:artist:3TVXtAsR1Inumwj472S9r4";

    fn cache() -> (TempDir, Cache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::create(&directory.path().join("cache.db")).unwrap();
        (directory, cache)
    }

    fn genres(names: &[&str]) -> Findings {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Findings { facts: vec![(What::Genres, Some(Value::Genres(names)))], ..Findings::default() }
    }

    fn followers(number: u64) -> Findings {
        Findings { facts: vec![(What::Followers, Some(Value::Followers(number)))], ..Findings::default() }
    }

    #[test]
    fn the_preferred_service_that_knows_something_wins() {
        let (_directory, cache) = cache();
        let drake = cache.artist(SPOTIFY_ID, "Drake").unwrap();
        cache.record(drake, Source::LastFm, &genres(&["seen live"]), None).unwrap();
        cache.record(drake, Source::Wikidata, &genres(&["hip-hop"]), None).unwrap();
        let nothing = Findings { facts: vec![(What::Genres, None)], ..Findings::default() };
        cache.record(drake, Source::MusicBrainz, &nothing, None).unwrap();
        let url = "https://example.org/drake \"quoted\".jpg";
        let picture = Findings {
            facts: vec![(What::Pictures, Some(Value::Picture(url.into())))],
            identities: vec![(Source::Deezer, "246791".into())],
            fetched: None,
        };
        cache.record(drake, Source::Deezer, &picture, None).unwrap();
        let facts = cache.facts(SPOTIFY_ID, "").unwrap();
        assert_eq!(facts.genres, ["hip-hop"]);
        assert_eq!(facts.picture, Some(Picture { url: url.into(), bytes: None }));
        let from: Vec<(What, Source)> = facts.origins.iter().map(|(&what, origin)| (what, origin.source)).collect();
        assert_eq!(from, [(What::Genres, Source::Wikidata), (What::Pictures, Source::Deezer)]);
        assert!(facts.origins.values().all(|origin| (0..60).contains(&(now() - origin.fetched))));
        let bytes = vec![0xff, 0xd8, 0xff];
        cache.store_answer(Source::Deezer, url, &Answer { status: 200, body: bytes.clone() }, None).unwrap();
        assert_eq!(cache.facts("", "DRAKE").unwrap().picture.unwrap().bytes, Some(bytes));
        assert_eq!(cache.identity(drake, Source::Deezer).unwrap().as_deref(), Some("246791"));
        assert_eq!(cache.identity(drake, Source::Wikidata).unwrap(), None);
        assert_eq!(cache.missing(drake, Source::MusicBrainz, &[What::Genres]).unwrap(), []);
        assert_eq!(cache.missing(drake, Source::Spotify, &What::ALL).unwrap(), What::ALL);
    }

    #[test]
    fn followers_come_from_the_one_service_that_knows_most_artists() {
        let (_directory, cache) = cache();
        let artists: Vec<_> = ["A", "B", "C"].into_iter().map(|name| cache.artist("", name).unwrap()).collect();
        cache.record(artists[0], Source::Spotify, &followers(1), None).unwrap();
        cache.record(artists[0], Source::LastFm, &followers(2), None).unwrap();
        cache.record(artists[1], Source::LastFm, &followers(3), None).unwrap();
        let number = |name| cache.facts("", name).unwrap().followers;
        assert_eq!([number("a"), number("b"), number("c")], [Some(2), Some(3), None]);
        assert_eq!(cache.holdings().unwrap().len(), 2);
    }

    #[test]
    fn what_has_expired_is_neither_used_nor_kept() {
        let (directory, cache) = cache();
        let artist = cache.artist("", "Ólafur Arnalds").unwrap();
        let body = b"a body that must go".to_vec();
        cache.record(artist, Source::Spotify, &genres(&["neoclassical"]), Some(1)).unwrap();
        cache.store_answer(Source::Spotify, "request", &Answer { status: 200, body }, Some(1)).unwrap();
        cache.record(artist, Source::LastFm, &genres(&["piano"]), Some(now() + 1000)).unwrap();
        assert_eq!(cache.facts("", "olafur arnalds").unwrap().genres, ["piano"]);
        assert_eq!(cache.answer(Source::Spotify, "request").unwrap(), None);
        assert_eq!(cache.missing(artist, Source::Spotify, &[What::Genres]).unwrap(), [What::Genres]);
        drop(cache);
        let path = directory.path().join("cache.db");
        drop(Cache::create(&path).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert_eq!(["neoclassical", "a body that must go", "piano"].map(holds), [false, false, true]);
    }

    #[test]
    fn namesakes_are_told_apart_by_ids_of_one_kind() {
        let (_directory, cache) = cache();
        let one = cache.artist("spotify:artist:1", "Logic").unwrap();
        cache.record(one, Source::LastFm, &genres(&["rap"]), None).unwrap();
        assert_eq!(cache.facts("spotify:artist:2", "Logic").unwrap(), Facts::default());
        assert_eq!(cache.facts("deezer:artist:2", "Logic").unwrap().genres, ["rap"]);
        assert_eq!(cache.facts("", "logic").unwrap().genres, ["rap"]);
        cache.artist("spotify:artist:2", "Logic").unwrap();
        assert_eq!(cache.facts("", "logic").unwrap(), Facts::default());
        assert_eq!(cache.facts("", "").unwrap(), Facts::default());
        assert_eq!(cache.artist("spotify:artist:1", "other spelling").unwrap(), one);
        // Names that look like SQL or keys are only names.
        let strange = cache.artist("", "Robert'); DROP TABLE artists;-- \u{1f3b8}/\\\"").unwrap();
        cache.record(strange, Source::LastFm, &genres(&["punk"]), None).unwrap();
        assert_eq!(cache.facts("", "robert drop table artists").unwrap().genres, ["punk"]);
    }

    #[test]
    fn related_artists_get_the_ids_of_the_crawled_list() {
        let (_directory, cache) = cache();
        let drake = cache.artist(SPOTIFY_ID, "Drake").unwrap();
        let future = cache.artist("spotify:artist:1RyvyyTE3xzB2ZywiAwp0i", "Future").unwrap();
        let identity = Findings { identities: vec![(Source::Deezer, "14".into())], ..Findings::default() };
        cache.record(future, Source::MusicBrainz, &identity, None).unwrap();
        let list = ["14", "15"].map(|id| RelatedArtist { id: format!("deezer:artist:{id}"), name: format!("N{id}") });
        let related =
            Findings { facts: vec![(What::Related, Some(Value::Related(list.to_vec())))], ..Findings::default() };
        cache.record(drake, Source::Deezer, &related, None).unwrap();
        let rows = cache.related(What::Related.preference()).unwrap();
        let ids: Vec<(&str, &str, usize)> =
            rows.iter().map(|row| (row.artist_id.as_str(), row.related.id.as_str(), row.rank)).collect();
        assert_eq!(
            ids,
            [(SPOTIFY_ID, "spotify:artist:1RyvyyTE3xzB2ZywiAwp0i", 1), (SPOTIFY_ID, "deezer:artist:15", 2)]
        );
        assert_eq!(cache.related(&[Source::LastFm]).unwrap(), []);
    }

    #[test]
    fn answers_come_back_whole_large_or_small() {
        let (_directory, cache) = cache();
        for size in [0, 10, 100_000] {
            let answer = Answer { status: 404, body: vec![b'x'; size] };
            cache.store_answer(Source::Deezer, "q", &answer, None).unwrap();
            assert_eq!(cache.answer(Source::Deezer, "q").unwrap(), Some(answer));
        }
        assert!(cache.bytes_of(Source::Deezer).unwrap() < 1000);
        assert_eq!(cache.bytes_of(Source::LastFm).unwrap(), 0);
        assert_eq!(cache.answer(Source::LastFm, "q").unwrap(), None);
    }

    #[test]
    fn an_answer_that_swells_beyond_measure_is_refused() {
        let (_directory, cache) = cache();
        let body = vec![0; MOST_UNPACKED as usize + 1];
        cache.store_answer(Source::Deezer, "q", &Answer { status: 200, body }, None).unwrap();
        assert!(matches!(cache.answer(Source::Deezer, "q"), Err(CacheError::Damaged { .. })));
    }

    #[test]
    fn a_newer_cache_and_foreign_files_are_left_as_they_are() {
        let (directory, cache) = cache();
        let path = directory.path().join("cache.db");
        cache.connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        drop(cache);
        let before = std::fs::read(&path).unwrap();
        for error in [Cache::open(&path).unwrap_err(), Cache::create(&path).unwrap_err()] {
            let said = error.to_string();
            assert!(said.contains("version 2") && said.contains("Update artist2vec"), "{said}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);

        let text = directory.path().join("notes.txt");
        std::fs::write(&text, "no database at all, but long enough to look for a header in it ".repeat(20)).unwrap();
        let other = directory.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
        for path in [text, other] {
            let before = std::fs::read(&path).unwrap();
            let said = Cache::create(&path).unwrap_err().to_string();
            assert!(said.contains("not a cache"), "{said}");
            assert_eq!(std::fs::read(&path).unwrap(), before);
        }
        // An empty file may become a cache, but not by looking at it; half a cache is none.
        let empty = directory.path().join("empty.db");
        std::fs::write(&empty, "").unwrap();
        assert!(matches!(Cache::open(&empty), Err(CacheError::Foreign { .. })));
        assert_eq!(std::fs::read(&empty).unwrap(), b"");
        drop(Cache::create(&empty).unwrap());
        let whole = std::fs::read(&empty).unwrap();
        let half = directory.path().join("half.db");
        std::fs::write(&half, &whole[..whole.len() / 2]).unwrap();
        let said = Cache::open(&half).unwrap_err().to_string();
        assert!(said.contains("damaged") && said.contains("crawl anew"), "{said}");
        assert!(matches!(Cache::create(directory.path()), Err(CacheError::Unreachable { .. })));
        let absent = directory.path().join("absent.db");
        assert!(matches!(Cache::open(&absent), Err(CacheError::Missing { .. })));
        assert!(!absent.exists());
    }

    #[test]
    fn two_processes_can_use_one_cache() {
        let (directory, cache) = cache();
        let other = Cache::create(&directory.path().join("cache.db")).unwrap();
        let artist = cache.artist("", "A").unwrap();
        cache.record(artist, Source::LastFm, &genres(&["x"]), None).unwrap();
        assert_eq!(other.facts("", "A").unwrap().genres, ["x"]);
        assert_eq!(other.artist("", "a").unwrap(), artist);
    }
}
