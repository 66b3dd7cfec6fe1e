//! Intercompany: one entity invoices the customer, another of the group delivers (810-10-45-1; IFRS 10.B86).
//!
//! The seller hands the transfer price of what it billed on to the performer: Dr contract liability / Cr intercompany payable,
//! mirrored there as Dr intercompany receivable / Cr intercompany contract liability, and both release with the seller's
//! schedule. On consolidation the pair goes, and so does a margin that the performer took before the customer was served.
//!
//! Example: 1,200.00 for a year, invoiced by A, delivered by B for 960.00. After January A has revenue of 20.00 and a contract
//! liability of 220.00, B revenue of 80.00 and a liability of 880.00; the group has 100.00 and 1,100.00, as if it were one.

use crate::arithmetic::mul_div;
use crate::contract::Contract;
use crate::ids::{EntityId, EntryId, ObligationId};
use crate::journal::{Case, Entry, Line, Reason, Role};
use crate::money::Rounding;
use crate::schedule::Spread;
use crate::{Money, Period, Refusal};

/// An obligation that another entity of the group delivers. All in the currency of the seller's ledger.
///
/// ```
/// use tieout_accounting::{example, intercompany::{self, Transfer}, journal::Role, Money, Period};
/// let plan = example::annual_plan()?;
/// let transfer = Transfer {
///     obligation: "plan".into(), seller: "UK".into(), performer: "IE".into(), price: Money::new(960_00, plan.ledger_currency()), performed: None,
/// };
/// let chain = intercompany::entries(&plan, &transfer, Period::parse("2026-03")?)?;
/// let sum = |entries: &[tieout_accounting::journal::Entry], role| entries.iter().map(|entry| entry.sum(role)).sum::<i64>();
/// assert_eq!(sum(&chain.seller, Role::IcPayable), -960_00); // 80 % of what is billed goes to the performer
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which obligation of the seller's contract.
    pub obligation: ObligationId,
    /// Who invoices the customer.
    pub seller: EntityId,
    /// Who delivers.
    pub performer: EntityId,
    /// What the performer gets for all of it.
    pub price: Money,
    /// The schedule by which the performer took its revenue, where that is not the seller's.
    pub performed: Option<Spread>,
}

/// The entries of both entities and of the consolidation; each list balances by itself.
///
/// ```
/// use tieout_accounting::{example, intercompany::{self, Transfer}, journal::Role, Money, Period};
/// let plan = example::annual_plan()?;
/// let transfer = Transfer {
///     obligation: "plan".into(), seller: "UK".into(), performer: "IE".into(), price: Money::new(960_00, plan.ledger_currency()), performed: None,
/// };
/// let chain = intercompany::entries(&plan, &transfer, Period::parse("2026-03")?)?;
/// let sum = |entries: &[tieout_accounting::journal::Entry], role| entries.iter().map(|entry| entry.sum(role)).sum::<i64>();
/// assert_eq!(sum(&chain.performer, Role::IcReceivable), 960_00); // the mirror of the seller's
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// In the seller's books, in addition to those of the contract.
    pub seller: Vec<Entry>,
    /// In the performer's books.
    pub performer: Vec<Entry>,
    /// In the consolidation.
    pub elimination: Vec<Entry>,
}

/// The entries of a transfer through a period. The contract must be computed to its end.
///
/// ```
/// use tieout_accounting::{contract::Contract, intercompany::{self, Transfer}, journal::Role, Book, Currency, Event, Money, Period};
/// let gbp = Currency::parse("GBP")?;
/// let events = [
///     serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///         [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}),
///     serde_json::json!({"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]}),
/// ];
/// let events = events.into_iter().map(Event::from_value).collect::<Result<Vec<_>, _>>()?;
/// let contract = Contract::from_events(&"C1".into(), &events, &Book::new(gbp))?;
/// let price = Money::parse_major("960.00", gbp)?;
/// let transfer = Transfer { obligation: "plan".into(), seller: "A".into(), performer: "B".into(), price, performed: None };
/// let chain = intercompany::entries(&contract, &transfer, Period::parse("2026-01")?)?;
/// assert_eq!(chain.performer.iter().map(|entry| entry.sum(Role::IcRevenue)).sum::<i64>(), -80_00);
/// assert_eq!(chain.performer.iter().map(|entry| entry.sum(Role::IcContractLiability)).sum::<i64>(), -880_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// An obligation that the contract does not have, or that earns nothing.
///
/// ```
/// use tieout_accounting::{example, intercompany::{self, Transfer}, journal::Role, Money, Period};
/// let plan = example::annual_plan()?;
/// let transfer = Transfer {
///     obligation: "plan".into(), seller: "UK".into(), performer: "IE".into(), price: Money::new(960_00, plan.ledger_currency()), performed: None,
/// };
/// let chain = intercompany::entries(&plan, &transfer, Period::parse("2026-03")?)?;
/// let sum = |entries: &[tieout_accounting::journal::Entry], role| entries.iter().map(|entry| entry.sum(role)).sum::<i64>();
/// assert_eq!(sum(&chain.seller, Role::Revenue), 240_00); // of 300.00 earned in three months, 240.00 are the performer's
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn entries(contract: &Contract, transfer: &Transfer, through: Period) -> Result<Chain, Refusal> {
    let nothing = || {
        let problem = "is not an obligation of the contract that earns anything";
        Refusal::new("intercompany", &transfer.obligation, problem, "write the id of one")
    };
    let earned = contract.recognised_by_obligation().get(&transfer.obligation).ok_or_else(nothing)?;
    let whole: i128 = earned.values().map(|amount| i128::from(*amount)).sum();
    if whole <= 0 {
        return Err(nothing());
    }
    let price = i128::from(transfer.price.minor);
    let share = |amount: i128| mul_div(price, amount, whole, Rounding::HalfAway).ok_or_else(|| Refusal::too_large("intercompany", price));
    let mut chain = Chain::default();
    let mut before = Moved::default();
    let mut revenue = 0i128;
    for period in contract.first_period().to(through) {
        revenue += earned.get(&period).copied().map_or(0, i128::from);
        let due = share(revenue.max(billed(contract, &transfer.obligation, period).min(whole)))?;
        let released = share(revenue)?;
        let taken = match &transfer.performed {
            Some(spread) => spread.through(period.last_day()).ok_or_else(nothing)?,
            None => released,
        };
        let now = Moved { due, released, taken };
        chain.month(
            contract,
            transfer,
            period,
            [now.due - before.due, now.released - before.released, now.taken - before.taken],
        )?;
        before = now;
    }
    Ok(chain)
}

