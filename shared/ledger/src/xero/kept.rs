//! Lists that change rarely, kept for minutes: they would cost a call for each deal out of 60 a minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::OrganisationId;
use crate::organisation::{Account, TaxRate, TrackingCategory};

/// How old a kept list may be, in seconds. A stale one does no harm: the ledger itself refuses what is no longer in use.
pub const LIST_AGE_MAX_S: i64 = 300;

/// The lists of all organisations.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) accounts: Kept<Account>,
    pub(super) tax_rates: Kept<TaxRate>,
    pub(super) tracking: Kept<TrackingCategory>,
}

type Stamped<T> = (DateTime<Utc>, Vec<T>);

/// One list for each organisation.
pub(super) struct Kept<T>(Mutex<BTreeMap<OrganisationId, Stamped<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    /// The list, where it is not too old.
    pub(super) fn get(&self, organisation: &OrganisationId, now: DateTime<Utc>) -> Option<Vec<T>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, list) = lists.get(organisation)?;
        (now - *read_at < TimeDelta::seconds(LIST_AGE_MAX_S)).then(|| list.clone())
    }

    /// Keeps `list` and gives it back.
    pub(super) fn put(&self, organisation: &OrganisationId, now: DateTime<Utc>, list: Vec<T>) -> Vec<T> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.insert(organisation.clone(), (now, list.clone()));
        list
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_for_minutes_and_for_its_organisation() {
        let (one, two) = (OrganisationId::parse("1").unwrap(), OrganisationId::parse("2").unwrap());
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let kept = Kept::default();
        assert_eq!(kept.put(&one, now, vec![7]), [7]);
        for (organisation, age_s, expected) in [
            (&one, 0, Some(vec![7])),
            (&one, LIST_AGE_MAX_S - 1, Some(vec![7])),
            (&one, LIST_AGE_MAX_S, None),
            (&two, 0, None),
        ] {
            assert_eq!(
                kept.get(organisation, now + TimeDelta::seconds(age_s)),
                expected,
                "{organisation} {age_s}"
            );
        }
    }
}
