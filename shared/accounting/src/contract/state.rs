//! The state of a contract while its events are applied in the order in which they take effect.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::group::Group;
use super::obligation::Obligation;
use super::world::World;
use crate::event::{Event, EventKind, Treatment};
use crate::ids::{ContractId, EntryId, InvoiceId, ObligationId};
use crate::journal::{Case, Entry, Line, Reason, Role};
use crate::money::minor_of;
use crate::{Book, Currency, Period, Refusal};

/// What documents and month-ends have booked of an obligation, in the ledger's currency, debit positive.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Booked {
    pub(super) revenue: i128,
    pub(super) liability: i128,
    pub(super) loss: i128,
}

/// The same of a group.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GroupBooked {
    pub(super) refund: i128,
    pub(super) expense: i128,
}

/// An invoice and what is open of it.
#[derive(Debug, Clone)]
pub(super) struct Invoice {
    pub(super) id: InvoiceId,
    pub(super) rate: Decimal,
    pub(super) lines: Vec<(usize, i128)>,
    pub(super) gross: i128,
    pub(super) net: i128,
    pub(super) credited: i128,
    pub(super) open: i128,
    pub(super) open_base: i128,
    pub(super) conditional: bool,
    /// Net of each group, and how much of it counts as unconditional.
    pub(super) groups: Vec<(usize, i128, i128)>,
}

/// Obligations that were cancelled together.
#[derive(Debug, Clone)]
pub(super) struct Cancellation {
    pub(super) obligations: Vec<usize>,
    pub(super) earned: i128,
    pub(super) billed: i128,
    pub(super) given_back: i128,
}

/// The remaining obligations of a prospective modification.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) members: Vec<(usize, i128)>,
    pub(super) carried: BTreeMap<usize, crate::arithmetic::Ratio>,
}

/// Balances at the end of a day, in the ledger's currency, each as a positive amount of its natural side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balances {
    /// Owed as service.
    pub contract_liability: i64,
    /// Earned, not billed, conditional on more than time.
    pub contract_asset: i64,
    /// Billed, unpaid.
    pub receivable: i64,
    /// Money that is expected or promised to go back.
    pub refund_liability: i64,
    /// Metered, not billed.
    pub accrued_receivable: i64,
}

/// Where the contract stands at the end of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) on: NaiveDate,
    pub(super) balances: Balances,
    pub(super) rpo: i64,
    pub(super) rpo_current: i64,
    pub(super) billed: i64,
    pub(super) recognised: i64,
    pub(super) price: i64,
}

/// A decision or a computation worth telling an auditor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The day on which it took effect.
    pub on: NaiveDate,
    /// The rule in words with its arithmetic, and the paragraph.
    pub reason: Reason,
}

pub(super) struct State<'a> {
    pub(super) id: ContractId,
    pub(super) world: World<'a>,
    pub(super) signed_on: NaiveDate,
    pub(super) cancellable: bool,
    pub(super) financing: Option<super::financing::Financing>,
    pub(super) customer: Option<String>,
    pub(super) obligations: Vec<Obligation>,
    pub(super) by_id: BTreeMap<ObligationId, usize>,
    pub(super) documents: Vec<Booked>,
    pub(super) booked: Vec<Booked>,
    /// Unearned part of receivables given up, by obligation.
    pub(super) unearned_loss: Vec<i128>,
    pub(super) groups: Vec<Group>,
    pub(super) members: Vec<Vec<usize>>,
    pub(super) group_documents: Vec<GroupBooked>,
    pub(super) group_booked: Vec<GroupBooked>,
    pub(super) invoices: Vec<Invoice>,
    /// Whether any invoice is conditional; few contracts have one.
    pub(super) has_conditional: bool,
    pub(super) invoice_places: BTreeMap<InvoiceId, usize>,
    pub(super) credit_notes: std::collections::BTreeSet<crate::ids::CreditNoteId>,
    pub(super) cancellations: Vec<Cancellation>,
    pub(super) pool: Option<Pool>,
    /// Share of each obligation in estimates of the whole contract.
    pub(super) shared: BTreeMap<usize, i128>,
    pub(super) dirty: Vec<usize>,
    pub(super) entries: Vec<Entry>,
    /// Entries of this month-end that are mirrored on the first day of the next period.
    pub(super) to_reverse: Vec<usize>,
    pub(super) recognised: BTreeMap<(usize, Period), i128>,
    pub(super) moments: Vec<Moment>,
    pub(super) treatments: Vec<Treatment>,
    pub(super) allocation: BTreeMap<ObligationId, i128>,
    pub(super) allocation_after: Option<BTreeMap<ObligationId, i128>>,
    pub(super) notes: Vec<Note>,
    /// How often each name of a document was used on a day.
    pub(super) names: BTreeMap<(NaiveDate, String), usize>,
}

