//! What sellers and finance do, and what is to be seen of it.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use tieout_accounting::ids::ContractId;
use tieout_platform::effect::{EffectKey, State};
use tieout_sandbox::salesforce::{NewAccount, NewLine, NewOpportunity, Salesforce};
use tieout_sandbox::xero::{InvoiceView, Xero};
use tieout_store::{Document, OrderKey, Parked, StoredContract};

use super::World;

/// Xero organisations of the group's entities.
pub const UK: &str = "6f1c2a57-3b0e-4d6a-9f27-5c8e1d0b7a11";
pub const US: &str = "b83d9e40-71c5-4f8e-8a16-2d4f6c905e22";
pub const EU: &str = "d27a5f18-9c64-4b3d-b5e8-e06f3a71c433";

pub fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A deal in the CRM.
#[derive(Debug, Clone)]
pub struct Sold {
    pub opportunity: String,
    pub account: String,
    pub lines: Vec<String>,
    pub on: NaiveDate,
}

/// A line over a year from `start`.
pub fn line(product: &str, code: &str, price: &str, start: NaiveDate, days: u64) -> NewLine {
    NewLine {
        product: product.to_owned(),
        product_code: Some(code.to_owned()),
        quantity: Decimal::ONE,
        unit_price: amount(price),
        service_date: Some(start),
        end_date: Some(start + Days::new(days)),
        ..NewLine::default()
    }
}

impl World {
    pub fn salesforce(&self) -> &Salesforce {
        self.stack.sandbox.salesforce.as_ref().unwrap()
    }

    pub fn xero(&self) -> &Xero {
        self.stack.sandbox.xero.as_ref().unwrap()
    }

    pub fn customer(&self, name: &str) -> String {
        let account = NewAccount {
            name: name.to_owned(),
            ..NewAccount::default()
        };
        self.salesforce().add_account(account).unwrap()
    }

    /// A deal, not yet closed.
    pub fn open_deal(&self, account: &str, name: &str, currency: &str, lines: Vec<NewLine>) -> Sold {
        let added = self.salesforce().add_opportunity(NewOpportunity {
            name: name.to_owned(),
            account_id: account.to_owned(),
            close_date: self.today(),
            currency: Some(currency.to_owned()),
            lines,
            ..NewOpportunity::default()
        });
        let added = added.unwrap();
        Sold {
            opportunity: added.id,
            account: account.to_owned(),
            lines: added.line_ids,
            on: self.today(),
        }
    }

    /// A deal of a new customer with three lines, closed-won today; its message waits to be delivered.
    pub fn sell(&self, name: &str, currency: &str) -> Sold {
        let customer = self.customer(name);
        let today = self.today();
        let lines = vec![
            line("Platform", "PLATFORM", "12000.00", today, 364),
            line("Support", "SUPPORT", "2400.50", today, 364),
            line("Onboarding", "ONBOARDING", "900.00", today, 0),
        ];
        let sold = self.open_deal(&customer, name, currency, lines);
        self.salesforce().close_won(&sold.opportunity).unwrap();
        sold
    }

    /// A deal that is booked, its draft in the ledger.
    pub async fn booked(&self, name: &str, currency: &str) -> Sold {
        let sold = self.sell(name, currency);
        self.settle().await;
        sold
    }

    pub fn edit(&self, id: &str, fields: Value) {
        let Value::Object(fields) = fields else { panic!("not an object") };
        self.salesforce().edit(id, fields).unwrap();
    }

    /// The deal's invoices in an organisation: those whose address leads to it.
    pub fn invoices(&self, tenant: &str, sold: &Sold) -> Vec<InvoiceView> {
        let all = self.xero().list_invoices(tenant);
        all.into_iter()
            .filter(|invoice| invoice.url.contains(&format!("/{}#", sold.opportunity)))
            .collect()
    }

    pub fn invoice(&self, tenant: &str, sold: &Sold) -> InvoiceView {
        let mut all = self.invoices(tenant, sold);
        assert_eq!(all.len(), 1, "one invoice for one deal: {all:?}");
        all.remove(0)
    }

    pub fn written_back(&self, sold: &Sold) -> Map<String, Value> {
        self.salesforce().written_back(&sold.opportunity)
    }

    pub async fn contract(&self, sold: &Sold) -> Option<StoredContract> {
        self.stack.deployment.store.contract(&contract_id(sold)).await.unwrap()
    }

    /// The types of the contract's events, in their order.
    pub async fn events(&self, sold: &Sold) -> Vec<String> {
        let contract = self.contract(sold).await;
        let events = contract.map(|contract| contract.events).unwrap_or_default();
        events.iter().map(|stored| stored.event.kind.name().to_owned()).collect()
    }

    /// The open case about a deal, whatever its kind.
    pub async fn parked(&self, sold: &Sold) -> Option<Parked> {
        let mut all = self.parked_all(sold).await;
        assert!(all.len() < 2, "{all:?}");
        all.pop()
    }

    pub async fn parked_all(&self, sold: &Sold) -> Vec<Parked> {
        let all = self.stack.deployment.store.parked().await.unwrap();
        let contract = contract_id(sold);
        let of_sold = |parked: &Parked| parked.key.ends_with(&sold.opportunity) || parked.key.contains(contract.as_str());
        all.into_iter().filter(of_sold).collect()
    }

