//! Fetches a pack in the browser: the manifest first, then part after part, each checked before a byte of it is used.
//!
//! Owns the conversation with the network and how each of its failures reads. Knows nothing of what a pack holds, nor of
//! who shows it: the page and the ES module share it.

use js_sys::{Array, JSON, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use crate::catalog::{
    AlignedBytes, FormatError, MANIFEST_FILE, Manifest, ManifestError, Pack, PackError, PartEntry, Role,
};

#[wasm_bindgen]
extern "C" {
    /// The function of that name, in a window and in a worker.
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(address: &str, options: &RequestInit) -> Promise;
}

/// So many bytes of an answer that is too long are looked at for what it may be.
const HEAD: u32 = 256;

/// Why there is no pack, or not all of it. The message is for the visitor and ends with what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("The site cannot be reached. Check the connection and try again.")]
    Unreachable,
    #[error(
        "The site does not hand out the artists. Try again; if that does not help, the site's owner has to publish \
         them beside the page. (Details: {file} was answered with {status}.)"
    )]
    Status { file: String, status: u16 },
    #[error("The connection broke off after {percent} %. Try again.")]
    BrokeOff { percent: u8 },
    #[error(
        "The file that says where the artists are arrived damaged. Try again; if that does not help, the site's owner \
         has to publish it anew. (Details: {what}.)"
    )]
    BadManifest { what: String },
    #[error(
        "The artists arrived damaged and were not opened. Try again; if that does not help, the site's owner has to \
         publish them anew. (Details: {0}.)"
    )]
    Untrusted(PackError),
    #[error(
        "The page and the artists are of different versions; most likely the page is the older one. Reload the page; if \
         that does not help, the site's owner has to update it. (Details: {0}.)"
    )]
    OtherVersion(PackError),
    #[error(
        "This device has not enough memory for the artists. Close other pages and programs, then try again. (Details: \
         {file} has {bytes} bytes.)"
    )]
    OutOfMemory { file: String, bytes: u64 },
}

impl From<PackError> for FetchError {
    fn from(error: PackError) -> Self {
        use PackError::{Format, Manifest};
        match error {
            // Nothing is damaged: another attempt gives the same.
            Manifest(ManifestError::OtherVersion { .. }) | Format(FormatError::OtherVersion { .. }) => {
                Self::OtherVersion(error)
            }
            _ => Self::Untrusted(error),
        }
    }
}

impl From<ManifestError> for FetchError {
    fn from(error: ManifestError) -> Self {
        PackError::from(error).into()
    }
}

/// How a pack is to be fetched.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The address of the folder that the pack lies in, with a slash at its end.
    pub(crate) folder: String,
    /// Ask past every cache, for a visitor who tries again after a damaged answer.
    pub(crate) again: bool,
    /// Leave out all but the first part of each kind: the most mentioned artists alone.
    pub(crate) first_only: bool,
    /// What ends the fetching early; it then fails as if the site could not be reached.
    pub(crate) signal: Option<AbortSignal>,
}

/// Fetches, verifies and opens a pack, part after part in the manifest's order.
///
/// `arrived` hears of every new state of the pack, and `progress` of each new percent of the way. What `known` has already
/// is not fetched again where the manifest still names it: an attempt goes on where the one before broke off.
pub(crate) async fn fetch_pack(
    request: &Request,
    known: Option<Pack>,
    progress: impl Fn(u8),
    arrived: impl Fn(&Pack),
) -> Result<Pack, FetchError> {
    let text = fetch(request, MANIFEST_FILE).await?.text().map_err(|_| FetchError::Unreachable)?;
    let text = JsFuture::from(text).await.map_err(|_| FetchError::Unreachable)?.as_string().unwrap_or_default();
    let manifest = parse_manifest(&text)?;
    let mut pack = match known.filter(|known| *known.manifest() == manifest) {
        Some(known) => known,
        None => Pack::begin(manifest)?,
    };
    let wanted = |part: &PartEntry| Role::of_name(&part.role).is_some() && (part.first == 0 || !request.first_only);
    let all: u64 = pack.manifest().parts.iter().filter(|part| wanted(part)).map(|part| part.bytes).sum();
    while let Some((number, part)) = pack.next_part(|part| wanted(part)) {
        let part = part.clone();
        // What is there need not be what stands before this part: an earlier attempt may have left parts out.
        let left: u64 = pack.missing().filter(|(_, part)| wanted(part)).map(|(_, part)| part.bytes).sum();
        let percent = |filled: u64| ((all - left + filled) * 100 / all.max(1)) as u8;
        let response = fetch(request, &part.file).await?;
        let bytes = read(&response, &part, percent, &progress).await?;
        pack = pack.with_part(number, &bytes)?;
        arrived(&pack);
    }
    Ok(pack)
}

