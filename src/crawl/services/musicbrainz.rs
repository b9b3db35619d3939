//! MusicBrainz, web service 2: who an artist is elsewhere, and genres.
//!
//! Based on musicbrainz.org/doc/MusicBrainz_API (JSON by `fmt=json`, Lucene search, `inc=`), its rate limiting page
//! (one request a second for an address; 503 beyond; a user agent with a contact) and the licence page: ids and links
//! are CC0; genres are tags that users voted for, which are supplementary data under CC BY-NC-SA 3.0.
//!
//! An artist is found by its MusicBrainz id; else by its Spotify id, as the artist that the page
//! `open.spotify.com/artist/…` belongs to; else by name: the one search result that has this folded name as its name or
//! alias, the best one where its score is above the next. Someone with another Spotify id is someone else.

use serde::Deserialize;

use crate::catalog::fold;
use crate::crawl::cache::{Findings, Value};
use crate::crawl::client::{Client, Endpoint, Failure, Request, encode};
use crate::crawl::source::{Source, What};

use super::{Service, Who, found, genres, nothing, put};

/// So many genres are kept.
const GENRES: usize = 10;

pub(super) struct MusicBrainz {
    endpoint: Endpoint,
}

#[derive(Deserialize)]
struct Url {
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
struct Relation {
    artist: Option<Named>,
    url: Option<Resource>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Resource {
    resource: String,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    artists: Vec<Candidate>,
}

#[derive(Deserialize)]
struct Candidate {
    id: String,
    #[serde(default)]
    score: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    aliases: Vec<Alias>,
}

#[derive(Deserialize)]
struct Alias {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Lookup {
    #[serde(default)]
    genres: Vec<Tag>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    #[serde(default)]
    count: i64,
}

impl MusicBrainz {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    fn get<T: serde::de::DeserializeOwned>(&self, client: &mut Client<'_>, path: &str) -> Result<Option<T>, Failure> {
        let address = format!("{}/ws/2/{path}&fmt=json", self.endpoint.base);
        let request = Request::json(Source::MusicBrainz, address);
        client.ask(&request, |answer| found(Source::MusicBrainz, answer))
    }

    fn find(&self, client: &mut Client<'_>, who: &Who<'_>) -> Result<Option<String>, Failure> {
        if let Some(id) = who.id_at(Source::MusicBrainz) {
            return Ok(Some(id.to_owned()));
        }
        if let Some(spotify) = who.id_at(Source::Spotify) {
            let page = encode(&format!("https://open.spotify.com/artist/{spotify}"));
            let url: Option<Url> = self.get(client, &format!("url?resource={page}&inc=artist-rels"))?;
            let artists = url.into_iter().flat_map(|url| url.relations).filter_map(|relation| relation.artist);
            if let Some(artist) = artists.map(|artist| artist.id).find(|id| Source::MusicBrainz.is_id(id)) {
                return Ok(Some(artist));
            }
        }
        let folded = fold(who.name);
        if folded.is_empty() {
            return Ok(None);
        }
        let quoted = who.name.replace('\\', "\\\\").replace('"', "\\\"");
        let query = encode(&format!("artist:\"{quoted}\" OR alias:\"{quoted}\""));
        let search: Option<Search> = self.get(client, &format!("artist?query={query}&limit=10"))?;
        let mut candidates = search.map(|search| search.artists).unwrap_or_default();
        candidates.retain(|candidate| {
            let names = candidate.aliases.iter().map(|alias| &alias.name).chain([&candidate.name]);
            Source::MusicBrainz.is_id(&candidate.id) && names.into_iter().any(|name| fold(name) == folded)
        });
        // Whose name it is comes before whose alias it is; the sort is stable.
        candidates.sort_by_key(|candidate| (fold(&candidate.name) != folded, -candidate.score));
        let rank = |candidate: &Candidate| (fold(&candidate.name) != folded, candidate.score);
        Ok(match &candidates[..] {
            [] => None,
            [first, second, ..] if rank(first) == rank(second) => None,
            [first, ..] => Some(first.id.clone()),
        })
    }