    pub async fn contacts(&self, tenant: &str) -> Vec<Value> {
        let Value::Array(contacts) = self.look(&format!("/_sandbox/{tenant}/contacts")).await else {
            panic!("no list")
        };
        contacts
    }

    pub async fn effect(&self, key: &[&str]) -> Option<State> {
        let effect = self.stack.deployment.store.effect(&EffectKey::new(key)).await.unwrap();
        effect.map(|effect| effect.record.state)
    }

    /// Everything that is to be seen of a deal, without what differs from one run to the next: ids, dates and instants.
    pub async fn state_of(&self, tenant: &str, sold: &Sold) -> Value {
        let invoices = self.invoices(tenant, sold);
        let contact = self.contacts(tenant).await;
        let contacts = contact
            .iter()
            .filter(|contact| contact["ContactNumber"] == sold.account.as_str())
            .count();
        let (outline, events) = match self.contract(sold).await {
            Some(contract) => (Some(contract.outline), contract.events),
            None => (None, Vec::new()),
        };
        let document = outline.as_ref().map(|outline| &outline.documents[0]);
        let open: Vec<String> = self.open_effects().await;
        let mut invoices: Vec<Value> = invoices.iter().map(|invoice| serde_json::to_value(invoice).unwrap()).collect();
        for invoice in &mut invoices {
            invoice["contact_id"].take();
            // Each world has an address of its own.
            let path = invoice["url"].as_str().and_then(|url| url.splitn(4, '/').nth(3)).map(str::to_owned);
            invoice["url"] = json!(path);
        }
        // Payments of one day have no order.
        let mut told: Vec<(String, Value)> = events
            .iter()
            .map(|stored| {
                let body = stored.event.to_value();
                (body.to_string(), json!([body, stored.fact]))
            })
            .collect();
        told.sort_by(|left, right| left.0.cmp(&right.0));
        let lines = document.and_then(|document| document.in_ledger()).map(|found| found.lines.len());
        let state = json!({
            "invoices": invoices,
            "contacts": contacts,
            "entity": outline.as_ref().map(|outline| outline.head.entity.to_string()),
            "status": document.and_then(|document| document.in_ledger()).map(|found| found.status.name()),
            "lines": lines,
            "events": told.into_iter().map(|(_, event)| event).collect::<Vec<_>>(),
            "told": self.written_back(sold),
            "parked": self.parked_all(sold).await.iter().map(|parked| parked.key.clone()).collect::<Vec<_>>(),
            "open_effects": open,
            "invoice_effect": self.effect(&["ledger", "document", contract_id(sold).as_str(), "1"]).await.as_ref().map(state_name),
            "contact_effect": self.effect(&["ledger", "contact", tenant, &sold.account]).await.as_ref().map(state_name),
            "dead_letters": self.dead_letters(),
            "waiting": self.waiting(),
        });
        self.plain(state, sold, document)
    }

    pub async fn open_effects(&self) -> Vec<String> {
        let open = self.stack.deployment.store.open_effects(100).await.unwrap();
        open.iter()
            .map(|effect| format!("{} {}", effect.record.key, state_name(&effect.record.state)))
            .collect()
    }

    /// The same text for the same thing in each run.
    fn plain(&self, state: Value, sold: &Sold, document: Option<&Document>) -> Value {
        let mut text = state.to_string();
        let mut named = vec![
            (sold.opportunity.clone(), "DEAL".to_owned()),
            (sold.account.clone(), "CUSTOMER".to_owned()),
            (contract_id(sold).to_string(), "CONTRACT".to_owned()),
        ];
        named.extend(
            sold.lines
                .iter()
                .enumerate()
                .map(|(place, id)| (id.clone(), format!("LINE{place}"))),
        );
        if let Some(found) = document.and_then(Document::in_ledger) {
            named.push((found.ledger_id.clone(), "INVOICE".to_owned()));
            named.push((found.number.clone(), "NUMBER".to_owned()));
        }
        named.extend(
            (0..32)
                .chain([364])
                .map(|days| ((sold.on + Days::new(days)).to_string(), format!("DAY{days}"))),
        );
        for (id, name) in named {
            text = text.replace(&id, &name);
        }
        serde_json::from_str(&without_uuids(&text)).unwrap()
    }
}

/// The contract that the deal begins.
pub fn contract_id(sold: &Sold) -> ContractId {
    OrderKey::new("crm", &sold.opportunity).unwrap().contract()
}

/// Numbers the UUIDs of a text in the order in which they come.
fn without_uuids(text: &str) -> String {
    const LENGTH: usize = 36;
    let is_uuid = |part: &str| {
        let form = |(place, byte): (usize, u8)| {
            if [8, 13, 18, 23].contains(&place) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        };
        part.bytes().enumerate().all(form)
    };
    let (mut seen, mut plain, mut rest) = (Vec::<&str>::new(), String::new(), text);
    while let Some(first) = rest.chars().next() {
        match rest.get(..LENGTH).filter(|part| is_uuid(part)) {
            Some(uuid) => {
                let place = seen.iter().position(|known| *known == uuid).unwrap_or_else(|| {
                    seen.push(uuid);
                    seen.len() - 1
                });
                plain.push_str(&format!("UUID{place}"));
                rest = &rest[LENGTH..];
            }
            None => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    plain
}

pub fn state_name(state: &State) -> &'static str {
    match state {
        State::Intended => "intended",
        State::Attempted { .. } => "attempted",
        State::Done { .. } => "done",
        State::Refused { .. } => "refused",
    }
}
