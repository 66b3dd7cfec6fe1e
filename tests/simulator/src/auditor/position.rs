//! Where a contract must stand at the end of a month, by its events: what is earned, what is billed, and what journals must have put
//! into the ledger so that revenue, contract liability and contract asset are right (docs/accounting.md, Journals).

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::books::Event;
use super::json::{cents, day, list, text};
use super::month::Month;
use super::reference_model::Earned;

/// An obligation of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Its price at signing.
    pub cents: i64,
    /// How it is earned; `None` where that is not known yet (not delivered).
    pub earned: Option<Earned>,
    /// What its price was changed by, and on which day.
    pub changes: Vec<(NaiveDate, i64)>,
}

impl Obligation {
    /// Its price as it was changed through a day.
    fn price(&self, through: NaiveDate) -> i64 {
        let known = self.changes.iter().filter(|(on, _)| *on <= through);
        self.cents + known.map(|(_, cents)| cents).sum::<i64>()
    }
}

/// A contract's history in numbers.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// When it was signed.
    pub signed_on: NaiveDate,
    /// Its obligations.
    pub obligations: BTreeMap<String, Obligation>,
    /// What was billed and taken back of which obligation, without tax, and on which day.
    pub billed: Vec<(NaiveDate, String, i64)>,
    /// From which day on it was in doubt, and on which day that was settled.
    pub doubts: Vec<(NaiveDate, Option<NaiveDate>)>,
}

impl Position {
    /// From the first events of a contract's.
    pub fn of(events: &[Event]) -> Self {
        let mut position = Self::default();
        for event in events {
            position.take(event);
        }
        position
    }

    fn take(&mut self, event: &Event) {
        let on = event.on();
        match event.kind() {
            "signed" => {
                self.signed_on = on;
                let obligations = list(&event.body, "obligations").iter();
                self.obligations = obligations.map(|terms| (text(terms, "id").to_owned(), obligation(terms))).collect();
            }
            "delivered" => {
                if let Some(obligation) = self.obligations.get_mut(text(&event.body, "obligation")) {
                    obligation.earned = Some(Earned::At(on));
                }
            }
            "invoiced" => self.billed.extend(event.amounts().map(|(id, cents)| (on, id.to_owned(), cents))),
            "doubted" if self.doubts.last().is_none_or(|(_, until)| until.is_some()) => self.doubts.push((on, None)),
            "settled" => {
                if let Some((_, until)) = self.doubts.last_mut() {
                    *until = until.or(Some(on));
                }
            }
            "credited" => {
                self.billed.extend(event.amounts().map(|(id, cents)| (on, id.to_owned(), -cents)));
                if text(&event.body, "reason") == "price" {
                    for (id, cents) in event.amounts() {
                        if let Some(obligation) = self.obligations.get_mut(id) {
                            obligation.changes.push((on, -cents));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// What of one obligation is earned through the end of a month.
    pub fn earned(&self, id: &str, month: Month) -> i64 {
        let Some(obligation) = self.obligations.get(id) else {
            return 0;
        };
        if Month::of(self.signed_on) > month {
            return 0;
        }
        let Some(earned) = &obligation.earned else { return 0 };
        let price = obligation.price(month.last());
        let certain = earned.through(price, month);
        let doubts = self.doubts.iter();
        let mut doubts = doubts.filter(|(since, until)| *since <= month.last() && until.is_none_or(|until| until > month.last()));
        let Some((since, _)) = doubts.next() else {
            return certain;
        };
        // In doubt nothing is earned beyond what was before it, but for what is billed.
        // What was delivered on its first day came before it.
        let through = match earned {
            Earned::At(_) => *since,
            Earned::Over { .. } => *since - Days::new(1),
        };
        let before = earned.through_day(obligation.price(through), through);
        certain.min(before.max(self.billed_of(id, month).min(price)))
    }

    /// What is billed of one obligation through the end of a month.
    fn billed_of(&self, obligation: &str, month: Month) -> i64 {
        let own = self.billed.iter().filter(|(on, id, _)| *on <= month.last() && id == obligation);
        own.map(|(_, _, cents)| cents).sum()
    }

    /// What is earned of all through the end of a month.
    pub fn earned_in_all(&self, month: Month) -> i64 {
        self.obligations.keys().map(|id| self.earned(id, month)).sum()
    }

    /// What is billed through the end of a month.
    pub fn billed(&self, month: Month) -> i64 {
        let until = self.billed.iter().filter(|(on, _, _)| *on <= month.last());
        until.map(|(_, _, cents)| cents).sum()
    }

    /// What is earned and not billed: the contract asset. Never netted with other contracts (606-10-45-1).
    pub fn asset(&self, month: Month) -> i64 {
        (self.earned_in_all(month) - self.billed(month)).max(0)
    }

    /// What is billed and not earned: the contract liability.
    pub fn liability(&self, month: Month) -> i64 {
        (self.billed(month) - self.earned_in_all(month)).max(0)
    }
}

fn obligation(terms: &Value) -> Obligation {
    let over = text(terms, "satisfied") == "over_time";
    let service = day(terms, "start").zip(day(terms, "end")).filter(|_| over);
    Obligation {
        cents: cents(terms, "price"),
        earned: service.map(|(start, end)| Earned::Over {
            start,
            end,
            method: text(terms, "method").to_owned(),
        }),
        changes: Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The example of ARCHITECTURE.md: twelve months of service for 1,200.00 from January, billed on 1 March.
    #[test]
    fn earned_before_it_is_billed_is_an_asset_and_then_a_liability() {
        let event = |body: Value| Event { body, ..Event::default() };
        let events = [
            event(
                json!({"type": "signed", "on": "2026-01-01", "obligations": [{"id": "plan", "price": "1200.00", "satisfied": "over_time",
                "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}),
            ),
            event(json!({"type": "invoiced", "on": "2026-03-01", "lines": [{"obligation": "plan", "amount": "1200.00"}]})),
            event(json!({"type": "credited", "on": "2026-04-10", "reason": "price", "lines": [{"obligation": "plan", "amount": "120"}]})),
        ];
        let position = Position::of(&events);
        let cases = [
            ("2025-12", 0, 0, 0),
            ("2026-02", 20_000, 20_000, 0),
            ("2026-03", 30_000, 0, 90_000),
            ("2026-04", 36_000, 0, 72_000),
            ("2026-12", 108_000, 0, 0),
        ];
        for (month, earned, asset, liability) in cases {
            let month = Month::parse(month).unwrap();
            let found = (position.earned_in_all(month), position.asset(month), position.liability(month));
            assert_eq!(found, (earned, asset, liability), "{month}");
        }
    }
}
