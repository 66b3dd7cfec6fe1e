//! What a story may say beside its contracts: costs, deliveries by another entity of the group, translation for the group.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::commission::{self, Commission, Impairment};
use crate::contract::Contract;
use crate::cost::{self, Cost};
use crate::event::Reader;
use crate::fiscal::FiscalCalendar;
use crate::ids::ContractId;
use crate::intercompany::{self, Chain, Transfer};
use crate::journal::Entry;
use crate::policy::{Method, Policy};
use crate::schedule::{Schedule, Service, Spread};
use crate::translation::{self, Group, GroupRate, Translated};
use crate::{Currency, Money, Period, Refusal};

/// Most entries of each list.
const MAX_ENTRIES: usize = 10_000;

/// A cost of a story.
///
/// ```
/// use tieout_accounting::story::Story;
/// let story = Story::parse(r#"{"story": "hosting", "ledger": {"currency": "EUR"}, "until": "2026-02", "events": [
///     {"type": "signed", "on": "2026-01-01", "obligations": [{"id": "plan", "price": "10.00", "start": "2026-01-01", "end": "2026-01-31"}]}],
///     "costs": []}"#)?;
/// assert_eq!(story.extras.costs, Vec::<tieout_accounting::story::StoryCost>::new());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoryCost {
    /// A supplier's bill.
    Bill(Cost),
    /// A sales commission.
    Commission(Commission),
}

/// What a story says beside its contracts.
///
/// ```
/// use tieout_accounting::story::Story;
/// let story = Story::parse(r#"{"story": "hosting", "ledger": {"currency": "EUR"}, "until": "2026-02", "events": [
///     {"type": "signed", "on": "2026-01-01", "obligations": [{"id": "plan", "price": "10.00", "start": "2026-01-01", "end": "2026-01-31"}]}],
///     "costs": []}"#)?;
/// assert!(story.extras.costs.is_empty() && story.extras.group.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Costs in the ledger's currency.
    pub costs: Vec<StoryCost>,
    /// Obligations that another entity delivers, with the contract where it is named.
    pub transfers: Vec<(Option<ContractId>, Transfer)>,
    /// The group that the entity belongs to.
    pub group: Option<Group>,
}

/// The same, computed.
///
/// ```
/// use tieout_accounting::story::Story;
/// let story = Story::parse(r#"{"story": "hosting", "ledger": {"currency": "EUR"}, "until": "2026-02", "events": [
///     {"type": "signed", "on": "2026-01-01", "obligations": [{"id": "plan", "price": "10.00", "start": "2026-01-01", "end": "2026-01-31"}]}],
///     "costs": []}"#)?;
/// assert!(story.play()?.extra.translated.is_empty()); // it belongs to no group
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ExtraOutcome {
    /// Entries of the costs.
    pub costs: Vec<Entry>,
    /// Entries of deliveries by another entity.
    pub chains: Vec<Chain>,
    /// The books in the group's currency.
    pub translated: BTreeMap<Period, Translated>,
}

impl Extras {
    pub(super) fn compute(&self, contracts: &[Contract], policy: &Policy, through: Option<Period>) -> Result<ExtraOutcome, Refusal> {
        let mut outcome = ExtraOutcome::default();
        let Some(through) = through.or(contracts.iter().map(Contract::through).max()) else {
            return Ok(outcome);
        };
        for cost in &self.costs {
            outcome.costs.extend(match cost {
                StoryCost::Bill(cost) => cost::entries(cost, policy, through)?,
                StoryCost::Commission(commission) => commission::entries(commission, policy, through)?,
            });
        }
        for (id, transfer) in &self.transfers {
            let delivers = |contract: &&Contract| {
                id.as_ref().is_none_or(|id| id == contract.id()) && contract.allocation().contains_key(&transfer.obligation)
            };
            let unknown = || {
                Refusal::new(
                    "intercompany",
                    &transfer.obligation,
                    "is not an obligation of any contract",
                    "write the id of one",
                )
            };
            let contract = contracts.iter().find(delivers).ok_or_else(unknown)?;
            outcome.chains.push(intercompany::entries(contract, transfer, through)?);
        }
        if let (Some(group), Some(ledger)) = (&self.group, contracts.first().map(Contract::ledger_currency)) {
            let entries = contracts.iter().flat_map(Contract::entries).chain(&outcome.costs);
            outcome.translated = translation::entries(entries, ledger, group, through)?;
        }
        Ok(outcome)
    }
}

