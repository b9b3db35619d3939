//! How an artist is drawn wherever one appears: the link to start from, the portrait or its stand-in, the words for fame.

use core::f32::consts::PI;

use gloo::utils::window;
use yew::prelude::*;

use crate::app::StateHandle;
use crate::app::link::{Link, encode};
use crate::app::state::Action;
use crate::catalog::{ArtistId, Pack};
use crate::text::thousands;

/// No more genres than fit into a line.
const GENRES: usize = 3;

/// An artist's name as a link that asks for this artist alone; opens in a new tab like any link.
pub(super) fn artist_link(state: &StateHandle, pack: &Pack, artist: ArtistId) -> Html {
    let start = {
        let dispatcher = state.dispatcher();
        Callback::from(move |event: MouseEvent| {
            let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
            if event.button() == 0 && !elsewhere {
                event.prevent_default();
                dispatcher.dispatch(Action::StartFrom(artist));
            }
        })
    };
    html! {
        <a class="artist" href={Link::to_artist(pack.key(artist)).hash()} onclick={start} title="Start from here">
            { pack.name(artist) }
        </a>
    }
}

/// How well known an artist is, in words.
pub(super) fn mentions(pack: &Pack, artist: ArtistId) -> String {
    match pack.mentions().get(artist as usize) {
        Some(1) => "mentioned once".into(),
        Some(&count) => format!("mentioned {} times", thousands(u64::from(count))),
        None => String::new(),
    }
}

/// How many people follow an artist, in words and no more exact than one cares; empty where the pack does not know.
fn followers(pack: &Pack, artist: ArtistId) -> String {
    match pack.followers(artist) {
        Some(1) => "1 follower".into(),
        Some(count) => format!("{} followers", rounded(count)),
        None => String::new(),
    }
}

/// A number cut to what one can take in: `9,999`, `12,000`, `1.2 million`.
fn rounded(count: u32) -> String {
    match (count, count / 100_000 % 10) {
        (..10_000, _) => thousands(count.into()),
        (..1_000_000, _) => thousands((count / 1000 * 1000).into()),
        (_, 0) => format!("{} million", count / 1_000_000),
        (_, tenth) => format!("{}.{tenth} million", count / 1_000_000),
    }
}

/// What a publisher added about an artist, a line each as far as the pack knows it: genres; followers and a link to the
/// picture on another site, which the page never fetches by itself.
pub(super) fn about(pack: &Pack, artist: ArtistId) -> Html {
    let genres = pack.genres(artist);
    let genres = genres[..genres.len().min(GENRES)].join(", ");
    let (followers, address) = (followers(pack, artist), pack.picture_link(artist));
    html! {
        <>
            if !genres.is_empty() { <p class="genres">{ genres }</p> }
            if !followers.is_empty() || !address.is_empty() {
                <p class="fame">
                    <span>{ followers }</span>
                    if !address.is_empty() {
                        <a href={address.to_owned()} target="_blank" rel="noopener noreferrer"
                            aria-label={format!("Picture of {}, opens a new tab", pack.name(artist))}>{ "Picture ↗" }</a>
                    }
                </p>
            }
        </>
    }
}

/// Where one can listen to an artist: the artist's own page where the stable id tells it, else a search.
pub(super) fn listen_address(pack: &Pack, artist: ArtistId) -> String {
    match pack.stable_id(artist).strip_prefix("spotify:artist:") {
        Some(id) => listed_address(id),
        None => {
            let mut address = String::from("https://open.spotify.com/search/");
            encode(pack.name(artist), &mut address);
            address
        }
    }
}

/// The page of an artist whose Spotify id is known.
pub(super) fn listed_address(id: &str) -> String {
    let mut address = String::from("https://open.spotify.com/artist/");
    encode(id, &mut address);
    address
}

/// The artist's thumbnail; nothing where the pack has none. It tells nothing that the name beside it does not.
///
/// The picture stands in the address itself: unlike an object URL it needs no keeping of books on when nobody shows it any
/// more, and it is made only for those who are shown.
pub(super) fn thumbnail(pack: &Pack, artist: ArtistId) -> Option<Html> {
    let bytes = Some(pack.thumbnail(artist)).filter(|bytes| !bytes.is_empty())?;
    let characters: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let src = format!("data:image/jpeg;base64,{}", window().btoa(&characters).ok()?);
    Some(html! { <img class="portrait" {src} alt="" width="48" height="48" /> })
}

/// The artist's thumbnail, or a disc with initials where there is none.
///
/// The disc's colour comes from the artist's place on the map, so that artists who are close to each other look alike, its
/// pattern and shade from the name, so that they can be told apart.
pub(super) fn portrait(pack: &Pack, artist: ArtistId) -> Html {
    thumbnail(pack, artist).unwrap_or_else(|| disc(pack, artist))
}

fn disc(pack: &Pack, artist: ArtistId) -> Html {
    let name = pack.name(artist);
    let bits = hash(name);
    let first = artist as usize * 3;
    let position = pack.positions().get(first..first + 3).unwrap_or(&[0.0; 3]);
    // From green over blue and red to orange: what lies between is mud.
    let hue = 300.0 + position[1].atan2(position[0]) * (130.0 / PI) + (bits % 40) as f32;
    let turn = (bits >> 8) % 360;
    let pattern = match (bits >> 20) % 4 {
        0 => html! { <path d="M0 24h48v24h-48z" /> },
        1 => html! { <path d="M24 24V-24H72z" /> },
        2 => html! { <circle cx="34" cy="15" r="15" /> },
        _ => html! { <path d="M-9 30Q12 12 24 26T60 20V60H-9z" /> },
    };
    html! {
        <svg class="portrait" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">
            <rect width="48" height="48" fill={format!("oklch(0.45 0.11 {hue:.0})")} />
            <g fill={format!("oklch(0.52 0.14 {:.0})", hue + 35.0)} transform={format!("rotate({turn} 24 24)")}>
                { pattern }
            </g>
            <g fill="none" stroke="#fff" stroke-opacity="0.16">
                <circle cx="24" cy="24" r="16" />
                <circle cx="24" cy="24" r="20" />
            </g>
            <text x="24" y="29.5" text-anchor="middle" fill="#fff">{ initials(name) }</text>
        </svg>
    }
}

/// The first letters of a name's first two words, a leading "The" left out.
fn initials(name: &str) -> String {
    let bare = name.strip_prefix("The ").unwrap_or(name);
    bare.split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

/// FNV-1a (Fowler, Noll, Vo): the same picture for the same name, everywhere.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn followers_are_told_as_people_tell_them() {
        for (count, words) in [
            (0, "0"),
            (9_999, "9,999"),
            (10_000, "10,000"),
            (843_112, "843,000"),
            (999_999, "999,000"),
            (1_049_999, "1 million"),
            (1_200_000, "1.2 million"),
            (123_456_789, "123.4 million"),
        ] {
            assert_eq!(rounded(count), words);
        }
    }

    #[wasm_bindgen_test]
    fn initials_are_short_whatever_the_name() {
        for (name, letters) in [
            ("Miles Davis", "MD"),
            ("The Beatles", "B"),
            ("The The", "T"),
            ("AC/DC", "AD"),
            ("!!!", ""),
            ("宇多田ヒカル", "宇"),
            ("björk", "B"),
            ("", ""),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }
}
