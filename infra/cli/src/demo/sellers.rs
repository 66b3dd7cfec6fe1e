//! What sellers do in Salesforce; each act looks first whether it is done.

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use tieout_sandbox::salesforce::{NewAccount, NewLine, NewOpportunity, Salesforce};

use super::error::DemoError;
use super::script::{DealScript, LineScript, Twist, date, day};

/// The currency of the deal that no rule knows, until it is corrected.
const WITHOUT_RULE: &str = "CHF";
const WON: &str = "Closed Won";

/// Sellers of the demo's company.
#[derive(Debug, Clone)]
pub struct Sellers {
    salesforce: Salesforce,
}

impl Sellers {
    /// Sellers at work in `salesforce`.
    pub fn new(salesforce: Salesforce) -> Self {
        Self { salesforce }
    }

    /// The deal's id, if it is there.
    pub fn find(&self, deal: &DealScript) -> Option<String> {
        let name = deal.name();
        let all = self.salesforce.list("Opportunity");
        all.iter().find(|record| text(record, "Name") == Some(&name)).and_then(id)
    }

    /// The text with the deals' names instead of their ids.
    pub fn named(&self, text_with_ids: &str) -> String {
        let all = self.salesforce.list("Opportunity");
        let names = all.iter().filter_map(|record| Some((id(record)?, text(record, "Name")?)));
        names.fold(text_with_ids.to_owned(), |text, (id, name)| text.replace(&id, &format!("{name:?}")))
    }

    /// The deal as an open opportunity.
    pub fn open(&self, deal: &DealScript) -> Result<String, DemoError> {
        if let Some(there) = self.find(deal) {
            return Ok(there);
        }
        let currency = if deal.twist == Twist::NoRule { WITHOUT_RULE } else { deal.currency };
        let lines = deal.lines.iter().enumerate();
        let added = self.salesforce.add_opportunity(NewOpportunity {
            name: deal.name(),
            account_id: self.account(deal)?,
            close_date: day(deal.won),
            stage: None,
            currency: Some(currency.to_owned()),
            amount: None,
            fields: Map::from_iter([("Type".to_owned(), json!("New Business"))]),
            lines: lines
                .map(|(index, line)| new_line(line, deal.twist == Twist::NoDates && index == 0))
                .collect(),
        })?;
        Ok(added.id)
    }

    fn account(&self, deal: &DealScript) -> Result<String, DemoError> {
        let all = self.salesforce.list("Account");
        if let Some(there) = all.iter().find(|record| text(record, "Name") == Some(deal.customer)).and_then(id) {
            return Ok(there);
        }
        Ok(self.salesforce.add_account(NewAccount {
            name: deal.customer.to_owned(),
            currency: Some(deal.currency.to_owned()),
            fields: Map::from_iter([("BillingCountry".to_owned(), json!(deal.country))]),
        })?)
    }

    /// The id of a deal's customer.
    pub fn account_of(&self, opportunity: &str) -> Option<String> {
        self.field(opportunity, "AccountId")
    }

    /// Closes the deal, if it is open; gives whether it was.
    pub fn win(&self, opportunity: &str) -> Result<bool, DemoError> {
        if self.is_won(opportunity) {
            return Ok(false);
        }
        self.salesforce.close_won(opportunity)?;
        Ok(true)
    }

    /// Whether the deal is closed-won.
    pub fn is_won(&self, opportunity: &str) -> bool {
        self.field(opportunity, "StageName").as_deref() == Some(WON)
    }

    /// How many deals are closed-won.
    pub fn won_count(&self) -> usize {
        let all = self.salesforce.list("Opportunity");
        all.iter().filter(|record| text(record, "StageName") == Some(WON)).count()
    }

    /// Enters the dates that were forgotten; gives whether they were missing.
    pub fn enter_dates(&self, opportunity: &str, deal: &DealScript) -> Result<bool, DemoError> {
        let lines = self.salesforce.lines(opportunity);
        let (Some(line), Some(script)) = (lines.first(), deal.lines.first()) else {
            return Ok(false);
        };
        let (Some(line_id), None) = (id(line), text(line, "End_Date__c")) else {
            return Ok(false);
        };
        let (start, end) = dates(script);
        let fields = [("ServiceDate".to_owned(), json!(start)), ("End_Date__c".to_owned(), json!(end))];
        self.salesforce.edit_line(&line_id, Map::from_iter(fields))?;
        self.save(opportunity)?;
        Ok(true)
    }

    /// Gives the deal the currency that it should have had; gives whether there was anything to do.
    ///
    /// Salesforce does not change the currency of an opportunity with products: they are taken out and put in again.
    pub fn correct_currency(&self, opportunity: &str, deal: &DealScript) -> Result<bool, DemoError> {
        let right = self.field(opportunity, "CurrencyIsoCode").as_deref() == Some(deal.currency);
        let there = self.salesforce.lines(opportunity);
        if right && there.len() == deal.lines.len() {
            return Ok(false);
        }
        for line in there.iter().filter_map(id) {
            self.salesforce.delete(&line)?;
        }
        self.salesforce
            .edit(opportunity, Map::from_iter([("CurrencyIsoCode".to_owned(), json!(deal.currency))]))?;
        for line in deal.lines {
            self.salesforce.add_line(opportunity, &new_line(line, false))?;
        }
        Ok(true)
    }

    /// Sets the quantity of the first line: to twice what was sold, or back to it.
    pub fn set_quantity(&self, opportunity: &str, deal: &DealScript, doubled: bool) -> Result<(), DemoError> {
        let lines = self.salesforce.lines(opportunity);
        if let (Some(line), Some(script)) = (lines.first().and_then(id), deal.lines.first()) {
            let factor = if doubled { Decimal::TWO } else { Decimal::ONE };
            let quantity = (decimal(script.quantity) * factor).normalize();
            self.salesforce
                .edit_line(&line, Map::from_iter([("Quantity".to_owned(), number(quantity))]))?;
            self.save(opportunity)?;
        }
        Ok(())
    }

    /// Saves the opportunity as it is, as a seller does after changing its products.
    fn save(&self, opportunity: &str) -> Result<(), DemoError> {
        let step = self.field(opportunity, "NextStep").is_none().then_some("Checked with finance");
        self.salesforce
            .edit(opportunity, Map::from_iter([("NextStep".to_owned(), json!(step))]))?;
        Ok(())
    }

    fn field(&self, record: &str, name: &str) -> Option<String> {
        let record = self.salesforce.record(record)?;
        text(&record, name).map(str::to_owned)
    }
}

/// First and last day of a line.
fn dates(line: &LineScript) -> (NaiveDate, Option<NaiveDate>) {
    let start = date(line.start);
    let months = line.months.map(Months::new);
    let end = months.and_then(|months| start.checked_add_months(months)?.checked_sub_days(Days::new(1)));
    (start, end)
}

fn new_line(line: &LineScript, without_dates: bool) -> NewLine {
    let (start, end) = dates(line);
    NewLine {
        product: line.product.1.to_owned(),
        product_code: Some(line.product.0.to_owned()),
        quantity: decimal(line.quantity),
        unit_price: decimal(line.price),
        discount: line.discount.map(decimal),
        service_date: (!without_dates).then_some(start),
        end_date: end.filter(|_| !without_dates),
        ..NewLine::default()
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn number(amount: Decimal) -> Value {
    amount.to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

fn id(record: &Map<String, Value>) -> Option<String> {
    text(record, "Id").map(str::to_owned)
}

fn text<'a>(record: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    record.get(field).and_then(Value::as_str)
}