pub(super) fn extras(reader: &mut Reader<'_>, ledger: Currency, policy: &Policy) -> Result<Extras, Refusal> {
    let mut extras = Extras::default();
    for (place, value) in reader.list("costs", MAX_ENTRIES)? {
        let mut cost = Reader::new(value, &place)?;
        extras.costs.push(story_cost(&mut cost, ledger, policy)?);
        cost.finish()?;
    }
    for (place, value) in reader.list("intercompany", MAX_ENTRIES)? {
        let mut transfer = Reader::new(value, &place)?;
        let price = money(&mut transfer, "transfer_price", ledger)?;
        let performed = performed(&mut transfer, price, policy)?;
        let read = Transfer {
            obligation: transfer.need_id("obligation")?,
            seller: transfer.need_id("seller")?,
            performer: transfer.need_id("performer")?,
            price,
            performed,
        };
        extras.transfers.push((transfer.id("contract")?, read));
        transfer.finish()?;
    }
    if let Some(value) = reader.get("group") {
        let mut group = Reader::new(value, "group")?;
        extras.group = Some(read_group(&mut group)?);
        group.finish()?;
    }
    Ok(extras)
}

/// The entity's own calendar: `{"2026-01": "2026-01-28", …}`, the last day of each period.
pub(super) fn fiscal(reader: &mut Reader<'_>) -> Result<Option<FiscalCalendar>, Refusal> {
    let Some(value) = reader.get("fiscal_periods") else {
        return Ok(None);
    };
    let refuse = || {
        Refusal::new(
            "fiscal_periods",
            value,
            "is not an object",
            "write {\"2026-01\": \"2026-01-28\", …}",
        )
    };
    let mut ends = Vec::new();
    for (name, end) in value.as_object().ok_or_else(refuse)? {
        let place = format!("fiscal_periods.{name}");
        let period = Period::parse(name).map_err(|refusal| refusal.within("fiscal_periods"))?;
        ends.push((period, crate::event::read_date(end.as_str().unwrap_or_default(), &place)?));
    }
    FiscalCalendar::new(ends).map(Some)
}

fn read_group(group: &mut Reader<'_>) -> Result<Group, Refusal> {
    let currency = Currency::parse(group.need_text("currency")?).map_err(|refusal| Refusal {
        place: "group.currency".to_owned(),
        ..refusal
    })?;
    let mut rates = BTreeMap::new();
    for (place, value) in group.list("rates", MAX_ENTRIES)? {
        let mut line = Reader::new(value, &place)?;
        line.need("period")?;
        let period = line.period("period")?;
        let rate = GroupRate {
            closing: line.need_decimal("closing")?,
            average: line.need_decimal("average")?,
        };
        line.finish()?;
        rates.extend(period.map(|period| (period, rate)));
    }
    Ok(Group { currency, rates })
}

fn story_cost(cost: &mut Reader<'_>, ledger: Currency, policy: &Policy) -> Result<StoryCost, Refusal> {
    let id: ContractId = cost.need_id("id")?;
    let amount = money(cost, "amount", ledger)?;
    let on = cost.need_date("on")?;
    let term = (cost.need_date("start")?, cost.need_date("end")?);
    let service = Service::days(term.0, term.1).map_err(|refusal| refusal.within(cost.place()))?;
    let method = method(cost, policy)?;
    match cost.need_text("kind")? {
        "bill" => Ok(StoryCost::Bill(Cost {
            id,
            amount,
            on,
            service,
            method,
        })),
        "commission" => {
            let mut impairments = Vec::new();
            for (place, value) in cost.list("impaired", MAX_ENTRIES)? {
                let mut look = Reader::new(value, &place)?;
                impairments.push(Impairment {
                    on: look.need_date("on")?,
                    remaining: money(&mut look, "remaining", ledger)?,
                    costs: money(&mut look, "costs", ledger)?,
                });
                look.finish()?;
            }
            impairments.sort_by_key(|look| look.on);
            Ok(StoryCost::Commission(Commission {
                id,
                amount,
                on,
                term,
                renewed_until: cost.date("renewed_until")?,
                commensurate: cost.flag("commensurate", false)?,
                method,
                impairments,
                ended: cost.date("ended")?,
            }))
        }
        other => Err(Refusal::new(
            cost.at("kind"),
            other,
            "is not a kind of cost",
            "write bill or commission",
        )),
    }
}

/// The performer's own schedule, where it has one.
fn performed(transfer: &mut Reader<'_>, price: Money, policy: &Policy) -> Result<Option<Spread>, Refusal> {
    let (start, end): (Option<NaiveDate>, Option<NaiveDate>) = (transfer.date("start")?, transfer.date("end")?);
    let method = method(transfer, policy)?;
    let Some((start, end)) = start.zip(end) else {
        return Ok(None);
    };
    let schedule = Schedule::new(method, &Service::days(start, end)?)?;
    Spread::new(i128::from(price.minor), schedule, policy).map(Some)
}

fn method(reader: &mut Reader<'_>, policy: &Policy) -> Result<Method, Refusal> {
    let place = reader.at("method");
    let named = reader.text("method")?.map(Method::parse).transpose();
    Ok(named.map_err(|refusal| Refusal { place, ..refusal })?.unwrap_or(policy.method))
}

fn money(reader: &mut Reader<'_>, key: &'static str, ledger: Currency) -> Result<Money, Refusal> {
    let place = reader.at(key);
    reader.need_positive(key)?;
    let text = reader.text(key)?.unwrap_or_default();
    Money::parse_major(text, ledger).map_err(|refusal| Refusal { place, ..refusal })
}
