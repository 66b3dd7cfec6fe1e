//! The difference between an invoice as the ledger has it and what the contract's events say: the events that are missing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::event::{CreditReason, Credited, DocumentLine, Event, EventKind, Invoiced, Paid};
use tieout_accounting::{Currency, Refusal};
use tieout_ledger::{AppliedCredit, CreditNote, Invoice};
use tieout_platform::config::Entity;
use tieout_store::LineMap;

use crate::error::WorkflowError;
use crate::facts::event;
use crate::finding::Finding;
use crate::ledger::share;

use super::payments::{self, Missing, NewPart};
use super::recorded::{CREDITED, Credit, Recorded};

/// How corrections of an edited invoice are called in the events.
pub const EDIT: &str = "EDIT-";
/// How the taking back of a voided invoice is called in the events.
pub const VOID: &str = "VOID-";

/// A fact that is missing.
#[derive(Debug, Clone)]
pub struct Change {
    /// The event.
    pub event: Event,
    /// What is stored at most once.
    pub fact: String,
}

/// All facts that are missing, and what only a person can decide.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// To be appended, in this order.
    pub events: Vec<Change>,
    /// For a person.
    pub findings: Vec<Finding>,
}

/// What is known of one invoice.
#[derive(Debug)]
pub struct LedgerState<'a> {
    /// As it is in the ledger now.
    pub invoice: &'a Invoice,
    /// Those set against it.
    pub credit_notes: &'a [CreditNote],
    /// Decimals of the ledger's amounts.
    pub amount_decimals: u32,
    /// Whose books.
    pub entity: &'a Entity,
    /// Which line bills which obligation.
    pub lines: &'a [LineMap],
    /// What the events say.
    pub recorded: Recorded,
    /// The day that it is where the entity is.
    pub today: NaiveDate,
    /// When the contract was signed: nothing of it happened before.
    pub signed_on: Option<NaiveDate>,
    /// The number under which the contract knows the invoice; people may have changed it since.
    pub number: &'a str,
    /// Credit notes of the contract's own, by the ledger's id: what they say is followed by themselves.
    pub own_notes: BTreeSet<String>,
}

