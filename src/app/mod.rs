//! The page: Yew components, state, services and the map. It asks the catalog and knows nothing of how packs are made.

use yew::prelude::*;

#[component]
fn App() -> Html {
    html! { <p>{ "artist2vec" }</p> }
}

/// Mounts the page in place of the first paint that index.html carries.
pub fn main() {
    if let Some(root) = gloo::utils::document().get_element_by_id("app") {
        yew::Renderer::<App>::with_root(root).render();
    }
}
