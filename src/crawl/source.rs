//! The services, what each can give, how long its answers may be kept, and how fast it may be asked.
//!
//! One table of constants; who speaks to a service is `services/`. What stands here about terms and limits is as known
//! on 22 November 2026; it is no legal advice.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A service on the web that knows artists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// MusicBrainz: ids at other services, genres.
    MusicBrainz,
    /// Wikidata and Wikimedia Commons: ids at other services, genres, pictures.
    Wikidata,
    /// Spotify's Web API.
    Spotify,
    /// ListenBrainz Labs: artists listened to in the same sessions.
    ListenBrainz,
    /// Deezer's public API.
    Deezer,
    /// Last.fm's API.
    LastFm,
}

/// What can be asked about an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Artists that the service calls similar, best first.
    Related,
    /// Genre names, most fitting first.
    Genres,
    /// A picture.
    Pictures,
    /// How many people follow or listen to the artist.
    Followers,
    /// Who the artist is at other services. Nobody asks for it by name: services that know it are always asked.
    Ids,
}

impl What {
    /// Everything that one can ask for, in the order in which it is listed to people.
    pub const ALL: [Self; 4] = [Self::Related, Self::Genres, Self::Pictures, Self::Followers];

    /// The name on the command line and in the cache.
    pub fn name(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Genres => "genres",
            Self::Pictures => "pictures",
            Self::Followers => "followers",
            Self::Ids => "ids",
        }
    }

    /// The one of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Ids]).find(|what| what.name() == name)
    }

    /// The services to take this from where several know it, best first.
    ///
    /// - Related: Spotify (what the original was scored with), then ListenBrainz, Last.fm, Deezer.
    /// - Genres: MusicBrainz (voted on), Wikidata, Spotify; Last.fm's tags are free text and come last.
    /// - Pictures: Commons (free licences), Deezer, Spotify.
    /// - Followers are counted so differently that numbers of two services cannot be compared. They are therefore
    ///   taken from one service for the whole cache, the one that knows most artists; this order breaks ties.
    pub fn preference(self) -> &'static [Source] {
        match self {
            Self::Related => &[Source::Spotify, Source::ListenBrainz, Source::LastFm, Source::Deezer],
            Self::Genres => &[Source::MusicBrainz, Source::Wikidata, Source::Spotify, Source::LastFm],
            Self::Pictures => &[Source::Wikidata, Source::Deezer, Source::Spotify],
            Self::Followers => &[Source::Spotify, Source::Deezer, Source::LastFm],
            Self::Ids => &[Source::MusicBrainz, Source::Wikidata],
        }
    }
}

/// A variable that holds a key, and where to get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The environment variable.
    pub variable: &'static str,
    /// Where to get the key.
    pub from: &'static str,
}

impl Source {
    /// All services, in the order in which they are asked: those that know other services' ids come first.
    pub const ALL: [Self; 6] =
        [Self::Wikidata, Self::MusicBrainz, Self::Spotify, Self::ListenBrainz, Self::Deezer, Self::LastFm];

