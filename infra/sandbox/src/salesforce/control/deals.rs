//! What sellers do.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{AddedOpportunity, NewAccount, NewLine, NewOpportunity};
use crate::salesforce::Salesforce;
use crate::salesforce::error::ApiError;
use crate::salesforce::inner::Inner;
use crate::salesforce::schema::{Children, SObject};
use crate::salesforce::soql::Source as _;
use crate::salesforce::values::number_value;
use crate::salesforce::work::Work;

const WON: &str = "Closed Won";
const REOPENED: &str = "Negotiation/Review";
const LINES: Children = Children {
    name: "OpportunityLineItems",
    object: "OpportunityLineItem",
    field: "OpportunityId",
};

impl Salesforce {
    /// Adds a customer and answers its id.
    pub fn add_account(&self, account: NewAccount) -> Result<String, ApiError> {
        let object = object(&self.inner, "Account")?;
        let mut fields = account.fields;
        fields.insert("Name".to_owned(), json!(account.name));
        currency(&mut fields, object, account.currency);
        self.inner.by_hand(|work| work.create(object, &fields))
    }

    /// Adds a deal with its lines in one save.
    pub fn add_opportunity(&self, deal: NewOpportunity) -> Result<AddedOpportunity, ApiError> {
        let object = object(&self.inner, "Opportunity")?;
        let mut fields = deal.fields;
        fields.insert("Name".to_owned(), json!(deal.name));
        fields.insert("AccountId".to_owned(), json!(deal.account_id));
        fields.insert("CloseDate".to_owned(), json!(deal.close_date));
        fields.insert("StageName".to_owned(), json!(deal.stage.as_deref().unwrap_or("Prospecting")));
        if let Some(amount) = deal.amount {
            fields.insert("Amount".to_owned(), number_value(amount, amount.scale()));
        }
        currency(&mut fields, object, deal.currency);
        self.inner.by_hand(|work| {
            let id = work.create(object, &fields)?;
            let mut line_ids = Vec::with_capacity(deal.lines.len());
            for (place, line) in deal.lines.iter().enumerate() {
                line_ids.push(add_line(&self.inner, work, &id, place, line)?);
            }
            Ok(AddedOpportunity { id, line_ids })
        })
    }

    /// Adds a line to a deal and answers its id.
    pub fn add_line(&self, opportunity_id: &str, line: &NewLine) -> Result<String, ApiError> {
        let deals = object(&self.inner, "Opportunity")?;
        let place = self.lines(opportunity_id).len();
        self.inner.by_hand(|work| {
            let id = work.live(deals, opportunity_id)?;
            add_line(&self.inner, work, &id, place, line)
        })
    }

    /// `Closed Won`.
    pub fn close_won(&self, opportunity_id: &str) -> Result<(), ApiError> {
        self.edit(opportunity_id, stage(WON))
    }

    /// Takes a closed deal back to `Negotiation/Review`.
    pub fn reopen(&self, opportunity_id: &str) -> Result<(), ApiError> {
        self.edit(opportunity_id, stage(REOPENED))
    }

    /// Changes fields of any record by their API names; read-only ones too.
    pub fn edit(&self, id: &str, fields: Map<String, Value>) -> Result<(), ApiError> {
        let object = self.object_of(id)?;
        self.inner.by_hand(|work| {
            let id = work.live(object, id)?;
            work.update(object, &id, &fields)
        })
    }

    /// Changes fields of a line: [`Salesforce::edit`] by another name, refused for what is not a line.
    pub fn edit_line(&self, line_id: &str, fields: Map<String, Value>) -> Result<(), ApiError> {
        let lines = object(&self.inner, "OpportunityLineItem")?;
        self.inner.by_hand(|work| {
            let id = work.live(lines, line_id)?;
            work.update(lines, &id, &fields)
        })
    }

    /// Deletes a record and what hangs on it.
    pub fn delete(&self, id: &str) -> Result<(), ApiError> {
        let object = self.object_of(id)?;
        self.inner.by_hand(|work| {
            let id = work.live(object, id)?;
            work.delete(&id)
        })
    }

    /// The live record, all its set fields by API name.
    pub fn record(&self, id: &str) -> Option<Map<String, Value>> {
        let id = crate::salesforce::to_18(id)?;
        self.inner.with_state(|state| {
            let record = state.record(&id).filter(|record| !record.deleted)?;
            Some(record.fields.clone())
        })
    }

    /// The live records of an object, by id.
    pub fn list(&self, object: &str) -> Vec<Map<String, Value>> {
        self.inner.with_state(|state| {
            let live = state.records_of(object).filter(|record| !record.deleted);
            live.map(|record| record.fields.clone()).collect()
        })
    }

