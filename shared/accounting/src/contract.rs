//! A contract, computed from its events: events in, positions out.

mod agent;
mod allocation;
mod as_if;
mod billed;
mod billing;
mod books;
mod cancellation;
mod claim;
mod coding;
mod contradictions;
mod credit;
mod cumulative;
mod delivery;
mod doubt;
mod estimates;
mod financing;
mod group;
mod hidden;
mod journaliser;
mod liability;
mod modification;
mod moment;
mod month_end;
mod obligation;
mod obligations;
mod opening;
mod payment;
mod posting;
mod records;
mod refund;
mod release;
mod remaining;
mod remeasure;
mod reprice;
mod selling_price;
mod settle;
mod signing;
mod state;
mod terms;
mod traced;
mod value;
mod walk;
mod workings;
mod world;
mod write_off;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::NaiveDate;

pub use state::{Balances, Note};
pub use traced::{Closing, Rate, RateSource, Trace, Translated, Working};

use crate::arithmetic::split;
use crate::disclosure::Bands;
use crate::event::{Event, Treatment};
use crate::ids::{ContractId, ObligationId};
use crate::journal::{Entry, Role};
use crate::{Book, Currency, Money, Period, Refusal};
use cumulative::Cumulative;
use opening::Opening;
use state::Moment;

/// What an obligation contributes to journals beside its amounts.
///
/// ```
/// let plan = tieout_accounting::example::annual_plan()?;
/// assert_eq!(plan.dimensions()[&"plan".into()].tracking["Region"], "North");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dimensions {
    /// Tracking categories of the ledger, or the like.
    pub tracking: BTreeMap<String, String>,
}

/// A contract as its events make it.
///
/// ```
/// use tieout_accounting::{contract::Contract, Book, Currency, Event, Period};
/// let events = [
///     serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///         [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}),
///     serde_json::json!({"type": "invoiced", "on": "2026-03-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]}),
/// ];
/// let events = events.into_iter().map(Event::from_value).collect::<Result<Vec<_>, _>>()?;
/// let contract = Contract::from_events(&"C1".into(), &events, &Book::new(Currency::parse("GBP")?))?;
/// let february = Period::parse("2026-02")?;
/// assert_eq!(contract.recognised(february).to_major_string(), "100.00");
/// assert_eq!(contract.balances(february.last_day()).contract_asset, 200_00);
/// assert_eq!(contract.balances(february.next().last_day()).contract_liability, 900_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone)]
pub struct Contract {
    id: ContractId,
    customer: Option<String>,
    ledger: Currency,
    currency: Currency,
    through: Period,
    first: Period,
    /// First and last day of service as signed.
    term: Option<(NaiveDate, NaiveDate)>,
    recognised: BTreeMap<Period, i64>,
    by_obligation: BTreeMap<ObligationId, BTreeMap<Period, i64>>,
    /// Where it stood at the end of each day, of closed periods as it was known then.
    moments: Vec<Moment>,
    /// The same by all that is known now, where that differs.
    economic: Option<Vec<Moment>>,
    opening: Option<Opening>,
    entries: Vec<Entry>,
    /// What they make of the balances, summed up when the first is asked for.
    cumulative: OnceLock<Cumulative>,
    allocation: BTreeMap<ObligationId, i64>,
    allocation_after: Option<BTreeMap<ObligationId, i64>>,
    treatments: Vec<Treatment>,
    notes: Vec<Note>,
    dimensions: BTreeMap<ObligationId, Dimensions>,
}

