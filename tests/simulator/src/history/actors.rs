//! The people of the company: the customers, deals and payments that they know of, and their chance.

use chrono::NaiveDate;
use tieout_platform::clock::Clock;
use tieout_sandbox::xero::InvoiceView;

use crate::dice::Dice;
use crate::world::World;

/// A legal entity.
#[derive(Debug, Clone)]
pub struct Entity {
    /// Its short name.
    pub id: String,
    /// Its Xero organisation.
    pub tenant: String,
    /// Its currency.
    pub currency: String,
}

/// A deal as its seller knows it.
#[derive(Debug, Clone)]
pub struct Deal {
    /// Its id.
    pub id: String,
    /// Its customer.
    pub account: String,
    /// Its currency.
    pub currency: String,
    /// When its services begin.
    pub start: NaiveDate,
    /// What has to be fixed, where something has.
    pub fault: Option<BadDeal>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Why a deal cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadDeal {
    /// A currency that no rule knows.
    Currency,
    /// Lines without dates.
    Dates,
}

/// The people's memory, and their chance.
pub struct Actors {
    /// What they draw from.
    pub dice: Dice,
    /// The entities.
    pub entities: Vec<Entity>,
    /// Customers by id.
    pub customers: Vec<String>,
    /// All deals.
    pub deals: Vec<Deal>,
    /// Payments: organisation, payment, invoice.
    pub payments: Vec<(String, String, String)>,
    /// Counts names.
    pub count: u64,
}

impl Actors {
    /// A actors where nothing has happened.
    pub fn new(seed: u64, world: &World) -> Self {
        let entities = world.config.config.entities.iter().map(|entity| Entity {
            id: entity.id.clone(),
            tenant: entity.xero_tenant.clone(),
            currency: entity.currency.clone(),
        });
        Self {
            // Under another name the same seed would play another history.
            dice: Dice::new(seed, "life"),
            entities: entities.collect(),
            customers: Vec::new(),
            deals: Vec::new(),
            payments: Vec::new(),
            count: 0,
        }
    }

    /// The next number for a name.
    pub fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Any entity.
    pub fn entity(&mut self) -> Option<Entity> {
        self.dice.pick(&self.entities).cloned()
    }

    /// A deal that fits.
    pub fn deal(&mut self, fits: impl Fn(&Deal) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = self
            .deals
            .iter()
            .enumerate()
            .filter(|(_, deal)| fits(deal))
            .map(|(index, _)| index)
            .collect();
        self.dice.pick(&fitting).copied()
    }

    /// An invoice of any organisation that fits.
    pub fn invoice(&mut self, world: &World, fits: impl Fn(&InvoiceView) -> bool) -> Option<(String, InvoiceView)> {
        let tenants: Vec<String> = self.entities.iter().map(|entity| entity.tenant.clone()).collect();
        let all = tenants.into_iter().flat_map(|tenant| {
            let own = world.xero.list_invoices(&tenant);
            own.into_iter().map(move |invoice| (tenant.clone(), invoice))
        });
        let fitting: Vec<(String, InvoiceView)> = all.filter(|(_, invoice)| fits(invoice)).collect();
        self.dice.pick(&fitting).cloned()
    }
}

/// Today, by the true clock.
pub fn today(world: &World) -> NaiveDate {
    world.clock.now().date_naive()
}
