//! What the CRM holds of a deal: the orders that changed and renewed it, and what of a product runs when.
//!
//! A renewal begins a term of its own. Its lines are not added to those of the term before.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use tieout_platform::config::{Config, DealKind};

use super::client::SandboxClient;
use super::wrong;
use crate::error::CliError;

/// Decimals of a sales price.
const PRICE_PLACES: u32 = 2;
/// Characters of a Salesforce id in its short form.
const SHORT_ID_LENGTH: usize = 15;
/// Orders that are followed from one to the next; more would mean that they name each other in a circle.
const ORDERS_MAX: usize = 1_000;

/// The terms of a deal, from the one that was asked for to the last renewal.
pub struct Deal {
    terms: Vec<OrderedTerm>,
}

/// A first deal or a renewal, with the orders that changed it.
pub struct OrderedTerm {
    pub record: Value,
    pub id: String,
    lines: Vec<SoldLine>,
}

/// A line of an order.
#[derive(Debug, Clone)]
struct SoldLine {
    product: String,
    /// What falls away is negative.
    quantity: Decimal,
    price: Decimal,
    from: NaiveDate,
    to: NaiveDate,
}

/// A product as it runs at the end of a term.
#[derive(Debug)]
pub struct Sold {
    pub product: String,
    /// With what was added and fell away.
    pub quantity: Decimal,
    /// The last day.
    pub to: NaiveDate,
}

/// The live opportunities and their lines.
struct Orders<'a> {
    config: &'a Config,
    deals: Vec<Value>,
    lines: Vec<Value>,
}

impl Deal {
    /// Reads the deal of that id, of 15 or 18 characters; of an order that changes one, the deal that it changes.
    ///
    /// # Errors
    /// Where there is none, or it is not won.
    pub async fn read(client: &SandboxClient, id: &str) -> Result<Self, CliError> {
        let orders = Orders {
            config: &client.config,
            deals: client.records("Opportunity").await?,
            lines: client.records("OpportunityLineItem").await?,
        };
        let mut term = orders.first_of(orders.find(id)?);
        let mut terms = Vec::new();
        while terms.len() < ORDERS_MAX {
            terms.push(orders.term(term)?);
            match orders.renewal_of(term) {
                Some(renewal) => term = renewal,
                None => break,
            }
        }
        Ok(Self { terms })
    }

    /// The term that runs last.
    ///
    /// # Errors
    /// Never for a deal that was read.
    pub fn last_term(&self) -> Result<&OrderedTerm, CliError> {
        self.terms.last().ok_or_else(|| wrong("the deal has no term".to_owned()))
    }

    /// The last term that has begun by `day`; the first where none has.
    ///
    /// # Errors
    /// Never for a deal that was read.
    pub fn term_on(&self, day: NaiveDate) -> Result<&OrderedTerm, CliError> {
        let begun = self.terms.iter().rfind(|term| term.start().is_some_and(|start| start <= day));
        let term = begun.or_else(|| self.terms.first());
        term.ok_or_else(|| wrong("the deal has no term".to_owned()))
    }
}

impl OrderedTerm {
    fn start(&self) -> Option<NaiveDate> {
        self.lines.iter().map(|line| line.from).min()
    }

