//! What sellers do in the CRM, in the fields and words that `tieout.toml` maps.

use chrono::NaiveDate;
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use tieout_platform::config::DealKind;

use super::client::SandboxClient;
use super::orders::{Deal, OrderedTerm, date_fields};
use super::wrong;
use crate::arguments::{Change, NewLine, Term};
use crate::error::CliError;

/// A deal that is won on `close`, over one line or none.
struct Order<'a> {
    name: String,
    account: &'a str,
    currency: Option<&'a str>,
    close: Option<NaiveDate>,
    fields: Map<String, Value>,
    lines: Vec<Value>,
}

impl<'a> Order<'a> {
    /// An order of the customer of a term.
    fn of(term: &'a OrderedTerm, what: &str, fields: Map<String, Value>, lines: Vec<Value>, close: Option<NaiveDate>) -> Self {
        Self {
            name: format!("{}, {what}", term.record["Name"].as_str().unwrap_or_default()),
            account: term.record["AccountId"].as_str().unwrap_or_default(),
            currency: term.record["CurrencyIsoCode"].as_str(),
            close,
            fields,
            lines,
        }
    }
}

pub async fn sell(
    client: &SandboxClient,
    customer: &str,
    country: Option<&str>,
    currency: Option<&str>,
    line: &NewLine,
) -> Result<String, CliError> {
    let item = self::line(client, &line.product, line.quantity, line.price, (line.term.from, line.term.to))?;
    let accounts = client.records("Account").await?;
    let known = accounts.iter().find(|account| account["Name"] == json!(customer));
    let first = client.config.entities.first().map(|entity| entity.currency.as_str());
    let currency = currency.or(first);
    let account = match known.and_then(|account| account["Id"].as_str()) {
        Some(id) => id.to_owned(),
        None => {
            let fields = country.map_or_else(|| json!({}), |country| json!({ "BillingCountry": country }));
            let body = json!({ "name": customer, "currency": currency, "fields": fields });
            id_of(&client.salesforce(Method::POST, "accounts", &body).await?)
        }
    };
    let orders = &client.config.salesforce.orders;
    let new = orders.kinds.iter().find(|(_, kind)| **kind == DealKind::New);
    let order = Order {
        name: customer.to_owned(),
        account: &account,
        currency,
        close: line.term.close,
        fields: new.map(|(word, _)| (orders.kind.clone(), json!(word))).into_iter().collect(),
        lines: vec![item],
    };
    win(client, order).await
}

pub async fn amend(client: &SandboxClient, deal: &str, kind: &str, change: &Change) -> Result<String, CliError> {
    let kind = parse_kind(kind)?;
    let deal = Deal::read(client, deal).await?;
    let term = deal.term_on(change.from)?;
    let end = match change.to {
        Some(to) => to,
        None => term.sold(Some(&change.product)).map_err(also("--to and --price"))?.to,
    };
    let price = match change.price {
        Some(price) => price,
        None => term.rest_price(&change.product, change.from, end)?,
    };
    let item = line(client, &change.product, change.quantity, price, (change.from, end))?;
    let fields = change_fields(client, &term.id, kind, change.from)?;
    win(client, Order::of(term, "changed", fields, vec![item], None)).await
}

pub async fn renew(
    client: &SandboxClient,
    deal: &str,
    product: Option<&str>,
    quantity: Option<Decimal>,
    price: Decimal,
    days: &Term,
) -> Result<String, CliError> {
    let deal = Deal::read(client, deal).await?;
    let last = deal.last_term()?;
    let sold = last.sold(product)?;
    let quantity = quantity.unwrap_or(sold.quantity);
    if quantity <= Decimal::ZERO {
        return Err(wrong(format!(
            "nothing of {} is left at the end of {}, on {}; give --quantity",
            sold.product, last.id, sold.to
        )));
    }
    let item = line(client, &sold.product, quantity, price, (days.from, days.to))?;
    let fields = change_fields(client, &last.id, DealKind::Renewal, days.from)?;
    win(client, Order::of(last, "renewed", fields, vec![item], days.close)).await
}

pub async fn cancel(client: &SandboxClient, deal: &str, from: NaiveDate) -> Result<String, CliError> {
    let deal = Deal::read(client, deal).await?;
    if client.config.salesforce.orders.effective.is_none() {
        return Err(wrong(
            "tieout.toml names no field for the day of a change: set `effective` under [salesforce.orders]".to_owned(),
        ));
    }
    let term = deal.term_on(from)?;
    let fields = change_fields(client, &term.id, DealKind::Cancellation, from)?;
    win(client, Order::of(term, "cancelled", fields, Vec::new(), None)).await
}

/// What to give, where a term does not say it.
fn also(options: &'static str) -> impl Fn(CliError) -> CliError {
    move |error| wrong(format!("{error}; of a new product give {options}"))
}

/// A kind of order in the words of `tieout.toml`.
fn parse_kind(text: &str) -> Result<DealKind, CliError> {
    const KINDS: [(&str, DealKind); 6] = [
        ("upsell", DealKind::Upsell),
        ("cross_sell", DealKind::CrossSell),
        ("price_change", DealKind::PriceChange),
        ("downgrade", DealKind::Downgrade),
        ("extension", DealKind::Extension),
        ("amendment", DealKind::Amendment),
    ];
    let name = text.replace('-', "_");
    let found = KINDS.iter().find(|(known, _)| *known == name);
    found.map(|(_, kind)| *kind).ok_or_else(|| {
        let all: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        wrong(format!("{text:?} is not a kind of change; give one of {}", all.join(", ")))
    })
}

/// The fields that say what an order does to which contract, and from when on.
fn change_fields(client: &SandboxClient, earlier: &str, kind: DealKind, from: NaiveDate) -> Result<Map<String, Value>, CliError> {
    let orders = &client.config.salesforce.orders;
    let word = orders.kinds.iter().find(|(_, known)| **known == kind);
    let word = word.ok_or_else(|| {
        wrong(format!(
            "tieout.toml maps no value to {kind:?}: add one under [salesforce.orders.kinds]"
        ))
    })?;
    let mut fields = Map::from_iter([(orders.kind.clone(), json!(word.0))]);
    if let Some(amends) = &orders.amends {
        fields.insert(amends.clone(), json!(earlier));
    }
    if let Some(effective) = &orders.effective {
        fields.insert(effective.clone(), json!(from));
    }
    Ok(fields)
}

fn line(
    client: &SandboxClient,
    product: &str,
    quantity: Decimal,
    price: Decimal,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Value, CliError> {
    if to < from {
        return Err(wrong(format!("--to {to} is before --from {from}; both days belong to the term")));
    }
    let (start, end) = date_fields(&client.config)?;
    Ok(json!({
        "product": product, "product_code": product, "quantity": quantity.to_string(), "unit_price": price.to_string(),
        "fields": { start: from, end: to },
    }))
}

/// Adds the deal and wins it; its id.
async fn win(client: &SandboxClient, order: Order<'_>) -> Result<String, CliError> {
    let body = json!({
        "name": order.name, "account_id": order.account, "close_date": order.close.unwrap_or(client.today), "currency": order.currency,
        "fields": order.fields, "lines": order.lines,
    });
    let id = id_of(&client.salesforce(Method::POST, "opportunities", &body).await?);
    let path = format!("opportunities/{id}/close-won");
    client.salesforce(Method::POST, &path, &Value::Null).await?;
    Ok(id)
}

fn id_of(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_default().to_owned()
}