impl<'a> State<'a> {
    pub(super) fn new(id: ContractId, book: &'a Book, currency: Currency, signed_on: NaiveDate) -> Self {
        let world = World {
            book,
            currency,
            rounding: book.policy.rounding,
            today: signed_on,
        };
        Self {
            id,
            world,
            signed_on,
            cancellable: false,
            financing: None,
            customer: None,
            obligations: Vec::new(),
            by_id: BTreeMap::new(),
            documents: Vec::new(),
            booked: Vec::new(),
            unearned_loss: Vec::new(),
            groups: Vec::new(),
            members: Vec::new(),
            group_documents: Vec::new(),
            group_booked: Vec::new(),
            invoices: Vec::new(),
            has_conditional: false,
            invoice_places: BTreeMap::new(),
            credit_notes: std::collections::BTreeSet::new(),
            cancellations: Vec::new(),
            pool: None,
            shared: BTreeMap::new(),
            dirty: Vec::new(),
            entries: Vec::new(),
            to_reverse: Vec::new(),
            recognised: BTreeMap::new(),
            moments: Vec::new(),
            treatments: Vec::new(),
            allocation: BTreeMap::new(),
            allocation_after: None,
            notes: Vec::new(),
            names: BTreeMap::new(),
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
            EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_) => Ok(()),
        }
    }

    /// Recognises what changed: the dirty obligations on the day of an event, all at a month's end.
    pub(super) fn settle(&mut self, month_end: bool) -> Result<(), Refusal> {
        let today = self.world.today;
        let day = if month_end {
            today
        } else {
            Period::of(today).previous().last_day()
        };
        let mut places = std::mem::take(&mut self.dirty);
        if month_end {
            places = (0..self.obligations.len()).collect();
        } else {
            places.sort_unstable();
            places.dedup();
        }
        let period = Period::of(today);
        for place in places {
            let Some(obligation) = self.obligations.get_mut(place) else {
                continue;
            };
            let earned = obligation.earned(day, self.world.currency, self.world.rounding)?;
            let change = earned - obligation.recognised;
            let Some(group) = self.groups.get_mut(obligation.group) else {
                continue;
            };
            if change == 0 && (group.line.is_none() || month_end) {
                continue;
            }
            let mut base = group.recognise(change, &self.world)?;
            if let Some(financing) = &mut self.financing {
                base += financing.transfer(
                    change,
                    if month_end {
                        today.succ_opt().unwrap_or(today)
                    } else {
                        today
                    },
                )?;
            }
            obligation.recognised = earned;
            obligation.recognised_base += base;
            *self.recognised.entry((place, period)).or_default() += base;
        }
        for (group, members) in self.groups.iter_mut().zip(&self.members) {
            let expected = members.iter().filter_map(|place| self.obligations.get(*place));
            group.expected = expected
                .map(|obligation| obligation.expected_refund(self.world.rounding))
                .sum();
        }
        Ok(())
    }

    /// Minor units of an amount of an event.
    pub(super) fn minor(&self, amount: Decimal, place: &str) -> Result<i128, Refusal> {
        minor_of(amount, self.world.currency).map_err(|refusal| Refusal {
            place: place.to_owned(),
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
        self.obligations.get_mut(place).ok_or_else(|| {
            Refusal::new(
                "obligation",
                place,
                "is not known",
                "report this as a defect of the engine",
            )
        })
    }

    pub(super) fn note(&mut self, words: String, paragraph: &'static str) {
        self.notes.push(Note {
            on: self.world.today,
            reason: Reason::new(words, paragraph),
        });
    }

    /// A name for a document that has no number: stable whatever else becomes known, unique on its day.
    pub(super) fn own_name(&mut self, name: &str) -> String {
        let count = self.names.entry((self.world.today, name.to_owned())).or_default();
        *count += 1;
        format!("{name}/{count}")
    }

    /// Adds an entry of today. Lines: account, obligation, ledger amount (debit positive), transaction amount.
    pub(super) fn enter(
        &mut self,
        case: Case,
        name: &str,
        on: NaiveDate,
        lines: Vec<(Role, Option<usize>, i128, Option<i128>)>,
    ) -> Result<Option<usize>, Refusal> {
        let mut whole = Vec::with_capacity(lines.len());
        for (account, place, amount, transaction) in lines {
            if amount == 0 {
                continue;
            }
            let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large(self.id.as_str(), amount));
            let obligation = place
                .and_then(|place| self.obligations.get(place))
                .map(|obligation| obligation.id().clone());
            let transaction = transaction.filter(|_| self.world.foreign()).map(narrow).transpose()?;
            whole.push(Line {
                account,
                obligation,
                contract: self.id.clone(),
                amount: narrow(amount)?,
                transaction,
            });
        }
        if whole.is_empty() {
            return Ok(None);
        }
        let period = Period::of(on);
        let id = entry_id(&self.id, on, case, name);
        let reason = Reason::of(case);
        let entry = Entry {
            id,
            on,
            economic_period: period,
            posting_period: period,
            case,
            lines: whole,
            reverses: None,
            reversed_on: None,
            reason,
        };
        self.entries.push(entry.balanced()?);
        Ok(Some(self.entries.len() - 1))
    }
}

/// `contract/date/case/name`, written by hand: it is made for each entry of each contract.
fn entry_id(contract: &ContractId, on: NaiveDate, case: Case, name: &str) -> EntryId {
    use chrono::Datelike;
    let mut id = String::with_capacity(contract.as_str().len() + case.words().len() + name.len() + 14);
    id.push_str(contract.as_str());
    id.push('/');
    for (number, width, after) in [
        (on.year().unsigned_abs(), 4, '-'),
        (on.month(), 2, '-'),
        (on.day(), 2, '/'),
    ] {
        for place in (0..width).rev() {
            id.push(char::from(b'0' + (number / 10u32.pow(place) % 10) as u8));
        }
        id.push(after);
    }
    id.push_str(case.words());
    id.push('/');
    id.push_str(name);
    EntryId::new(id)
}