    /// The codes of its products.
    fn products(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = self.lines.iter().map(|line| line.product.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// What runs of a product on its last day; without a code of the only product.
    ///
    /// # Errors
    /// Where it has no such product, or several and none is named, or nothing of it is left.
    pub fn sold(&self, product: Option<&str>) -> Result<Sold, CliError> {
        let products = self.products();
        let wanted = match (product, products.as_slice()) {
            (Some(product), _) => product,
            (None, [only]) => only,
            (None, []) => return Err(wrong(format!("the deal {} has no lines", self.id))),
            (None, several) => {
                return Err(wrong(format!(
                    "the deal {} has the products {}; give one by --product",
                    self.id,
                    several.join(", ")
                )));
            }
        };
        let of_product = || self.lines.iter().filter(|line| line.product == wanted);
        let added = of_product().filter(|line| line.quantity > Decimal::ZERO);
        let to = added.map(|line| line.to).max().ok_or_else(|| {
            let has = products.join(", ");
            wrong(format!("the deal {} has no product {wanted:?}; it has {has}", self.id))
        })?;
        let running = of_product().filter(|line| line.from <= to && to <= line.to);
        Ok(Sold {
            product: wanted.to_owned(),
            quantity: running.map(|line| line.quantity).sum(),
            to,
        })
    }

    /// The price of one from `from` to `to`: of its price for all of its days, the share of these.
    ///
    /// # Errors
    /// Where no line of the product runs on these days.
    pub fn rest_price(&self, product: &str, from: NaiveDate, to: NaiveDate) -> Result<Decimal, CliError> {
        let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() + 1;
        let added = self
            .lines
            .iter()
            .filter(|line| line.product == product && line.quantity > Decimal::ZERO);
        let running = added.filter(|line| line.from <= from && to <= line.to).max_by_key(|line| line.from);
        let Some(line) = running.filter(|_| from <= to) else {
            return Err(wrong(format!(
                "no line of {product} of the deal {} runs from {from} to {to}; give other days, or --price",
                self.id
            )));
        };
        let share = Decimal::from(days(from, to)) * line.price / Decimal::from(days(line.from, line.to));
        Ok(share.round_dp_with_strategy(PRICE_PLACES, RoundingStrategy::MidpointAwayFromZero))
    }
}

impl Orders<'_> {
    fn find(&self, id: &str) -> Result<&Value, CliError> {
        let found = self.deals.iter().find(|deal| {
            let known = id_of(deal);
            !id.is_empty() && (known == id || known.get(..SHORT_ID_LENGTH) == Some(id))
        });
        found.ok_or_else(|| {
            wrong(format!(
                "the sandbox has no deal {id:?}; give the id that `tieout sandbox sell` printed: it begins with 006 and has 15 or 18 characters"
            ))
        })
    }

    fn kind(&self, deal: &Value) -> DealKind {
        let orders = &self.config.salesforce.orders;
        match deal[orders.kind.as_str()].as_str() {
            None | Some("") => DealKind::New,
            Some(word) => orders.kinds.get(word).copied().unwrap_or(DealKind::Unmapped),
        }
    }

    fn begins_a_term(&self, deal: &Value) -> bool {
        matches!(self.kind(deal), DealKind::New | DealKind::WinBack | DealKind::Renewal)
    }

    /// The deal that an order names.
    fn amended_by(&self, order: &Value) -> Option<&Value> {
        let field = self.config.salesforce.orders.amends.as_deref()?;
        let named = order[field].as_str()?;
        self.deals.iter().find(|deal| id_of(deal) == named)
    }

    /// Where the term of an order begins: itself, or what it changes.
    fn first_of<'o>(&'o self, order: &'o Value) -> &'o Value {
        let mut first = order;
        for _ in 0..ORDERS_MAX {
            match self.amended_by(first).filter(|_| !self.begins_a_term(first)) {
                Some(earlier) => first = earlier,
                None => break,
            }
        }
        first
    }

    fn is_won(deal: &Value) -> bool {
        deal["IsWon"] == json!(true)
    }

    /// The won renewal of a term: of several the one that was made last.
    fn renewal_of(&self, term: &Value) -> Option<&Value> {
        let renewals = self.deals.iter().filter(|deal| {
            Self::is_won(deal)
                && self.kind(deal) == DealKind::Renewal
                && self
                    .amended_by(deal)
                    .is_some_and(|earlier| id_of(deal) != id_of(earlier) && id_of(self.first_of(earlier)) == id_of(term))
        });
        // Ids grow with each record.
        renewals.max_by_key(|deal| id_of(deal))
    }

    /// A first deal or renewal with the lines of it and of the won orders that changed it.
    fn term(&self, term: &Value) -> Result<OrderedTerm, CliError> {
        let id = id_of(term);
        let is_part = |line: &&Value| {
            let owner = self.deals.iter().find(|deal| deal["Id"] == line["OpportunityId"]);
            owner.is_some_and(|owner| {
                let is_change = Self::is_won(owner) && !self.begins_a_term(owner);
                id_of(owner) == id || (is_change && id_of(self.first_of(owner)) == id)
            })
        };
        let lines = self.lines.iter().filter(is_part).map(|line| self.line(line));
        Ok(OrderedTerm {
            record: term.clone(),
            id: id.to_owned(),
            lines: lines.collect::<Result<_, _>>()?,
        })
    }

    fn line(&self, record: &Value) -> Result<SoldLine, CliError> {
        let product = record["ProductCode"].as_str().unwrap_or_default().to_owned();
        let (start, end) = date_fields(self.config)?;
        let missing = |field: &str| {
            let deal = record["OpportunityId"].as_str().unwrap_or_default();
            wrong(format!(
                "the line of {product:?} of the deal {deal} has no {field}; enter it in Salesforce"
            ))
        };
        let date = |field: &str| {
            let date = record[field].as_str().and_then(|text| text.parse::<NaiveDate>().ok());
            date.ok_or_else(|| missing(field))
        };
        let number = |field: &str| number(&record[field]).ok_or_else(|| missing(field));
        Ok(SoldLine {
            quantity: number("Quantity")?,
            price: number("UnitPrice")?,
            from: date(start)?,
            to: date(end)?,
            product,
        })
    }
}

/// The line's fields with its first and its last day.
///
/// # Errors
/// Where `tieout.toml` names none for the last day.
pub fn date_fields(config: &Config) -> Result<(&str, &str), CliError> {
    let fields = &config.salesforce.line_fields;
    let end = fields.end.as_deref().ok_or_else(|| {
        wrong("tieout.toml names no field for the last day of a line: set `end` under [salesforce.line_fields]".to_owned())
    })?;
    Ok((&fields.start, end))
}

fn id_of(record: &Value) -> &str {
    record["Id"].as_str().unwrap_or_default()
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
