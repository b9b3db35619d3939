//! Last.fm: similar artists, tags as genres, listeners as followers.
//!
//! Based on www.last.fm/api (`artist.getInfo`, `artist.getSimilar`, `artist.getTopTags`, `format=json`) and its list of
//! errors, which come as `{"error": code, "message": …}` with any status: 6 no such artist; 8, 11, 16 for the moment;
//! 29 too many requests; 4, 10, 26 the key. A list of one is sometimes the element itself. The key stands in the
//! address, which is why it is kept apart from it (`Request`). Terms (www.last.fm/api/tos): no commercial use without a
//! contract, credit with a link, 100 MB of data stored at most. Pictures are gone since 2019: one grey star for all.
//!
//! An artist is found by its name, which Last.fm corrects (`autocorrect=1`): namesakes are one page there.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::crawl::cache::{Answer, Findings, RelatedArtist, Value};
use crate::crawl::client::{Client, Endpoint, Failure, Request, Understood, encode};
use crate::crawl::secret::{Keys, Secret};
use crate::crawl::source::{Source, What};

use super::{Service, Who, genres, json, put, refusal, related};

/// Similar artists asked for.
const SIMILAR: usize = 50;
/// Tags used at least so often, where the most used one counts 100, are genres; the rest is noise.
const LEAST_COUNT: f64 = 10.0;
/// So many tags are kept.
const TAGS: usize = 10;

pub(super) struct LastFm {
    endpoint: Endpoint,
    key: Secret,
}

/// A list, the only element of one, or a blank text where there is none.
fn list<'a, T: DeserializeOwned, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Array(elements) => elements.into_iter().map(T::deserialize).collect(),
        element @ serde_json::Value::Object(_) => T::deserialize(element).map(|element| vec![element]),
        _ => Ok(Vec::new()),
    };
    list.map_err(D::Error::custom)
}

/// A number that may be written as text.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Number {
    Number(f64),
    Text(String),
}

impl Number {
    fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

#[derive(Deserialize)]
struct Info {
    artist: About,
}

#[derive(Deserialize)]
struct About {
    stats: Option<Stats>,
}

#[derive(Deserialize)]
struct Stats {
    listeners: Option<Number>,
}

#[derive(Deserialize)]
struct Similar {
    similarartists: Artists,
}

#[derive(Deserialize)]
struct Artists {
    #[serde(default, deserialize_with = "list")]
    artist: Vec<Artist>,
}

#[derive(Deserialize)]
struct Artist {
    name: String,
    mbid: Option<String>,
}

#[derive(Deserialize)]
struct TopTags {
    toptags: Tags,
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default, deserialize_with = "list")]
    tag: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    count: Option<Number>,
}

/// An answer, or an error that came in its place.
fn understand<T: DeserializeOwned>(answer: &Answer) -> Understood<Option<T>> {
    let value = match json::<serde_json::Value>(answer) {
        Understood::Answer(value) => value,
        _ if matches!(answer.status, 401 | 403) => return Understood::Refused(refusal(Source::LastFm, answer.status)),
        other => return other.map(|_| None),
    };
    match value.get("error").and_then(serde_json::Value::as_i64) {
        Some(6) => Understood::Answer(None),
        Some(29) => Understood::Again("it says that there are too many requests (error 29)".into(), None),
        Some(4 | 10 | 26) => Understood::Refused(refusal(Source::LastFm, answer.status)),
        Some(code) => Understood::Again(format!("it answers with error {code}"), None),
        None => match T::deserialize(value) {
            Ok(value) => Understood::Answer(Some(value)),
            Err(_) => Understood::Again("its answer is not the JSON that is expected".into(), None),
        },
    }
}

impl LastFm {
    pub(super) fn new(endpoint: Endpoint, keys: &Keys) -> Self {
        Self { endpoint, key: keys.get("LASTFM_API_KEY") }
    }

    fn get<T: DeserializeOwned>(
        &self,
        client: &mut Client<'_>,
        method: &str,
        name: &str,
    ) -> Result<Option<T>, Failure> {
        let (base, name) = (&self.endpoint.base, encode(name));
        let address = format!("{base}/2.0/?method={method}&artist={name}&autocorrect=1&format=json");
        let mut request = Request::json(Source::LastFm, address);
        request.secret_parameter = Some(("api_key", &self.key));
        client.ask(&request, understand)
    }

