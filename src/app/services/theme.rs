//! Light or dark: the system's wish, unless the visitor chose otherwise on this device.
//!
//! The choice stands as `data-theme` on the root element, where the style sheet finds it, and in local storage, where
//! boot.js finds it before the first paint.

use gloo::utils::{document_element, window};

const KEY: &str = "theme";

/// Whether the page is dark now.
pub(crate) fn is_dark() -> bool {
    match document_element().get_attribute("data-theme").as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches()),
    }
}

/// Changes it and remembers the choice where the browser allows that.
pub(crate) fn set_dark(dark: bool) {
    let theme = if dark { "dark" } else { "light" };
    let _ = document_element().set_attribute("data-theme", theme);
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(KEY, theme);
    }
}
