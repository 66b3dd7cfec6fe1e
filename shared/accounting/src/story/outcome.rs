//! What the books say: the keys of `expect`, computed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{ExtraOutcome, Story};
use crate::contract::{Balances, Contract};
use crate::event::Treatment;
use crate::ids::ObligationId;
use crate::journal::{Entry, Role};
use crate::money::major;
use crate::{Currency, Period, Refusal};

/// The outcome of a story.
///
/// ```
/// use tieout_accounting::story::Story;
/// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
///     {"type": "signed", "on": "2026-05-04", "obligations":
///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
/// let outcome = story.play()?;
/// assert!(outcome.error.is_none() && outcome.contracts.len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Currency of the ledger; none where the story could not be read.
    pub currency: Option<Currency>,
    /// Last period that is reported.
    pub until: Option<Period>,
    /// The contracts, computed.
    pub contracts: Vec<Contract>,
    /// Why the story was refused.
    pub error: Option<String>,
    /// How each modification was treated, in the order of the story.
    pub treatments: Vec<Treatment>,
    /// Costs, deliveries by another entity, translation.
    pub extra: ExtraOutcome,
    /// Currency of the group, where the story names one.
    pub(super) group: Option<Currency>,
    /// Days for which `expect` asks.
    asked: BTreeSet<NaiveDate>,
    /// Reporting periods for which `expect` asks.
    pub(super) asked_notes: BTreeSet<String>,
}

impl Outcome {
    pub(super) fn new(story: &Story, contracts: Vec<Contract>) -> Self {
        let until = story.book.until.or(story.last_touched(&contracts));
        let asked = ["balances", "rpo", "rpo_current"]
            .iter()
            .filter_map(|key| story.expect.get(key)?.as_object())
            .flat_map(Map::keys)
            .filter_map(|day| day.parse().ok())
            .collect();
        Self {
            currency: Some(story.book.ledger_currency),
            until,
            contracts,
            error: None,
            treatments: Vec::new(),
            extra: ExtraOutcome::default(),
            group: story.extras.group.as_ref().map(|group| group.currency),
            asked,
            asked_notes: story
                .expect
                .get("disclosure")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(Map::keys)
                .cloned()
                .collect(),
        }
    }

    /// Refuses amounts that together leave 64 bits: the figures of a story are sums of some of them.
    pub(super) fn refuse_endless(&self) -> Result<(), Refusal> {
        let chains = self.extra.chains.iter();
        let chains = chains.flat_map(|chain| chain.seller.iter().chain(&chain.performer).chain(&chain.elimination));
        let others: i128 = chains.chain(&self.extra.costs).map(Entry::turnover).sum();
        let sum = others + self.contracts.iter().map(Contract::magnitude).sum::<i128>();
        i64::try_from(sum).map(|_| ()).map_err(|_| Refusal::too_large("contracts", sum))
    }

    pub(super) fn refused(story: &Story, refusal: &Refusal) -> Self {
        Self {
            currency: Some(story.book.ledger_currency),
            error: Some(refusal.to_string()),
            ..Self::unreadable(refusal)
        }
    }

    pub(super) fn unreadable(refusal: &Refusal) -> Self {
        Self {
            currency: None,
            until: None,
            contracts: Vec::new(),
            error: Some(refusal.to_string()),
            treatments: Vec::new(),
            extra: ExtraOutcome::default(),
            group: None,
            asked: BTreeSet::new(),
            asked_notes: BTreeSet::new(),
        }
    }

