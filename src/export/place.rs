//! Where a pack lies: a folder, or an address on the web.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::open::OpenError;
use crate::catalog::{AlignedBytes, MANIFEST_FILE, ManifestError, is_web_page};
use crate::files;

/// How long a host may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// The slowest line that is waited for, in bytes a second: what is large may take long.
const SLOWEST: u64 = 32_000;

/// A manifest and the folder that its parts lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Files on this machine, by the manifest's path.
    Folder(PathBuf),
    /// Files on the web, by the manifest's address.
    Web(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(manifest) => write!(f, "{}", manifest.display()),
            Self::Web(address) => f.write_str(address),
        }
    }
}

impl Place {
    /// Understands a folder, a manifest's path, or the address of either.
    ///
    /// # Errors
    /// [`OpenError::OtherScheme`] for an address that is not fetched by http or https.
    pub fn of(path: &Path) -> Result<Self, OpenError> {
        let address = path.to_str().and_then(|text| text.split_once("://")).filter(|(scheme, _)| is_scheme(scheme));
        match address.map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest)) {
            Some((scheme, rest)) if scheme == "http" || scheme == "https" => {
                // What stands behind # is for whoever shows a page; what stands behind ? is for the host.
                let (path, query) = split_query(rest.split_once('#').map_or(rest, |(rest, _)| rest));
                Ok(Self::Web(match path.ends_with(".json") {
                    true => format!("{scheme}://{path}{query}"),
                    false => format!("{scheme}://{}/{MANIFEST_FILE}{query}", path.trim_end_matches('/')),
                }))
            }
            Some((scheme, _)) => Err(OpenError::OtherScheme { address: path.display().to_string(), scheme }),
            None if path.is_dir() => Ok(Self::Folder(path.join(MANIFEST_FILE))),
            None => Ok(Self::Folder(path.to_owned())),
        }
    }

    /// Another file beside this one, which the host is asked for with the same query.
    pub fn beside(&self, file: &str) -> Self {
        match self {
            Self::Folder(manifest) => Self::Folder(manifest.with_file_name(file)),
            Self::Web(address) => {
                let (path, query) = split_query(address);
                Self::Web(format!("{}/{file}{query}", path.rsplit_once('/').map_or("", |(folder, _)| folder)))
            }
        }
    }

    /// The file's bytes, which are no more than `most`.
    ///
    /// # Errors
    /// [`OpenError`] where the file cannot be read, the host does not hand it out, or it is longer.
    pub fn read(&self, most: u64) -> Result<AlignedBytes, OpenError> {
        let (bytes, whole) = match self {
            Self::Folder(path) => files::read_at_most(path, most)?,
            Self::Web(address) => {
                let bytes = fetch(address, most, PATIENCE)
                    .map_err(|reason| OpenError::Web { address: address.clone(), reason: Box::new(reason) })?;
                (AlignedBytes::from(bytes.as_slice()), bytes.len() as u64 <= most)
            }
        };
        match whole {
            true => Ok(bytes),
            false if is_web_page(bytes.as_slice()) => {
                let source = ManifestError::WebPage { file: self.file_name() }.into();
                Err(OpenError::Pack { place: self.clone(), source })
            }
            false => Err(OpenError::TooLong { place: self.clone(), most }),
        }
    }

    /// What the file is called.
    fn file_name(&self) -> String {
        match self {
            Self::Folder(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Web(address) => split_query(address).0.rsplit('/').next().unwrap_or_default().to_owned(),
        }
    }
}

/// Says whether this can stand before the `://` of an address.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// An address without its query, and the query with its question mark; empty where there is none.
fn split_query(address: &str) -> (&str, &str) {
    address.split_at(address.find('?').unwrap_or(address.len()))
}

