//! Names and typed text from a stranger: whatever is typed, every name is found by itself, and blocks make no difference.

use artist2vec::catalog::{MatchKind, NameIndex, fold, search_names};

/// A line is a name; the first is what is typed.
pub(crate) fn check(text: &str) {
    let mut lines = text.lines().take(33);
    let typed = lines.next().unwrap_or("");
    let names: Vec<&str> = lines.collect();
    let index = NameIndex::new(names.iter().copied());
    let (head, tail) = names.split_at(names.len() / 2);
    let halves = [NameIndex::new(head.iter().copied()), NameIndex::new(tail.iter().copied())];
    for limit in [0, 3, names.len()] {
        let found = search_names(&[(0, &index)], typed, limit);
        assert!(found.len() <= limit && found.is_sorted_by_key(|found| found.kind));
        assert_eq!(found, search_names(&[(0, &halves[0]), (head.len(), &halves[1])], typed, limit));
    }
    for (at, name) in names.iter().enumerate().filter(|(_, name)| !name.trim().is_empty()) {
        let found = search_names(&[(0, &index)], name, names.len());
        assert!(found.iter().any(|found| found.artist as usize == at && found.kind == MatchKind::Exact), "{name:?}");
        assert!(index.spelled_alike(&fold(name)).any(|place| place == at), "{name:?}");
    }
}
