//! The bottom of every page: what this collection is and on which terms.

use yew::prelude::*;

use crate::app::StateHandle;
use crate::app::state::Loading;
use crate::text::thousands;

/// The bottom of every page.
pub(crate) fn footer(state: &StateHandle) -> Html {
    let collection = state.pack().map(|pack| {
        let metadata = pack.metadata();
        let playlists = metadata.provenance.corpus.playlists;
        html! {
            <>
                <p>{ format!("{}: {} artists", pack.title(), thousands(pack.len() as u64)) }
                    if playlists > 0 { { format!(" from {} playlists", thousands(playlists)) } }
                    { "." }
                </p>
                { for pack.credits().map(|credit| html! { <p>{ credit }</p> }) }
                if !metadata.terms.is_empty() { <p>{ &metadata.terms }</p> }
            </>
        }
    });
    html! {
        <footer class="footer" aria-busy={matches!(state.loading, Loading::Fetching(_)).to_string()}>
            { collection }
            <p>{ "Everything runs in your browser. Nothing you type leaves it, and after the first visit it works offline." }</p>
        </footer>
    }
}
