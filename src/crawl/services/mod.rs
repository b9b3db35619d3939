//! The services: one file each, with its requests and what its answers mean.
//!
//! What each is based on stands in its module's documentation, as known on 22 November 2026. No service's terms are
//! repeated here in full: who crawls agrees to them.

mod deezer;
mod lastfm;
mod listenbrainz;
mod musicbrainz;
mod spotify;
mod wikidata;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::cache::{Answer, Findings, RelatedArtist, Value};
use super::client::{Client, Endpoint, Failure, Understood};
use super::secret::Keys;
use super::source::{Source, What};

/// An artist to ask about, and who it is at services as far as that is known.
#[derive(Clone, Debug)]
pub(super) struct Who<'a> {
    pub(super) name: &'a str,
    pub(super) ids: BTreeMap<Source, String>,
}

impl Who<'_> {
    fn id_at(&self, source: Source) -> Option<&str> {
        self.ids.get(&source).map(String::as_str)
    }
}

/// A service as the crawl sees it.
pub(super) trait Service {
    /// Which one it is.
    fn source(&self) -> Source;

    /// How many artists one request asks about.
    fn batch(&self) -> usize {
        1
    }

    /// Requests before the first artist, such as for a token.
    fn requests_before(&self) -> u64 {
        0
    }

    /// At most how many requests it takes to ask about an artist; `None` where that is impossible for want of an id.
    fn requests(&self, who: &Who<'_>, wanted: &[What]) -> Option<u64>;

    /// Asks about artists, [`batch`](Self::batch) at most, all of whom can be asked about.
    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure>;

    /// What the user should know after the crawl.
    fn note(&self) -> Option<String> {
        None
    }
}

/// Makes a service speak to `endpoint` with its keys.
pub(super) fn service(source: Source, endpoint: Endpoint, keys: &Keys) -> Box<dyn Service> {
    match source {
        Source::MusicBrainz => Box::new(musicbrainz::MusicBrainz::new(endpoint)),
        Source::Wikidata => Box::new(wikidata::Wikidata::new(endpoint)),
        Source::Spotify => Box::new(spotify::Spotify::new(endpoint, keys)),
        Source::ListenBrainz => Box::new(listenbrainz::ListenBrainz::new(endpoint, keys)),
        Source::Deezer => Box::new(deezer::Deezer::new(endpoint)),
        Source::LastFm => Box::new(lastfm::LastFm::new(endpoint, keys)),
    }
}

/// Reads JSON of an answer, whatever its status.
fn json<T: DeserializeOwned>(answer: &Answer) -> Understood<T> {
    match serde_json::from_slice(&answer.body) {
        Ok(value) => Understood::Answer(value),
        Err(_) => Understood::Again("its answer is not the JSON that is expected".into(), None),
    }
}

/// What most services mean: 200 with JSON, 400, 404 or 410 where there is no such artist, 401 or 403 where the key is
/// wrong or the program is blocked.
fn found<T: DeserializeOwned>(source: Source, answer: &Answer) -> Understood<Option<T>> {
    match answer.status {
        200 => json(answer).map(Some),
        // They say of whom they know nothing by an empty list: it is the question that they do not understand.
        400 | 404 | 410 if matches!(source, Source::Wikidata | Source::ListenBrainz) => Understood::Refused(format!(
            "it answers {}: it no longer understands what this program asks; update artist2vec, or check --endpoint",
            answer.status
        )),
        400 | 404 | 410 => Understood::Answer(None),
        401 | 403 => Understood::Refused(refusal(source, answer.status)),
        status => Understood::Again(format!("it answers {status}"), None),
    }
}

/// What to do when a service refuses.
fn refusal(source: Source, status: u16) -> String {
    match source.keys() {
        [] => {
            format!("it answers {status}: it blocks this machine's address or the user agent; wait, and see its rules")
        }
        keys => {
            let variables: Vec<&str> = keys.iter().map(|key| key.variable).collect();
            format!("it answers {status}: check {}, or get a new key at {}", variables.join(" and "), keys[0].from)
        }
    }
}

/// The fact, where it was asked for.
fn put(findings: &mut Findings, wanted: &[What], what: What, value: Option<Value>) {
    if wanted.contains(&what) {
        findings.facts.push((what, value));
    }
}

/// A list as a fact: an empty one is none.
fn genres(names: Vec<String>) -> Option<Value> {
    (!names.is_empty()).then_some(Value::Genres(names))
}

/// A list as a fact: an empty one is none.
fn related(artists: Vec<RelatedArtist>) -> Option<Value> {
    (!artists.is_empty()).then_some(Value::Related(artists))
}

/// Nothing known of all that was wanted.
fn nothing(wanted: &[What]) -> Findings {
    Findings { facts: wanted.iter().map(|&what| (what, None)).collect(), ..Findings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_mean_what_they_mean_everywhere() {
        let said = |status, body: &str| {
            let answer = Answer { status, body: body.into() };
            format!("{:?}", found::<u8>(Source::LastFm, &answer))
        };
        assert_eq!(said(200, "7"), "Answer(Some(7))");
        assert_eq!(said(404, "<html>"), "Answer(None)");
        assert!(said(200, "{\"half").starts_with("Again("));
        assert!(said(302, "").starts_with("Again("));
        let lists = found::<u8>(Source::ListenBrainz, &Answer { status: 400, body: Vec::new() });
        assert!(matches!(lists, Understood::Refused(reason) if reason.contains("update artist2vec")));
        assert!(said(403, "").contains("LASTFM_API_KEY"));
        assert!(refusal(Source::Deezer, 403).contains("blocks"));
    }
}