    fn about(&self, client: &mut Client<'_>, who: &Who<'_>, wanted: &[What]) -> Result<Findings, Failure> {
        let mut findings = Findings::default();
        if wanted.contains(&What::Related) {
            let similar: Option<Similar> = self.get(client, &format!("artist.getsimilar&limit={SIMILAR}"), who.name)?;
            let artists = similar.map(|similar| similar.similarartists.artist);
            let artist = |artist: Artist| {
                let id = artist.mbid.filter(|id| Source::MusicBrainz.is_id(id));
                RelatedArtist {
                    id: id.map(|id| Source::MusicBrainz.stable_id(&id)).unwrap_or_default(),
                    name: artist.name,
                }
            };
            let artists = artists.unwrap_or_default().into_iter().map(artist).collect();
            put(&mut findings, wanted, What::Related, related(artists));
        }
        if wanted.contains(&What::Genres) {
            let tags: Option<TopTags> = self.get(client, "artist.gettoptags", who.name)?;
            let tags = tags.map(|tags| tags.toptags.tag).unwrap_or_default();
            let often =
                |tag: &Tag| tag.count.as_ref().and_then(Number::value).is_some_and(|count| count >= LEAST_COUNT);
            let names = tags.into_iter().filter(often).map(|tag| tag.name).filter(|name| !name.trim().is_empty());
            put(&mut findings, wanted, What::Genres, genres(names.take(TAGS).collect()));
        }
        if wanted.contains(&What::Followers) {
            let info: Option<Info> = self.get(client, "artist.getinfo", who.name)?;
            let listeners = info.and_then(|info| info.artist.stats?.listeners?.value());
            let listeners = listeners.filter(|listeners| *listeners >= 0.0).map(|listeners| listeners as u64);
            put(&mut findings, wanted, What::Followers, listeners.map(Value::Followers));
        }
        Ok(findings)
    }
}

impl Service for LastFm {
    fn source(&self) -> Source {
        Source::LastFm
    }

    fn requests(&self, who: &Who<'_>, wanted: &[What]) -> Option<u64> {
        (!who.name.is_empty()).then_some(wanted.len() as u64)
    }

    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure> {
        who.iter().map(|who| self.about(client, who, wanted)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into() }
    }

    #[test]
    fn errors_come_with_any_status() {
        let said = |status, body: &str| match understand::<Info>(&answer(status, body)) {
            Understood::Answer(info) => format!("answer {}", info.is_some()),
            Understood::Again(reason, _) => format!("again {reason}"),
            Understood::Refused(reason) => reason,
            Understood::Passing(_) => "passing".into(),
        };
        for status in [200, 400, 404] {
            assert_eq!(
                said(status, r#"{"error":6,"message":"The artist you supplied could not be found"}"#),
                "answer false"
            );
        }
        assert!(said(403, r#"{"error":10,"message":"Invalid API key"}"#).contains("LASTFM_API_KEY"));
        assert!(said(403, "<html>").contains("LASTFM_API_KEY"));
        assert!(said(200, r#"{"error":29}"#).contains("29"));
        assert_eq!(said(200, r#"{"artist":{"name":"X"}}"#), "answer true");
        assert!(said(200, r#"{"artist":"#).starts_with("again"));
    }

    #[test]
    fn lists_of_one_and_none_are_lists() {
        let count = |artist: &str| {
            let body = format!(r#"{{"similarartists":{{"artist":{artist},"@attr":{{"artist":"X"}}}}}}"#);
            let Understood::Answer(Some(similar)) = understand::<Similar>(&answer(200, &body)) else {
                panic!("{body}")
            };
            similar.similarartists.artist.len()
        };
        assert_eq!(count(r#"[{"name":"A","mbid":"","match":"1"},{"name":"B","match":0.5}]"#), 2);
        assert_eq!(count(r#"{"name":"A"}"#), 1);
        assert_eq!(count("\"\""), 0);
        assert_eq!(count("null"), 0);
    }
}