/// Fetches a file, of a longer one than `most` one byte more. `patience` is how long the host may be silent; how long the
/// whole may take grows with `most`.
fn fetch(address: &str, most: u64, patience: Duration) -> Result<Vec<u8>, ureq::Error> {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(patience))
        .timeout_per_read(Some(patience))
        .timeout_global(Some(patience + Duration::from_secs(most / SLOWEST)));
    let agent: ureq::Agent = config.build().into();
    let mut response = agent.get(address).call()?;
    let mut bytes = Vec::new();
    response.body_mut().as_reader().take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    /// A host that answers every request so, and leaves the line open where it says nothing.
    fn host(answer: Option<String>) -> Place {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/pack", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for mut stream in listener.incoming().flatten() {
                match &answer {
                    Some(body) => {
                        let mut request = [0; 4096];
                        let _ = stream.read(&mut request);
                        let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}");
                    }
                    None => silent.push(stream),
                }
            }
        });
        Place::of(Path::new(&address)).unwrap()
    }

    #[test]
    fn a_silent_host_is_told_in_plain_words() {
        let place = host(None);
        let reason = Box::new(fetch(&place.to_string(), 9, Duration::from_millis(50)).unwrap_err());
        let error = OpenError::Web { address: place.to_string(), reason }.to_string();
        assert!(error.contains("did not answer in time") && error.contains("try again"), "{error}");
    }

    #[test]
    fn longer_answers_are_refused_and_web_pages_named() {
        let place = host(Some("12345".into()));
        assert_eq!(place.read(5).unwrap().as_slice(), b"12345");
        assert!(matches!(place.read(4), Err(OpenError::TooLong { most: 4, .. })));
        let page =
            host(Some("<!doctype html>Not found".into())).beside("names-0-12.a2v").read(15).unwrap_err().to_string();
        assert!(page.contains("names-0-12.a2v is a web page") && page.contains("Upload it"), "{page}");
    }

    #[test]
    fn files_are_as_limited_as_answers() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MANIFEST_FILE), "<html>?").unwrap();
        let place = Place::of(folder.path()).unwrap();
        assert_eq!(place.read(7).unwrap().len(), 7);
        assert!(place.read(6).unwrap_err().to_string().contains("manifest.json is a web page"));
        // Too little of it to tell.
        assert!(matches!(place.read(4), Err(OpenError::TooLong { .. })));
    }

    #[test]
    fn parts_lie_beside_the_manifest() {
        for (given, manifest, part) in [
            ("https://a.example/pack", "https://a.example/pack/manifest.json", "https://a.example/pack/x.a2v"),
            ("https://a.example/pack/", "https://a.example/pack/manifest.json", "https://a.example/pack/x.a2v"),
            ("http://a.example/m.json", "http://a.example/m.json", "http://a.example/x.a2v"),
            ("https://a.example", "https://a.example/manifest.json", "https://a.example/x.a2v"),
            ("HTTPS://a.example/Pack", "https://a.example/Pack/manifest.json", "https://a.example/Pack/x.a2v"),
            ("http://a.example/pack/#a/b", "http://a.example/pack/manifest.json", "http://a.example/pack/x.a2v"),
            ("http://a.example/p?x=/1#a", "http://a.example/p/manifest.json?x=/1", "http://a.example/p/x.a2v?x=/1"),
            ("http://a.example/m.json?x", "http://a.example/m.json?x", "http://a.example/x.a2v?x"),
            ("nowhere/manifest.json", "nowhere/manifest.json", "nowhere/x.a2v"),
        ] {
            let place = Place::of(Path::new(given)).unwrap();
            assert_eq!((place.to_string(), place.beside("x.a2v").to_string()), (manifest.into(), part.into()));
        }
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Place::of(folder.path()).unwrap(), Place::Folder(folder.path().join(MANIFEST_FILE)));
    }

    #[test]
    fn other_addresses_are_no_paths() {
        for address in ["ftp://a.example/pack", "FILE:///pack", "s3://pack"] {
            let error = Place::of(Path::new(address)).unwrap_err().to_string();
            assert!(error.contains(address) && error.contains("only by http and https"), "{error}");
        }
    }
}
