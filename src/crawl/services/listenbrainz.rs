//! ListenBrainz Labs: artists whom people listen to in the same sessions.
//!
//! Based on the source of listenbrainz-server (`listenbrainz/labs_api/labs/api/similar_artists.py`, 2024 to 2026): GET
//! `/similar-artists/json` with `artist_mbids` and `algorithm` answers a list of up to 100 objects `artist_mbid`,
//! `name`, `score`, `reference_mbid`, and an empty one where nothing is known. ListenBrainz's own page asks with the
//! algorithm below. Since 28 July 2026 the page sends `Authorization: Token …`, since the service is for users who are
//! logged in. How many requests are left is said by `X-RateLimit-Remaining` and `X-RateLimit-Reset-In` (seconds). The
//! data is CC0.
//!
//! An artist is found by its MusicBrainz id, which MusicBrainz or Wikidata tells.

use serde::Deserialize;

use crate::crawl::cache::{Findings, RelatedArtist};
use crate::crawl::client::{Client, Endpoint, Failure, Request};
use crate::crawl::secret::{Keys, Secret};
use crate::crawl::source::{Source, What};

use super::{Service, Who, found, put, related};

const ALGORITHM: &str = "session_based_days_7500_session_300_contribution_5_threshold_10_limit_100_filter_True_skip_30";

pub(super) struct ListenBrainz {
    endpoint: Endpoint,
    token: Secret,
}

#[derive(Deserialize)]
struct Similar {
    artist_mbid: Option<String>,
    name: Option<String>,
    score: Option<f64>,
}

impl ListenBrainz {
    pub(super) fn new(endpoint: Endpoint, keys: &Keys) -> Self {
        Self { endpoint, token: keys.get("LISTENBRAINZ_TOKEN") }
    }

    fn about(&self, client: &mut Client<'_>, who: &Who<'_>, wanted: &[What]) -> Result<Findings, Failure> {
        let mbid = who.id_at(Source::MusicBrainz).unwrap_or_default();
        let base = &self.endpoint.base;
        let address = format!("{base}/similar-artists/json?artist_mbids={mbid}&algorithm={ALGORITHM}");
        let mut request = Request::json(Source::ListenBrainz, address);
        request.authorization = Some(("Token", &self.token));
        let similar: Option<Vec<Similar>> = client.ask(&request, |answer| found(Source::ListenBrainz, answer))?;
        let mut similar = similar.unwrap_or_default();
        similar.sort_by(|a, b| b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)));
        let artist = |similar: Similar| {
            let id = similar.artist_mbid.filter(|id| Source::ListenBrainz.is_id(id) && id != mbid)?;
            Some(RelatedArtist { id: Source::ListenBrainz.stable_id(&id), name: similar.name? })
        };
        let mut findings = Findings::default();
        put(&mut findings, wanted, What::Related, related(similar.into_iter().filter_map(artist).collect()));
        Ok(findings)
    }
}

impl Service for ListenBrainz {
    fn source(&self) -> Source {
        Source::ListenBrainz
    }

    fn requests(&self, who: &Who<'_>, _: &[What]) -> Option<u64> {
        who.id_at(Source::MusicBrainz).map(|_| 1)
    }

    fn ask(&mut self, client: &mut Client<'_>, who: &[Who<'_>], wanted: &[What]) -> Result<Vec<Findings>, Failure> {
        who.iter().map(|who| self.about(client, who, wanted)).collect()
    }
}
