//! Deezer's public API: related artists, pictures, fans. No key.
//!
//! Based on developers.deezer.com/api (`/search/artist`, `/artist/{id}`, `/artist/{id}/related`) and on what users of
//! it report up to 2026: no new apps are registered since 2024, the reading calls work without one. 50 requests in 5 s
//! are allowed. Errors come with status 200 as `{"error": {"type", "message", "code"}}`: 4 is the quota, 700 "service
//! busy", 800 "no data". An artist without a picture has an address with an empty name in it
//! (`…/images/artist//250x250-…`).
//!
//! An artist is found by its Deezer id where MusicBrainz or Wikidata told it, else by name: of the search results that
//! have its folded name the one with most fans. A namesake can be taken for it then.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::catalog::fold;
use crate::crawl::cache::{Answer, Findings, RelatedArtist, Value};
use crate::crawl::client::{Client, Endpoint, Failure, Request, Understood, encode};
use crate::crawl::source::{Source, What};

use super::{Service, Who, found, nothing, put, related};

/// How long the quota lasts.
const QUOTA: Duration = Duration::from_secs(5);

pub(super) struct Deezer {
    endpoint: Endpoint,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    data: Vec<Artist>,
}

#[derive(Deserialize)]
struct Artist {
    id: u64,
    #[serde(default)]
    name: String,
    picture_medium: Option<String>,
    nb_fan: Option<u64>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

/// An answer, or a problem that came as if it were one.
fn understand<T: DeserializeOwned>(answer: &Answer) -> Understood<Option<T>> {
    let value: Option<serde_json::Value> = match found(Source::Deezer, answer) {
        Understood::Answer(value) => value,
        other => return other.map(|_| None),
    };
    let Some(value) = value else { return Understood::Answer(None) };
    if let Some(problem) = value.get("error").and_then(|error| Problem::deserialize(error).ok()) {
        return match problem.code {
            4 => Understood::Again("its quota is used up (code 4)".into(), Some(QUOTA)),
            800 => Understood::Answer(None),
            code => Understood::Again(format!("it says {:?} (code {code})", problem.message), None),
        };
    }
    match T::deserialize(value) {
        Ok(value) => Understood::Answer(Some(value)),
        Err(_) => Understood::Again("its answer is not the JSON that is expected".into(), None),
    }
}

impl Deezer {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    fn get<T: DeserializeOwned>(&self, client: &mut Client<'_>, path: &str) -> Result<Option<T>, Failure> {
        let request = Request::json(Source::Deezer, format!("{}/{path}", self.endpoint.base));
        client.ask(&request, understand)
    }

    fn find(&self, client: &mut Client<'_>, who: &Who<'_>) -> Result<Option<Artist>, Failure> {
        if let Some(id) = who.id_at(Source::Deezer)
            && let Some(artist) = self.get(client, &format!("artist/{id}"))?
        {
            return Ok(Some(artist));
        }
        let folded = fold(who.name);
        if folded.is_empty() {
            return Ok(None);
        }
        let path = format!("search/artist?q={}&limit=25", encode(who.name));
        let list: List = self.get(client, &path)?.unwrap_or(List { data: Vec::new() });
        let namesakes = list.data.into_iter().filter(|artist| fold(&artist.name) == folded);
        // `max_by_key` keeps the last of equals, and Deezer's best is the first.
        Ok(namesakes.rev().max_by_key(|artist| artist.nb_fan))
    }

    fn about(&self, client: &mut Client<'_>, who: &Who<'_>, wanted: &[What]) -> Result<Findings, Failure> {
        let Some(artist) = self.find(client, who)? else { return Ok(nothing(wanted)) };
        let id = artist.id.to_string();
        let mut findings = Findings::default();
        if wanted.contains(&What::Related) {
            let list: Option<List> = self.get(client, &format!("artist/{id}/related"))?;
            let artists = list
                .into_iter()
                .flat_map(|list| list.data)
                .map(|other| RelatedArtist { id: Source::Deezer.stable_id(&other.id.to_string()), name: other.name });
            put(&mut findings, wanted, What::Related, related(artists.collect()));
        }
        let picture = artist.picture_medium.filter(|url| !url.is_empty() && !url.contains("/artist//"));
        put(&mut findings, wanted, What::Pictures, picture.map(Value::Picture));
        put(&mut findings, wanted, What::Followers, artist.nb_fan.map(Value::Followers));
        findings.identities.push((Source::Deezer, id));
        Ok(findings)
    }
}

impl Service for Deezer {
    fn source(&self) -> Source {
        Source::Deezer
    }

    fn requests(&self, who: &Who<'_>, wanted: &[What]) -> Option<u64> {
        let known = who.id_at(Source::Deezer).is_some() || !who.name.is_empty();
        known.then(|| 1 + u64::from(wanted.contains(&What::Related)))
    }

    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure> {
        who.iter().map(|who| self.about(client, who, wanted)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_as_answers() {
        let said = |body: &str| match understand::<List>(&Answer { status: 200, body: body.into() }) {
            Understood::Answer(list) => format!("answer {:?}", list.map(|list| list.data.len())),
            Understood::Again(reason, pause) => format!("again {reason} {pause:?}"),
            _ => "else".into(),
        };
        let quota = r#"{"error":{"type":"Exception","message":"Quota limit exceeded","code":4}}"#;
        assert_eq!(said(quota), "again its quota is used up (code 4) Some(5s)");
        let none = r#"{"error":{"type":"DataException","message":"no data","code":800}}"#;
        assert_eq!(said(none), "answer None");
        let busy = r#"{"error":{"type":"Exception","message":"Service busy","code":700}}"#;
        assert!(said(busy).starts_with("again it says \"Service busy\""));
        assert_eq!(said(r#"{"data":[{"id":27,"name":"Daft Punk","nb_fan":null}],"total":1}"#), "answer Some(1)");
        assert!(said(r#"{"data":7}"#).starts_with("again"));
    }
}
