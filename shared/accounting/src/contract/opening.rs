//! `opened`: a contract that is taken over from another system, with its balances and what remains of it.
//!
//! Example: 600.00 of 1,200.00 are earned and all is billed by 30 June: a contract liability of 600.00 is opened on 1 July with the
//! 600.00 that remain. The ledger has the balances already, so nothing is posted for them; the releases of July to December are.

use chrono::NaiveDate;

use super::obligation::Earn;
use super::records::{Balances, GivenUp, Invoice, InvoiceLine};
use super::state::State;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::{Opened, Satisfied};
use crate::ids::InvoiceId;
use crate::journal::{Case, Role, Rule};
use crate::money::{major, minor_of};
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
        self.open_position(liability, asset)?;
        self.open_receivable(receivable)?;
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
            .ok_or_else(|| Refusal::too_large("opened", base))
    }

    /// The net position: billed ahead of service, or earned ahead of the billing. The accrual that stands in the ledger is taken back
    /// as one of our own would be.
    fn open_position(&mut self, liability: i128, asset: i128) -> Result<(), Refusal> {
        let (liability_units, asset_units) = (self.units(liability)?, self.units(asset)?);
        let members = self.members_by_id(0);
        let weights: Vec<i128> = self.obligations_at(&members)?.iter().map(|o| o.price()).collect();
        let too_large = || Refusal::too_large("opened", liability);
        let of_units = split(liability_units - asset_units, &weights).ok_or_else(too_large)?;
        let of_liability = split(liability, &weights).ok_or_else(too_large)?;
        let of_asset = split(asset, &weights).ok_or_else(too_large)?;
        let mut draft = Vec::new();
        for (((place, units), liability), asset) in members.iter().zip(of_units).zip(of_liability).zip(of_asset) {
            let obligation = self.obligation(*place)?;
            obligation.billed += units;
            obligation.documents.liability -= liability;
            obligation.documents.revenue += asset;
            draft.push((Role::Revenue, Some(*place), asset, None));
            draft.push((Role::ContractAsset, Some(*place), -asset, None));
        }
        self.post(Case::Reversal, "opening", self.world.today, draft)?;
        let world = self.world;
        let group = self.group(0)?;
        if liability_units > 0 {
            group.bill(liability_units, liability, usize::MAX, &world)?;
        }
        group.unbill(asset_units, None, false);
        Ok(())
    }

    /// What is open of earlier invoices is one invoice, already counted in the position.
    fn open_receivable(&mut self, receivable: i128) -> Result<(), Refusal> {
        let open = self.units(receivable)?;
        self.group(0)?.paid_before = self.group(0)?.billed - open;
        self.received += self.group(0)?.paid_before.max(0);
        if open == 0 {
            return Ok(());
        }
        let members = self.members_by_id(0);
        let weights: Vec<i128> = self.obligations_at(&members)?.iter().map(|o| o.price()).collect();
        let parts = split(open, &weights).ok_or_else(|| Refusal::too_large("opened: receivable", open))?;
        let id = InvoiceId::new(OPENING_INVOICE);
        self.invoice_places.insert(id.clone(), self.invoices.len());
        self.invoices.push(Invoice {
            id,
            rate: self.world.rate(None)?,
            lines: members
                .into_iter()
                .zip(parts)
                .map(|(place, amount)| InvoiceLine {
                    place,
                    amount,
                    credited: 0,
                })
                .collect(),
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
            groups: vec![(0, open, open)],
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
        if owed > remains {
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
