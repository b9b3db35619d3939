//! `artist2vec crawl`: facts about artists from services on the web into a cache.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Outcome;
use super::progress::Bars;
use crate::catalog::container;
use crate::corpus::{Artists, CORPUS, Corpus};
use crate::crawl::pacer::SystemClock;
use crate::crawl::{
    Artist, Cache, CrawlError, Keys, Limits, Plan, Report, Settings, Source, What, check, crawl, notes, plan,
    read_artists, write_related,
};
use crate::export;
use crate::files::{self, FileError};
use crate::report::{Column, Table};
use crate::training::{MODEL, Model};

/// Ask services on the web about artists, and keep their answers in a cache.
///
///   musicbrainz   genres, and by which ids others know an artist
///   wikidata      genres, pictures of Wikimedia Commons, and ids
///   listenbrainz  related artists (key: LISTENBRAINZ_TOKEN)
///   deezer        related artists, pictures, fans
///   lastfm        related artists, tags as genres, listeners
///                 (key: LASTFM_API_KEY; pictures are gone since 2019)
///   spotify       genres, pictures, followers; related artists only for
///                 apps that had extended access on 27 November 2024
///                 (keys: SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET)
///
/// Keys are read from the environment, and neither stored nor shown. Ask
/// musicbrainz and wikidata together with others: they tell the others' ids.
///
/// Stop it whenever you like: what was answered is in the cache, and the same
/// command goes on from there. Answers are thrown away when the service's
/// terms want that (spotify and deezer 1 day, lastfm 7, the others 90). You
/// agree to the terms of the services that you ask. --dry-run shows what would
/// be asked, how often and how long that takes.
///
/// `export --cache` puts genres, pictures and followers into a pack;
/// `evaluate --truth` reads what --export-related writes.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  artist2vec crawl musicbrainz wikidata --artists pack/ --cache facts.db --contact me@example.org
  artist2vec crawl deezer --artists model.a2m --limit 1000 --cache facts.db --what related --dry-run
  artist2vec crawl wikidata --artists pack/ --cache facts.db --what pictures --thumbnails --contact https://my.page
  artist2vec crawl --cache facts.db --export-related related.tsv

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but some answers are missing: run it again later."
)]
pub(super) struct Arguments {
    /// Services to ask; with --export-related alone: whose lists to write, the best first
    #[arg(value_name = "SERVICE", value_parser = service(), required_unless_present = "export_related")]
    services: Vec<String>,
    /// Whom to ask about: a pack, model, corpus, or tab-separated text with the columns uri and name (or names alone)
    #[arg(long, value_name = "FILE", required_unless_present = "export_related", requires = "services")]
    artists: Option<PathBuf>,
    /// The cache; made where there is none
    #[arg(long, value_name = "FILE")]
    cache: PathBuf,
    /// What to ask for [default: all that the services give]
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = what())]
    what: Vec<String>,
    /// Fetch the pictures, too, not their addresses alone
    #[arg(long)]
    thumbnails: bool,
    /// Ask about the first N artists only, which are the most popular ones of a pack, model or corpus
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Whom services can write to when something goes wrong: your mail address or a page about your project
    #[arg(long, value_name = "MAIL-OR-URL")]
    contact: Option<String>,
    /// Keep answers for ever, whatever the services' terms say
    #[arg(long)]
    keep: bool,
    /// Say what would be asked, and ask nothing; needs no keys
    #[arg(long, requires = "artists")]
    dry_run: bool,
    /// Write who is similar to whom as truth for `evaluate`: artist_uri, artist_name, related_uri, related_name
    #[arg(long, value_name = "FILE.tsv")]
    export_related: Option<PathBuf>,
    /// Ask a service elsewhere, at a mirror for example
    #[arg(long, value_name = "SERVICE=URL", value_parser = endpoint)]
    endpoint: Vec<(Source, String)>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
    /// For tests: milliseconds between requests, heeded on this machine only
    #[arg(long, hide = true, value_name = "MS")]
    pace: Option<u64>,
    /// For tests: milliseconds until a request is given up, and of the first and the longest pause after a failure
    #[arg(long, hide = true, value_name = "MS,MS,MS", value_delimiter = ',')]
    patience: Option<Vec<u64>>,
}

fn service() -> PossibleValuesParser {
    PossibleValuesParser::new(Source::ALL.map(Source::name))
}

