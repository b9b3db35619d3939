//! Fetches the pack: the manifest first, then the file it names, checked before a byte of it is used.
//!
//! Owns the conversation with the network and how each of its failures reads. Knows nothing of what a pack holds.

use js_sys::{JSON, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use crate::catalog::{AlignedBytes, FormatError, MANIFEST_FILE, Manifest, ManifestError, Pack};

/// Where the pack lies, beside the page.
const FOLDER: &str = "pack/";

/// A manifest that promises more is damaged: such a file would not fit into a page's memory.
const LARGEST_PACK: u64 = 1 << 30;

/// Why there is no pack. The message is for the visitor and ends with what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum PackError {
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
    Untrusted(#[from] ManifestError),
    #[error(
        "The artists arrived damaged and were not opened. Try again; if that does not help, the site's owner has to \
         publish them anew. (Details: {0}.)"
    )]
    Unreadable(#[from] FormatError),
}

/// Fetches, verifies and opens the pack. `progress` hears each new percent.
///
/// `again` asks past every cache, for a visitor who tries again after a damaged answer.
pub(crate) async fn fetch_pack(again: bool, progress: impl Fn(u8)) -> Result<Pack, PackError> {
    let text = fetch(MANIFEST_FILE, again).await?.text().map_err(|_| PackError::Unreachable)?;
    let text = JsFuture::from(text).await.map_err(|_| PackError::Unreachable)?.as_string().unwrap_or_default();
    let manifest = parse_manifest(&text)?;
    manifest.check()?;
    if manifest.bytes > LARGEST_PACK {
        return Err(PackError::BadManifest { what: format!("{} bytes are too many", manifest.bytes) });
    }
    let response = fetch(&manifest.file, again).await?;
    let bytes = read(&response, &manifest, progress).await?;
    manifest.verify(bytes.as_slice())?;
    Ok(Pack::open(bytes)?)
}

/// Reads the manifest with the browser's own JSON parser: a second one would cost a quarter of the page's weight.
fn parse_manifest(text: &str) -> Result<Manifest, PackError> {
    let bad = |what: &str| PackError::BadManifest { what: what.into() };
    let json = JSON::parse(text).map_err(|_| bad("it is not JSON"))?;
    let field = |name: &str| Reflect::get(&json, &name.into()).map_err(|_| bad("it is not an object"));
    let number = |name: &str| match field(name)?.as_f64() {
        // Whole numbers up to 2⁵³ are exact.
        Some(number) if (0.0..9.0e15).contains(&number) && number % 1.0 == 0.0 => Ok(number),
        _ => Err(bad(&format!("its {name} is not a whole number"))),
    };
    let string = |name: &str| field(name)?.as_string().ok_or_else(|| bad(&format!("its {name} is not a text")));
    Ok(Manifest {
        version: u16::try_from(number("version")? as u64).unwrap_or(u16::MAX),
        title: string("title")?,
        file: string("file")?,
        bytes: number("bytes")? as u64,
        sha256: string("sha256")?,
    })
}

async fn fetch(file: &str, again: bool) -> Result<Response, PackError> {
    let options = RequestInit::new();
    if again {
        options.set_cache(RequestCache::Reload);
    } else if file == MANIFEST_FILE {
        // The one file that changes in place.
        options.set_cache(RequestCache::NoCache);
    }
    let request = gloo::utils::window().fetch_with_str_and_init(&format!("{FOLDER}{file}"), &options);
    let response = JsFuture::from(request).await.map_err(|_| PackError::Unreachable)?;
    let response: Response = response.dyn_into().map_err(|_| PackError::Unreachable)?;
    if response.ok() {
        Ok(response)
    } else {
        Err(PackError::Status { file: format!("{FOLDER}{file}"), status: response.status() })
    }
}

/// Reads a response as it arrives, straight to where the pack will lie.
async fn read(response: &Response, manifest: &Manifest, progress: impl Fn(u8)) -> Result<AlignedBytes, PackError> {
    let mut bytes = AlignedBytes::zeroed(manifest.bytes as usize);
    let (mut filled, mut shown) = (0_usize, 0);
    let percent = |filled: usize| (filled as u64 * 100 / manifest.bytes.max(1)) as u8;
    let reader = response.body().and_then(|body| body.get_reader().dyn_into::<ReadableStreamDefaultReader>().ok());
    let Some(reader) = reader else { return Err(PackError::Unreachable) };
    loop {
        let broke_off = |_: JsValue| PackError::BrokeOff { percent: percent(filled) };
        let step = JsFuture::from(reader.read()).await.map_err(broke_off)?;
        if Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            break;
        }
        let chunk = Reflect::get(&step, &"value".into()).map_err(broke_off)?;
        let chunk = chunk.dyn_into::<Uint8Array>().map_err(broke_off)?;
        let end = filled + chunk.length() as usize;
        let Some(place) = bytes.as_mut_slice().get_mut(filled..end) else {
            return Err(ManifestError::OtherLength { expected: manifest.bytes, found: end as u64 }.into());
        };
        chunk.copy_to(place);
        filled = end;
        if percent(filled) > shown {
            shown = percent(filled);
            progress(shown);
        }
    }
    if (filled as u64) < manifest.bytes {
        return Err(ManifestError::OtherLength { expected: manifest.bytes, found: filled as u64 }.into());
    }
    Ok(bytes)
}