    /// The name on the command line and in the cache.
    pub fn name(self) -> &'static str {
        match self {
            Self::MusicBrainz => "musicbrainz",
            Self::Wikidata => "wikidata",
            Self::Spotify => "spotify",
            Self::ListenBrainz => "listenbrainz",
            Self::Deezer => "deezer",
            Self::LastFm => "lastfm",
        }
    }

    /// The name as the service writes it itself.
    pub fn title(self) -> &'static str {
        match self {
            Self::MusicBrainz => "MusicBrainz",
            Self::Wikidata => "Wikidata and Wikimedia Commons",
            Self::Spotify => "Spotify",
            Self::ListenBrainz => "ListenBrainz",
            Self::Deezer => "Deezer",
            Self::LastFm => "Last.fm",
        }
    }

    /// The one of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// What the service gives; the order is that of [`What::ALL`], ids come last.
    pub fn gives(self) -> &'static [What] {
        match self {
            Self::MusicBrainz => &[What::Genres, What::Ids],
            Self::Wikidata => &[What::Genres, What::Pictures, What::Ids],
            Self::Spotify => &[What::Related, What::Genres, What::Pictures, What::Followers],
            Self::ListenBrainz => &[What::Related],
            Self::Deezer => &[What::Related, What::Pictures, What::Followers],
            Self::LastFm => &[What::Related, What::Genres, What::Followers],
        }
    }

    /// Why the service does not give something that one might expect of it; `None` where there is nothing to say.
    pub fn why_not(self, what: What) -> Option<&'static str> {
        match (self, what) {
            (Self::LastFm, What::Pictures) => {
                Some("Last.fm stopped giving artists' pictures in 2019 and answers with one grey star for all")
            }
            (Self::Deezer, What::Genres) => Some("Deezer knows genres of albums, not of artists"),
            (Self::ListenBrainz, What::Genres) => Some("ListenBrainz takes genres from MusicBrainz: ask that"),
            _ => None,
        }
    }

    /// The days after which an answer is thrown away unless the user keeps it for ever.
    ///
    /// - Spotify 1: the Developer Terms (version 9, 8 May 2023) forbid to "store Spotify Content indefinitely" and ask
    ///   to show the most up to date data and to delete older data; no number is given, so a short one is taken.
    /// - Deezer 1: no text of its terms for developers was at hand that says how long; treated like Spotify.
    /// - Last.fm 7: developers report of its API terms that they ask for caching, for a week at least, and allow 100 MB
    ///   of Last.fm data in total ([`Source::most_bytes`]); the terms themselves were not at hand.
    /// - MusicBrainz, ListenBrainz, Wikidata: the data is CC0 (MusicBrainz's genres come from its tags, which are CC
    ///   BY-NC-SA 3.0) and may be kept for ever; what is older than 90 days is asked again because it changes.
    pub fn lifetime_days(self) -> u32 {
        match self {
            Self::Spotify | Self::Deezer => 1,
            Self::LastFm => 7,
            Self::MusicBrainz | Self::Wikidata | Self::ListenBrainz => 90,
        }
    }

    /// How many bytes of the service's answers may be stored, as far as its terms say: the "reasonable usage cap" of
    /// Last.fm's API terms.
    pub fn most_bytes(self) -> Option<u64> {
        (self == Self::LastFm).then_some(100_000_000)
    }

    /// The time between two requests.
    ///
    /// - MusicBrainz: one a second for an address, on average; more is answered by 503.
    /// - Wikidata: 60 s of query time a minute and one query at a time; one a second is far below.
    /// - Deezer: 50 requests in 5 s; half of it.
    /// - Spotify: an unpublished number in any 30 s; two a second is a cautious guess.
    /// - Last.fm: no "several calls per second" over long times.
    /// - ListenBrainz: says by headers how many are left (`X-RateLimit-…`), which are heeded, too.
    pub fn pace(self) -> Duration {
        Duration::from_millis(match self {
            Self::MusicBrainz | Self::Wikidata | Self::ListenBrainz | Self::LastFm => 1_100,
            Self::Spotify => 500,
            Self::Deezer => 200,
        })
    }

    /// Where the service is; paths are added to it.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::MusicBrainz => "https://musicbrainz.org",
            Self::Wikidata => "https://query.wikidata.org",
            Self::Spotify => "https://api.spotify.com",
            Self::ListenBrainz => "https://labs.api.listenbrainz.org",
            Self::Deezer => "https://api.deezer.com",
            Self::LastFm => "https://ws.audioscrobbler.com",
        }
    }

    /// The keys that the service wants.
    pub fn keys(self) -> &'static [Key] {
        const SPOTIFY: &str = "https://developer.spotify.com/dashboard";
        match self {
            Self::MusicBrainz | Self::Wikidata | Self::Deezer => &[],
            Self::Spotify => &[
                Key { variable: "SPOTIFY_CLIENT_ID", from: SPOTIFY },
                Key { variable: "SPOTIFY_CLIENT_SECRET", from: SPOTIFY },
            ],
            Self::ListenBrainz => &[Key { variable: "LISTENBRAINZ_TOKEN", from: "https://listenbrainz.org/settings/" }],
            Self::LastFm => &[Key { variable: "LASTFM_API_KEY", from: "https://www.last.fm/api/account/create" }],
        }
    }

    /// Whether the service wants to know whom to write to when requests cause trouble (MusicBrainz's rules for user
    /// agents, Wikimedia's User-Agent policy; both block what does not say).
    pub fn wants_contact(self) -> bool {
        matches!(self, Self::MusicBrainz | Self::Wikidata | Self::ListenBrainz)
    }

    /// How an artist's id at this service reads as a stable id in corpora and packs.
    pub fn stable_id(self, id: &str) -> String {
        match self {
            // ListenBrainz speaks of artists by their MusicBrainz ids.
            Self::ListenBrainz => Self::MusicBrainz.stable_id(id),
            _ => format!("{}:artist:{id}", self.name()),
        }
    }

    /// The service's own id in a stable id, where it is one of this service.
    ///
    /// For MusicBrainz `mbid:…` and a bare UUID are understood, too.
    pub fn own_id(self, stable_id: &str) -> Option<&str> {
        let own = stable_id.strip_prefix(self.name()).and_then(|rest| rest.strip_prefix(":artist:"));
        let own = match self {
            Self::MusicBrainz => own.or_else(|| stable_id.strip_prefix("mbid:")).or(Some(stable_id)),
            _ => own,
        }?;
        self.is_id(own).then_some(own)
    }

    /// Whether a text has the form of this service's ids, so that it can stand in an address or a query as it is.
    pub fn is_id(self, text: &str) -> bool {
        let all = |fits: fn(u8) -> bool| !text.is_empty() && text.bytes().all(fits);
        match self {
            Self::Spotify => text.len() == 22 && all(|byte| byte.is_ascii_alphanumeric()),
            Self::MusicBrainz | Self::ListenBrainz => {
                let groups: Vec<&str> = text.split('-').collect();
                groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
                    && all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            }
            Self::Wikidata => text.strip_prefix('Q').is_some_and(|digits| Self::Deezer.is_id(digits)),
            Self::Deezer => text.len() <= 18 && all(|byte| byte.is_ascii_digit()),
            // Last.fm knows artists by name.
            Self::LastFm => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_name_only_services_that_can() {
        for what in What::ALL.into_iter().chain([What::Ids]) {
            let able: Vec<Source> = Source::ALL.into_iter().filter(|source| source.gives().contains(&what)).collect();
            let mut preferred = what.preference().to_vec();
            assert_eq!(preferred.len(), able.len(), "{what:?}");
            preferred.retain(|source| !able.contains(source));
            assert_eq!(preferred, []);
            assert_eq!(What::by_name(what.name()), Some(what));
        }
        for source in Source::ALL {
            assert_eq!(Source::by_name(source.name()), Some(source));
            assert!(source.gives().iter().all(|&what| source.why_not(what).is_none()));
        }
    }

    #[test]
    fn ids_are_known_by_their_form() {
        let spotify = "spotify:artist:3TVXtAsR1Inumwj472S9r4";
        assert_eq!(Source::Spotify.own_id(spotify), Some("3TVXtAsR1Inumwj472S9r4"));
        assert_eq!(Source::Deezer.own_id(spotify), None);
        assert_eq!(Source::MusicBrainz.own_id(spotify), None);
        assert_eq!(Source::Spotify.own_id("spotify:artist:3TVXtAsR1Inumwj4/../x"), None);
        let mbid = "8f6bd1e4-fbe1-4f50-aa9b-94c450ec0f11";
        for written in [mbid.to_owned(), format!("mbid:{mbid}"), Source::ListenBrainz.stable_id(mbid)] {
            assert_eq!(Source::MusicBrainz.own_id(&written), Some(mbid));
        }
        assert_eq!(Source::MusicBrainz.own_id("8f6bd1e4-fbe1-4f50-aa9b\" }"), None);
        assert_eq!(Source::Deezer.own_id("deezer:artist:27"), Some("27"));
        assert!(Source::Wikidata.is_id("Q42") && !Source::Wikidata.is_id("Q"));
    }
}