/// Reads the manifest with the browser's own JSON parser: a second one would cost a quarter of the page's weight.
fn parse_manifest(text: &str) -> Result<Manifest, FetchError> {
    let json = JSON::parse(text).map_err(|_| FetchError::BadManifest {
        what: match text.trim_start().starts_with('<') {
            true => "it is a web page: the host answers so where it has no such file".into(),
            false => "it is not JSON".into(),
        },
    })?;
    if let Some(version) = announced_version(&field(&json, "version")?) {
        Manifest::check_version(version)?;
    }
    let parts = field(&json, "parts")?.dyn_into::<Array>().map_err(|_| bad("parts", "a list"))?;
    Ok(Manifest {
        version: u16::try_from(number(&json, "version")?).unwrap_or(u16::MAX),
        title: string(&json, "title")?,
        artists: count(&json, "artists")?,
        parts: parts
            .iter()
            .map(|part| {
                Ok(PartEntry {
                    role: string(&part, "role")?,
                    first: count(&part, "first")?,
                    rows: count(&part, "rows")?,
                    file: string(&part, "file")?,
                    bytes: number(&part, "bytes")?,
                    sha256: string(&part, "sha256")?,
                })
            })
            .collect::<Result<_, FetchError>>()?,
    })
}

/// The version that a manifest announces, as a number or as a text; `None` where it is neither. Casts saturate.
fn announced_version(version: &JsValue) -> Option<u16> {
    version.as_f64().map(|number| number as u16).or_else(|| version.as_string()?.parse().ok())
}

fn bad(name: &str, kind: &str) -> FetchError {
    FetchError::BadManifest { what: format!("its {name} is not {kind}") }
}

fn field(json: &JsValue, name: &str) -> Result<JsValue, FetchError> {
    Reflect::get(json, &name.into()).map_err(|_| bad(name, "there"))
}

/// A whole number.
fn number(json: &JsValue, name: &str) -> Result<u64, FetchError> {
    match field(json, name)?.as_f64() {
        // Whole numbers up to 2⁵³ are exact. Casts of larger ones saturate.
        Some(number) if (0.0..9.0e15).contains(&number) && number % 1.0 == 0.0 => Ok(number as u64),
        _ => Err(bad(name, "a whole number")),
    }
}

/// A number of artists or rows.
fn count(json: &JsValue, name: &str) -> Result<u32, FetchError> {
    u32::try_from(number(json, name)?).map_err(|_| bad(name, "a number of 32 bits"))
}

fn string(json: &JsValue, name: &str) -> Result<String, FetchError> {
    field(json, name)?.as_string().ok_or_else(|| bad(name, "a text"))
}

async fn fetch(request: &Request, file: &str) -> Result<Response, FetchError> {
    let options = RequestInit::new();
    if request.again {
        options.set_cache(RequestCache::Reload);
    } else if file == MANIFEST_FILE {
        // The one file that changes in place.
        options.set_cache(RequestCache::NoCache);
    }
    options.set_signal(request.signal.as_ref());
    let address = format!("{}{file}", request.folder);
    let response = JsFuture::from(global_fetch(&address, &options)).await;
    let response: Response =
        response.and_then(|response| response.dyn_into()).map_err(|_: JsValue| FetchError::Unreachable)?;
    if response.ok() { Ok(response) } else { Err(FetchError::Status { file: address, status: response.status() }) }
}

/// Reads a response as it arrives, straight to where the part will lie. Memory is taken as bytes come: the manifest may
/// claim more than this device has. `percent` is how far so many bytes of it are of the whole way.
async fn read(
    response: &Response,
    part: &PartEntry,
    percent: impl Fn(u64) -> u8,
    progress: &impl Fn(u8),
) -> Result<AlignedBytes, FetchError> {
    let mut bytes = AlignedBytes::zeroed(0);
    let (mut filled, mut shown) = (0_usize, percent(0));
    let reader = response.body().and_then(|body| body.get_reader().dyn_into::<ReadableStreamDefaultReader>().ok());
    let Some(reader) = reader else { return Err(FetchError::Unreachable) };
    loop {
        let broke_off = |_: JsValue| FetchError::BrokeOff { percent: percent(filled as u64) };
        let step = JsFuture::from(reader.read()).await.map_err(broke_off)?;
        if Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            break;
        }
        let chunk = Reflect::get(&step, &"value".into()).map_err(broke_off)?;
        let chunk = chunk.dyn_into::<Uint8Array>().map_err(broke_off)?;
        let end = filled + chunk.length() as usize;
        if end as u64 > part.bytes {
            // How it begins tells a web page, which may be longer than the part in its first chunk.
            let mut head = bytes.as_slice()[..filled.min(HEAD as usize)].to_vec();
            head.extend(chunk.subarray(0, HEAD).to_vec());
            return Err(part.other_length(end as u64, &head).into());
        }
        if end > bytes.len() {
            let length = end.max(2 * bytes.len()).min(part.bytes as usize);
            let out_of_memory = |_| FetchError::OutOfMemory { file: part.file.clone(), bytes: part.bytes };
            bytes.try_grow(length).map_err(out_of_memory)?;
        }
        chunk.copy_to(&mut bytes.as_mut_slice()[filled..end]);
        filled = end;
        if percent(filled as u64) > shown {
            shown = percent(filled as u64);
            progress(shown);
        }
    }
    if (filled as u64) < part.bytes {
        return Err(part.other_length(filled as u64, &bytes.as_slice()[..filled]).into());
    }
    // All that was promised: the last growth went no further.
    Ok(bytes)
}
