//! An opportunity and its lines, from the answer's fields to a deal.

use serde_json::Value;

use crate::deal::{Customer, Deal, DealBilling, DealKind, DealLine};

use super::Salesforce;
use super::row::Row;
use crate::error::CrmError;
use crate::ids::RecordId;

const LINE: &str = "OpportunityLineItem";

impl Salesforce {
    /// The deal of a record whose lines were read through all pages.
    pub(super) fn deal(&self, id: &RecordId, row: &Row<'_>, lines: &[Value]) -> Result<Deal, CrmError> {
        let is_won = row.needed("IsWon", row.boolean("IsWon")?, "give Tieout's user read access to it")?;
        let name = row.text("Name")?.unwrap_or_default();
        let orders = &self.settings.orders;
        let kind_value = row.text(&orders.kind)?;
        let kind = orders.kind_of(kind_value);
        let text = |field: &Option<String>| field.as_deref().map_or(Ok(None), |field| row.text(field));
        let record = |field: &Option<String>| field.as_deref().map_or(Ok(None), |field| row.id(field));
        let date = |field: &Option<String>| field.as_deref().map_or(Ok(None), |field| row.date(field));
        let last_day = date(&orders.last_day)?.filter(|_| kind == DealKind::Cancellation);
        let approval = text(&orders.approval)?;
        let lines: Result<Vec<DealLine>, CrmError> = lines.iter().map(|line| self.line(name, &Row::new(LINE, line))).collect();
        Ok(Deal {
            id: id.clone(),
            name: name.to_owned(),
            stage: row.text("StageName")?.unwrap_or_default().to_owned(),
            is_won,
            is_closed: row.boolean("IsClosed")?.unwrap_or(is_won),
            close_date: row.needed("CloseDate", row.date("CloseDate")?, "give Tieout's user read access to it")?,
            amount: row.decimal("Amount")?,
            currency: self.currency(row)?,
            kind,
            kind_value: kind_value.map(str::to_owned),
            amends: record(&orders.amends)?.or(record(&orders.renews)?),
            effective: date(&orders.effective)?.or(last_day.and_then(|day| day.succ_opt())),
            restates: kind.is_change() && orders.is_restated(text(&orders.restated)?),
            approval: approval.map(str::to_owned),
            is_approved: orders.is_approved(approval),
            billing: self.billing(row)?,
            account: customer(row)?,
            owner: row.id("OwnerId")?,
            system_modstamp: row.needed(
                "SystemModstamp",
                row.instant("SystemModstamp")?,
                "give Tieout's user read access to it",
            )?,
            lines: lines?,
        })
    }

    fn billing(&self, row: &Row<'_>) -> Result<DealBilling, CrmError> {
        let billing = &self.settings.billing;
        let frequency = word(row, billing.frequency.as_deref())?;
        let timing = word(row, billing.timing.as_deref())?;
        Ok(DealBilling {
            frequency: frequency.as_ref().and_then(|word| billing.frequencies.get(word)).copied(),
            timing: timing.as_ref().and_then(|word| billing.timings.get(word)).copied(),
            frequency_value: frequency,
            timing_value: timing,
        })
    }

    /// The currency of a record's amounts.
    pub(super) fn currency(&self, row: &Row<'_>) -> Result<String, CrmError> {
        if !self.settings.multi_currency {
            return Ok(self.settings.currency.clone().unwrap_or_default());
        }
        let currency = row.text("CurrencyIsoCode")?;
        row.needed("CurrencyIsoCode", currency, "set the opportunity's currency")
            .map(str::to_owned)
    }

    fn line(&self, deal_name: &str, row: &Row<'_>) -> Result<DealLine, CrmError> {
        const AMOUNT: &str = "fill it in, and give Tieout's user read access to it";
        let mapped = &self.settings.fields;
        let date = |field: Option<&str>| field.filter(|field| !field.is_empty()).map_or(Ok(None), |field| row.date(field));
        let term = mapped.term_months.as_deref().filter(|field| !field.is_empty());
        let term = term.map_or(Ok(None), |field| {
            row.whole_number(field, "write whole months, 1 or more, or leave it empty")
        });
        Ok(DealLine {
            id: row.needed("Id", row.id("Id")?, "give Tieout's user read access to it")?,
            product_code: row.text("ProductCode")?.map(str::to_owned),
            product_name: product_name(deal_name, row.text("Name")?.unwrap_or_default()),
            description: row.text("Description")?.map(str::to_owned),
            quantity: row.needed("Quantity", row.decimal("Quantity")?, AMOUNT)?,
            unit_price: row.needed("UnitPrice", row.decimal("UnitPrice")?, AMOUNT)?,
            total_price: row.needed("TotalPrice", row.decimal("TotalPrice")?, AMOUNT)?,
            discount: row.decimal("Discount")?,
            start: date(Some(&mapped.start))?,
            end: date(mapped.end.as_deref())?,
            term_months: term?,
            sort_order: row.whole_number("SortOrder", "write a whole number, or leave it empty")?,
        })
    }
}

/// What a field says; `None` where it is empty, or `tieout.toml` names no field.
fn word(row: &Row<'_>, field: Option<&str>) -> Result<Option<String>, CrmError> {
    let said = field.map_or(Ok(None), |field| row.text(field))?;
    Ok(said.map(str::trim).filter(|said| !said.is_empty()).map(str::to_owned))
}

fn customer(row: &Row<'_>) -> Result<Option<Customer>, CrmError> {
    let Some(id) = row.id("AccountId")? else {
        return Ok(None);
    };
    let name = row.text("Account.Name")?;
    Ok(Some(Customer {
        id,
        name: row
            .needed("Account.Name", name, "give Tieout's user read access to the account")?
            .to_owned(),
        country: row.text("Account.BillingCountry")?.map(str::to_owned),
    }))
}

/// Salesforce names a line after its deal and product; the product's part of it.
fn product_name(deal_name: &str, line_name: &str) -> String {
    let product = line_name
        .strip_prefix(deal_name)
        .and_then(|rest| rest.strip_prefix(' '))
        .map(str::trim);
    product.filter(|product| !product.is_empty()).unwrap_or(line_name).to_owned()
}