    fn about(&self, client: &mut Client<'_>, who: &Who<'_>, wanted: &[What]) -> Result<Findings, Failure> {
        let Some(id) = self.find(client, who)? else { return Ok(nothing(wanted)) };
        let path = format!("artist/{id}?inc=genres+tags+url-rels");
        let Some(artist) = self.get::<Lookup>(client, &path)? else { return Ok(nothing(wanted)) };
        let mut findings = Findings::default();
        for link in artist.relations.iter().filter_map(|relation| relation.url.as_ref()) {
            let known =
                identity(&link.resource).filter(|(source, _)| !findings.identities.iter().any(|(at, _)| at == source));
            findings.identities.extend(known.map(|(source, id)| (source, id.to_owned())));
        }
        let links = |id: &str| {
            artist
                .relations
                .iter()
                .filter_map(|relation| relation.url.as_ref())
                .any(|link| identity(&link.resource) == Some((Source::Spotify, id)))
        };
        let other = findings.identities.iter().position(|(source, _)| *source == Source::Spotify);
        if let (Some(own), Some(at)) = (who.id_at(Source::Spotify), other) {
            if !links(own) && who.id_at(Source::MusicBrainz).is_none() {
                // Only the name is the same.
                return Ok(nothing(wanted));
            }
            findings.identities[at].1 = own.to_owned();
        }
        findings.identities.push((Source::MusicBrainz, id));
        let tags = if artist.genres.is_empty() { artist.tags } else { artist.genres };
        put(&mut findings, wanted, What::Genres, genres(by_votes(tags)));
        put(&mut findings, wanted, What::Ids, Some(Value::Ids));
        Ok(findings)
    }
}

/// The most voted first, ties by name; what is voted down is left out.
fn by_votes(mut tags: Vec<Tag>) -> Vec<String> {
    tags.retain(|tag| tag.count > 0 && !tag.name.trim().is_empty());
    tags.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    tags.into_iter().take(GENRES).map(|tag| tag.name).collect()
}

/// Whose page an address is, where it is an artist's at a service.
fn identity(address: &str) -> Option<(Source, &str)> {
    let bare = address.split_once("://")?.1;
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    let pages = [
        (Source::Spotify, "open.spotify.com/artist/"),
        (Source::Wikidata, "wikidata.org/wiki/"),
        (Source::Deezer, "deezer.com/artist/"),
    ];
    pages.into_iter().find_map(|(source, page)| Some((source, bare.strip_prefix(page).filter(|id| source.is_id(id))?)))
}

impl Service for MusicBrainz {
    fn source(&self) -> Source {
        Source::MusicBrainz
    }

    fn requests(&self, who: &Who<'_>, _: &[What]) -> Option<u64> {
        let by_id = who.id_at(Source::MusicBrainz).is_some();
        let by_page = who.id_at(Source::Spotify).is_some();
        let by_name = !who.name.is_empty();
        // Where the page of an artist is known, its name is searched for only if that fails.
        if by_id { Some(1) } else { (by_page || by_name).then_some(2) }
    }

    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure> {
        who.iter().map(|who| self.about(client, who, wanted)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_artists_are_known() {
        let cases = [
            (
                "https://open.spotify.com/artist/3TVXtAsR1Inumwj472S9r4",
                Some((Source::Spotify, "3TVXtAsR1Inumwj472S9r4")),
            ),
            ("https://www.wikidata.org/wiki/Q33240", Some((Source::Wikidata, "Q33240"))),
            ("https://www.deezer.com/artist/246791", Some((Source::Deezer, "246791"))),
            ("https://open.spotify.com/album/3TVXtAsR1Inumwj472S9r4", None),
            ("https://www.deezer.com/artist/", None),
            ("nonsense", None),
        ];
        for (address, expected) in cases {
            assert_eq!(identity(address), expected, "{address}");
        }
    }

    #[test]
    fn genres_go_by_votes() {
        let tags = [("b", 2), ("a", 2), ("c", 9), ("d", 0), ("e", -1)];
        let tags = tags.map(|(name, count)| Tag { name: name.into(), count }).into();
        assert_eq!(by_votes(tags), ["c", "a", "b"]);
    }
}
