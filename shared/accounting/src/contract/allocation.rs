//! Allocating the transaction price (606-10-32-28..41): by relative stand-alone selling prices, a bundle's discount to the
//! bundle alone, then the residual, each amount whole and their sum the price (largest remainder, ties by id).
//!
//! Example 34: A, B and C cost 40, 55 and 45 alone and 100 together; B and C are regularly sold for 60. The discount of 40 is
//! theirs: A 40.00, B 60 x 55 / 100 = 33.00, C 27.00.

use crate::Refusal;
use crate::arithmetic::split;
use crate::ids::ObligationId;

/// The stand-alone selling price of a promise, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Price {
    Known(i128),
    Residual { range: Option<(i128, i128)> },
}

#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) id: ObligationId,
    pub(super) ssp: Price,
}

/// Places of the promises in a bundle, and the price of the bundle.
#[derive(Debug, Clone)]
pub(super) struct Bundled {
    pub(super) members: Vec<usize>,
    pub(super) price: i128,
}

/// Amount of each promise, and the stand-alone selling price that it counts with.
pub(super) fn allocate(total: i128, promises: &[Promise], bundles: &[Bundled]) -> Result<Vec<(i128, i128)>, Refusal> {
    let too_large = || Refusal::too_large("price", total);
    let known: Vec<i128> = promises
        .iter()
        .map(|promise| if let Price::Known(ssp) = promise.ssp { ssp } else { 0 })
        .collect();
    let sum_of = |bundle: &Bundled| bundle.members.iter().filter_map(|place| known.get(*place)).sum::<i128>().max(1);
    let scale = bundles
        .iter()
        .try_fold(1i128, |scale, bundle| scale.checked_mul(sum_of(bundle)))
        .ok_or_else(too_large)?;
    let mut weights = known
        .iter()
        .map(|ssp| ssp.checked_mul(scale))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(too_large)?;
    let mut effective: i128 = known.iter().sum();
    for bundle in bundles {
        let sum = sum_of(bundle);
        effective += bundle.price - sum;
        for place in &bundle.members {
            let weight = known
                .get(*place)
                .and_then(|ssp| ssp.checked_mul(bundle.price)?.checked_mul(scale / sum));
            let slot = weights.get_mut(*place).ok_or_else(|| Refusal::unknown("promise", place))?;
            *slot = weight.ok_or_else(too_large)?;
        }
    }
    let residual = residual(total, effective, promises)?;
    let rest = total - residual.map_or(0, |(_, amount)| amount);
    let mut order: Vec<usize> = (0..promises.len())
        .filter(|place| residual.is_none_or(|(at, _)| at != *place))
        .collect();
    order.sort_by_key(|place| promises.get(*place).map(|promise| &promise.id));
    let sorted: Vec<i128> = order.iter().filter_map(|place| weights.get(*place).copied()).collect();
    let parts = split(rest, &sorted).ok_or_else(too_large)?;
    let mut shares: Vec<(i128, i128)> = known.iter().map(|ssp| (0, *ssp)).collect();
    let amounts = order.into_iter().zip(parts).chain(residual);
    for (place, part) in amounts {
        let share = shares.get_mut(place).ok_or_else(|| Refusal::unknown("promise", place))?;
        let is_residual = residual.is_some_and(|(at, _)| at == place);
        *share = (part, if is_residual { part } else { share.1 });
    }
    Ok(shares)
}

/// The promise priced by the residual approach and its amount; refused where that is not plausible (Example 34 case C).
fn residual(total: i128, others: i128, promises: &[Promise]) -> Result<Option<(usize, i128)>, Refusal> {
    let mut found = None;
    for (place, promise) in promises.iter().enumerate() {
        let Price::Residual { range } = promise.ssp else {
            continue;
        };
        if found.is_some() {
            let remedy = "give all but one obligation a selling price";
            return Err(Refusal::new(
                "obligations",
                &promise.id,
                "is a second obligation priced by the residual",
                remedy,
            ));
        }
        let amount = total - others;
        let (low, high) = range.unwrap_or((0, i128::MAX));
        if amount < low.max(0) || amount > high {
            let problem = format!(
                "would get {amount} minor units by the residual approach, outside its range of selling prices (ASC 606-10-32-34(c), Example 34 case C)"
            );
            return Err(Refusal::new(
                "obligations",
                &promise.id,
                problem,
                "give it an estimated selling price; then the discount is shared",
            ));
        }
        found = Some((place, amount));
    }
    Ok(found)
}
