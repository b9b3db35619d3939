//! Wikidata and Wikimedia Commons: who an artist is elsewhere, genres, and freely licensed pictures.
//!
//! Based on the manual of the Wikidata Query Service (SPARQL 1.1 by GET, JSON results, 60 s of query time a minute for
//! a client, one query at a time, 429 with `Retry-After`), the User-Agent policy of the Wikimedia Foundation, and the
//! list of standard thumbnail widths that Commons serves since 2026 (20, 40, 60, 120, 250, 330, 500, …). The data is
//! CC0. The pictures have licences of their own; most want the author named, whom the picture's page on Commons names.
//!
//! Artists are found by their Spotify id (P1902), MusicBrainz id (P434) or Deezer id (P2722), up to 50 in one query,
//! never by name. Taken are the picture (P18), genres (P136) by their English labels, and the ids at the other
//! services. (The parameter `maxlag` is one of MediaWiki's own API, which is not used here.)

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::crawl::cache::{Findings, Value};
use crate::crawl::client::{Client, Endpoint, Failure, Request, encode};
use crate::crawl::source::{Source, What};

use super::{Service, Who, found, genres, nothing, put};

/// Artists in a query: the address stays below 8 kB.
const BATCH: usize = 50;
/// One of the widths that Commons serves, in pixels.
const WIDTH: u32 = 330;
/// The properties that hold ids at services.
const PROPERTIES: [(Source, &str, &str); 3] = [
    (Source::Spotify, "spotify", "P1902"),
    (Source::MusicBrainz, "musicbrainz", "P434"),
    (Source::Deezer, "deezer", "P2722"),
];

pub(super) struct Wikidata {
    endpoint: Endpoint,
}

#[derive(Deserialize)]
struct Results {
    results: Bindings,
}

#[derive(Deserialize)]
struct Bindings {
    bindings: Vec<BTreeMap<String, Bound>>,
}

#[derive(Deserialize)]
struct Bound {
    value: String,
}

impl Wikidata {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

/// The id to find an artist by.
fn handle<'a>(who: &'a Who<'_>) -> Option<(usize, &'a str)> {
    PROPERTIES
        .iter()
        .enumerate()
        .find_map(|(i, (source, ..))| Some((i, who.id_at(*source).filter(|id| source.is_id(id))?)))
}

