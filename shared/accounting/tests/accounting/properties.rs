//! What must hold of every history.

use std::collections::BTreeMap;

use tieout_accounting::Period;
use tieout_accounting::contract::Contract;

pub mod books;
pub mod knowledge;
pub mod names;
pub mod positions;
pub mod splits;
pub mod sums;

/// Equal, or a problem that shows both.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, left: T, right: T) -> Result<(), String> {
    if left == right {
        Ok(())
    } else {
        Err(format!("{what}: {left:?} is not {right:?}"))
    }
}

/// A refusal or error as a problem.
pub fn problem(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Revenue by obligation and period, without what is nothing.
pub fn amounts(contract: &Contract) -> BTreeMap<(&str, Period), i64> {
    let rows = contract.recognised_by_obligation().iter();
    let rows = rows.flat_map(|(id, periods)| periods.iter().map(move |(period, amount)| ((id.as_str(), *period), *amount)));
    rows.filter(|(_, amount)| *amount != 0).collect()
}
