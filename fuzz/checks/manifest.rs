//! Manifests from a stranger: refused, or no part of it is believed before it is verified.

use artist2vec::catalog::{AlignedBytes, Manifest, Pack};

use super::pack::{SOUND, ask};

/// Reads the bytes as a manifest, and gives the pack that it begins the parts of a sound one.
pub(crate) fn check(data: &[u8]) {
    let Ok(manifest) = serde_json::from_slice::<Manifest>(data) else { return };
    let written = serde_json::to_vec(&manifest).expect("what was read can be written");
    assert_eq!(serde_json::from_slice::<Manifest>(&written).expect("and read again"), manifest);
    let Ok(mut pack) = Pack::begin(manifest) else { return };
    let names = pack.manifest().parts.iter().filter(|part| part.role == "names");
    assert_eq!(names.map(|part| part.rows as usize).sum::<usize>(), pack.len());
    let _ = (pack.manifest().bytes(), pack.manifest().digest(), pack.named());
    while let Some((number, entry)) = pack.next_part(|_| true) {
        let (entry, before) = (entry.clone(), pack.named());
        assert!(pack.with_part(number, &AlignedBytes::zeroed(64)).is_err(), "zeros are no part");
        let parts = SOUND.parts.iter().find_map(|part| pack.with_part(number, part).ok());
        let Some(with_part) = parts else { break };
        assert!(SOUND.manifest.parts.iter().any(|sound| sound.sha256 == entry.sha256), "a part with another's hash");
        assert!(with_part.named() >= before && with_part.named() <= with_part.len());
        pack = with_part;
    }
    ask(&pack);
}
