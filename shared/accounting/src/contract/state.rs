//! The state of a contract while its events are applied in the order in which they take effect.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::as_if::Foreseen;
use super::claim::Claim;
use super::group::Group;
use super::obligation::Obligation;
use super::opening::Opening;
use super::records::AbovePrice;
pub use super::records::{Balances, Note};
pub(super) use super::records::{Booked, GivenUp, Invoice, Moment, Pool};
use super::world::World;
use crate::event::{Event, EventKind, Treatment};
use crate::ids::{ContractId, InvoiceId, ObligationId};
use crate::journal::{Entry, Reason, Rule};
use crate::money::minor_of;
use crate::{Book, Currency, Period, Refusal};

pub(super) struct State<'a> {
    pub(super) id: ContractId,
    pub(super) world: World<'a>,
    pub(super) signed_on: NaiveDate,
    pub(super) customer: Option<String>,
    pub(super) obligations: Vec<Obligation>,
    pub(super) by_id: BTreeMap<ObligationId, usize>,
    pub(super) groups: Vec<Group>,
    pub(super) invoices: Vec<Invoice>,
    /// Whether any invoice is conditional; few contracts have one.
    pub(super) has_conditional: bool,
    pub(super) invoice_places: BTreeMap<InvoiceId, usize>,
    pub(super) credit_notes: std::collections::BTreeSet<crate::ids::CreditNoteId>,
    pub(super) claims: Vec<Claim>,
    /// Those of parts of which the rest has ended too: what is known of them still says what the rest cost.
    pub(super) past_claims: Vec<Claim>,
    /// What is known of parts that were cancelled from the beginning, where the walk only asks what would be.
    pub(super) foreseen: Option<Vec<Foreseen>>,
    /// How often that was asked.
    pub(super) walks: usize,
    pub(super) above_price: Vec<AbovePrice>,
    /// Since when the contract is in doubt.
    pub(super) doubt: Option<NaiveDate>,
    /// What stood in the ledger when the contract was taken over.
    pub(super) opening: Option<Opening>,
    pub(super) pool: Option<Pool>,
    /// Money received and given back, in minor units of the contract's currency.
    pub(super) received: i128,
    pub(super) returned: i128,
    /// Where somebody asked for the arithmetic.
    pub(super) workings: Option<super::workings::Workings>,
    pub(super) dirty: Vec<usize>,
    pub(super) entries: Vec<Entry>,
    /// Entries of this month-end that are mirrored on the first day of the next period.
    pub(super) to_reverse: Vec<usize>,
    /// Obligation, economic period, revenue in the ledger's currency; periods only go forward.
    pub(super) recognised: Vec<(usize, Period, i128)>,
    pub(super) moments: Vec<Moment>,
    pub(super) treatments: Vec<Treatment>,
    pub(super) allocation: BTreeMap<ObligationId, i128>,
    pub(super) allocation_after: Option<BTreeMap<ObligationId, i128>>,
    pub(super) notes: Vec<Note>,
    /// How often each name of a document was used on a day.
    pub(super) names: BTreeMap<(NaiveDate, String), usize>,
    /// Where ids are written before they are kept.
    pub(super) scratch: String,
    /// Where the lines of a release are collected.
    pub(super) draft: super::billing::Draft,
}

impl<'a> State<'a> {
    pub(super) fn new(id: ContractId, book: &'a Book, currency: Currency, signed_on: NaiveDate) -> Self {
        let world = World {
            book,
            currency,
            rounding: book.policy.rounding,
            today: signed_on,
            contract_rate: None,
            financing_rate: None,
        };
        Self {
            id,
            world,
            signed_on,
            customer: None,
            obligations: Vec::new(),
            by_id: BTreeMap::new(),
            groups: Vec::new(),
            invoices: Vec::new(),
            has_conditional: false,
            invoice_places: BTreeMap::new(),
            credit_notes: std::collections::BTreeSet::new(),
            claims: Vec::new(),
            past_claims: Vec::new(),
            foreseen: None,
            walks: 0,
            above_price: Vec::new(),
            doubt: None,
            opening: None,
            pool: None,
            received: 0,
            returned: 0,
            workings: None,
            dirty: Vec::new(),
            entries: Vec::new(),
            to_reverse: Vec::new(),
            recognised: Vec::new(),
            moments: Vec::new(),
            treatments: Vec::new(),
            allocation: BTreeMap::new(),
            allocation_after: None,
            notes: Vec::new(),
            names: BTreeMap::new(),
            scratch: String::new(),
            draft: Vec::new(),
        }
    }