impl Contract {
    /// Computes the contract. The events may come in any order; `known_on` decides what was known when a period was closed.
    ///
    /// # Errors
    /// An event that cannot be: the place, the value and what to write instead are named.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// // The same events in another order make the same contract.
    /// use tieout_accounting::{example, Book, Contract, Currency};
    /// let mut events = example::events()?;
    /// events.reverse();
    /// let turned = Contract::from_events(&"C1".into(), &events, &Book::new(Currency::parse("GBP")?))?;
    /// assert_eq!(turned.recognised_by_period(), plan.recognised_by_period());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn from_events(id: &ContractId, events: &[Event], book: &Book) -> Result<Self, Refusal> {
        let posted = posting::post(id, events, book)?;
        let state = posted.state;
        let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large(id.as_str(), amount));
        let term = state.term_as_signed();
        let mut rows = state.recognised;
        let of_period = |rows: &[(usize, Period, i128)]| {
            let period = rows.first().map_or(Period::of(state.signed_on), |(_, period, _)| *period);
            Ok((period, narrow(rows.iter().map(|(_, _, amount)| amount).sum())?))
        };
        let recognised = rows
            .chunk_by(|left, right| left.1 == right.1)
            .map(of_period)
            .collect::<Result<_, Refusal>>()?;
        rows.sort_by_key(|(place, _, _)| *place);
        let mut by_obligation = BTreeMap::new();
        for rows in rows.chunk_by(|left, right| left.0 == right.0) {
            let place = rows.first().map_or(usize::MAX, |(place, _, _)| *place);
            let obligation = state.obligations.get(place);
            let obligation = obligation.ok_or_else(|| Refusal::unknown("obligation", place))?;
            let amounts = rows.iter().map(|(_, period, amount)| Ok((*period, narrow(*amount)?)));
            by_obligation.insert(obligation.id().clone(), amounts.collect::<Result<_, Refusal>>()?);
        }
        let narrowed = |amounts: &BTreeMap<ObligationId, i128>| {
            amounts
                .iter()
                .map(|(id, amount)| Ok((id.clone(), narrow(*amount)?)))
                .collect::<Result<BTreeMap<_, _>, Refusal>>()
        };
        let dimensions = state
            .obligations
            .iter()
            .map(|obligation| {
                (
                    obligation.id().clone(),
                    Dimensions {
                        tracking: obligation.terms.tracking.clone(),
                    },
                )
            })
            .collect();
        let contract = Self {
            id: id.clone(),
            ledger: book.ledger_currency,
            currency: state.world.currency,
            through: posted.through,
            first: Period::of(state.signed_on),
            term,
            recognised,
            by_obligation,
            entries: posted.entries,
            cumulative: OnceLock::new(),
            allocation: narrowed(&state.allocation)?,
            allocation_after: state.allocation_after.as_ref().map(narrowed).transpose()?,
            customer: state.customer,
            economic: posted.as_closed.is_some().then(|| state.moments.clone()),
            moments: posted.as_closed.unwrap_or(state.moments),
            opening: state.opening,
            treatments: state.treatments,
            notes: state.notes,
            dimensions,
        };
        narrow(contract.magnitude())?;
        Ok(contract)
    }

    /// All amounts without their signs, in minor units of the ledger's currency: no sum of some of them is larger. That of one contract
    /// fits in 64 bits.
    pub(crate) fn magnitude(&self) -> i128 {
        let size = |amount: &i64| i128::from(*amount).abs();
        let posted: i128 = self.entries.iter().map(Entry::turnover).sum();
        let recognised = self.by_obligation.values().flat_map(BTreeMap::values).map(size);
        let remaining = self.moments.iter().map(|moment| size(&moment.rpo)).max();
        let opening = self.opening.map(|opening| opening.balances);
        let opening = opening.map_or(0, |of| {
            [of.contract_liability, of.contract_asset, of.receivable].iter().map(size).sum()
        });
        posted + opening + recognised.sum::<i128>() + remaining.unwrap_or_default()
    }

    /// Its id.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.id().as_str(), "C1");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn id(&self) -> &ContractId {
        &self.id
    }

    /// The customer, where the signing names one.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.customer(), Some("Acme"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn customer(&self) -> Option<&str> {
        self.customer.as_deref()
    }

    /// The ledger's currency: that of every amount here unless said otherwise.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.ledger_currency().code(), "GBP");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn ledger_currency(&self) -> Currency {
        self.ledger
    }

    /// The contract's currency.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.currency(), plan.ledger_currency()); // signed in the ledger's own currency
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// First period.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.first_period().to_string(), "2026-01");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn first_period(&self) -> Period {
        self.first
    }

    /// First and last day of service as signed, whatever was changed later; none where no obligation has dates.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.term_as_signed(), Some((day("2026-01-01"), day("2026-12-31"))));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn term_as_signed(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.term
    }

    /// Last period that is computed: the last that the events touch, or the book's `until`.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.through().to_string(), "2026-12");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn through(&self) -> Period {
        self.through
    }

    /// Revenue of an economic period.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.recognised(tieout_accounting::Period::parse("2026-01")?).to_major_string(), "100.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn recognised(&self, period: Period) -> Money {
        Money::new(self.recognised.get(&period).copied().unwrap_or(0), self.ledger)
    }

    /// Revenue of all economic periods, minor units.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.recognised_by_period().len(), 12);
    /// assert!(plan.recognised_by_period().values().all(|month| *month == 100_00));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn recognised_by_period(&self) -> &BTreeMap<Period, i64> {
        &self.recognised
    }

    /// Revenue by obligation and economic period, minor units.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// let months = &plan.recognised_by_obligation()[&"plan".into()];
    /// assert_eq!(months.values().sum::<i64>(), 1_200_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn recognised_by_obligation(&self) -> &BTreeMap<ObligationId, BTreeMap<Period, i64>> {
        &self.by_obligation
    }

    /// Revenue by posting period, minor units.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// // January's accrual of 100.00 is taken back in February, whose own is 200.00: each month stands with its 100.00.
    /// assert!(plan.posted().values().take(12).all(|month| *month == 100_00));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn posted(&self) -> BTreeMap<Period, i64> {
        self.movement(Role::Revenue)
            .into_iter()
            .map(|(period, amount)| (period, -amount))
            .collect()
    }

    /// Exchange gains by posting period, minor units; losses negative.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert!(plan.fx().is_empty()); // one currency, no differences
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn fx(&self) -> BTreeMap<Period, i64> {
        self.movement(Role::Fx)
            .into_iter()
            .map(|(period, amount)| (period, -amount))
            .collect()
    }

    /// Net movement of an account by posting period, minor units, debit positive.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// use tieout_accounting::{journal::Role, Period};
    /// // The invoice of March: 1,200.00 and 240.00 of tax.
    /// assert_eq!(plan.movement(Role::Receivable)[&Period::parse("2026-03")?], 1_440_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn movement(&self, account: Role) -> BTreeMap<Period, i64> {
        let mut sums: BTreeMap<Period, i64> = BTreeMap::new();
        for entry in &self.entries {
            for line in entry.lines.iter().filter(|line| line.account == account) {
                let sum = sums.entry(entry.posting_period).or_default();
                *sum += line.amount;
            }
        }
        sums
    }

    /// The month and the balances at a cut-over: those that no entry made.
    pub(crate) fn taken_over(&self) -> Option<(Period, Balances)> {
        self.opening.map(|opening| (Period::of(opening.on), opening.balances))
    }

    /// Balances at the end of a day, as posted.
    ///
    /// At a month's end they are the sums of the entries and of what was taken over; within a month, the last month's end and the events since.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.balances(day("2026-02-28")).contract_asset, 200_00);
    /// assert_eq!(plan.balances(day("2026-03-31")).contract_liability, 900_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn balances(&self, on: NaiveDate) -> Balances {
        if Period::of(on).last_day() != on {
            return self.moment(on).map(|moment| moment.balances).unwrap_or_default();
        }
        let posted = self
            .cumulative
            .get_or_init(|| Cumulative::of(&self.entries))
            .through(Period::of(on));
        match self.opening.filter(|opening| opening.on <= on) {
            Some(opening) => posted.plus(&opening.balances),
            None => posted,
        }
    }

    /// Balances at the end of a day by what took effect until then, whenever it became known; without mirror entries.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.economic_balances(day("2026-06-30")).contract_liability, 600_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn economic_balances(&self, on: NaiveDate) -> Balances {
        let moments = self.economic.as_ref().unwrap_or(&self.moments);
        last_moment(moments, on).map(|moment| moment.balances).unwrap_or_default()
    }

    /// The net position at the end of a day: contract asset and accrued receivable less contract liability.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.position(day("2026-02-28")).to_major_string(), "200.00"); // earned, not billed
    /// assert_eq!(plan.position(day("2026-03-31")).to_major_string(), "-900.00"); // billed, not earned
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn position(&self, on: NaiveDate) -> Money {
        let balances = self.balances(on);
        Money::new(
            balances.contract_asset + balances.accrued_receivable - balances.contract_liability,
            self.ledger,
        )
    }

    /// Days on which something happened, and month-ends.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert!(plan.days().any(|on| on == day("2026-03-01"))); // the invoice
    /// assert!(plan.days().any(|on| on == day("2026-01-31"))); // a month's end
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.moments.iter().map(|moment| moment.on)
    }

    /// Transaction price of each obligation at signing, minor units of the contract's currency.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.allocation()[&"plan".into()], 1_200_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn allocation(&self) -> &BTreeMap<ObligationId, i64> {
        &self.allocation
    }

    /// The same for the whole life, after the last modification.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert!(plan.allocation_after().is_none()); // never modified
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn allocation_after(&self) -> Option<&BTreeMap<ObligationId, i64>> {
        self.allocation_after.as_ref()
    }

    /// How each modification was treated.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert!(plan.treatments().is_empty()); // never modified
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn treatments(&self) -> &[Treatment] {
        &self.treatments
    }

    /// Remaining performance obligations at the end of a day.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.rpo(day("2026-02-28")).to_major_string(), "1000.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn rpo(&self, on: NaiveDate) -> Money {
        Money::new(self.moment(on).map_or(0, |moment| moment.rpo), self.ledger)
    }

    /// The part of [`Contract::rpo`] that is due within twelve months.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.rpo_current(day("2026-02-28")).to_major_string(), "1000.00"); // all of it within a year
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn rpo_current(&self, on: NaiveDate) -> Money {
        Money::new(self.moment(on).map_or(0, |moment| moment.rpo_current), self.ledger)
    }

    /// The remaining performance obligations by the year in which they are due.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// let bands = plan.rpo_bands(day("2026-02-28"));
    /// assert_eq!((bands.whole, bands.first_year, bands.second_year), (1_000_00, 1_000_00, 0));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn rpo_bands(&self, on: NaiveDate) -> Bands {
        let Some(moment) = self.moment(on) else {
            return Bands::default();
        };
        let [after_first, after_second, after_third] = moment.long_term.as_ref().map_or([0; 3], |long| long.after);
        Bands {
            whole: moment.rpo,
            first_year: moment.rpo - after_first,
            second_year: after_first - after_second,
            third_year: after_second - after_third,
            later: after_third,
        }
    }

    /// The part of the contract liability whose service is due later than twelve months after a day (210-10-45).
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.non_current_liability(day("2026-03-31")).minor, 0); // nothing is due later than in a year
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn non_current_liability(&self, on: NaiveDate) -> Money {
        let long = self.moment(on).and_then(|moment| moment.long_term.as_ref());
        Money::new(long.map_or(0, |long| long.non_current_liability), self.ledger)
    }

    /// The contract liability at the end of a day, as [`Contract::balances`] has it, by the obligation for whose service it is held;
    /// minor units of the ledger's currency, nothing where there is none.
    ///
    /// ```
    /// use tieout_accounting::example::day;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.liability_by_obligation(day("2026-03-31"))?[&"plan".into()], 900_00);
    /// assert!(plan.liability_by_obligation(day("2026-02-28"))?.is_empty()); // an asset
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// An amount beyond the range in which sums are exact.
    pub fn liability_by_obligation(&self, on: NaiveDate) -> Result<BTreeMap<ObligationId, i64>, Refusal> {
        let whole = self.balances(on).contract_liability;
        if whole == 0 {
            return Ok(BTreeMap::new());
        }
        if self.dimensions.len() == 1 {
            return Ok(self.dimensions.keys().map(|id| (id.clone(), whole)).collect());
        }
        let held_for = self.moment(on).and_then(|moment| moment.held_for.as_deref());
        let held_for = held_for.map_or_else(|| self.booked_liability(on), |held_for| held_for.0.clone());
        let too_large = || Refusal::too_large(self.id.as_str(), whole);
        let shares: Vec<i128> = held_for.iter().map(|(_, share)| i128::from(*share)).collect();
        let parts = split(i128::from(whole), &shares).ok_or_else(too_large)?;
        let parts = held_for.into_iter().zip(parts).filter(|(_, part)| *part != 0);
        parts
            .map(|((id, _), part)| Ok((id, i64::try_from(part).map_err(|_| too_large())?)))
            .collect()
    }

    /// What the entries through a month's end hold on the contract liability under each obligation: where the books lag behind the facts.
    fn booked_liability(&self, on: NaiveDate) -> Vec<(ObligationId, i64)> {
        let mut sums: BTreeMap<ObligationId, i64> = BTreeMap::new();
        let entries = self.entries.iter().filter(|entry| entry.posting_period <= Period::of(on));
        for line in entries.flat_map(|entry| &entry.lines) {
            if let (Role::ContractLiability, Some(id)) = (line.account, &line.obligation) {
                let sum = sums.entry(id.clone()).or_default();
                *sum -= line.amount;
            }
        }
        sums.into_iter().collect()
    }

    /// The transaction price at the end, in the contract's currency; usage counts as far as it was used.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.price().to_major_string(), "1200.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn price(&self) -> Money {
        Money::new(self.moments.last().map_or(0, |moment| moment.price), self.currency)
    }

    /// What was billed unconditionally at the end, less what was given back, in the contract's currency and without tax.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.billed().to_major_string(), "1200.00"); // the tax is not ours
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn billed(&self) -> Money {
        Money::new(self.moments.last().map_or(0, |moment| moment.billed), self.currency)
    }

    /// All entries, by date.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// use tieout_accounting::journal::Case;
    /// assert_eq!(plan.entries()[0].case, Case::Accrual); // January, earned before it was billed
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of some posting periods.
    pub(crate) fn posted_within(&self, first: Period, last: Period) -> &[Entry] {
        let until = |period: Period| self.entries.partition_point(|entry| entry.posting_period < period);
        self.entries.get(until(first)..until(last.next())).unwrap_or_default()
    }

    /// Decisions and computations, for the auditor.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert!(plan.notes()[0].reason.paragraph.contains("606-10-32"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What the rules cannot decide: notes that a person must answer.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.questions().count(), 0); // nothing for a person to decide
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn questions(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(|note| note.question)
    }

    /// Dimensions of each obligation.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.dimensions()[&"plan".into()].tracking["Region"], "North");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn dimensions(&self) -> &BTreeMap<ObligationId, Dimensions> {
        &self.dimensions
    }

    fn moment(&self, on: NaiveDate) -> Option<&Moment> {
        last_moment(&self.moments, on)
    }
}

/// The last of some moments on or before a day.
fn last_moment(moments: &[Moment], on: NaiveDate) -> Option<&Moment> {
    let after = moments.partition_point(|moment| moment.on <= on);
    after.checked_sub(1).and_then(|place| moments.get(place))
}
