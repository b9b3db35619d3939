//! Spotify's Web API by client credentials: related artists for those who still have them, genres, pictures, followers.
//!
//! Based on developer.spotify.com/documentation/web-api (client credentials flow with the id and secret in the form,
//! Get Artist, Get Artist's Related Artists, Search) and on three announcements:
//! - 27 November 2024: related artists are closed to apps made since, and to those in development mode; it answers 404.
//! - 6 February 2026, for apps in development mode: the owner needs Premium; asking for several artists at once is
//!   gone, which is why artists are asked for one by one; `followers`, `popularity` and as users report `genres` are no
//!   longer in an artist; searches give 10 results at most.
//! - The Developer Policy forbids to analyse Spotify's content and to train models on it: whether a use is allowed is
//!   between the user and Spotify.
//!
//! How many requests are allowed in any 30 s is not published; 429 says by `Retry-After` how long to wait, which can be
//! many hours. An artist is found by its Spotify id, else as the first search result of the same folded name.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::catalog::fold;
use crate::crawl::cache::{Answer, Findings, RelatedArtist, Value};
use crate::crawl::client::{Client, Endpoint, Failure, Request, Understood, encode};
use crate::crawl::secret::{Keys, Secret};
use crate::crawl::source::{Source, What};

use super::{Service, Who, found, genres, json, nothing, put, refusal, related};

/// Where tokens are given.
const ACCOUNTS: &str = "https://accounts.spotify.com";
const CLOSED: &str = "related artists are closed to this app: Spotify gives them only to apps that had extended access \
                      on 27 November 2024. ListenBrainz, Deezer and Last.fm have lists of their own";
const WITHHELD: &str = "followers are withheld from this app: since 2026 Spotify gives them only to apps with extended \
                        access. Deezer and Last.fm have numbers of their own";
/// Pictures come in several sizes; wanted is the one nearest to this width in pixels.
const WIDTH: i64 = 320;

pub(super) struct Spotify {
    endpoint: Endpoint,
    id: Secret,
    secret: Secret,
    token: Option<Secret>,
    /// The end point for related artists has said that it is closed.
    related_closed: bool,
    /// An artist came without followers.
    followers_withheld: bool,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Artist {
    id: String,
    #[serde(default)]
    name: String,
    genres: Option<Vec<String>>,
    images: Option<Vec<Image>>,
    followers: Option<Followers>,
}

#[derive(Deserialize)]
struct Image {
    url: String,
    width: Option<i64>,
}

#[derive(Deserialize)]
struct Followers {
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Related {
    #[serde(default)]
    artists: Vec<Artist>,
}

#[derive(Deserialize)]
struct Search {
    artists: Page,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    items: Vec<Option<Artist>>,
}

/// What came of a request that needs a token.
enum Outcome<T> {
    Answer(Option<T>),
    /// The token has run out.
    Expired,
    /// The end point is not for this app.
    Closed,
}

impl Spotify {
    pub(super) fn new(endpoint: Endpoint, keys: &Keys) -> Self {
        Self {
            endpoint,
            id: keys.get("SPOTIFY_CLIENT_ID"),
            secret: keys.get("SPOTIFY_CLIENT_SECRET"),
            token: None,
            related_closed: false,
            followers_withheld: false,
        }
    }

    /// The token of this run; it is never stored.
    fn token(&mut self, client: &mut Client<'_>) -> Result<Secret, Failure> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let own = self.endpoint.base == Source::Spotify.endpoint();
        let address = format!("{}/api/token", if own { ACCOUNTS } else { &self.endpoint.base });
        let grant = Secret::new("client_credentials".into());
        let form = [("grant_type", &grant), ("client_id", &self.id), ("client_secret", &self.secret)];
        let token: Token = client.post(Source::Spotify, &address, &form, |answer| match answer.status {
            200 => json(answer),
            status => Understood::Refused(refusal(Source::Spotify, status)),
        })?;
        let token = Secret::new(token.access_token);
        client.add_secret(&token);
        self.token = Some(token.clone());
        Ok(token)
    }

