//! What the terms of an obligation say: whether it is metered, and its service period.

use crate::Refusal;
use crate::event::{ObligationTerms, Satisfied, Ssp};
use crate::schedule::Service;

/// Metered: used at a price that nobody knows beforehand.
pub(super) fn is_metered(terms: &ObligationTerms) -> bool {
    terms.satisfied == Satisfied::ByUsage && terms.price.is_none() && terms.ssp == Ssp::AsPriced
}

/// What terms agree to: the stated price, or what was allocated where none is stated.
pub(super) fn agreed_price(terms: &ObligationTerms, stated: i128, allocated: i128) -> i128 {
    if is_priced(terms) { stated } else { allocated }
}

/// Whether the terms state a price.
pub(super) fn is_priced(terms: &ObligationTerms) -> bool {
    terms.price.is_some() || terms.quantity.is_some() && terms.unit_price.is_some()
}

/// The service period of the terms, where they name one.
pub(super) fn service_of(terms: &ObligationTerms) -> Result<Option<Service>, Refusal> {
    let place = || format!("obligation {}", terms.id);
    let incomplete = |key: &str| Refusal::new(place(), &terms.id, format!("has no {key}"), format!("write its {key}"));
    let mut service = match (terms.start_at, terms.end_before, terms.start, terms.end) {
        (Some(from), Some(before), _, _) => {
            if before <= from {
                return Err(Refusal::new(
                    place(),
                    before.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
                    "is not after the start",
                    "write the first instant after the service",
                ));
            }
            let last = before - chrono::TimeDelta::nanoseconds(1);
            let mut service = Service::days(from.date_naive(), last.date_naive()).map_err(|refusal| refusal.within(&place()))?;
            service.seconds = Some((from.timestamp(), before.timestamp()));
            service
        }
        (Some(_), None, _, None) => return Err(incomplete("end_before")),
        (None, Some(_), None, _) => return Err(incomplete("start_at")),
        (_, _, Some(start), Some(end)) => Service::days(start, end).map_err(|refusal| refusal.within(&place()))?,
        (_, _, Some(_), None) => return Err(incomplete("end")),
        (_, _, None, Some(_)) => return Err(incomplete("start")),
        _ => match terms
            .weights
            .as_ref()
            .and_then(|weights| Some((weights.keys().next()?, weights.keys().next_back()?)))
        {
            Some((first, last)) => Service::days(first.first_day(), last.last_day()).map_err(|refusal| refusal.within(&place()))?,
            None => return Ok(None),
        },
    };
    service.shares.clone_from(&terms.weights);
    Ok(Some(service))
}