fn what() -> PossibleValuesParser {
    PossibleValuesParser::new(What::ALL.map(What::name))
}

fn endpoint(text: &str) -> Result<(Source, String), String> {
    let (service, address) = text.split_once('=').ok_or("not of the form SERVICE=URL")?;
    let source = Source::by_name(service).ok_or_else(|| format!("there is no service {service:?}"))?;
    Ok((source, address.to_owned()))
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let services: Vec<Source> = arguments.services.iter().filter_map(|name| Source::by_name(name)).collect();
    let mut outcome = Outcome::Done;
    let related = arguments.export_related.as_ref().filter(|_| !arguments.dry_run);
    if let Some(path) = related {
        files::expect_writable(path, &[&arguments.cache])?;
    }
    if let Some(path) = &arguments.artists {
        outcome = ask(arguments, services.clone(), path)?;
    }
    if let Some(path) = related {
        let order = What::Related.preference();
        let cache = Cache::open(&arguments.cache)?;
        let (artists, lines) = write_related(&cache, if services.is_empty() { order } else { &services }, path)?;
        eprintln!("{}: {lines} related artists of {artists} artists", path.display());
    }
    Ok(outcome)
}

fn ask(arguments: &Arguments, services: Vec<Source>, artists: &Path) -> anyhow::Result<Outcome> {
    let mut limits = Limits { pace: arguments.pace.map(Duration::from_millis), ..Limits::default() };
    if let Some([.., timeout, first, longest]) = arguments.patience.as_deref() {
        let [timeout, first, longest] = [timeout, first, longest].map(|&ms| Duration::from_millis(ms));
        limits = Limits { timeout, first_pause: first, longest_pause: longest, ..limits };
    }
    let settings = Settings {
        services,
        what: arguments.what.iter().filter_map(|name| What::by_name(name)).collect(),
        thumbnails: arguments.thumbnails,
        keep: arguments.keep,
        contact: arguments.contact.clone(),
        endpoints: arguments.endpoint.clone(),
        limits,
    };
    let mut artists = read(artists)?;
    artists.truncate(arguments.limit.map_or(usize::MAX, |limit| limit as usize));
    for note in notes(&settings) {
        eprintln!("note: {note}");
    }
    let mut out = io::stdout().lock();
    if arguments.dry_run {
        let cache = if arguments.cache.exists() { Some(Cache::open(&arguments.cache)?) } else { None };
        let plan = plan(&artists, cache.as_ref(), &settings)?;
        if arguments.json {
            serde_json::to_writer_pretty(&mut out, &plan).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            print_plan(&plan, settings.contact.is_some(), &mut out)?;
        }
        return Ok(Outcome::Done);
    }
    check(&settings)?;
    let keys = Keys::read(&settings.services, |variable| std::env::var(variable).ok())?;
    if settings.keep {
        eprintln!(
            "warning: --keep: answers are kept for ever. The terms of spotify, deezer and lastfm do not allow that; \
             whether yours is an exception is between you and them"
        );
    }
    let cache = Cache::create(&arguments.cache)?;
    let bars = Bars::interruptible();
    let report = crawl(&artists, &cache, &settings, &keys, &SystemClock::default(), &bars)?;
    drop(bars);
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print_report(&report, &arguments.cache, &mut out)?;
    }
    Ok(if report.is_complete() { Outcome::Done } else { Outcome::DamagedInput })
}