impl LedgerState<'_> {
    /// The events that are missing.
    ///
    /// # Errors
    /// Where the accounting refuses one: a defect of ours.
    pub fn changes(&self) -> Result<Changes, WorkflowError> {
        let mut changes = Changes::default();
        if self.invoice.status.is_dead() {
            self.void(&mut changes);
            return Ok(changes);
        }
        if !self.invoice.status.is_booked() {
            return Ok(changes);
        }
        let Some(billed) = self.billed(&mut changes.findings) else {
            return Ok(changes);
        };
        if self.recorded.invoiced {
            self.edit(&billed, &mut changes)?;
        } else {
            let event = self.invoiced(self.number, &billed, self.invoice.total_tax)?;
            self.push(&mut changes, "invoiced", event);
        }
        let foreign = |note: &&AppliedCredit| !self.own_notes.contains(note.id.as_str());
        for note in self.invoice.credit_notes.iter().filter(foreign) {
            self.credit(note, &billed, &mut changes);
        }
        let (new, missing) = payments::compare(&self.invoice.payments, &self.recorded.paid);
        new.iter().for_each(|part| self.pay(part, &mut changes));
        changes.findings.extend(missing.iter().map(|missing| self.missing_payment(missing)));
        self.missing_credits(&mut changes);
        Ok(changes)
    }

    /// What each obligation is billed; `None` where a line belongs to none.
    fn billed(&self, findings: &mut Vec<Finding>) -> Option<BTreeMap<String, Decimal>> {
        let mut billed = BTreeMap::new();
        let before = findings.len();
        for (index, line) in self.invoice.lines.iter().enumerate() {
            let id = line.line_id.as_ref().map(|id| id.as_str());
            let known = self.lines.iter().find(|known| id.is_some() && known.line.as_deref() == id);
            let known = known.or_else(|| self.lines.iter().find(|known| known.description == line.description));
            match known {
                Some(known) => *billed.entry(known.obligation.clone()).or_default() += line.line_amount,
                None if line.line_amount.is_zero() => {}
                None => findings.push(Finding::new(
                    format!("invoice {} › line {}", self.invoice.number, index + 1),
                    self.money(line.line_amount),
                    "was added in the ledger and belongs to no line of the deal",
                    "take it out of the invoice and bill it by itself, or add it to the deal's line that it belongs to",
                )),
            }
        }
        (findings.len() == before).then_some(billed)
    }

    /// Not before the contract was signed.
    fn since_signed(&self, day: NaiveDate) -> NaiveDate {
        self.signed_on.map_or(day, |signed_on| day.max(signed_on))
    }

    /// Not before the invoice.
    fn since_invoiced(&self, day: NaiveDate) -> NaiveDate {
        day.max(self.since_signed(self.invoice.date))
    }

    fn invoiced(&self, number: &str, lines: &BTreeMap<String, Decimal>, tax: Decimal) -> Result<Event, Refusal> {
        let invoiced = Invoiced {
            invoice: number.into(),
            currency: Some(Currency::parse(self.invoice.currency.as_str())?),
            lines: document_lines(lines),
            tax: not_zero(tax),
            unconditional: true,
            rate: self.rate(self.invoice.rate_to_base),
        };
        let on = self.since_signed(self.invoice.date);
        Ok(event(on, self.today, EventKind::Invoiced(invoiced)))
    }

    /// An authorised invoice was edited: its corrections, upwards as a further billing, downwards as a credit of billing only.
    fn edit(&self, billed: &BTreeMap<String, Decimal>, changes: &mut Changes) -> Result<(), WorkflowError> {
        let (mut more, mut less) = (BTreeMap::new(), BTreeMap::new());
        let obligations = billed.keys().chain(self.recorded.billed.keys());
        for obligation in obligations {
            let now = billed.get(obligation).copied().unwrap_or_default();
            let then = self.recorded.billed.get(obligation).copied().unwrap_or_default();
            match now - then {
                difference if difference > Decimal::ZERO => more.insert(obligation.clone(), difference),
                difference if difference < Decimal::ZERO => less.insert(obligation.clone(), -difference),
                _ => None,
            };
        }
        let tax = self.invoice.total_tax - self.recorded.tax;
        let version_ms = self.invoice.updated_at.timestamp_millis();
        if !more.is_empty() || tax > Decimal::ZERO {
            let number = format!("{}/{EDIT}{version_ms}", self.number);
            let event = self.invoiced(&number, &more, tax.max(Decimal::ZERO))?;
            self.push(changes, &format!("edited-up/{version_ms}"), event);
        }
        if !less.is_empty() || tax < Decimal::ZERO {
            let name = format!("{EDIT}{version_ms}");
            let event = self.taken_back(&name, &less, (-tax).max(Decimal::ZERO), self.since_invoiced(self.invoice.date));
            self.push(changes, &format!("edited-down/{version_ms}"), event);
        }
        Ok(())
    }

    /// Takes back everything that was billed, under the invoice's own date: the first open period takes it.
    fn void(&self, changes: &mut Changes) {
        let left: BTreeMap<String, Decimal> = self
            .recorded
            .billed
            .iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(id, amount)| (id.clone(), *amount))
            .collect();
        if left.is_empty() {
            return;
        }
        let name = format!("{VOID}{}", self.number);
        let event = self.taken_back(&name, &left, self.recorded.tax, self.since_invoiced(self.invoice.date));
        self.push(changes, "voided", event);
    }

    fn taken_back(&self, name: &str, lines: &BTreeMap<String, Decimal>, tax: Decimal, on: NaiveDate) -> Event {
        let credited = Credited {
            credit_note: name.into(),
            invoice: self.number.into(),
            lines: document_lines(lines),
            tax: not_zero(tax),
            reason: CreditReason::Billing,
            for_service: None,
            rate: self.rate(self.invoice.rate_to_base),
        };
        event(on, self.today, EventKind::Credited(credited))
    }

    fn pay(&self, part: &NewPart, changes: &mut Changes) {
        let paid = Paid {
            invoice: self.number.into(),
            amount: part.amount.normalize(),
            discount: None,
            rate: self.rate(part.payment.rate_to_base),
        };
        let event = event(self.since_invoiced(part.payment.date), self.today, EventKind::Paid(paid));
        self.push(changes, &part.key, event);
    }

    fn missing_payment(&self, missing: &Missing) -> Finding {
        let Missing { id, stored, amount } = missing;
        let value = match *amount == stored.amount {
            true => self.money(*amount),
            false => format!("{} of {}", self.money(*amount), self.money(stored.amount)),
        };
        Finding::new(
            format!("invoice {} › payment of {}", self.invoice.number, stored.on),
            value,
            format!("was followed (payment {id}), and is no longer set against the invoice in the ledger"),
            "enter the payment again where it belongs: on this invoice it is recognised, even under another id; \
             the receivable is the ledger's, revenue is not touched",
        )
    }

    fn missing_credits(&self, changes: &mut Changes) {
        let applied = |id: &str| self.invoice.credit_notes.iter().any(|note| note.id.as_str() == id);
        for (_, Credit { number, amount, on }) in self.recorded.credits.iter().filter(|(id, _)| !applied(id)) {
            changes.findings.push(Finding::new(
                format!("invoice {} › credit note {number} of {on}", self.invoice.number),
                self.money(*amount),
                "was followed, and is no longer set against the invoice",
                "set it against the invoice again; revenue was reduced by it and stays so until a person decides",
            ));
        }
    }

    /// The applied part of a credit note, without tax by the note's own proportion, spread over the obligations that the note's
    /// lines name, or over all billed ones in proportion.
    fn credit(&self, applied: &AppliedCredit, billed: &BTreeMap<String, Decimal>, changes: &mut Changes) {
        let Some(note) = self.credit_notes.iter().find(|note| note.id == applied.id) else {
            let date = applied.date.map(|date| format!(" of {date}")).unwrap_or_default();
            changes.findings.push(Finding::new(
                format!("invoice {} › credit note {}{date}", self.invoice.number, applied.number),
                self.money(applied.applied_amount),
                "is set against the invoice, and the note itself cannot be read in the ledger",
                "check in the ledger that the user of this connection may see it",
            ));
            return;
        };
        let fact = format!("{CREDITED}{}/{}", note.id, text(applied.applied_amount));
        let before = self.recorded.credits.get(note.id.as_str());
        if let Some(before) = before.filter(|_| !self.recorded.keys.contains(&self.key(&fact))) {
            changes.findings.push(Finding::new(
                format!("invoice {} › credit note {} of {}", self.invoice.number, note.number, before.on),
                self.money(applied.applied_amount),
                format!("is set against the invoice, and it was {} before", self.money(before.amount)),
                "give a further credit note in place of changing the allocation of this one",
            ));
            return;
        }
        let net = share(applied.applied_amount, note.sub_total, note.total, self.amount_decimals);
        let weights = self.weights(note, billed);
        let lines = spread(net, &weights, self.amount_decimals);
        let on = self.since_invoiced(applied.date.unwrap_or(note.date));
        let tax = applied.applied_amount - net;
        let credited = Credited {
            credit_note: note.number.as_str().into(),
            invoice: self.number.into(),
            lines: document_lines(&lines),
            tax: not_zero(tax),
            reason: CreditReason::Price,
            for_service: None,
            rate: self.rate(self.invoice.rate_to_base),
        };
        self.push(changes, &fact, event(on, self.today, EventKind::Credited(credited)));
    }

    fn weights(&self, note: &CreditNote, billed: &BTreeMap<String, Decimal>) -> BTreeMap<String, Decimal> {
        let mut named = BTreeMap::new();
        for line in &note.lines {
            let known = self
                .lines
                .iter()
                .find(|known| !known.description.is_empty() && line.description.contains(&known.description));
            match known {
                Some(known) => *named.entry(known.obligation.clone()).or_default() += line.line_amount,
                None => return billed.clone(),
            }
        }
        if named.is_empty() { billed.clone() } else { named }
    }

    fn push(&self, changes: &mut Changes, fact: &str, event: Event) {
        let fact = self.key(fact);
        if !self.recorded.keys.contains(&fact) {
            changes.events.push(Change { event, fact });
        }
    }

    fn key(&self, fact: &str) -> String {
        format!("{}/{fact}", self.invoice.id)
    }

    /// With the decimals that the currency has, or more where the amount has more.
    fn money(&self, amount: Decimal) -> String {
        let currency = self.invoice.currency.as_str();
        let decimals = Currency::parse(currency).map_or(0, Currency::exponent);
        let amount = amount.normalize();
        format!("{currency} {amount:.*}", decimals.max(amount.scale()) as usize)
    }

    /// The rate that the ledger booked; `None` in the entity's own currency.
    fn rate(&self, rate_to_base: Option<Decimal>) -> Option<Decimal> {
        let foreign = self.invoice.currency.as_str() != self.entity.currency;
        rate_to_base.filter(|_| foreign).map(|rate| rate.normalize())
    }
}

fn text(amount: Decimal) -> String {
    amount.normalize().to_string()
}

fn not_zero(amount: Decimal) -> Option<Decimal> {
    (!amount.is_zero()).then(|| amount.normalize())
}

fn document_lines(lines: &BTreeMap<String, Decimal>) -> Vec<DocumentLine> {
    let lines = lines.iter().filter(|(_, amount)| !amount.is_zero());
    let line = |(obligation, amount): (&String, &Decimal)| DocumentLine {
        obligation: obligation.as_str().into(),
        amount: amount.normalize(),
    };
    lines.map(line).collect()
}

/// Spreads `amount` by `weights`, cumulatively, so that the parts are its sum to the cent.
fn spread(amount: Decimal, weights: &BTreeMap<String, Decimal>, decimals: u32) -> BTreeMap<String, Decimal> {
    let whole: Decimal = weights.values().sum();
    let (mut weight_so_far, mut given) = (Decimal::ZERO, Decimal::ZERO);
    let mut parts = BTreeMap::new();
    for (obligation, weight) in weights {
        weight_so_far += *weight;
        let until_here = share(amount, weight_so_far, whole, decimals);
        parts.insert(obligation.clone(), until_here - given);
        given = until_here;
    }
    parts
}
