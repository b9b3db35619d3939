//! Where to begin: a few well-known artists who are far from each other, a blend, and chance.

use yew::prelude::*;

use super::artist::{artist_link, portrait};
use crate::app::link::{Link, LinkTerm, Sign};
use crate::app::state::Action;
use crate::app::{StateHandle, scroll_to_top};
use crate::catalog::{ArtistId, Pack};

/// How many artists are offered.
const OFFERED: usize = 10;

/// They are taken from this many most mentioned ones, so that most visitors know most of them.
const WELL_KNOWN: usize = 150;

/// Chance picks among this many most mentioned ones.
const CHANCE: usize = 3000;

/// Picks well-known artists that are spread over the map: the most mentioned first, then always the one farthest from
/// all picked so far (Gonzalez 1985, farthest-point clustering); ties go to the more mentioned.
fn spread(pack: &Pack) -> Vec<ArtistId> {
    let places: Vec<&[f32]> = pack.positions().chunks_exact(3).take(WELL_KNOWN).collect();
    let mut distances = vec![f32::INFINITY; places.len()];
    let mut picked = Vec::new();
    let mut next = 0;
    while picked.len() < OFFERED.min(places.len()) {
        picked.push(next as ArtistId);
        let from = places[next];
        for (distance, place) in distances.iter_mut().zip(&places) {
            *distance = distance.min(place.iter().zip(from).map(|(a, b)| (a - b) * (a - b)).sum());
        }
        // Never again, even where all stand at one place.
        distances[next] = -1.0;
        next = distances.iter().enumerate().fold(0, |far, (i, &d)| if d > distances[far] { i } else { far });
    }
    picked
}

/// What a visitor without an artist in mind sees.
pub(super) fn beginnings(state: &StateHandle) -> Html {
    let Some(pack) = state.pack().filter(|pack| !pack.is_empty()) else { return Html::default() };
    let offered = spread(pack);
    let surprise = {
        let dispatcher = state.dispatcher();
        let artists = pack.len().min(CHANCE);
        Callback::from(move |_: MouseEvent| {
            let artist = (js_sys::Math::random() * artists as f64) as usize;
            dispatcher.dispatch(Action::StartFrom(artist.min(artists - 1) as ArtistId));
        })
    };
    let blend = offered.get(1).zip(offered.get(2)).map(|(&a, &b)| {
        let terms = [a, b].map(|artist| LinkTerm { key: pack.key(artist), sign: Sign::Plus }).to_vec();
        html! {
            <a href={Link { terms, ..Link::default() }.hash()} onclick={|_: MouseEvent| scroll_to_top()}>
                { format!("Between {} and {}", pack.name(a), pack.name(b)) }
            </a>
        }
    });
    html! {
        <section class="beginnings" aria-labelledby="beginnings-title">
            <h2 id="beginnings-title">{ "Or begin with" }</h2>
            <ul role="list">
                { for offered.iter().map(|&artist| html! {
                    <li>{ portrait(pack, artist) }{ artist_link(state, pack, artist) }</li>
                }) }
            </ul>
            <p class="afterthought">
                <button type="button" class="primary" onclick={surprise}>{ "Surprise me" }</button>
                { blend }
            </p>
        </section>
    }
}
