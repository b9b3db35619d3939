//! Asking a service politely: paced, patient, bounded, and never telling a secret.
//!
//! Owns HTTP, repeats, and which answers are stored. Knows nothing of what answers mean: services say that by
//! [`Understood`].

use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::http::{HeaderMap, Uri};
use ureq::typestate::RequestScope;

use crate::progress::Progress;

use super::cache::{Answer, Cache, CacheError};
use super::pacer::{Clock, Pacer, retry_after};
use super::secret::Secret;
use super::source::Source;
use super::{CrawlError, Limits};

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The address that paths are added to, without a slash at its end.
    pub(super) base: String,
}

impl Endpoint {
    /// Checks an address that the user gives instead of the service's own.
    ///
    /// # Errors
    /// [`CrawlError::Endpoint`] where it is no plain address, or would send keys unencrypted over a network.
    pub(super) fn parse(service: Source, address: &str) -> Result<Self, CrawlError> {
        let refuse = |reason| CrawlError::Endpoint { service, reason };
        let uri: Uri = address.parse().map_err(|_| refuse("it is no address"))?;
        let host = uri.host().unwrap_or_default();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse("it must start with https:// (or http:// on this machine)")),
        };
        if host.is_empty() || uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(refuse("it must name a host, without a user"));
        }
        if uri.query().is_some() || address.contains('#') {
            return Err(refuse("it must end before any ? or #"));
        }
        if !secure && !service.keys().is_empty() && !is_loopback(host) {
            return Err(refuse("keys would be sent unencrypted; http:// is for this machine only, use https://"));
        }
        Ok(Self { base: address.trim_end_matches('/').to_owned() })
    }
}

/// Whether a picture may be fetched from an address that a service names: encrypted, or on this machine where the
/// service itself is. No service elsewhere can make this machine ask itself.
pub(super) fn may_fetch(address: &str, service: &Endpoint) -> bool {
    let (Ok(uri), Ok(service)) = (address.parse::<Uri>(), service.base.parse::<Uri>()) else { return false };
    let local = |uri: &Uri| uri.host().is_some_and(is_loopback);
    match uri.scheme_str() {
        _ if local(&uri) => local(&service),
        Some("https") => uri.host().is_some_and(|host| !host.is_empty()),
        _ => false,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Percent-encodes a text as one part of an address (RFC 3986: all but the unreserved characters).
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A request, its secrets apart from what may be stored.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) source: Source,
    /// The address without secrets; the key of the stored answer.
    pub(super) address: String,
    /// A parameter to be added to the address.
    pub(super) secret_parameter: Option<(&'static str, &'a Secret)>,
    /// The header `Authorization`: a scheme such as `Bearer`, and the secret.
    pub(super) authorization: Option<(&'static str, &'a Secret)>,
    /// What is wanted, as the header `Accept`.
    pub(super) accept: &'static str,
}

impl Request<'_> {
    /// A request without secrets for JSON.
    pub(super) fn json(source: Source, address: String) -> Self {
        Self { source, address, secret_parameter: None, authorization: None, accept: "application/json" }
    }
}

/// What a service makes of an answer.
#[derive(Debug)]
pub(super) enum Understood<T> {
    /// A good answer, "there is none" included; it is stored.
    Answer(T),
    /// An answer that holds for this run only; it is not stored.
    Passing(T),
    /// No answer yet: ask again, after the pause where one is known.
    Again(String, Option<Duration>),
    /// The service will not answer this program at all.
    Refused(String),
}

