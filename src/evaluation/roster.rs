//! The artists that a run compares, under one numbering for all recommenders.

use std::collections::HashMap;

use crate::catalog::fold;
use crate::corpus::Artists;

/// The artists of a run, most popular first, found by id or by name.
#[derive(Clone, Debug)]
pub struct Roster {
    /// Names, ids and mentions by index.
    pub artists: Artists,
    by_id: HashMap<String, u32>,
    by_name: HashMap<String, Vec<u32>>,
}

impl Roster {
    /// Numbers the artists as they stand, which is in the order of popularity.
    pub fn new(artists: Artists) -> Self {
        let (mut by_id, mut by_name) = (HashMap::new(), HashMap::<String, Vec<u32>>::new());
        for (index, (name, id)) in artists.names.iter().zip(&artists.ids).enumerate() {
            if !id.is_empty() {
                by_id.entry(id.clone()).or_insert(index as u32);
            }
            by_name.entry(fold(name)).or_default().push(index as u32);
        }
        Self { artists, by_id, by_name }
    }

    /// The number of artists.
    pub fn len(&self) -> usize {
        self.artists.len()
    }

    /// Says whether there are no artists.
    pub fn is_empty(&self) -> bool {
        self.artists.is_empty()
    }

    /// The artist with this id, else the most popular one of this folded name whose id is not another.
    ///
    /// Either may be empty. Two ids are only compared where they are of the same kind: an artist known by its Spotify id
    /// may well be the one that a list of MusicBrainz ids names.
    pub fn find(&self, id: &str, name: &str) -> Option<u32> {
        if let Some(&index) = self.by_id.get(id).filter(|_| !id.is_empty()) {
            return Some(index);
        }
        let kind = |id: &str| id.rsplit_once(':').map(|(kind, _)| kind.to_owned());
        let namesakes = self.by_name.get(&fold(name)).filter(|_| !name.is_empty())?;
        namesakes.iter().copied().find(|&index| {
            let other = self.artists.ids[index as usize].as_str();
            id.is_empty() || other.is_empty() || kind(id) != kind(other)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_before_names_and_namesakes_stay_apart() {
        let artists = Artists {
            names: ["Björk", "Logic", "LOGIC", "Drake"].map(String::from).to_vec(),
            ids: ["spotify:artist:b", "spotify:artist:l1", "spotify:artist:l2", ""].map(String::from).to_vec(),
            mentions: vec![9, 8, 7, 6],
        };
        let roster = Roster::new(artists);
        assert_eq!(roster.find("spotify:artist:l2", "Logic"), Some(2));
        assert_eq!(roster.find("", "bjork"), Some(0));
        assert_eq!(roster.find("", "logic"), Some(1));
        assert_eq!(roster.find("spotify:artist:l3", "Logic"), None);
        assert_eq!(roster.find("mbid:l3", "Logic"), Some(1));
        assert_eq!(roster.find("spotify:artist:d", "DRAKE"), Some(3));
        assert_eq!(roster.find("", ""), None);
        assert_eq!(roster.find("spotify:artist:x", "nobody"), None);
    }
}
