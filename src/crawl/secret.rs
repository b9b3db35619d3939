//! Keys of services: read from the environment, sent to the service, shown to nobody.

use std::fmt;

use super::CrawlError;
use super::source::Source;

/// A key, password or token. Printing it prints no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What stands wherever a secret would.
const HIDDEN: &str = "(hidden)";

impl Secret {
    /// Wraps a text that must not be shown.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, to be sent and for nothing else.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// Replaces the secret wherever it stands in a text.
    pub(super) fn hide_in(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, HIDDEN) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

/// The keys of the services of a crawl.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<(&'static str, Secret)>);

impl Keys {
    /// Reads what `services` need by `lookup`, which is [`std::env::var`] outside tests.
    ///
    /// # Errors
    /// [`CrawlError::MissingKey`] where a variable is not set or empty, [`CrawlError::BadKey`] where it holds what no
    /// key has.
    pub fn read(services: &[Source], lookup: impl Fn(&str) -> Option<String>) -> Result<Self, CrawlError> {
        let mut keys = Vec::new();
        for &service in services {
            for key in service.keys() {
                let value = lookup(key.variable).unwrap_or_default().trim().to_owned();
                if value.is_empty() {
                    return Err(CrawlError::MissingKey { service, key: *key });
                }
                // Percent-encoding would make another text of it, which a search for the secret does not find.
                if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
                    return Err(CrawlError::BadKey { variable: key.variable });
                }
                keys.push((key.variable, Secret(value)));
            }
        }
        Ok(Self(keys))
    }

    /// The key of a variable; empty where it was not read.
    pub(super) fn get(&self, variable: &str) -> Secret {
        let found = self.0.iter().find(|(name, _)| *name == variable);
        found.map_or_else(|| Secret(String::new()), |(_, secret)| secret.clone())
    }

    /// All of them, to be hidden.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        self.0.iter().map(|(_, secret)| secret.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_their_variables_and_are_never_shown() {
        let lookup = |name: &str| (name == "LASTFM_API_KEY").then(|| " 0123abcd \n".to_owned());
        let keys = Keys::read(&[Source::LastFm, Source::Deezer], lookup).unwrap();
        assert_eq!(keys.get("LASTFM_API_KEY").reveal(), "0123abcd");
        let shown = format!("{keys:?} {:?} {}", keys.get("LASTFM_API_KEY"), keys.get("LASTFM_API_KEY"));
        assert!(!shown.contains("0123abcd") && shown.contains(HIDDEN), "{shown}");
        assert_eq!(keys.get("LASTFM_API_KEY").hide_in("a?key=0123abcd&b"), "a?key=(hidden)&b");
        let missing = Keys::read(&[Source::Spotify], lookup).unwrap_err().to_string();
        assert!(missing.contains("SPOTIFY_CLIENT_ID") && missing.contains("developer.spotify.com"), "{missing}");
        let bad = Keys::read(&[Source::LastFm], |_| Some("se\ncret value".into())).unwrap_err().to_string();
        assert!(bad.contains("LASTFM_API_KEY") && !bad.contains("cret"), "{bad}");
    }
}
