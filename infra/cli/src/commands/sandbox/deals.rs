//! What sellers do in the CRM, in the fields and words that `tieout.toml` maps.

use chrono::NaiveDate;
use http::Method;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};
use tieout_platform::config::DealKind;

use super::hands::Hands;
use crate::arguments::{Change, NewLine, Term};
use crate::error::CliError;

/// Decimals of a sales price.
const PRICE_PLACES: u32 = 2;

/// A deal that is won on `close`, over one line or none.
struct Order<'a> {
    name: String,
    account: &'a str,
    currency: Option<&'a str>,
    close: Option<NaiveDate>,
    fields: Map<String, Value>,
    lines: Vec<Value>,
}

pub async fn sell(
    hands: &Hands,
    customer: &str,
    country: Option<&str>,
    currency: Option<&str>,
    line: &NewLine,
) -> Result<String, CliError> {
    let accounts = hands.records("Account").await?;
    let known = accounts.iter().find(|account| account["Name"] == json!(customer));
    let first = hands.config.entities.first().map(|entity| entity.currency.as_str());
    let currency = currency.or(first);
    let account = match known.and_then(|account| account["Id"].as_str()) {
        Some(id) => id.to_owned(),
        None => {
            let fields = country.map_or_else(|| json!({}), |country| json!({ "BillingCountry": country }));
            let body = json!({ "name": customer, "currency": currency, "fields": fields });
            id_of(&hands.salesforce(Method::POST, "accounts", &body).await?)
        }
    };
    let item = self::line(hands, &line.product, line.quantity, line.price, (line.term.from, line.term.to))?;
    let orders = &hands.config.salesforce.orders;
    let new = orders.kinds.iter().find(|(_, kind)| **kind == DealKind::New);
    let order = Order {
        name: customer.to_owned(),
        account: &account,
        currency,
        close: line.term.close,
        fields: new.map(|(word, _)| (orders.kind.clone(), json!(word))).into_iter().collect(),
        lines: vec![item],
    };
    win(hands, order).await
}

pub async fn amend(hands: &Hands, deal: &str, kind: &str, change: &Change) -> Result<String, CliError> {
    let kind = parse_kind(kind)?;
    let deal = Deal::read(hands, deal).await?;
    let sold = deal.line(hands, Some(&change.product)).ok();
    let end = match (change.to, &sold) {
        (Some(to), _) => to,
        (None, Some(sold)) => sold.to,
        (None, None) => return Err(wrong(format!("the deal has no product {}; give --to and --price", change.product))),
    };
    let price = match (change.price, &sold) {
        (Some(price), _) => price,
        (None, Some(sold)) => sold.rest_from(change.from, end)?,
        (None, None) => return Err(wrong(format!("the deal has no product {}; give --price", change.product))),
    };
    let item = line(hands, &change.product, change.quantity, price, (change.from, end))?;
    let fields = change_fields(hands, &deal, kind, change.from)?;
    win(hands, deal.order("changed", fields, vec![item], None)).await
}

pub async fn renew(
    hands: &Hands,
    deal: &str,
    product: Option<&str>,
    quantity: Option<Decimal>,
    price: Decimal,
    term: &Term,
) -> Result<String, CliError> {
    let deal = Deal::read(hands, deal).await?;
    let sold = deal.line(hands, product)?;
    let quantity = quantity.unwrap_or(sold.quantity);
    let item = line(hands, &sold.product, quantity, price, (term.from, term.to))?;
    let fields = change_fields(hands, &deal, DealKind::Renewal, term.from)?;
    win(hands, deal.order("renewed", fields, vec![item], term.close)).await
}

pub async fn cancel(hands: &Hands, deal: &str, from: NaiveDate) -> Result<String, CliError> {
    let deal = Deal::read(hands, deal).await?;
    if hands.config.salesforce.orders.effective.is_none() {
        return Err(wrong(
            "tieout.toml names no field for the day of a change: set `effective` under [salesforce.orders]".to_owned(),
        ));
    }
    let fields = change_fields(hands, &deal, DealKind::Cancellation, from)?;
    win(hands, deal.order("cancelled", fields, Vec::new(), None)).await
}

/// An earlier deal with the lines of it and of the orders that name it.
struct Deal {
    record: Value,
    id: String,
    account: String,
    lines: Vec<Value>,
}

/// A product of a deal.
struct SoldLine {
    product: String,
    /// With what was added and fell away since.
    quantity: Decimal,
    price: Decimal,
    from: NaiveDate,
    to: NaiveDate,
}

impl SoldLine {
    /// The price of one for the days from `from` to `to`, of its price for all of its days.
    fn rest_from(&self, from: NaiveDate, to: NaiveDate) -> Result<Decimal, CliError> {
        let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() + 1;
        let (all, left) = (days(self.from, self.to), days(from, to));
        if all < 1 || left < 1 {
            return Err(wrong(format!("nothing is left from {from} to {to}; give other days, or --price")));
        }
        let rest = self.price * Decimal::from(left) / Decimal::from(all);
        Ok(rest.round_dp_with_strategy(PRICE_PLACES, RoundingStrategy::MidpointAwayFromZero))
    }
}

