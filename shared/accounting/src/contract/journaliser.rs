//! Adding entries: whole amounts, balanced, with an id that the same events give again.
//!
//! `C1/2026-01-31/release/0`: contract, day, row of the table in docs/accounting.md, Journals, and the document's name or netting group.

use chrono::{Datelike, NaiveDate};

use super::billing::DraftLine;
use super::state::State;
use crate::ids::{ContractId, EntryId};
use crate::journal::{Case, Entry, Line, Reason};
use crate::{Period, Refusal};

impl State<'_> {
    /// A name for a document that has no number: stable whatever else becomes known, unique on its day.
    pub(super) fn generated_id(&mut self, name: &str) -> String {
        let count = self.names.entry((self.world.today, name.to_owned())).or_default();
        *count += 1;
        format!("{name}/{count}")
    }

    /// Adds an entry where a line is not zero, and gives its place. The month-end asks for several of each contract, so a draft may
    /// stand on the stack, and its name is only written where there is an entry to bear it.
    pub(super) fn post<'n>(
        &mut self,
        case: Case,
        name: impl Into<Name<'n>>,
        on: NaiveDate,
        lines: impl AsRef<[DraftLine]>,
    ) -> Result<Option<usize>, Refusal> {
        // A line worth less than half a unit of the ledger's currency is still a line of the contract's.
        let foreign = self.world.foreign();
        let counts = |line: &&DraftLine| line.2 != 0 || foreign && line.3.is_some_and(|amount| amount != 0);
        let count = lines.as_ref().iter().filter(counts).count();
        if count == 0 {
            return Ok(None);
        }
        let mut whole = Vec::with_capacity(count);
        for (account, place, amount, transaction) in lines.as_ref().iter().filter(counts).copied() {
            let transaction = transaction.filter(|_| foreign);
            let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large(self.id.as_str(), amount));
            let obligation = place
                .and_then(|place| self.obligations.get(place))
                .map(|obligation| obligation.id().clone());
            let transaction = transaction.map(narrow).transpose()?;
            whole.push(Line {
                account,
                obligation,
                contract: self.id.clone(),
                amount: narrow(amount)?,
                transaction,
            });
        }
        let period = Period::of(on);
        let id = entry_id(&mut self.scratch, &self.id, on, case, name.into());
        let reason = Reason::for_entry(case, &whole);
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

/// What tells entries of a case and day apart.
pub(super) enum Name<'n> {
    /// Number of a document, or a name of our own.
    Text(&'n str),
    /// A netting group, by its place.
    Group(usize),
}

impl<'n> From<&'n str> for Name<'n> {
    fn from(text: &'n str) -> Self {
        Self::Text(text)
    }
}

impl<'n> From<&'n String> for Name<'n> {
    fn from(text: &'n String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Name<'_> {
    fn from(group: usize) -> Self {
        Self::Group(group)
    }
}

/// `contract/date/case/name`, written by hand into a text that is used again: it is made for each entry of each contract.
fn entry_id(id: &mut String, contract: &ContractId, on: NaiveDate, case: Case, name: Name<'_>) -> EntryId {
    id.clear();
    id.push_str(contract.as_str());
    let digit = |number: u32| b'0' + (number % 10) as u8;
    let (year, month, day) = (on.year().unsigned_abs(), on.month(), on.day());
    let [y, r, s] = [year / 1000, year / 100, year / 10].map(digit);
    let date = [
        b'/',
        y,
        r,
        s,
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
        b'/',
    ];
    id.push_str(std::str::from_utf8(&date).unwrap_or_default());
    id.push_str(case.words());
    id.push('/');
    match name {
        Name::Text(text) => id.push_str(text),
        Name::Group(0) => id.push('0'),
        Name::Group(group) => id.push_str(&group.to_string()),
    }
    EntryId::new(id.as_str())
}
