//! The run: whom to ask what, in which order, when to give up, and what was found.
//!
//! Artists are asked about in parts of fifty. In each part the services that answer for many artists at once come
//! first, then every artist is asked about at every other service, so that one waits for its turn while another is
//! asked; then the first services again for those whose ids became known in between.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::files::{self, FileError};
use crate::progress::Progress;

use super::CrawlError;
use super::artists::{Artist, distinct};
use super::cache::{Answer, ArtistKey, Cache, Findings};
use super::client::{Age, Client, Endpoint, Failure, Request, Understood, may_fetch};
use super::pacer::Clock;
use super::secret::Keys;
use super::services::{Service, Who, service};
use super::source::{Source, What};

/// Artists in a part; also the most that one request asks about.
const PART: usize = 50;

/// What to crawl.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The services to ask.
    pub services: Vec<Source>,
    /// What to ask them; everything where it is empty.
    pub what: Vec<What>,
    /// Whether to fetch the pictures themselves, too, not their addresses alone.
    pub thumbnails: bool,
    /// Whether to keep answers for ever.
    pub keep: bool,
    /// Whom services can write to: a mail address or a page.
    pub contact: Option<String>,
    /// Other addresses of services, for mirrors and tests.
    pub endpoints: Vec<(Source, String)>,
    /// How patient to be.
    pub limits: Limits,
}

/// How patient to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one request may take in all.
    pub timeout: Duration,
    /// How often to try to get an answer before the artist is left for another run.
    pub tries: u32,
    /// The pause after the first failure; each further one is twice as long.
    pub first_pause: Duration,
    /// No pause is longer; a service that asks for a longer one is left for another run.
    pub longest_pause: Duration,
    /// The longest answer in bytes, pictures included.
    pub longest_answer: u64,
    /// So many artists in a row without an answer, and the service is left for another run.
    pub failures: u32,
    /// Another pace than [`Source::pace`]; heeded for addresses on this machine only.
    pub pace: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            tries: 5,
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(300),
            longest_answer: 4_000_000,
            failures: 5,
            pace: None,
        }
    }
}

/// What came of a crawl.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Different artists in the list.
    pub artists: u64,
    /// What each service gave.
    pub services: Vec<ServiceReport>,
    /// Pictures fetched.
    pub pictures: u64,
    /// Requests sent, repeats included.
    pub requests: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// What came of asking one service. Numbers are of artists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceReport {
    /// The service.
    pub service: Source,
    /// What was wanted of it.
    pub wanted: Vec<What>,
    /// Known in the cache before.
    pub cached: u64,
    /// Something was found.
    pub found: u64,
    /// The service knows nothing.
    pub unknown: u64,
    /// Not asked about for want of an id.
    pub without_id: u64,
    /// No answer, left for another run.
    pub failed: u64,
    /// Why there was no answer, the last time.
    pub last_failure: Option<String>,
    /// Why the service was given up.
    pub stopped: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
}

impl Report {
    /// Whether every question was answered, if only by "unknown".
    pub fn is_complete(&self) -> bool {
        !self.interrupted && self.services.iter().all(|service| service.stopped.is_none() && service.failed == 0)
    }
}

/// What a crawl would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Different artists in the list.
    pub artists: u64,
    /// Service by service.
    pub services: Vec<ServicePlan>,
}

/// What a crawl would ask of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServicePlan {
    /// The service.
    pub service: Source,
    /// Where it is.
    pub endpoint: String,
    /// What is wanted of it.
    pub wanted: Vec<What>,
    /// Artists already in the cache.
    pub cached: u64,
    /// Artists to ask about.
    pub due: u64,
    /// Artists who cannot be asked about for want of an id.
    pub without_id: u64,
    /// Requests, at most, without repeats.
    pub requests: u64,
    /// How long that takes at the service's pace.
    pub seconds: u64,
    /// Days until answers expire; `None` for never.
    pub lifetime_days: Option<u32>,
}

