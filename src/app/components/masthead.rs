//! The top of every page: the name, the pages, light or dark.

use yew::prelude::*;

use crate::app::StateProps;
use crate::app::link::{Link, Page};
use crate::app::services::theme;

/// The top of every page.
#[component]
pub(crate) fn Masthead(StateProps { state }: &StateProps) -> Html {
    let dark = use_state(theme::is_dark);
    let toggle = {
        let dark = dark.clone();
        Callback::from(move |_: MouseEvent| {
            // Asked anew: the system may have changed since.
            let darker = !theme::is_dark();
            theme::set_dark(darker);
            dark.set(darker);
        })
    };
    let page_link = |page: Page, name: &str| {
        let here = state.link.page == page;
        html! {
            <a href={state.link.on_page(page).hash()} aria-current={here.then_some("page")}>{ name }</a>
        }
    };
    html! {
        <header class="masthead">
            <a class="wordmark" href={Link::default().hash()} aria-label="artist2vec, start page">
                { "artist" }<span>{ "2" }</span>{ "vec" }
            </a>
            <nav aria-label="Pages">
                { page_link(Page::Explore, "Explore") }
                { page_link(Page::HowItWorks, "How it works") }
            </nav>
            <button class="icon" type="button" onclick={toggle} aria-pressed={dark.to_string()} aria-label="Dark colours">
                <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
                    <circle cx="12" cy="12" r="8.25" fill="none" stroke="currentColor" stroke-width="1.5" />
                    <path d="M12 3.75a8.25 8.25 0 0 1 0 16.5z" fill="currentColor" />
                </svg>
            </button>
        </header>
    }
}