impl<T> Understood<T> {
    /// The same with another value.
    pub(super) fn map<R>(self, change: impl FnOnce(T) -> R) -> Understood<R> {
        match self {
            Self::Answer(value) => Understood::Answer(change(value)),
            Self::Passing(value) => Understood::Passing(change(value)),
            Self::Again(reason, pause) => Understood::Again(reason, pause),
            Self::Refused(reason) => Understood::Refused(reason),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Not about this artist, now.
    Artist(String),
    /// Nothing from this service in this run.
    Service(String),
    /// The user asked to stop.
    Interrupted,
    /// The cache failed: there is no going on.
    Cache(CacheError),
}

impl From<CacheError> for Failure {
    fn from(error: CacheError) -> Self {
        Self::Cache(error)
    }
}

/// A whole answer.
struct Received {
    answer: Answer,
    headers: HeaderMap,
}

/// An answer that was understood, and whether to store it.
struct Understanding<T> {
    answer: Answer,
    value: T,
    store: bool,
}

/// How old answers are: together as old as the oldest of them, and good for as long as the first that expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age {
    /// When the oldest was asked for, in seconds since 1970.
    pub(super) fetched: i64,
    /// When the first expires; `None` where none does.
    pub(super) expires: Option<i64>,
}

impl Age {
    fn and(self, other: Self) -> Self {
        let expires = [self.expires, other.expires].into_iter().flatten().min();
        Self { fetched: self.fetched.min(other.fetched), expires }
    }
}

/// Sends requests for a crawl.
pub(super) struct Client<'a> {
    agent: Agent,
    pacer: Pacer<'a>,
    cache: &'a Cache,
    progress: &'a dyn Progress,
    limits: &'a Limits,
    keep: bool,
    secrets: Vec<Secret>,
    /// Stored bytes of services that allow only so many.
    stored: Vec<(Source, u64)>,
    /// The age of the answers given since the last [`Client::take_age`].
    age: Option<Age>,
    /// Requests sent, repeats included.
    pub(super) sent: u64,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        cache: &'a Cache,
        clock: &'a dyn Clock,
        progress: &'a dyn Progress,
        limits: &'a Limits,
        keep: bool,
        user_agent: &str,
        secrets: Vec<Secret>,
    ) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(user_agent)
            .timeout_connect(Some(limits.timeout))
            .timeout_global(Some(limits.timeout))
            .max_redirects(5)
            .build()
            .new_agent();
        let (pacer, stored) = (Pacer::new(clock), Vec::new());
        Self { agent, pacer, cache, progress, limits, keep, secrets, stored, age: None, sent: 0 }
    }

    /// Keeps a secret that a service gave during the crawl out of everything.
    pub(super) fn add_secret(&mut self, secret: &Secret) {
        self.secrets.push(secret.clone());
    }

    /// The age of an answer that comes now.
    fn fresh(&self, source: Source) -> Age {
        let fetched = self.pacer.clock().unix();
        Age { fetched, expires: (!self.keep).then(|| fetched + i64::from(source.lifetime_days()) * 86_400) }
    }

    /// The age of all answers given since this was asked the last time; that of a fresh one where there was none.
    ///
    /// What is read from answers must not outlive them, though it may be read when they are half gone.
    pub(super) fn take_age(&mut self, source: Source) -> Age {
        self.age.take().unwrap_or_else(|| self.fresh(source))
    }

    fn count_age(&mut self, age: Age) {
        self.age = Some(self.age.map_or(age, |before| before.and(age)));
    }

    /// The stored answer to a request, else a fresh one, which is stored.
    ///
    /// A stored answer that `understand` makes nothing of is asked again.
    pub(super) fn ask<T>(
        &mut self,
        request: &Request<'_>,
        understand: impl Fn(&Answer) -> Understood<T>,
    ) -> Result<T, Failure> {
        let source = request.source;
        if let Some(stored) = self.cache.stored(source, &request.address)?
            && let Understood::Answer(value) = understand(&stored.answer)
        {
            self.count_age(Age { fetched: stored.fetched, expires: stored.expires });
            return Ok(value);
        }
        self.expect_room(source)?;
        let send = |client: &Self| client.get(request);
        let Understanding { mut answer, value, store } = self.patiently(source, &request.address, &understand, send)?;
        let age = self.fresh(source);
        self.count_age(age);
        if !store {
            return Ok(value);
        }
        // No service is known to repeat a key in its answer; should one, it is not stored.
        for secret in &self.secrets {
            let found =
                answer.body.windows(secret.reveal().len().max(1)).any(|part| part == secret.reveal().as_bytes());
            if found {
                answer.body = secret.hide_in(&String::from_utf8_lossy(&answer.body)).into_bytes();
            }
        }
        self.cache.store_answer(source, &request.address, &answer, age.expires)?;
        if let Some((_, stored)) = self.stored.iter_mut().find(|(other, _)| *other == source) {
            *stored += answer.body.len() as u64;
        }
        Ok(value)
    }

    /// Sends a form whose answer is a secret, and is not stored.
    pub(super) fn post<T>(
        &mut self,
        source: Source,
        address: &str,
        form: &[(&str, &Secret)],
        understand: impl Fn(&Answer) -> Understood<T>,
    ) -> Result<T, Failure> {
        let send = |client: &Self| {
            let form = form.iter().map(|(name, value)| (*name, value.reveal()));
            let request = reach(client.agent.post(address).config(), address);
            client.receive(request.build().header("Accept", "application/json").send_form(form))
        };
        self.patiently(source, address, &understand, send).map(|understanding| understanding.value)
    }

    /// Says that the service's terms leave no room for another answer, where it is so.
    fn expect_room(&mut self, source: Source) -> Result<(), Failure> {
        let Some(most) = source.most_bytes() else { return Ok(()) };
        if !self.stored.iter().any(|(other, _)| *other == source) {
            self.stored.push((source, self.cache.bytes_of(source)?));
        }
        let stored = self.stored.iter().find(|(other, _)| *other == source).map_or(0, |(_, stored)| *stored);
        if stored < most {
            return Ok(());
        }
        let megabytes = most / 1_000_000;
        Err(Failure::Service(format!("its terms allow {megabytes} MB of stored answers, and the cache holds them")))
    }

    /// Sends until there is an answer that is understood, the tries are used up, or the service asks for a long pause.
    fn patiently<T>(
        &mut self,
        source: Source,
        address: &str,
        understand: &dyn Fn(&Answer) -> Understood<T>,
        send: impl Fn(&Self) -> Result<Received, String>,
    ) -> Result<Understanding<T>, Failure> {
        let uri: Uri = address.parse().map_err(|_| Failure::Artist("its address cannot be asked for".into()))?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let pace = self.limits.pace.filter(|_| is_loopback(uri.host().unwrap_or_default()));
        let mut last = String::new();
        for attempt in 0..self.limits.tries {
            let progress = self.progress;
            if !self.pacer.wait(&host, pace.unwrap_or_else(|| source.pace()), &|| progress.interrupted()) {
                return Err(Failure::Interrupted);
            }
            self.sent += 1;
            // Doubled from try to try.
            let backoff = self.limits.first_pause.saturating_mul(1 << attempt.min(16)).min(self.limits.longest_pause);
            let (reason, pause) = match send(self) {
                Err(reason) => (reason, None),
                Ok(Received { answer, headers }) => {
                    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
                    let unix_now = self.pacer.clock().unix();
                    let asked = header("retry-after").and_then(|value| retry_after(value, unix_now));
                    // ListenBrainz says with every answer how many more it will give, and when anew.
                    if header("x-ratelimit-remaining") == Some("0")
                        && let Some(reset) =
                            header("x-ratelimit-reset-in").and_then(|value| retry_after(value, unix_now))
                    {
                        self.pacer.hold(&host, reset.min(self.limits.longest_pause));
                    }
                    match answer.status {
                        429 | 503 => (format!("it answers {}: too many requests", answer.status), asked),
                        408 | 500.. => (format!("it answers {}", answer.status), asked),
                        _ => match understand(&answer) {
                            Understood::Answer(value) => return Ok(Understanding { answer, value, store: true }),
                            Understood::Passing(value) => return Ok(Understanding { answer, value, store: false }),
                            // Only the header can ask for a pause that is too long.
                            Understood::Again(reason, pause) => {
                                (reason, asked.or(pause.map(|pause| pause.min(self.limits.longest_pause))))
                            }
                            Understood::Refused(reason) => return Err(Failure::Service(self.hide(&reason))),
                        },
                    }
                }
            };
            let pause = pause.unwrap_or(backoff);
            if pause > self.limits.longest_pause {
                let minutes = pause.as_secs().div_ceil(60);
                return Err(Failure::Service(format!("{reason} and asks to come back in {minutes} minutes")));
            }
            self.pacer.hold(&host, pause);
            last = reason;
        }
        Err(Failure::Artist(self.hide(&last)))
    }

    fn get(&self, request: &Request<'_>) -> Result<Received, String> {
        let mut address = request.address.clone();
        if let Some((name, secret)) = request.secret_parameter {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&format!("{name}={}", encode(secret.reveal())));
        }
        let config = reach(self.agent.get(&address).config(), &address);
        let mut sent = config.build().header("Accept", request.accept);
        if let Some((scheme, secret)) = request.authorization {
            sent = sent.header("Authorization", format!("{scheme} {}", secret.reveal()));
        }
        self.receive(sent.call())
    }

    /// Reads a whole answer, or says in words that hold no address why there is none.
    fn receive(&self, response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Received, String> {
        let received = response.and_then(|response| {
            let (parts, mut body) = response.into_parts();
            let body = body.with_config().limit(self.limits.longest_answer).read_to_vec()?;
            Ok(Received { answer: Answer { status: parts.status.as_u16(), body }, headers: parts.headers })
        });
        received.map_err(|error| self.hide(&in_words(&error)))
    }

    fn hide(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| secret.hide_in(&text))
    }
}