/// Sums to date, in minor units of the transfer price.
#[derive(Clone, Copy, Default)]
struct Moved {
    /// Owed between the entities: what is billed, or earned where that is more.
    due: i128,
    /// Earned from the customer.
    released: i128,
    /// Taken to revenue by the performer.
    taken: i128,
}

/// What documents billed of an obligation through a period, in the ledger's currency.
fn billed(contract: &Contract, obligation: &ObligationId, period: Period) -> i128 {
    let documents = contract
        .entries()
        .iter()
        .filter(|entry| entry.posting_period <= period && matches!(entry.case, Case::Invoice | Case::CreditNote | Case::Payment));
    let lines = documents.flat_map(|entry| &entry.lines);
    let of = lines.filter(|line| line.obligation.as_ref() == Some(obligation));
    of.map(|line| -i128::from(line.amount)).sum()
}

impl Chain {
    /// Movements of a month: owed between the entities, earned from the customer, taken to revenue by the performer.
    fn month(
        &mut self,
        contract: &Contract,
        transfer: &Transfer,
        period: Period,
        [due, released, taken]: [i128; 3],
    ) -> Result<(), Refusal> {
        use Role::{ContractLiability, IcContractLiability, IcPayable, IcReceivable, IcRevenue, Revenue};
        let to =
            |entity: &EntityId, what: &str| format!("{what} ({} invoices, {} delivers; {entity})", transfer.seller, transfer.performer);
        let seller = to(&transfer.seller, "the transfer price leaves the seller's contract liability");
        let performer = to(
            &transfer.performer,
            "the transfer price is the performer's, released with the seller's schedule",
        );
        let group = "on consolidation the pair between the entities goes".to_owned();
        let margin = "a margin that was taken before the customer was served is not the group's yet".to_owned();
        let mut write = Writer {
            contract,
            transfer,
            period,
        };
        write.pair(&mut self.seller, Case::Intercompany, (ContractLiability, IcPayable), due, &seller)?;
        write.pair(
            &mut self.seller,
            Case::Intercompany,
            (Revenue, ContractLiability),
            released,
            &seller,
        )?;
        write.pair(
            &mut self.performer,
            Case::Intercompany,
            (IcReceivable, IcContractLiability),
            due,
            &performer,
        )?;
        write.pair(
            &mut self.performer,
            Case::Intercompany,
            (IcContractLiability, IcRevenue),
            taken,
            &performer,
        )?;
        write.pair(&mut self.elimination, Case::Elimination, (IcPayable, IcReceivable), due, &group)?;
        write.pair(
            &mut self.elimination,
            Case::Elimination,
            (IcRevenue, IcContractLiability),
            taken - released,
            &margin,
        )?;
        write.pair(
            &mut self.elimination,
            Case::Elimination,
            (IcContractLiability, ContractLiability),
            due - released,
            &group,
        )?;
        write.pair(&mut self.elimination, Case::Elimination, (IcRevenue, Revenue), released, &group)
    }
}

struct Writer<'a> {
    contract: &'a Contract,
    transfer: &'a Transfer,
    period: Period,
}

impl Writer<'_> {
    fn pair(
        &mut self,
        books: &mut Vec<Entry>,
        case: Case,
        (debit, credit): (Role, Role),
        amount: i128,
        words: &str,
    ) -> Result<(), Refusal> {
        if amount == 0 {
            return Ok(());
        }
        let contract = self.contract.id();
        let on = self.period.last_day();
        let line = |(account, amount): (Role, i128)| {
            let amount = i64::try_from(amount).map_err(|_| Refusal::too_large(contract.as_str(), amount))?;
            let obligation = Some(self.transfer.obligation.clone());
            Ok(Line {
                account,
                obligation,
                contract: contract.clone(),
                amount,
                transaction: None,
            })
        };
        let entry = Entry {
            id: EntryId::new(format!("{contract}/{on}/{}/{debit}-{credit}", case.words())),
            on,
            economic_period: self.period,
            posting_period: self.period,
            case,
            lines: [(debit, amount), (credit, -amount)]
                .into_iter()
                .map(line)
                .collect::<Result<Vec<_>, Refusal>>()?,
            reverses: None,
            reversed_on: None,
            reason: Reason::new(words.to_owned(), Reason::of(case).paragraph),
        };
        books.push(entry.balanced()?);
        Ok(())
    }
}
