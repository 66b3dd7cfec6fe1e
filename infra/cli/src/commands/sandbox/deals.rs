//! What sellers do in the CRM, in the fields and words that `tieout.toml` maps.

use chrono::NaiveDate;
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use tieout_platform::config::DealKind;

use super::client::SandboxClient;
use super::orders::{Deal, OrderedTerm, date_fields};
use super::wrong;
use crate::arguments::{Change, EarlierDeal, FurtherLine, NewLine, Term};
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

/// Who buys.
pub struct Customer<'a> {
    pub name: &'a str,
    /// For a new one.
    pub country: Option<&'a str>,
}

pub async fn sell(
    client: &SandboxClient,
    customer: &Customer<'_>,
    currency: Option<&str>,
    sold: &NewLine,
    also: &[FurtherLine],
) -> Result<String, CliError> {
    let days = (sold.term.from, sold.term.to);
    let mut lines = vec![line(client, &sold.product, sold.quantity, sold.price, days)?];
    for further in also {
        let price = further.price.ok_or_else(|| unpriced(further))?;
        lines.push(line(client, &further.product, further.quantity, price, days)?);
    }
    let accounts = client.records("Account").await?;
    let known = accounts.iter().find(|account| account["Name"] == json!(customer.name));
    let first = client.config.entities.first().map(|entity| entity.currency.as_str());
    let currency = currency.or(first);
    let account = match known.and_then(|account| account["Id"].as_str()) {
        Some(id) => id.to_owned(),
        None => {
            let fields = customer
                .country
                .map_or_else(|| json!({}), |country| json!({ "BillingCountry": country }));
            let body = json!({ "name": customer.name, "currency": currency, "fields": fields });
            id_of(&client.salesforce(Method::POST, "accounts", &body).await?)
        }
    };
    let orders = &client.config.salesforce.orders;
    let new = orders.kinds.iter().find(|(_, kind)| **kind == DealKind::New);
    let order = Order {
        name: customer.name.to_owned(),
        account: &account,
        currency,
        close: sold.term.close,
        fields: new.map(|(word, _)| (orders.kind.clone(), json!(word))).into_iter().collect(),
        lines,
    };
    win(client, order).await
}

pub async fn amend(
    client: &SandboxClient,
    earlier: &EarlierDeal,
    kind: Option<&str>,
    change: &Change,
    also: &[FurtherLine],
) -> Result<String, CliError> {
    let kind = kind.map(parse_kind).transpose()?;
    let deal = Deal::read(client, &earlier.id).await?;
    let term = deal.term_on(change.from)?;
    let end = match change.to {
        Some(to) => to,
        None => term.sold(Some(&change.product)).map_err(also_give("--to and --price"))?.to,
    };
    let priced = |product: &str, price: Option<Decimal>| match price {
        Some(price) => Ok(price),
        None => term.rest_price(product, change.from, end),
    };
    let days = (change.from, end);
    let price = priced(&change.product, change.price)?;
    let mut lines = vec![line(client, &change.product, change.quantity, price, days)?];
    for further in also {
        let price = priced(&further.product, further.price)?;
        lines.push(line(client, &further.product, further.quantity, price, days)?);
    }
    let fields = change_fields(client, earlier, term, kind, change.from)?;
    win(client, Order::of(term, "changed", fields, lines, None)).await
}

pub async fn renew(
    client: &SandboxClient,
    earlier: &EarlierDeal,
    product: Option<&str>,
    quantity: Option<Decimal>,
    price: Decimal,
    days: &Term,
) -> Result<String, CliError> {
    let deal = Deal::read(client, &earlier.id).await?;
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
    let fields = change_fields(client, earlier, last, Some(DealKind::Renewal), days.from)?;
    win(client, Order::of(last, "renewed", fields, vec![item], days.close)).await
}

pub async fn cancel(client: &SandboxClient, earlier: &EarlierDeal, from: NaiveDate) -> Result<String, CliError> {
    let deal = Deal::read(client, &earlier.id).await?;
    if client.config.salesforce.orders.effective.is_none() {
        return Err(wrong(
            "tieout.toml names no field for the day of a change: set `effective` under [salesforce.orders]".to_owned(),
        ));
    }
    let term = deal.term_on(from)?;
    let fields = change_fields(client, earlier, term, Some(DealKind::Cancellation), from)?;
    win(client, Order::of(term, "cancelled", fields, Vec::new(), None)).await
}

fn unpriced(line: &FurtherLine) -> CliError {
    let FurtherLine { product, quantity, .. } = line;
    wrong(format!(
        "the line {product}={quantity} has no price; write --also {product}={quantity}@300.00"
    ))
}

/// What to give, where a term does not say it.
fn also_give(options: &'static str) -> impl Fn(CliError) -> CliError {
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
fn change_fields(
    client: &SandboxClient,
    earlier: &EarlierDeal,
    term: &OrderedTerm,
    kind: Option<DealKind>,
    from: NaiveDate,
) -> Result<Map<String, Value>, CliError> {
    let orders = &client.config.salesforce.orders;
    let mapped = orders.kinds.iter().find(|(_, known)| Some(**known) == kind);
    let word = earlier.says.as_ref().or(mapped.map(|(word, _)| word)).ok_or_else(|| {
        let kind = kind.unwrap_or(DealKind::Unmapped);
        wrong(format!(
            "tieout.toml maps no value to {kind:?}: add one under [salesforce.orders.kinds], or give --says"
        ))
    })?;
    let mut fields = Map::from_iter([(orders.kind.clone(), json!(word))]);
    if let Some(amends) = orders.amends.as_ref().filter(|_| !earlier.unlinked) {
        fields.insert(amends.clone(), json!(term.id));
    }
    if let Some(effective) = orders.effective.as_ref().filter(|_| !earlier.undated) {
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