impl Deal {
    async fn read(hands: &Hands, id: &str) -> Result<Self, CliError> {
        let deals = hands.records("Opportunity").await?;
        let found = deals.iter().find(|deal| {
            let known = deal["Id"].as_str().unwrap_or_default();
            !id.is_empty() && (known == id || known.get(..15) == Some(id))
        });
        let record = found.ok_or_else(|| {
            wrong(format!(
                "the sandbox has no deal {id:?}; give the id that `tieout sandbox sell` printed"
            ))
        })?;
        let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
        let id = text("Id");
        let amends = hands.config.salesforce.orders.amends.as_deref();
        let of_contract = |line: &Value| {
            let owner = deals.iter().find(|deal| deal["Id"] == line["OpportunityId"]);
            owner.is_some_and(|owner| {
                let names = amends.is_some_and(|field| owner[field] == json!(id) && owner["IsWon"] == json!(true));
                owner["Id"] == json!(id) || names
            })
        };
        let all = hands.records("OpportunityLineItem").await?;
        let lines = all.into_iter().filter(of_contract).collect();
        Ok(Self {
            account: text("AccountId"),
            id,
            record: record.clone(),
            lines,
        })
    }

    /// The product of that code; without one the only product of the deal.
    fn line(&self, hands: &Hands, product: Option<&str>) -> Result<SoldLine, CliError> {
        let own = |line: &&Value| line["OpportunityId"] == json!(self.id);
        let code = |line: &Value| line["ProductCode"].as_str().unwrap_or_default().to_owned();
        let mut codes: Vec<String> = self.lines.iter().filter(own).map(code).collect();
        codes.sort_unstable();
        codes.dedup();
        let wanted = match (product, codes.as_slice()) {
            (Some(product), _) => product.to_owned(),
            (None, [only]) => only.clone(),
            (None, _) => {
                return Err(wrong(format!(
                    "the deal has the products {}; give one by --product",
                    codes.join(", ")
                )));
            }
        };
        let of_product = || self.lines.iter().filter(|line| code(line) == wanted);
        let first = of_product().find(|line| own(line));
        let first = first.ok_or_else(|| wrong(format!("the deal has no product {wanted}; it has {}", codes.join(", "))))?;
        let (start, end) = date_fields(hands)?;
        let date = |field: &str| first[field].as_str().and_then(|text| text.parse::<NaiveDate>().ok());
        let missing = |field: &str| wrong(format!("the deal's line of {wanted} has no {field}"));
        Ok(SoldLine {
            quantity: of_product().filter_map(|line| number(&line["Quantity"])).sum(),
            price: number(&first["UnitPrice"]).ok_or_else(|| missing("UnitPrice"))?,
            from: date(start).ok_or_else(|| missing(start))?,
            to: date(end).ok_or_else(|| missing(end))?,
            product: wanted,
        })
    }

    fn order(&self, what: &str, fields: Map<String, Value>, lines: Vec<Value>, close: Option<NaiveDate>) -> Order<'_> {
        Order {
            name: format!("{}, {what}", self.record["Name"].as_str().unwrap_or_default()),
            account: &self.account,
            currency: self.record["CurrencyIsoCode"].as_str(),
            close,
            fields,
            lines,
        }
    }
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
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
fn change_fields(hands: &Hands, deal: &Deal, kind: DealKind, from: NaiveDate) -> Result<Map<String, Value>, CliError> {
    let orders = &hands.config.salesforce.orders;
    let word = orders.kinds.iter().find(|(_, known)| **known == kind);
    let word = word.ok_or_else(|| {
        wrong(format!(
            "tieout.toml maps no value to {kind:?}: add one under [salesforce.orders.kinds]"
        ))
    })?;
    let mut fields = Map::from_iter([(orders.kind.clone(), json!(word.0))]);
    if let Some(amends) = &orders.amends {
        fields.insert(amends.clone(), json!(deal.id));
    }
    if let Some(effective) = &orders.effective {
        fields.insert(effective.clone(), json!(from));
    }
    Ok(fields)
}

/// The line's fields with its first and its last day.
fn date_fields(hands: &Hands) -> Result<(&str, &str), CliError> {
    let fields = &hands.config.salesforce.line_fields;
    let end = fields.end.as_deref().ok_or_else(|| {
        wrong("tieout.toml names no field for the last day of a line: set `end` under [salesforce.line_fields]".to_owned())
    })?;
    Ok((&fields.start, end))
}

fn line(hands: &Hands, product: &str, quantity: Decimal, price: Decimal, (from, to): (NaiveDate, NaiveDate)) -> Result<Value, CliError> {
    if to < from {
        return Err(wrong(format!("--to {to} is before --from {from}")));
    }
    if quantity.is_zero() {
        return Err(wrong("--quantity is zero".to_owned()));
    }
    if price.is_sign_negative() {
        return Err(wrong(format!(
            "--price {price} is negative; what falls away has a negative --quantity"
        )));
    }
    let (start, end) = date_fields(hands)?;
    Ok(json!({
        "product": product, "product_code": product, "quantity": quantity.to_string(), "unit_price": price.to_string(),
        "fields": { start: from, end: to },
    }))
}

/// Adds the deal and wins it; its id.
async fn win(hands: &Hands, order: Order<'_>) -> Result<String, CliError> {
    let body = json!({
        "name": order.name, "account_id": order.account, "close_date": order.close.unwrap_or(hands.today), "currency": order.currency,
        "fields": order.fields, "lines": order.lines,
    });
    let id = id_of(&hands.salesforce(Method::POST, "opportunities", &body).await?);
    let path = format!("opportunities/{id}/close-won");
    hands.salesforce(Method::POST, &path, &Value::Null).await?;
    Ok(id)
}

fn id_of(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_default().to_owned()
}

fn wrong(what: String) -> CliError {
    CliError::Act(what)
}