/// Ids have been checked by their form: nothing in them can end the quotes.
fn query(who: &[Who<'_>]) -> String {
    let mut select = String::from("SELECT ?key ?item");
    let mut alternatives = Vec::new();
    let mut optional = String::new();
    for (i, (_, name, property)) in PROPERTIES.iter().enumerate() {
        select.push_str(&format!(" (MIN(?{name}_) AS ?{name})"));
        optional.push_str(&format!(" OPTIONAL {{ ?item wdt:{property} ?{name}_ }}"));
        let keys: Vec<String> =
            who.iter().filter_map(handle).filter(|handle| handle.0 == i).map(|(_, id)| format!("\"{id}\"")).collect();
        if !keys.is_empty() {
            alternatives.push(format!("{{ VALUES ?key {{ {} }} ?item wdt:{property} ?key }}", keys.join(" ")));
        }
    }
    format!(
        "{select} (MIN(?picture_) AS ?picture) (GROUP_CONCAT(DISTINCT ?genre; separator=\"|\") AS ?genres) WHERE {{ {}\
         {optional} OPTIONAL {{ ?item wdt:P18 ?picture_ }} OPTIONAL {{ ?item wdt:P136 ?genre_ . ?genre_ rdfs:label ?genre \
         FILTER(LANG(?genre) = \"en\") }} }} GROUP BY ?key ?item",
        alternatives.join(" UNION "),
    )
}

/// What one row says; `None` where it is about no item.
fn findings(row: &BTreeMap<String, Bound>, wanted: &[What]) -> Option<Findings> {
    let text = |name: &str| row.get(name).map(|bound| bound.value.as_str()).filter(|value| !value.is_empty());
    let item = text("item")?.rsplit('/').next().filter(|id| Source::Wikidata.is_id(id))?;
    let mut findings = Findings::default();
    findings.identities.push((Source::Wikidata, item.to_owned()));
    for (source, name, _) in PROPERTIES {
        let id = text(name).filter(|id| source.is_id(id));
        findings.identities.extend(id.map(|id| (source, id.to_owned())));
    }
    // In no order of weight, so in that of the alphabet: the same query may answer in another one.
    let mut names: Vec<String> = text("genres").unwrap_or_default().split('|').map(str::to_owned).collect();
    names.retain(|name| !name.trim().is_empty());
    names.sort();
    put(&mut findings, wanted, What::Genres, genres(names));
    put(&mut findings, wanted, What::Pictures, text("picture").map(|picture| Value::Picture(thumbnail(picture))));
    put(&mut findings, wanted, What::Ids, Some(Value::Ids));
    Some(findings)
}

/// The address of a small version of a picture on Commons.
fn thumbnail(picture: &str) -> String {
    let picture = match picture.strip_prefix("http://commons.wikimedia.org/") {
        Some(path) => format!("https://commons.wikimedia.org/{path}"),
        None => picture.to_owned(),
    };
    format!("{picture}?width={WIDTH}")
}

impl Service for Wikidata {
    fn source(&self) -> Source {
        Source::Wikidata
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn requests(&self, who: &Who<'_>, _: &[What]) -> Option<u64> {
        handle(who).map(|_| 1)
    }

    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure> {
        let address = format!("{}/sparql?query={}", self.endpoint.base, encode(&query(who)));
        let mut request = Request::json(Source::Wikidata, address);
        request.accept = "application/sparql-results+json";
        let results: Option<Results> = client.ask(&request, |answer| found(Source::Wikidata, answer))?;
        let rows = results.map(|results| results.results.bindings).unwrap_or_default();
        let mut by_key: BTreeMap<&str, (u64, Findings)> = BTreeMap::new();
        for row in &rows {
            let (Some(key), Some(found)) = (row.get("key"), findings(row, wanted)) else { continue };
            // Where two items claim an id, the older one, whose number is smaller.
            let number = found.identities[0].1[1..].parse().unwrap_or(u64::MAX);
            let entry = by_key.entry(&key.value).or_insert_with(|| (u64::MAX, nothing(wanted)));
            if number < entry.0 {
                *entry = (number, found);
            }
        }
        let of = |who: &Who<'_>| {
            let known = handle(who).and_then(|(_, id)| by_key.get(id)).map(|(_, findings)| findings.clone());
            let mut found = known.unwrap_or_else(|| nothing(wanted));
            // The id by which the artist was asked for is the artist's own, whatever other ids the item has.
            for (source, id) in &mut found.identities {
                if let Some(own) = who.id_at(*source) {
                    own.clone_into(id);
                }
            }
            found
        };
        Ok(who.iter().map(of).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_each_artist_by_the_id_that_is_known() {
        let mbid = "8f6bd1e4-fbe1-4f50-aa9b-94c450ec0f11";
        let who = |source: Source, id: &str| Who { name: "", ids: [(source, id.to_owned())].into() };
        let asked =
            [who(Source::Spotify, "3TVXtAsR1Inumwj472S9r4"), who(Source::MusicBrainz, mbid), who(Source::LastFm, "x")];
        let query = query(&asked);
        assert!(query.contains("VALUES ?key { \"3TVXtAsR1Inumwj472S9r4\" } ?item wdt:P1902 ?key"), "{query}");
        assert!(query.contains(&format!("UNION {{ VALUES ?key {{ \"{mbid}\" }} ?item wdt:P434 ?key }}")), "{query}");
        assert!(!query.contains("P2722 ?key") && query.matches('{').count() == query.matches('}').count(), "{query}");
        assert_eq!(handle(&asked[2]), None);
        assert_eq!(handle(&who(Source::Spotify, "\" } DROP")), None);
        // 50 artists fit into an address.
        assert!(encode(&super::query(&vec![asked[1].clone(); BATCH])).len() < 8_000);
    }

    #[test]
    fn pictures_are_asked_for_in_a_width_that_commons_has() {
        assert_eq!(
            thumbnail("http://commons.wikimedia.org/wiki/Special:FilePath/Drake%20%282016%29.jpg"),
            "https://commons.wikimedia.org/wiki/Special:FilePath/Drake%20%282016%29.jpg?width=330"
        );
    }
}