/// A service of this crawl.
struct Asked {
    service: Box<dyn Service>,
    wanted: Vec<What>,
    endpoint: Endpoint,
}

/// Checks the settings, and makes the services speak.
fn prepare(settings: &Settings, keys: &Keys) -> Result<Vec<Asked>, CrawlError> {
    let mut asked: Vec<Asked> = Vec::new();
    for source in Source::ALL.into_iter().filter(|source| settings.services.contains(source)) {
        let wants = |what: &What| settings.what.is_empty() || settings.what.contains(what) || *what == What::Ids;
        let wanted: Vec<What> = source.gives().iter().copied().filter(wants).collect();
        let endpoint = settings.endpoints.iter().rfind(|(other, _)| *other == source);
        let endpoint = Endpoint::parse(source, endpoint.map_or(source.endpoint(), |(_, address)| address))?;
        asked.push(Asked { service: service(source, endpoint.clone(), keys), wanted, endpoint });
    }
    for &what in &settings.what {
        if !asked.iter().any(|asked| asked.wanted.contains(&what)) {
            let able: Vec<&str> = what.preference().iter().map(|source| source.name()).collect();
            let named = settings.services.iter().map(|&source| cannot(source, &[what])).collect::<Vec<_>>().join(". ");
            let reason = format!("{named}. Ask {} for {}", able.join(", "), what.name());
            return Err(CrawlError::CannotGive { reason });
        }
    }
    if let Some(idle) = asked.iter().find(|asked| asked.wanted.is_empty()) {
        return Err(CrawlError::CannotGive { reason: cannot(idle.service.source(), &settings.what) });
    }
    Ok(asked)
}

/// Says that a service does not give something, and why.
fn cannot(source: Source, what: &[What]) -> String {
    let names: Vec<&str> = what.iter().map(|what| what.name()).collect();
    let gives: Vec<&str> = source.gives().iter().map(|what| what.name()).collect();
    let reason = what.iter().find_map(|&what| source.why_not(what)).map(|reason| format!(" ({reason})"));
    format!(
        "{} does not give {}{}; it gives {}",
        source.name(),
        names.join(", "),
        reason.unwrap_or_default(),
        gives.join(", ")
    )
}

/// What services of a crawl do not give of what was asked for, while another one of them does.
pub fn notes(settings: &Settings) -> Vec<String> {
    let pairs = settings.services.iter().flat_map(|&source| settings.what.iter().map(move |&what| (source, what)));
    let given = |what: &What| settings.services.iter().any(|source| source.gives().contains(what));
    let missing = pairs.filter(|(source, what)| !source.gives().contains(what) && given(what));
    missing.map(|(source, what)| cannot(source, &[what])).collect()
}

/// Checks whom services can write to, and makes the user agent of it.
fn user_agent(settings: &Settings) -> Result<String, CrawlError> {
    let program = concat!("artist2vec/", env!("CARGO_PKG_VERSION"));
    let Some(contact) = settings.contact.as_deref().map(str::trim) else {
        return match settings.services.iter().find(|source| source.wants_contact()) {
            Some(&service) => Err(CrawlError::MissingContact { service }),
            None => Ok(program.into()),
        };
    };
    let is_page = contact.starts_with("https://") || contact.starts_with("http://");
    let is_mail = contact.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    // It stands in a header, between brackets.
    if !(is_page || is_mail) || !contact.bytes().all(|byte| byte.is_ascii_graphic() && !b"()".contains(&byte)) {
        return Err(CrawlError::BadContact { contact: contact.into() });
    }
    Ok(format!("{program} ({contact})"))
}

/// Says before anything is made, or any key looked for, whether these settings can be crawled by.
///
/// # Errors
/// [`CrawlError`] where they cannot.
pub fn check(settings: &Settings) -> Result<(), CrawlError> {
    prepare(settings, &Keys::default())?;
    user_agent(settings).map(|_| ())
}