/// Reads the artists of whatever file it is, the most popular first.
fn read(path: &Path) -> anyhow::Result<Vec<Artist>> {
    let listed = |artists: Artists| {
        let pairs = artists.ids.into_iter().zip(artists.names);
        pairs.map(|(id, name)| Artist { id, name }).collect()
    };
    if path.is_dir() || path.extension().is_some_and(|extension| extension == "json") {
        return pack(path);
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(|source| FileError::read(path, source))?;
    file.take(12).read_to_end(&mut head).map_err(|source| FileError::read(path, source))?;
    match head.strip_prefix(&container::MAGIC) {
        Some(tag) if tag == MODEL.tag => Ok(listed(Model::read(path)?.artists)),
        Some(tag) if tag == CORPUS.tag => Ok(listed(Corpus::open(path)?.artists)),
        // What is none of these is said by the pack's reader.
        Some(_) => pack(path),
        None => Ok(read_artists(path)?),
    }
}

fn pack(path: &Path) -> anyhow::Result<Vec<Artist>> {
    let pack = export::open_pack(path)?;
    let artist = |i| Artist { id: pack.stable_id(i).to_owned(), name: pack.name(i).to_owned() };
    Ok((0..pack.len() as u32).map(artist).collect())
}

fn names(what: &[What]) -> String {
    what.iter().map(|what| what.name()).collect::<Vec<_>>().join(", ")
}

fn print_plan(plan: &Plan, has_contact: bool, out: &mut impl io::Write) -> io::Result<()> {
    let mut columns = vec![Column::text("service"), Column::text("what")];
    columns.extend(["in cache", "to ask", "no id", "requests", "at least"].map(Column::number));
    columns.extend(["kept", "at"].map(Column::text));
    let mut table = Table::new("", columns);
    for service in &plan.services {
        let kept = service.lifetime_days.map_or("for ever".into(), |days| duration(u64::from(days) * 86_400));
        let numbers = [service.cached, service.due, service.without_id, service.requests].map(|n| n.to_string());
        let begin = [service.service.name().to_owned(), names(&service.wanted)];
        let end = [duration(service.seconds), kept, service.endpoint.clone()];
        table.row(begin.into_iter().chain(numbers).chain(end));
    }
    // Services are asked in turns: while one waits, the next is asked.
    let longest = plan.services.iter().map(|service| service.seconds).max().unwrap_or_default();
    write!(out, "{}", table.to_text())?;
    for service in &plan.services {
        let unset = |variable: &&str| std::env::var_os(variable).is_none_or(|value| value.is_empty());
        let keys = service.service.keys();
        let unset: Vec<&str> = keys.iter().map(|key| key.variable).filter(unset).collect();
        if let ([key, ..], false) = (keys, unset.is_empty()) {
            writeln!(out, "{}: will want {} (from {})", service.service.name(), unset.join(" and "), key.from)?;
        }
        if service.service.wants_contact() && !has_contact {
            writeln!(out, "{}: will want --contact", service.service.name())?;
        }
        if service.lifetime_days.is_some_and(|days| u64::from(days) * 86_400 < service.seconds) {
            let name = service.service.name();
            writeln!(
                out,
                "{name}: the first answers expire before the last ones come; ask about fewer artists (--limit)"
            )?;
        }
    }
    writeln!(out, "{} artists; all together at least {}; nothing was asked", plan.artists, duration(longest))
}

/// Seconds as people say it.
fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

fn print_report(report: &Report, cache: &Path, out: &mut impl io::Write) -> io::Result<()> {
    let mut columns = vec![Column::text("service"), Column::text("what")];
    columns.extend(["in cache", "found", "unknown", "no id", "failed"].map(Column::number));
    let mut table = Table::new("", columns);
    for service in &report.services {
        let numbers = [service.cached, service.found, service.unknown, service.without_id, service.failed];
        let begin = [service.service.name().to_owned(), names(&service.wanted)];
        table.row(begin.into_iter().chain(numbers.map(|number| number.to_string())));
    }
    write!(out, "{}", table.to_text())?;
    if report.pictures > 0 {
        writeln!(out, "{} pictures fetched", report.pictures)?;
    }
    for service in &report.services {
        let name = service.service.name();
        match (&service.stopped, &service.last_failure) {
            (Some(reason), _) => writeln!(out, "{name} was given up: {reason}")?,
            (None, Some(reason)) => writeln!(out, "{name} left {} artists unanswered: {reason}", service.failed)?,
            (None, None) => {}
        }
        if let Some(note) = &service.note {
            writeln!(out, "{name}: {note}")?;
        }
        if service.without_id > 0 {
            let id =
                if service.service == Source::ListenBrainz { "MusicBrainz id" } else { "id or name that it knows" };
            let who = service.without_id;
            writeln!(out, "{name}: {who} artists have no {id}; ask musicbrainz in the same or an earlier crawl")?;
        }
    }
    let artists = report.artists;
    writeln!(out, "{}: {artists} artists, {} requests", cache.display(), report.requests)?;
    if !report.is_complete() {
        writeln!(out, "not all is answered: the same command goes on from here")?;
    }
    Ok(())
}

/// Whether the command line, or the environment that belongs to it, asks for something that cannot be.
pub(super) fn is_wrong_usage(error: &CrawlError) -> bool {
    !matches!(error, CrawlError::File(_) | CrawlError::Cache(_) | CrawlError::NoArtists { .. })
}
