//! Salesforce behind the port: each call stands in the file of what it reads or writes.

use chrono::{DateTime, Utc};
use serde_json::Value;
use tieout_platform::effect::Permit;

use super::{OPPORTUNITY, Salesforce, ids, write_back};
use crate::deal::{Deal, InvoiceFacts};
use crate::ids::{IdError, RecordId};
use crate::port::{Answer, ChangedDeals, Crm, DealFields, Subject};

/// What opportunities' ids begin with.
const OPPORTUNITY_PREFIX: &str = "006";

impl Crm for Salesforce {
    fn name(&self) -> &'static str {
        "Salesforce"
    }

    fn organisation_id(&self) -> &str {
        self.settings.organisation.as_str()
    }

    fn target(&self) -> String {
        format!("salesforce:{}", self.settings.organisation)
    }

    fn fields(&self) -> &DealFields {
        &self.fields
    }

    fn record_id(&self, text: &str) -> Result<RecordId, IdError> {
        ids::record_id(text).map_err(|problem| IdError::new(text, problem))
    }

    fn deal_url(&self, deal: &RecordId) -> String {
        format!("{}/{deal}", self.settings.url.trim_end_matches('/'))
    }

    /// A message names the object that it is of; one about a record that was deleted meanwhile names no id.
    fn subject(&self, record: &str, said: &Value) -> Subject {
        let object = said.get("object").and_then(Value::as_str).unwrap_or_default();
        match ids::record_id(record) {
            Ok(id) if id.as_str().starts_with(OPPORTUNITY_PREFIX) => Subject::Deal(id),
            _ if !object.is_empty() && object != OPPORTUNITY => Subject::Other,
            _ => Subject::Deleted,
        }
    }

    fn read_deal<'a>(&'a self, id: &'a RecordId) -> Answer<'a, Option<Deal>> {
        Box::pin(self.deal_of(id))
    }

    fn changed_since(&self, since: DateTime<Utc>) -> Answer<'_, ChangedDeals> {
        Box::pin(self.changed_deals(since))
    }

    fn write_back_body(&self, deal: &RecordId, facts: &InvoiceFacts) -> String {
        write_back::write_back_body(deal, facts, &self.settings.write_back)
    }

    fn write_back<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, String> {
        Box::pin(self.write_invoice(permit))
    }

    fn look_up_write_back<'a>(&'a self, body: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(self.look_up_invoice(body))
    }
}

/// The fields as the settings map them; an opportunity's own by their API names.
pub(super) fn fields(settings: &super::SalesforceSettings) -> DealFields {
    let mapped = &settings.fields;
    let billing = &settings.billing;
    let end = mapped.end.as_deref().or(mapped.term_months.as_deref());
    DealFields {
        id: "Id".to_owned(),
        kind: settings.orders.kind.clone(),
        amends: settings.orders.amends.clone().unwrap_or_default(),
        effective: settings.orders.effective.clone().unwrap_or_default(),
        approval: settings.orders.approval.clone().unwrap_or_default(),
        frequency: billing.frequency.clone().unwrap_or_default(),
        frequencies: billing.frequencies.keys().cloned().collect(),
        timing: billing.timing.clone().unwrap_or_default(),
        timings: billing.timings.keys().cloned().collect(),
        currency: "CurrencyIsoCode".to_owned(),
        customer: "AccountId".to_owned(),
        amount: "Amount".to_owned(),
        lines: "OpportunityLineItems".to_owned(),
        quantity: "Quantity".to_owned(),
        total_price: "TotalPrice".to_owned(),
        start: mapped.start.clone(),
        end: end.unwrap_or("End_Date__c").to_owned(),
        write_back: "[salesforce.write_back]".to_owned(),
        orders: "[salesforce.orders]".to_owned(),
        billing: "[salesforce.billing]".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::super::tests::{DEAL, client};
    use super::*;

    #[test]
    fn a_hint_is_of_a_deal_of_something_else_or_of_nothing_any_more() {
        let (client, _) = client([]);
        let deal = || Subject::Deal(RecordId::parse(DEAL).unwrap());
        for (record, said, expected) in [
            (DEAL, json!({"object": "Opportunity"}), deal()),
            (&DEAL[..15], json!({}), deal()),
            (DEAL, json!(null), deal()),
            ("0017F000007ydJmQAI", json!({"object": "Account"}), Subject::Other),
            ("0017F000007ydJmQAI", json!({"object": "Opportunity"}), Subject::Deleted),
            ("0017F000007ydJmQAI", json!({"object": ""}), Subject::Deleted),
            ("04l000000000001AAA", json!({}), Subject::Deleted),
            ("", json!({"object": "Opportunity"}), Subject::Deleted),
            ("x", json!({"object": "Account"}), Subject::Other),
        ] {
            assert_eq!(client.subject(record, &said), expected, "{record} {said}");
        }
    }
}