/// Who an artist is at services: by its own id, and as the cache knows.
fn who<'a>(artist: &'a Artist, key: Option<ArtistKey>, cache: Option<&Cache>) -> Result<Who<'a>, CrawlError> {
    let mut ids = BTreeMap::new();
    for source in [Source::Spotify, Source::MusicBrainz, Source::Deezer, Source::Wikidata] {
        let known = match (source.own_id(&artist.id), cache, key) {
            (Some(own), ..) => Some(own.to_owned()),
            (None, Some(cache), Some(key)) => cache.identity(key, source)?,
            _ => None,
        };
        ids.extend(known.map(|id| (source, id)));
    }
    Ok(Who { name: &artist.name, ids })
}

/// Says what a crawl would ask, sends nothing, writes nothing, and needs no keys. `cache` is `None` where there is none
/// yet.
///
/// # Errors
/// [`CrawlError`] where the settings cannot be or the cache cannot be read.
pub fn plan(artists: &[Artist], cache: Option<&Cache>, settings: &Settings) -> Result<Plan, CrawlError> {
    let asked = prepare(settings, &Keys::default())?;
    let artists = distinct(artists);
    let mut services = Vec::new();
    for Asked { service, wanted, endpoint } in &asked {
        let source = service.source();
        let (mut cached, mut due, mut without_id, mut requests) = (0, 0, 0, 0);
        for artist in &artists {
            let key = cache.map_or(Ok(None), |cache| cache.existing(&artist.id, &artist.name))?;
            let missing = match (cache, key) {
                (Some(cache), Some(key)) => cache.missing(key, source, wanted)?,
                _ => wanted.clone(),
            };
            let who = who(artist, key, cache)?;
            // Where another service may tell the id on the way, one request is likely.
            let tells = |other: &Asked| {
                let other_service = &other.service;
                other.wanted.contains(&What::Ids)
                    && other_service.source() != source
                    && other_service.requests(&who, &[What::Ids]).is_some()
            };
            let needed = service.requests(&who, &missing).or_else(|| asked.iter().any(tells).then_some(1));
            match needed {
                _ if missing.is_empty() => cached += 1,
                Some(needed) => {
                    due += 1;
                    requests += needed;
                }
                None => without_id += 1,
            }
        }
        requests = requests.div_ceil(service.batch() as u64) + if due > 0 { service.requests_before() } else { 0 };
        services.push(ServicePlan {
            service: source,
            endpoint: endpoint.base.clone(),
            wanted: wanted.clone(),
            cached,
            due,
            without_id,
            requests,
            seconds: (source.pace().as_secs_f64() * requests as f64).ceil() as u64,
            lifetime_days: (!settings.keep).then(|| source.lifetime_days()),
        });
    }
    Ok(Plan { artists: artists.len() as u64, services })
}

/// Asks services about artists, and writes what they answer into the cache, answer by answer.
///
/// What the cache knows is not asked again, so that a crawl that was stopped, at whatever moment, goes on where it was.
/// A service that fails is left alone after a while, the others go on. Progress counts artists.
///
/// # Errors
/// [`CrawlError`] where the settings cannot be, or the cache cannot be read or written.
pub fn crawl(
    artists: &[Artist],
    cache: &Cache,
    settings: &Settings,
    keys: &Keys,
    clock: &dyn Clock,
    progress: &dyn Progress,
) -> Result<Report, CrawlError> {
    let asked = prepare(settings, keys)?;
    let user_agent = user_agent(settings)?;
    let artists = distinct(artists);
    let client = Client::new(cache, clock, progress, &settings.limits, settings.keep, &user_agent, keys.secrets());
    let mut run = Run { cache, settings, client, asked: Vec::new(), pictures: 0 };
    for asked in asked {
        let report = ServiceReport {
            service: asked.service.source(),
            wanted: asked.wanted.clone(),
            cached: 0,
            found: 0,
            unknown: 0,
            without_id: 0,
            failed: 0,
            last_failure: None,
            stopped: None,
            note: None,
        };
        run.asked.push(Running { asked, report, in_a_row: 0, done: BTreeSet::new() });
    }
    progress.stage("crawl", Some(artists.len() as u64));
    let mut interrupted = false;
    for part in artists.chunks(PART) {
        interrupted = match run.part(part, progress) {
            Ok(()) => progress.interrupted(),
            Err(Stop::Interrupted) => true,
            Err(Stop::Failed(error)) => return Err(error),
        };
        if interrupted || run.asked.iter().all(|running| running.report.stopped.is_some()) {
            break;
        }
    }
    let services = run.asked.into_iter().map(|mut running| {
        running.report.note = running.asked.service.note();
        running.report
    });
    Ok(Report {
        artists: artists.len() as u64,
        services: services.collect(),
        pictures: run.pictures,
        requests: run.client.sent,
        interrupted,
    })
}

