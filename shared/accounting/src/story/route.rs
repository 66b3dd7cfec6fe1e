//! Which event belongs to which contract: by its `contract`, else by the obligation or invoice that it names.

use std::collections::BTreeMap;

use crate::Refusal;
use crate::event::{Event, EventKind};
use crate::ids::{ContractId, InvoiceId, ObligationId};

/// Contract of a signing that names none.
const DEFAULT_CONTRACT: &str = "C1";

pub(super) fn route(events: &[Event]) -> Result<Vec<(ContractId, Vec<Event>)>, Refusal> {
    let mut router = Router::default();
    for (_, event) in of_kind(events, |kind| matches!(kind, EventKind::Signed(_) | EventKind::Opened(_))) {
        let id = event.contract.clone().unwrap_or_else(|| DEFAULT_CONTRACT.into());
        router.order.push(id.clone());
        router.register(&id, event);
    }
    let mut seen = std::collections::BTreeSet::new();
    router.order.retain(|id| seen.insert(id.clone()));
    if router.order.is_empty() {
        return Err(Refusal::new(
            "events",
            "signed",
            "is missing: no contract was signed",
            "add the event signed",
        ));
    }
    for wanted in [
        |kind: &EventKind| matches!(kind, EventKind::Modified(_)),
        |kind: &EventKind| matches!(kind, EventKind::Invoiced(_)),
    ] {
        for (place, event) in of_kind(events, wanted) {
            let id = router.contract_of(place, event)?;
            router.register(&id, event);
        }
    }
    let mut routed: BTreeMap<ContractId, Vec<Event>> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        for id in router.contracts_of(place, event)? {
            routed.entry(id).or_default().push(event.clone());
        }
    }
    let take = |id: &ContractId| (id.clone(), routed.remove(id).unwrap_or_default());
    Ok(router.order.iter().map(take).collect())
}

fn of_kind(events: &[Event], wanted: impl Fn(&EventKind) -> bool) -> impl Iterator<Item = (usize, &Event)> {
    events.iter().enumerate().filter(move |(_, event)| wanted(&event.kind))
}

#[derive(Default)]
struct Router {
    order: Vec<ContractId>,
    obligations: BTreeMap<ObligationId, Vec<ContractId>>,
    invoices: BTreeMap<InvoiceId, ContractId>,
}

impl Router {
    fn register(&mut self, id: &ContractId, event: &Event) {
        let terms = match &event.kind {
            EventKind::Signed(signed) => &signed.obligations,
            EventKind::Opened(opened) => &opened.obligations,
            EventKind::Modified(modified) => &modified.add,
            EventKind::Invoiced(invoiced) => {
                self.invoices.entry(invoiced.invoice.clone()).or_insert_with(|| id.clone());
                return;
            }
            _ => return,
        };
        for terms in terms {
            self.obligations.entry(terms.id.clone()).or_default().push(id.clone());
        }
    }

    fn contracts_of(&self, place: usize, event: &Event) -> Result<Vec<ContractId>, Refusal> {
        match &event.kind {
            EventKind::Signed(_) | EventKind::Opened(_) => Ok(vec![event.contract.clone().unwrap_or_else(|| DEFAULT_CONTRACT.into())]),
            EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_) => Ok(self.order.clone()),
            EventKind::Cancelled(cancelled)
                if cancelled.obligations.is_none() && cancelled.refund.is_none() && event.contract.is_none() =>
            {
                Ok(self.order.clone())
            }
            _ => Ok(vec![self.contract_of(place, event)?]),
        }
    }

    fn contract_of(&self, place: usize, event: &Event) -> Result<ContractId, Refusal> {
        let at = format!("events[{place}]");
        if let Some(id) = &event.contract {
            let known = self.order.contains(id);
            return if known {
                Ok(id.clone())
            } else {
                Err(Refusal::new(at, id, "is not a contract that was signed", "write the id of one"))
            };
        }
        if let [only] = self.order.as_slice() {
            return Ok(only.clone());
        }
        let (obligation, invoice) = names(&event.kind);
        let found = match (obligation, invoice) {
            (Some(id), _) => match self.obligations.get(id).map(Vec::as_slice) {
                Some([only]) => Some(only.clone()),
                Some(_) => {
                    return Err(Refusal::new(
                        at,
                        id,
                        "is an obligation of several contracts",
                        "write which contract",
                    ));
                }
                None => {
                    return Err(Refusal::new(
                        at,
                        id,
                        "is not an obligation of any contract",
                        "write the id of one that was signed or added",
                    ));
                }
            },
            (None, Some(id)) => match self.invoices.get(id) {
                Some(contract) => Some(contract.clone()),
                None => {
                    return Err(Refusal::new(
                        at,
                        id,
                        "is not an invoice of any contract",
                        "write the number of one that was issued",
                    ));
                }
            },
            (None, None) => None,
        };
        found.ok_or_else(|| {
            Refusal::new(
                at,
                event.kind.name(),
                "may belong to any of several contracts",
                "write which contract",
            )
        })
    }
}

/// An obligation and an invoice that an event names.
fn names(kind: &EventKind) -> (Option<&ObligationId>, Option<&InvoiceId>) {
    match kind {
        EventKind::Invoiced(invoiced) => (invoiced.lines.first().map(|line| &line.obligation), None),
        EventKind::Paid(paid) => (None, Some(&paid.invoice)),
        EventKind::Credited(credited) => (None, Some(&credited.invoice)),
        EventKind::Refunded(refunded) => (None, refunded.invoice.as_ref()),
        EventKind::Modified(modified) => (
            modified.change.first().map(|change| &change.obligation).or(modified.remove.first()),
            None,
        ),
        EventKind::Cancelled(cancelled) => (cancelled.obligations.as_ref().and_then(|ids| ids.first()), None),
        EventKind::Delivered(delivered) => (Some(&delivered.obligation), None),
        EventKind::Progressed(progressed) => (Some(&progressed.obligation), None),
        EventKind::Used(used) => (Some(&used.obligation), None),
        EventKind::Estimated(estimated) => (estimated.obligation.as_ref(), None),
        EventKind::Exercised(id) | EventKind::Expired(id) => (Some(id), None),
        EventKind::WrittenOff(written_off) => (None, Some(&written_off.invoice)),
        EventKind::Doubted(_) | EventKind::Settled(_) | EventKind::Opened(_) => (None, None),
        EventKind::Signed(_) | EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_) => (None, None),
    }
}