/// How an address may be reached: a redirection must not lead from an encrypted connection to another, and what is for
/// this machine is for no proxy.
fn reach<Any>(config: ConfigBuilder<RequestScope<Any>>, address: &str) -> ConfigBuilder<RequestScope<Any>> {
    let config = config.https_only(address.starts_with("https:"));
    let host = address.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    if host.is_some_and(|host| is_loopback(&host)) { config.proxy(None) } else { config }
}

/// An error of the connection in words. The library's own may hold the address, and that may hold a key.
fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it did not answer in time".into(),
        ureq::Error::HostNotFound => "its host was not found; is this machine connected?".into(),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => "it sent half an answer".into(),
        ureq::Error::Io(error) => format!("the connection failed ({})", error.kind()),
        ureq::Error::ConnectionFailed => "the connection failed".into(),
        ureq::Error::BodyExceedsLimit(limit) => format!("its answer is longer than {} kB", limit / 1000),
        ureq::Error::LargeResponseHeader(..) => "its answer's header is too long".into(),
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => "it sends from address to address".into(),
        ureq::Error::RequireHttpsOnly(_) => "it sends to an address without encryption".into(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "its certificate could not be checked".into(),
        ureq::Error::Decompress(..) => "its compressed answer is damaged".into(),
        ureq::Error::Protocol(_) => "its answer is no HTTP".into(),
        _ => "the request could not be sent".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded_whatever_the_name() {
        assert_eq!(encode("AC/DC \"x\"&y=1"), "AC%2FDC%20%22x%22%26y%3D1");
        assert_eq!(encode("\u{1f3b8}é"), "%F0%9F%8E%B8%C3%A9");
        assert_eq!(encode(""), "");
    }

    #[test]
    fn what_is_read_from_answers_lives_as_long_as_the_first_that_expires() {
        let age = |fetched, expires| Age { fetched, expires };
        assert_eq!(age(5, Some(9)).and(age(3, Some(20))), age(3, Some(9)));
        assert_eq!(age(5, None).and(age(7, Some(20))), age(5, Some(20)));
        assert_eq!(age(5, None).and(age(7, None)), age(5, None));
    }

    #[test]
    fn pictures_are_fetched_encrypted_and_never_from_this_machine_for_another() {
        let may = |address, base: &str| may_fetch(address, &Endpoint { base: base.into() });
        assert!(may("https://i.example/1.jpg", "https://api.deezer.com"));
        assert!(may("http://127.0.0.1:80/1.jpg", "http://localhost:80"));
        for address in ["http://i.example/1.jpg", "http://localhost:80/", "https://127.0.0.1/", "file:///etc", "", "/x"]
        {
            assert!(!may(address, "https://api.deezer.com"), "{address}");
        }
    }

    #[test]
    fn keys_go_encrypted_or_stay_on_this_machine() {
        let parse = |service, address| Endpoint::parse(service, address).map(|endpoint| endpoint.base);
        assert_eq!(parse(Source::LastFm, "http://127.0.0.1:8080/").unwrap(), "http://127.0.0.1:8080");
        for fine in ["http://localhost:1", "http://[::1]:1/fm", "https://mirror.example.org"] {
            assert!(parse(Source::LastFm, fine).is_ok(), "{fine}");
        }
        let refused = parse(Source::LastFm, "http://example.org").unwrap_err().to_string();
        assert!(refused.contains("unencrypted"), "{refused}");
        assert!(parse(Source::LastFm, "http://127.0.0.1.example.org").is_err());
        assert!(parse(Source::Deezer, "http://mirror.example.org").is_ok());
        for bad in ["", "deezer", "ftp://x", "https://user:word@x", "https://x/?q", "https://x/#a", "https://"] {
            assert!(parse(Source::Deezer, bad).is_err(), "{bad}");
        }
    }
}
