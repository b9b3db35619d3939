//! The top of every page: the name, the pages, light or dark.

use yew::prelude::*;

use crate::app::link::{Link, Page};
use crate::app::{StateHandle, scroll_to_top};

/// The top of every page.
pub(crate) fn masthead(state: &StateHandle, dark: bool, turn_dark: Callback<MouseEvent>) -> Html {
    let page_link = |page: Page, name: &str| {
        let here = state.link.page == page;
        html! {
            <a href={state.link.on_page(page).hash()} aria-current={here.then_some("page")}>{ name }</a>
        }
    };
    html! {
        <header class="masthead">
            <a class="wordmark" href={Link::default().hash()} aria-label="artist2vec, start page"
                onclick={|_: MouseEvent| scroll_to_top()}>
                { "artist" }<span>{ "2" }</span>{ "vec" }
            </a>
            <nav aria-label="Pages">
                { page_link(Page::Explore, "Explore") }
                { page_link(Page::HowItWorks, "How it works") }
            </nav>
            <button class="icon" type="button" onclick={turn_dark} aria-pressed={dark.to_string()} aria-label="Dark colours">
                <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
                    <circle cx="12" cy="12" r="8.25" fill="none" stroke="currentColor" stroke-width="1.5" />
                    <path d="M12 3.75a8.25 8.25 0 0 1 0 16.5z" fill="currentColor" />
                </svg>
            </button>
        </header>
    }
}