    fn get<T: DeserializeOwned>(
        &mut self,
        client: &mut Client<'_>,
        path: &str,
        understand: impl Fn(&Answer) -> Understood<Outcome<T>>,
    ) -> Result<Outcome<T>, Failure> {
        let understand = |answer: &Answer| match answer.status {
            401 => Understood::Passing(Outcome::Expired),
            _ => understand(answer),
        };
        // A token lasts an hour; the second one must do.
        for _ in 0..2 {
            let token = self.token(client)?;
            let mut request = Request::json(Source::Spotify, format!("{}/v1/{path}", self.endpoint.base));
            request.authorization = Some(("Bearer", &token));
            match client.ask(&request, understand)? {
                Outcome::Expired => self.token = None,
                outcome => return Ok(outcome),
            }
        }
        Err(Failure::Service(refusal(Source::Spotify, 401)))
    }

    fn find(&mut self, client: &mut Client<'_>, who: &Who<'_>) -> Result<Option<Artist>, Failure> {
        let plainly = |outcome| match outcome {
            Outcome::Answer(answer) => answer,
            Outcome::Expired | Outcome::Closed => None,
        };
        if let Some(id) = who.id_at(Source::Spotify) {
            let understand = |answer: &Answer| found(Source::Spotify, answer).map(Outcome::Answer);
            return self.get(client, &format!("artists/{id}"), understand).map(plainly);
        }
        let path = format!("search?type=artist&limit=10&q={}", encode(who.name));
        let understand = |answer: &Answer| found(Source::Spotify, answer).map(Outcome::Answer);
        let search = match self.get::<Search>(client, &path, understand)? {
            Outcome::Answer(Some(search)) => search,
            _ => return Ok(None),
        };
        let folded = fold(who.name);
        let artists = search.artists.items.into_iter().flatten();
        Ok(artists.into_iter().find(|artist| fold(&artist.name) == folded && Source::Spotify.is_id(&artist.id)))
    }

    fn related(&mut self, client: &mut Client<'_>, id: &str) -> Result<Outcome<Related>, Failure> {
        // The artist exists: what is missing is the end point.
        self.get(client, &format!("artists/{id}/related-artists"), |answer| match answer.status {
            403 | 404 => Understood::Passing(Outcome::Closed),
            _ => found(Source::Spotify, answer).map(Outcome::Answer),
        })
    }

    fn about(&mut self, client: &mut Client<'_>, who: &Who<'_>, wanted: &[What]) -> Result<Findings, Failure> {
        if self.related_closed && *wanted == [What::Related] {
            return Err(Failure::Service(CLOSED.into()));
        }
        let Some(artist) = self.find(client, who)? else { return Ok(nothing(wanted)) };
        let mut findings = Findings::default();
        if wanted.contains(&What::Related) && !self.related_closed {
            match self.related(client, &artist.id)? {
                Outcome::Answer(list) => {
                    let artists = list
                        .into_iter()
                        .flat_map(|list| list.artists)
                        .map(|other| RelatedArtist { id: Source::Spotify.stable_id(&other.id), name: other.name });
                    put(&mut findings, wanted, What::Related, related(artists.collect()));
                }
                Outcome::Expired | Outcome::Closed => self.related_closed = true,
            }
        }
        put(&mut findings, wanted, What::Genres, genres(artist.genres.unwrap_or_default()));
        let images = artist.images.unwrap_or_default();
        let nearest =
            images.into_iter().min_by_key(|image| image.width.unwrap_or(i64::MAX / 2).saturating_sub(WIDTH).abs());
        put(&mut findings, wanted, What::Pictures, nearest.map(|image| Value::Picture(image.url)));
        let followers = artist.followers.and_then(|followers| followers.total);
        self.followers_withheld |= wanted.contains(&What::Followers) && followers.is_none();
        put(&mut findings, wanted, What::Followers, followers.map(Value::Followers));
        findings.identities.push((Source::Spotify, artist.id));
        Ok(findings)
    }
}

impl Service for Spotify {
    fn source(&self) -> Source {
        Source::Spotify
    }

    fn requests_before(&self) -> u64 {
        1
    }

    fn requests(&self, who: &Who<'_>, wanted: &[What]) -> Option<u64> {
        let known = who.id_at(Source::Spotify).is_some() || !who.name.is_empty();
        known.then(|| 1 + u64::from(wanted.contains(&What::Related)))
    }

    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure> {
        who.iter().map(|who| self.about(client, who, wanted)).collect()
    }

    fn note(&self) -> Option<String> {
        match (self.related_closed, self.followers_withheld) {
            (true, true) => Some(format!("{CLOSED}; {WITHHELD}")),
            (true, false) => Some(CLOSED.into()),
            (false, true) => Some(WITHHELD.into()),
            (false, false) => None,
        }
    }
}
