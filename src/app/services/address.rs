//! The address bar: reads and writes what stands after `#`.

use gloo::events::EventListener;
use gloo::utils::{document, window};

use crate::app::link::Link;

/// The link in the address bar.
pub(crate) fn current() -> Link {
    Link::parse(&window().location().hash().unwrap_or_default())
}

/// Puts a link into the address bar, as a step that "back" undoes. A link that is there already stays.
pub(crate) fn show(link: &Link) {
    if *link != current() {
        // A browser that refuses (too many changes a second) loses one step of history, no more.
        let _ = window().location().set_hash(&link.hash());
    }
}

/// Calls back whenever the address changes, until the listener is dropped.
pub(crate) fn listen(changed: impl Fn(Link) + 'static) -> EventListener {
    EventListener::new(&window(), "hashchange", move |_| changed(current()))
}

/// Names the page in the tab and in the history.
pub(crate) fn set_title(subject: &str) {
    document().set_title(&match subject {
        "" => String::from("artist2vec: find artists you may love"),
        subject => format!("{subject} · artist2vec"),
    });
}