/// Why a run ends before its end.
enum Stop {
    Interrupted,
    Failed(CrawlError),
}

impl<E: Into<CrawlError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A service in a run.
struct Running {
    asked: Asked,
    report: ServiceReport,
    /// Failures without a success in between.
    in_a_row: u32,
    /// Artists whose turn is over in this run.
    done: BTreeSet<ArtistKey>,
}

struct Run<'a> {
    cache: &'a Cache,
    settings: &'a Settings,
    client: Client<'a>,
    asked: Vec<Running>,
    pictures: u64,
}

/// An artist of a part, and who it is in the cache.
type Member<'a> = (&'a Artist, ArtistKey);

impl Run<'_> {
    fn part(&mut self, artists: &[&Artist], progress: &dyn Progress) -> Result<(), Stop> {
        let mut members: Vec<Member<'_>> = Vec::with_capacity(artists.len());
        for artist in artists {
            members.push((artist, self.cache.artist(&artist.id, &artist.name)?));
        }
        let services = 0..self.asked.len();
        let (many, single): (Vec<usize>, Vec<usize>) = services.partition(|&i| self.asked[i].asked.service.batch() > 1);
        for &i in &many {
            self.visit(i, &members, false)?;
        }
        for member in &members {
            for &i in &single {
                self.visit(i, &[*member], true)?;
            }
            // What comes at once needs no second look.
            if many.is_empty() {
                self.fetch_picture(*member)?;
                progress.advance(1);
            }
        }
        for &i in &many {
            self.visit(i, &members, true)?;
        }
        if !many.is_empty() {
            for member in &members {
                self.fetch_picture(*member)?;
                progress.advance(1);
            }
        }
        Ok(())
    }

    /// Asks one service about those artists of whom the cache does not know all yet. Those without an id that the
    /// service knows have another chance unless it is the `last`.
    fn visit(&mut self, service: usize, members: &[Member<'_>], last: bool) -> Result<(), Stop> {
        let Running { asked, report, in_a_row, done } = &mut self.asked[service];
        let source = asked.service.source();
        let mut due = Vec::new();
        for &(artist, key) in members {
            if report.stopped.is_some() || done.contains(&key) {
                continue;
            }
            let missing = self.cache.missing(key, source, &asked.wanted)?;
            if missing.is_empty() {
                report.cached += 1;
                done.insert(key);
                continue;
            }
            let who = who(artist, Some(key), Some(self.cache))?;
            if asked.service.requests(&who, &missing).is_some() {
                due.push((key, who));
            } else if last {
                report.without_id += 1;
            }
        }
        for batch in due.chunks(asked.service.batch()) {
            let whos: Vec<Who<'_>> = batch.iter().map(|(_, who)| who.clone()).collect();
            // What another artist left behind does not count.
            self.client.take_age(source);
            match asked.service.ask(&mut self.client, &whos, &asked.wanted) {
                Ok(findings) => {
                    *in_a_row = 0;
                    let Age { fetched, expires } = self.client.take_age(source);
                    for ((key, _), findings) in batch.iter().zip(findings) {
                        let findings = Findings { fetched: Some(fetched), ..findings };
                        self.cache.record(*key, source, &findings, expires)?;
                        let found = findings.facts.iter().any(|(_, value)| value.is_some());
                        *(if found { &mut report.found } else { &mut report.unknown }) += 1;
                    }
                }
                Err(Failure::Artist(reason)) => {
                    *in_a_row += 1;
                    report.failed += batch.len() as u64;
                    if *in_a_row >= self.settings.limits.failures {
                        report.stopped = Some(format!("{in_a_row} times in a row there was no answer: {reason}"));
                    }
                    report.last_failure = Some(reason);
                }
                Err(Failure::Service(reason)) => report.stopped = Some(reason),
                Err(Failure::Interrupted) => return Err(Stop::Interrupted),
                Err(Failure::Cache(error)) => return Err(error.into()),
            }
            done.extend(batch.iter().map(|(key, _)| *key));
            if report.stopped.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Fetches the picture that readers of the cache will be given, where that was asked for.
    fn fetch_picture(&mut self, (_, key): Member<'_>) -> Result<(), Stop> {
        if !self.settings.thumbnails {
            return Ok(());
        }
        let facts = self.cache.facts_of(key)?;
        let (Some(picture), Some(origin)) = (facts.picture, facts.origins.get(&What::Pictures)) else {
            return Ok(());
        };
        let Some(running) = self.asked.iter_mut().find(|running| running.report.service == origin.source) else {
            return Ok(());
        };
        if picture.bytes.is_some()
            || running.report.stopped.is_some()
            || !may_fetch(&picture.url, &running.asked.endpoint)
        {
            return Ok(());
        }
        let mut request = Request::json(origin.source, picture.url);
        request.accept = "image/jpeg, image/png, image/webp";
        let fetched = self.client.ask(&request, |answer: &Answer| match answer.status {
            // Not there, or of a kind that is not wanted: not to be asked for again.
            200 | 404 | 410 => Understood::Answer(answer.is_picture()),
            status => Understood::Again(format!("it answers {status}"), None),
        });
        match fetched {
            Ok(is_picture) => self.pictures += u64::from(is_picture),
            Err(Failure::Artist(reason)) => {
                running.report.failed += 1;
                running.report.last_failure = Some(format!("a picture: {reason}"));
            }
            Err(Failure::Service(reason)) => running.report.stopped = Some(format!("a picture: {reason}")),
            Err(Failure::Interrupted) => return Err(Stop::Interrupted),
            Err(Failure::Cache(error)) => return Err(error.into()),
        }
        Ok(())
    }
}

/// Writes who is similar to whom as tab-separated text for `evaluate --truth`: artist_uri, artist_name, related_uri,
/// related_name, rank and service. Returns the number of artists and of lines.
///
/// # Errors
/// [`CrawlError`] where the cache cannot be read or the file not be written.
pub fn write_related(cache: &Cache, sources: &[Source], path: &Path) -> Result<(u64, u64), CrawlError> {
    let rows = cache.related(sources)?;
    let artists = rows.iter().filter(|row| row.rank == 1).count() as u64;
    // White space in a cell would end it.
    let clean = |text: &str| text.split(['\t', '\n', '\r']).collect::<Vec<_>>().join(" ");
    files::write_atomically(path, |writer| {
        let mut write = || {
            writeln!(writer, "artist_uri\tartist_name\trelated_uri\trelated_name\trank\tservice")?;
            for row in &rows {
                let (id, name) = (clean(&row.artist_id), clean(&row.artist_name));
                let (other_id, other_name) = (clean(&row.related.id), clean(&row.related.name));
                writeln!(writer, "{id}\t{name}\t{other_id}\t{other_name}\t{}\t{}", row.rank, row.source.name())?;
            }
            Ok(())
        };
        write().map_err(|source| FileError::write(path, source))
    })?;
    Ok((artists, rows.len() as u64))
}