    /// Applies one event; the day has been set.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), Refusal> {
        match &event.kind {
            EventKind::Signed(signed) => self.signed(signed),
            EventKind::Invoiced(invoiced) => self.invoiced(invoiced),
            EventKind::Paid(paid) => self.paid(paid),
            EventKind::Credited(credited) => self.credited(credited),
            EventKind::Refunded(refunded) => self.refunded(refunded),
            EventKind::Modified(modified) => self.modified(modified),
            EventKind::Cancelled(cancelled) => self.cancelled(cancelled),
            EventKind::Delivered(delivered) => self.delivered(delivered),
            EventKind::Progressed(progressed) => self.progressed(progressed),
            EventKind::Used(used) => self.used(used),
            EventKind::Estimated(estimated) => self.estimated(estimated),
            EventKind::Exercised(obligation) => self.exercised(obligation),
            EventKind::Expired(obligation) => self.expired(obligation),
            EventKind::WrittenOff(written_off) => self.written_off(written_off),
            EventKind::Doubted(doubted) => self.doubted(doubted),
            EventKind::Settled(how) => self.settled(*how),
            EventKind::Opened(opened) => self.opened(opened),
            EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_) => Ok(()),
        }
    }

    /// Minor units of an amount of an event; its place is only written where it is refused.
    pub(super) fn minor(&self, amount: Decimal, place: impl std::fmt::Display) -> Result<i128, Refusal> {
        minor_of(amount, self.world.currency).map_err(|refusal| Refusal {
            place: place.to_string(),
            ..refusal
        })
    }

    pub(super) fn place_of(&self, id: &ObligationId) -> Result<usize, Refusal> {
        self.by_id.get(id).copied().ok_or_else(|| {
            Refusal::new(
                "obligation",
                id,
                "is not an obligation of the contract",
                "write the id of one that was signed or added",
            )
        })
    }

    pub(super) fn obligation(&mut self, place: usize) -> Result<&mut Obligation, Refusal> {
        self.obligations.get_mut(place).ok_or_else(|| Refusal::unknown("obligation", place))
    }

    pub(super) fn obligation_at(&self, place: usize) -> Result<&Obligation, Refusal> {
        self.obligations.get(place).ok_or_else(|| Refusal::unknown("obligation", place))
    }

    pub(super) fn obligations_at(&self, places: &[usize]) -> Result<Vec<&Obligation>, Refusal> {
        places.iter().map(|place| self.obligation_at(*place)).collect()
    }

    pub(super) fn group(&mut self, place: usize) -> Result<&mut Group, Refusal> {
        self.groups.get_mut(place).ok_or_else(|| Refusal::unknown("netting group", place))
    }

    /// The obligations of a netting group in the order of their ids, so that no figure depends on the order of names.
    pub(super) fn members_by_id(&self, group: usize) -> Vec<usize> {
        let mut members = self.groups.get(group).map(|group| group.members.clone()).unwrap_or_default();
        self.sort_by_id(&mut members, |place| *place);
        members
    }

    /// Sorts what belongs to obligations by their ids: where a split ties, the earlier id gets the larger part, whoever is listed
    /// first.
    pub(super) fn sort_by_id<T>(&self, list: &mut [T], index: impl Fn(&T) -> usize) {
        let id = |item: &T| self.obligations.get(index(item)).map(Obligation::id);
        list.sort_by(|left, right| id(left).cmp(&id(right)));
    }

    /// By how much the stated price of each obligation is above its allocated one.
    pub(super) fn stated_beyond_price(&self) -> Vec<i128> {
        let beyond = |obligation: &Obligation| match obligation.metered {
            true => 0,
            false => obligation.stated - obligation.price(),
        };
        self.obligations.iter().map(beyond).collect()
    }

    /// After prices were agreed: of which netting groups the stated prices are what was agreed. Those stay so that moved alike.
    pub(super) fn compare_stated(&mut self, before: &[i128]) {
        let after = self.stated_beyond_price();
        for (index, group) in self.groups.iter_mut().enumerate() {
            let (mut now, mut moved) = (0, 0);
            let before = before.iter().copied().chain(std::iter::repeat(0));
            for ((obligation, after), before) in self.obligations.iter().zip(&after).zip(before) {
                if obligation.group == index {
                    now += after;
                    moved += after - before;
                }
            }
            group.as_stated = now == 0 || group.as_stated && moved == 0;
        }
    }

    /// Makes one netting group of two.
    pub(super) fn merge_groups(&mut self, into: usize, from: usize) -> Result<(), Refusal> {
        let metered = self.group(from)?.metered;
        let empty = Group::new(metered, &self.world);
        let other = std::mem::replace(self.group(from)?, empty);
        for place in &other.members {
            self.obligation(*place)?.group = into;
        }
        self.group(into)?.absorb(other)?;
        for invoice in &mut self.invoices {
            for (group, _) in invoice.funded.iter_mut().filter(|(group, _)| *group == from) {
                *group = into;
            }
            let moved: Vec<_> = invoice.groups.iter().copied().filter(|(group, _, _)| *group == from).collect();
            invoice.groups.retain(|(group, _, _)| *group != from);
            for (_, net, counted) in moved {
                match invoice.groups.iter_mut().find(|(group, _, _)| *group == into) {
                    Some((_, whole, all)) => {
                        *whole += net;
                        *all += counted;
                    }
                    None => invoice.groups.push((into, net, counted)),
                }
            }
        }
        self.claims
            .iter_mut()
            .chain(&mut self.past_claims)
            .filter(|claim| claim.group == from)
            .for_each(|claim| claim.group = into);
        Ok(())
    }

    pub(super) fn note(&mut self, words: String, rule: Rule) {
        self.notes.push(Note {
            on: self.world.today,
            reason: Reason::new(words, rule.paragraph()),
            question: false,
        });
    }

    /// Something that the rules cannot decide.
    pub(super) fn ask(&mut self, words: String, rule: Rule) {
        self.note(words, rule);
        if let Some(note) = self.notes.last_mut() {
            note.question = true;
        }
    }
}
