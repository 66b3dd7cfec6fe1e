//! The one index: who bears `g1pk`, in the order of `g1sk`.

use std::collections::BTreeMap;

use super::{Item, ItemKey, value};

/// Keys by `g1pk`, then by `g1sk` and key.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    by_key: BTreeMap<String, BTreeMap<(String, ItemKey), ()>>,
}

/// The text of an attribute.
fn text(item: &Item, name: &str) -> Option<String> {
    let (kind, content) = value::parts(item.get(name)?)?;
    content.as_str().filter(|_| kind == "S").map(str::to_owned)
}

impl Index {
    pub(super) fn add(&mut self, key: &ItemKey, item: &Item) {
        if let (Some(hash), Some(range)) = (text(item, "g1pk"), text(item, "g1sk")) {
            self.by_key.entry(hash).or_default().insert((range, key.clone()), ());
        }
    }

    pub(super) fn take(&mut self, key: &ItemKey, item: &Item) {
        if let (Some(hash), Some(range)) = (text(item, "g1pk"), text(item, "g1sk"))
            && let Some(of_key) = self.by_key.get_mut(&hash)
        {
            of_key.remove(&(range, key.clone()));
        }
    }

    /// The keys under a key, in order.
    pub(super) fn under(&self, hash: &str) -> impl Iterator<Item = &ItemKey> {
        let of_key = self.by_key.get(hash);
        of_key.into_iter().flat_map(|of_key| of_key.keys().map(|(_, key)| key))
    }
}