    /// The live lines of a deal, by their place.
    pub fn lines(&self, opportunity_id: &str) -> Vec<Map<String, Value>> {
        let id = crate::salesforce::to_18(opportunity_id).unwrap_or_default();
        let mut lines: Vec<_> = self.inner.with_state(|state| {
            let live = state.children_of(&LINES, &id).filter(|record| !record.deleted);
            live.map(|record| (record.decimal("SortOrder"), record.fields.clone())).collect()
        });
        lines.sort_by_key(|(place, _): &(Option<Decimal>, _)| *place);
        lines.into_iter().map(|(_, fields)| fields).collect()
    }

    /// What Tieout wrote to a record: its set fields whose names begin with `Tieout_`.
    pub fn written_back(&self, id: &str) -> Map<String, Value> {
        let mut fields = self.record(id).unwrap_or_default();
        fields.retain(|name, value| name.starts_with("Tieout_") && !value.is_null());
        fields
    }

    fn object_of(&self, id: &str) -> Result<&SObject, ApiError> {
        self.inner.schema.object_of_id(id).ok_or_else(ApiError::not_found)
    }
}

fn object<'a>(inner: &'a Inner, name: &str) -> Result<&'a SObject, ApiError> {
    inner.schema.object(name).ok_or_else(ApiError::not_found)
}

fn stage(name: &str) -> Map<String, Value> {
    Map::from_iter([("StageName".to_owned(), json!(name))])
}

/// Sets the currency where the object has one.
fn currency(fields: &mut Map<String, Value>, object: &SObject, iso: Option<String>) {
    if let (Some(iso), Some(field)) = (iso, object.field("CurrencyIsoCode")) {
        fields.insert(field.name.clone(), Value::String(iso));
    }
}

fn add_line(inner: &Inner, work: &mut Work<'_>, deal: &str, place: usize, line: &NewLine) -> Result<String, ApiError> {
    let lines = object(inner, "OpportunityLineItem")?;
    let currency = work
        .record(deal)
        .map(|deal| deal.get("CurrencyIsoCode").clone())
        .unwrap_or_default();
    let product = product(inner, work, line)?;
    let entry = entry(inner, work, &product, &currency, line)?;
    let number = |amount: Decimal| number_value(amount, amount.scale());
    let mut fields = line.fields.clone();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("OpportunityId", json!(deal));
    set("PricebookEntryId", json!(entry));
    set("Quantity", number(line.quantity));
    set("UnitPrice", number(line.unit_price));
    set(
        "SortOrder",
        json!(
            line.sort_order
                .map_or(place + 1, |place| { usize::try_from(place).unwrap_or_default() })
        ),
    );
    if let Some(total) = line.total_price {
        set("TotalPrice", number(total));
    }
    if let Some(discount) = line.discount {
        set("Discount", number(discount));
    }
    for (name, date) in [
        ("ServiceDate", line.service_date),
        ("Start_Date__c", line.start_date),
        ("End_Date__c", line.end_date),
    ] {
        if let Some(date) = date {
            set(name, json!(date));
        }
    }
    if let Some(description) = &line.description {
        set("Description", json!(description));
    }
    work.create(lines, &fields)
}

/// The product of this name and code, made when there is none.
fn product(inner: &Inner, work: &mut Work<'_>, line: &NewLine) -> Result<String, ApiError> {
    let code = line.product_code.as_deref();
    let found = work.find("Product2", |product| {
        product.text("Name") == Some(&line.product) && product.text("ProductCode") == code
    });
    match found {
        Some(id) => Ok(id),
        None => {
            let mut fields = Map::new();
            fields.insert("Name".to_owned(), json!(line.product));
            fields.insert("ProductCode".to_owned(), json!(code));
            work.create(object(inner, "Product2")?, &fields)
        }
    }
}

/// The product's price in this currency, made when there is none.
fn entry(inner: &Inner, work: &mut Work<'_>, product: &str, currency: &Value, line: &NewLine) -> Result<String, ApiError> {
    let found = work.find("PricebookEntry", |entry| {
        entry.text("Product2Id") == Some(product) && entry.get("CurrencyIsoCode") == currency
    });
    match found {
        Some(id) => Ok(id),
        None => {
            let mut fields = Map::new();
            fields.insert("Product2Id".to_owned(), json!(product));
            fields.insert("UnitPrice".to_owned(), number_value(line.unit_price, 2));
            if !currency.is_null() {
                fields.insert("CurrencyIsoCode".to_owned(), currency.clone());
            }
            work.create(object(inner, "PricebookEntry")?, &fields)
        }
    }
}