    /// The keys of `expect`, computed through `until`; amounts as text in major units.
    ///
    /// ```
    /// use tieout_accounting::story::Story;
    /// let story = Story::parse(r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [
    ///     {"type": "signed", "on": "2026-05-04", "obligations":
    ///         [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}],
    ///     "expect": {"recognised": {"2026-05": "905.00"}}}"#)?;
    /// let outcome = story.play()?;
    /// assert_eq!(outcome.to_json()["recognised"]["2026-05"], "950.00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> Value {
        self.some_json(|_| true)
    }

    /// The keys that are wanted.
    pub(super) fn some_json(&self, wanted: impl Fn(&str) -> bool) -> Value {
        if let Some(error) = &self.error {
            return json!({ "error": error });
        }
        let keys: [(&str, &dyn Fn() -> Option<Value>); 14] = [
            ("allocation", &|| Some(self.allocations(|contract| Some(contract.allocation())))),
            ("allocation_after", &|| {
                let after = self.allocations(Contract::allocation_after);
                after.as_object().is_some_and(|after| !after.is_empty()).then_some(after)
            }),
            ("treatment", &|| {
                Some(self.treatments.iter().map(|treatment| treatment.name()).collect())
            }),
            ("recognised", &|| Some(self.amounts(&self.recognised()))),
            ("recognised_by_obligation", &|| Some(self.by_obligation_json())),
            ("posted", &|| Some(self.amounts(&self.sum(|contract| contract.posted())))),
            ("balances", &|| Some(self.balances_json())),
            ("fx", &|| Some(self.amounts(&self.sum(|contract| contract.fx())))),
            ("journals", &|| Some(self.journals_json())),
            ("rpo", &|| Some(self.by_day(|outcome, day| outcome.rpo(day)))),
            ("rpo_current", &|| Some(self.by_day(|outcome, day| outcome.rpo_current(day)))),
            ("disclosure", &|| Some(self.disclosure_json())),
            ("intercompany", &|| {
                (!self.extra.chains.is_empty()).then(|| self.intercompany_json())
            }),
            ("translated", &|| self.group.map(|_| self.translated_json())),
        ];
        let wanted = keys.into_iter().filter(|(key, _)| wanted(key));
        Value::Object(wanted.filter_map(|(key, value)| Some((key.to_owned(), value()?))).collect())
    }

    fn by_obligation_json(&self) -> Value {
        let by_obligation = self.by_obligation();
        let amounts = by_obligation.iter().map(|(id, amounts)| (id.to_string(), self.amounts(amounts)));
        Value::Object(amounts.collect())
    }

    /// Revenue by economic period, minor units.
    pub(crate) fn recognised(&self) -> BTreeMap<Period, i64> {
        self.sum(|contract| contract.recognised_by_period().clone())
    }

    /// Revenue by obligation and economic period, minor units.
    pub(crate) fn by_obligation(&self) -> BTreeMap<ObligationId, BTreeMap<Period, i64>> {
        let mut sums: BTreeMap<ObligationId, BTreeMap<Period, i64>> = BTreeMap::new();
        for (id, amounts) in self.contracts.iter().flat_map(Contract::recognised_by_obligation) {
            let sums = sums.entry(id.clone()).or_default();
            if sums.is_empty() {
                sums.clone_from(amounts);
                continue;
            }
            for (period, amount) in amounts {
                let sum = sums.entry(*period).or_default();
                *sum += *amount;
            }
        }
        sums
    }

    /// Balances of all contracts at the end of a day; positions are not netted between contracts.
    pub(crate) fn balances(&self, on: NaiveDate) -> Balances {
        let mut sum = Balances::default();
        for balances in self.contracts.iter().map(|contract| contract.balances(on)) {
            sum.contract_liability += balances.contract_liability;
            sum.contract_asset += balances.contract_asset;
            sum.receivable += balances.receivable;
            sum.refund_liability += balances.refund_liability;
            sum.accrued_receivable += balances.accrued_receivable;
        }
        sum
    }

    /// Net movement of each account by posting period, debit positive, minor units.
    pub(crate) fn journals(&self) -> BTreeMap<Period, BTreeMap<Role, i64>> {
        let mut sums: BTreeMap<Period, BTreeMap<Role, i64>> = BTreeMap::new();
        for entry in self.contracts.iter().flat_map(Contract::entries).chain(&self.extra.costs) {
            let accounts = sums.entry(entry.posting_period).or_default();
            for line in &entry.lines {
                let sum = accounts.entry(line.account).or_default();
                *sum += line.amount;
            }
        }
        sums.values_mut().for_each(|accounts| accounts.retain(|_, amount| *amount != 0));
        sums.retain(|period, accounts| self.within(*period) && !accounts.is_empty());
        sums
    }

    /// Remaining performance obligations at the end of a day, minor units.
    pub(crate) fn rpo(&self, on: NaiveDate) -> i64 {
        self.contracts.iter().map(|contract| contract.rpo(on).minor).sum()
    }

    /// The part due within twelve months.
    pub(crate) fn rpo_current(&self, on: NaiveDate) -> i64 {
        self.contracts.iter().map(|contract| contract.rpo_current(on).minor).sum()
    }

    /// An amount of the ledger's currency in major units.
    pub(crate) fn major(&self, minor: i64) -> String {
        self.currency
            .map_or_else(|| minor.to_string(), |currency| major(i128::from(minor), currency))
    }

    /// Days that are reported: those of events, month-ends, and those that `expect` asks for.
    pub(crate) fn days(&self) -> BTreeSet<NaiveDate> {
        let own = self
            .contracts
            .iter()
            .flat_map(Contract::days)
            .filter(|day| self.within(Period::of(*day)));
        let first = self.contracts.iter().map(Contract::first_period).min();
        let month_ends = first
            .zip(self.until)
            .map(|(first, until)| first.to(until).map(Period::last_day).collect::<Vec<_>>());
        own.chain(month_ends.unwrap_or_default())
            .chain(self.asked.iter().copied())
            .collect()
    }

    fn within(&self, period: Period) -> bool {
        self.until.is_none_or(|until| period <= until)
    }

    fn sum(&self, of: impl Fn(&Contract) -> BTreeMap<Period, i64>) -> BTreeMap<Period, i64> {
        let mut sums: BTreeMap<Period, i64> = BTreeMap::new();
        for (period, amount) in self.contracts.iter().flat_map(of).filter(|(period, _)| self.within(*period)) {
            let sum = sums.entry(period).or_default();
            *sum += amount;
        }
        sums
    }

    fn allocations(&self, of: impl Fn(&Contract) -> Option<&BTreeMap<ObligationId, i64>>) -> Value {
        let of_contract = |contract: &Contract| {
            let currency = contract.currency();
            let amounts = of(contract).cloned().unwrap_or_default();
            amounts
                .into_iter()
                .map(move |(id, amount)| (id.to_string(), json!(major(i128::from(amount), currency))))
        };
        Value::Object(self.contracts.iter().flat_map(of_contract).collect())
    }

    fn amounts(&self, amounts: &BTreeMap<Period, i64>) -> Value {
        let amounts = amounts.iter().filter(|(period, _)| self.within(**period));
        Value::Object(
            amounts
                .map(|(period, amount)| (period.to_string(), json!(self.major(*amount))))
                .collect(),
        )
    }

    fn balances_json(&self) -> Value {
        let of_day = |day: NaiveDate| {
            let balances = self.balances(day);
            let value = json!({
                "contract_liability": self.major(balances.contract_liability),
                "contract_asset": self.major(balances.contract_asset),
                "receivable": self.major(balances.receivable),
                "refund_liability": self.major(balances.refund_liability),
                "accrued_receivable": self.major(balances.accrued_receivable),
            });
            (day.to_string(), value)
        };
        Value::Object(self.days().into_iter().map(of_day).collect())
    }

    fn by_day(&self, of: impl Fn(&Self, NaiveDate) -> i64) -> Value {
        Value::Object(
            self.days()
                .into_iter()
                .map(|day| (day.to_string(), json!(self.major(of(self, day)))))
                .collect(),
        )
    }

    fn journals_json(&self) -> Value {
        self.movements_json(&self.journals())
    }

    pub(super) fn movements_json(&self, movements: &BTreeMap<Period, BTreeMap<Role, i64>>) -> Value {
        let line = |(role, amount): (&Role, &i64)| {
            let side = if *amount > 0 { "debit" } else { "credit" };
            json!({"account": role.name(), side: self.major(amount.abs())})
        };
        let of_period = |(period, accounts): (&Period, &BTreeMap<Role, i64>)| {
            let moved = accounts.iter().filter(|(_, amount)| **amount != 0);
            (period.to_string(), Value::Array(moved.map(line).collect()))
        };
        Value::Object(movements.iter().map(of_period).collect())
    }
}
