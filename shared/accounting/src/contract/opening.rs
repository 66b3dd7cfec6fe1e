//! `opened`: a contract that is taken over from another system, with its balances and what remains of it.
//!
//! Example: 600.00 of 1,200.00 are earned and all is billed by 30 June: a contract liability of 600.00 is opened on 1 July with the
//! 600.00 that remain. The ledger has the balances already, so nothing is posted for them; the releases of July to December are.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::obligation::Earn;
use super::records::{Balances, GivenUp, Invoice, InvoiceLine};
use super::state::State;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::{Opened, Satisfied};
use crate::ids::InvoiceId;
use crate::journal::{Case, Role, Rule};
use crate::money::{MAX_AMOUNT_MINOR, major, minor_of};
use crate::schedule::Spread;

/// The invoice to which payments of what was open before belong.
const OPENING_INVOICE: &str = "opening";

/// What stood in the ledger when a contract was taken over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    pub(super) on: NaiveDate,
    pub(super) balances: Balances,
}

impl State<'_> {
    pub(super) fn opened(&mut self, opened: &Opened) -> Result<(), Refusal> {
        self.customer.clone_from(&opened.customer);
        if opened.obligations.is_empty() {
            let remedy = "write what remains of at least one obligation";
            return Err(Refusal::new("opened: obligations", "obligations", "is empty", remedy));
        }
        self.new_group(false);
        for place in self.promise(&opened.obligations, None, &[], 0)? {
            self.obligation(place)?.original = true;
            self.begin_at_opening(place)?;
        }
        self.compare_stated(&[]);
        self.allocation = self.allocated();
        let ledger = self.world.book.ledger_currency;
        let balance = |amount, key: &str| {
            minor_of(amount, ledger).map_err(|refusal| Refusal {
                place: format!("opened: {key}"),
                ..refusal
            })
        };
        let liability = balance(opened.contract_liability, "contract_liability")?;
        let asset = balance(opened.contract_asset, "contract_asset")?;
        let receivable = balance(opened.receivable, "receivable")?;
        let holders = self.opening_holders()?;
        self.open_position(liability, asset, &holders)?;
        self.open_receivable(receivable, &holders)?;
        let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large("opened", amount));
        self.opening = Some(Opening {
            on: self.world.today,
            balances: Balances {
                contract_liability: narrow(liability)?,
                contract_asset: narrow(asset)?,
                receivable: narrow(receivable)?,
                ..Balances::default()
            },
        });
        self.ask_about_opening(liability, asset, receivable)
    }

    /// What remains is spread from today on, by the method as it counts from the first day of the service.
    fn begin_at_opening(&mut self, place: usize) -> Result<(), Refusal> {
        let (today, policy) = (self.world.today, self.world.book.policy);
        let obligation = self.obligation(place)?;
        for segment in &mut obligation.segments {
            if let Earn::Over(spread) = &segment.earn {
                let rest = spread.schedule().from(today)?;
                let measure = rest.measure().ok_or_else(|| Refusal::too_large("opened", today))?;
                segment.earn = Earn::Over(Spread::new(segment.amount, rest, &policy)?);
                obligation.basis.measure = measure;
            }
        }
        Ok(())
    }

    /// Units of the contract's currency that are worth an amount of the ledger's at the rate of today.
    fn units(&self, base: i128) -> Result<i128, Refusal> {
        if !self.world.foreign() || base == 0 {
            return Ok(base);
        }
        let unit = 10i128.pow(self.world.book.ledger_currency.exponent() + 6);
        let worth = self.world.base(10i128.pow(self.world.currency.exponent() + 6))?;
        mul_div(base, unit, worth, self.world.rounding)
            .and_then(|units| {
                let (from, to) = (self.world.book.ledger_currency.exponent(), self.world.currency.exponent());
                mul_div(units, 10i128.pow(to), 10i128.pow(from), self.world.rounding)
            })
            .filter(|units| units.abs() <= MAX_AMOUNT_MINOR)
            .ok_or_else(|| Refusal::too_large("opened", major(base, self.world.book.ledger_currency)))
    }

    /// Whom the position belongs to, in the order of ids and each with its weight: what has a price, by its price. Where nothing has one,
    /// what is metered, in equal parts: then nobody knows better, and a person is asked.
    fn opening_holders(&self) -> Result<Vec<(usize, i128)>, Refusal> {
        let priced = self.members_by_id(0);
        if !priced.is_empty() {
            return priced
                .into_iter()
                .map(|place| Ok((place, self.obligation_at(place)?.price())))
                .collect();
        }
        let mut metered: Vec<(usize, i128)> = (0..self.obligations.len()).map(|place| (place, 1)).collect();
        self.sort_by_id(&mut metered, |(place, _)| *place);
        Ok(metered)
    }

    /// The net position: billed ahead of service, or earned ahead of the billing. The accrual that stands in the ledger is taken back
    /// as one of our own would be.
    fn open_position(&mut self, liability: i128, asset: i128, holders: &[(usize, i128)]) -> Result<(), Refusal> {
        let (liability_units, asset_units) = (self.units(liability)?, self.units(asset)?);
        let weights: Vec<i128> = holders.iter().map(|(_, weight)| *weight).collect();
        let shared = |amount: i128| split(amount, &weights).ok_or_else(|| Refusal::too_large("opened", amount));
        let of_units = shared(liability_units)?.into_iter().zip(shared(asset_units)?);
        let of_base = shared(liability)?.into_iter().zip(shared(asset)?);
        let world = self.world;
        let mut by_group: BTreeMap<usize, (i128, i128, i128)> = BTreeMap::new();
        let mut draft = Vec::new();
        for (((place, _), (ahead, behind)), (liability, asset)) in holders.iter().zip(of_units).zip(of_base) {
            let obligation = self.obligation(*place)?;
            obligation.billed += ahead - behind;
            obligation.documents.liability -= liability;
            obligation.documents.revenue += asset;
            let of_group = by_group.entry(obligation.group).or_default();
            *of_group = (of_group.0 + ahead, of_group.1 + liability, of_group.2 + behind);
            draft.push((Role::Revenue, Some(*place), asset, None));
            draft.push((Role::ContractAsset, Some(*place), -asset, None));
        }
        self.post(Case::Reversal, "opening", self.world.today, draft)?;
        for (group, (ahead, liability, behind)) in by_group {
            let group = self.group(group)?;
            if ahead > 0 {
                group.bill(ahead, liability, usize::MAX, &world)?;
            }
            group.unbill(behind, None, false);
        }
        Ok(())
    }

    /// What is open of earlier invoices is one invoice, already counted in the position. Of metered service it was all earned before.
    fn open_receivable(&mut self, receivable: i128, holders: &[(usize, i128)]) -> Result<(), Refusal> {
        let open = self.units(receivable)?;
        let weights: Vec<i128> = holders.iter().map(|(_, weight)| *weight).collect();
        let parts = split(open, &weights).ok_or_else(|| Refusal::too_large("opened: receivable", open))?;
        let mut by_group: BTreeMap<usize, i128> = BTreeMap::new();
        let mut lines = Vec::new();
        for ((place, _), amount) in holders.iter().zip(parts) {
            let obligation = self.obligation(*place)?;
            if obligation.metered {
                obligation.metered_before = amount;
            }
            *by_group.entry(obligation.group).or_default() += amount;
            lines.push(InvoiceLine {
                place: *place,
                amount,
                credited: 0,
            });
        }
        for (group, open) in &by_group {
            let of_group = self.group(*group)?;
            of_group.paid_before = of_group.billed - open;
            let paid_before = of_group.paid_before.max(0);
            self.received += paid_before;
        }
        if open == 0 {
            return Ok(());
        }
        let id = InvoiceId::new(OPENING_INVOICE);
        self.invoice_places.insert(id.clone(), self.invoices.len());
        self.invoices.push(Invoice {
            id,
            rate: self.world.rate(None)?,
            lines,
            gross: open,
            net: open,
            suppliers: 0,
            credited: 0,
            discounted: 0,
            paid: 0,
            reopened: 0,
            open,
            open_base: receivable,
            given_up: GivenUp::default(),
            conditional: false,
            groups: by_group.into_iter().map(|(group, open)| (group, open, open)).collect(),
            funded: Vec::new(),
        });
        Ok(())
    }

    /// The invoice of what was open when the contract was taken over.
    pub(super) fn opening_invoice(&self) -> Option<usize> {
        self.opening?;
        self.invoice_places.get(&InvoiceId::new(OPENING_INVOICE)).copied()
    }

    /// What our own method would not have: both sides of one position, more billed ahead than there is to serve, service without dates.
    fn ask_about_opening(&mut self, liability: i128, asset: i128, receivable: i128) -> Result<(), Refusal> {
        let ledger = self.world.book.ledger_currency;
        let shown = |amount: i128| major(amount, ledger);
        let remains: i128 = self.obligations.iter().filter(|o| !o.metered).map(|o| o.price()).sum();
        let owed = self.units(liability)? - self.units(asset)?;
        let words = format!(
            "taken over with a contract liability of {}, a contract asset of {} and a receivable of {}; {} remain",
            shown(liability),
            shown(asset),
            shown(receivable),
            major(remains, self.world.currency)
        );
        self.note(words, Rule::Opening);
        if liability > 0 && asset > 0 {
            let words = format!(
                "the ledger shows {} and {} of one contract on both sides; a contract has one net position: which is right?",
                shown(liability),
                shown(asset)
            );
            self.ask(words, Rule::Opening);
        }
        let metered_only = self.obligations.iter().all(|o| o.metered);
        if metered_only && self.obligations.len() > 1 && liability + asset + receivable > 0 {
            let words = format!(
                "what the ledger shows is of {} metered products, and nobody knows how much of it is whose: it stands in equal parts. Whose is it?",
                self.obligations.len()
            );
            self.ask(words, Rule::Opening);
        }
        if owed > remains && !metered_only {
            let words = format!(
                "the contract liability of {} is more than the {} that remain to be served: what is the difference?",
                shown(liability),
                major(remains, self.world.currency)
            );
            self.ask(words, Rule::Opening);
        }
        let over_time = |o: &super::obligation::Obligation| o.terms.satisfied == Satisfied::OverTime;
        if asset > 0 && self.obligations.iter().all(over_time) && receivable > 0 {
            let words = format!(
                "{} are earned and not billed while {} are billed and not paid: was the receivable taken from the contract asset?",
                shown(asset),
                shown(receivable)
            );
            self.ask(words, Rule::Opening);
        }
        Ok(())
    }
}
