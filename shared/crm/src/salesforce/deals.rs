//! Reading deals: one whole, or which ones changed.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::deal::{Customer, Deal, DealKind, DealLine};

use super::Salesforce;
use super::errors::{Call, CrmError};
use super::ids::RecordId;
use super::query::{Page, field_list, id_literal, instant_literal};
use super::row::Row;

/// The most lines of one deal.
pub const LINES_MAX: usize = 5_000;
/// The most changed records in one answer of [`Salesforce::changed_since`].
pub const CHANGED_MAX: usize = 20_000;

const OPPORTUNITY: &str = "Opportunity";
const LINE: &str = "OpportunityLineItem";
const LINES: &str = "OpportunityLineItems";
const READ_DEAL: Call = Call::Read("an opportunity");
const READ_CHANGED: Call = Call::Read("changed opportunities");

/// A record that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The opportunity.
    pub record: RecordId,
    /// When.
    pub system_modstamp: DateTime<Utc>,
}

impl Salesforce {
    /// Reads a deal as it is now, with all its lines; `None` where it is deleted or was never there.
    ///
    /// # Errors
    /// See [`CrmError`]; [`CrmError::Value`] names a field that we cannot work with.
    pub async fn read_deal(&self, id: &RecordId) -> Result<Option<Deal>, CrmError> {
        let page = self.first_page(READ_DEAL, &self.deal_query(id)).await?;
        let Some(mut record) = page.records.into_iter().next() else {
            return Ok(None);
        };
        let lines = match record.get_mut(LINES).map(Value::take) {
            None | Some(Value::Null) => Vec::new(),
            Some(children) => {
                let first = Page::read(READ_DEAL, children)?;
                self.all_records(READ_DEAL, first, "lines", LINES_MAX).await?
            }
        };
        let row = Row::new(OPPORTUNITY, &record);
        if row.id("Id")?.as_ref() != Some(id) {
            return Err(row.bad("Id", "Salesforce answered with another record; try again"));
        }
        self.deal(id, &row, &lines).map(Some)
    }

    /// Which opportunities changed at or after `since`, oldest first, all pages up to [`CHANGED_MAX`]; where there are as many,
    /// ask again from the last one's stamp. Several within one second are given again then.
    ///
    /// # Errors
    /// See [`CrmError`].
    pub async fn changed_since(&self, since: DateTime<Utc>) -> Result<Vec<Changed>, CrmError> {
        let soql = format!(
            "SELECT Id, SystemModstamp FROM Opportunity WHERE SystemModstamp >= {} ORDER BY SystemModstamp, Id",
            instant_literal(since)
        );
        let mut page = self.first_page(READ_CHANGED, &soql).await?;
        let mut changed = Vec::new();
        loop {
            for record in &page.records {
                if changed.len() == CHANGED_MAX {
                    return Ok(changed);
                }
                let row = Row::new(OPPORTUNITY, record);
                changed.push(Changed {
                    record: row.needed("Id", row.id("Id")?, "try again")?,
                    system_modstamp: row.needed("SystemModstamp", row.instant("SystemModstamp")?, "try again")?,
                });
            }
            let Some(path) = page.next else { return Ok(changed) };
            let answer = self.call(READ_CHANGED, http::Method::GET, &path, None).await?;
            page = Page::read(READ_CHANGED, answer)?;
            if page.records.is_empty() {
                return Ok(changed);
            }
        }
    }

    fn deal_query(&self, id: &RecordId) -> String {
        let mapped = &self.settings.fields;
        let line_fields = field_list([
            "Id",
            "ProductCode",
            "Name",
            "Description",
            "Quantity",
            "UnitPrice",
            "TotalPrice",
            "Discount",
            "SortOrder",
            mapped.start.as_str(),
            mapped.end.as_deref().unwrap_or_default(),
            mapped.term_months.as_deref().unwrap_or_default(),
        ]);
        let deal_fields = field_list([
            "Id",
            "Name",
            "StageName",
            "IsWon",
            "IsClosed",
            "CloseDate",
            "Amount",
            "Type",
            "OwnerId",
            "SystemModstamp",
            if self.settings.multi_currency { "CurrencyIsoCode" } else { "" },
            "AccountId",
            "Account.Name",
            "Account.BillingCountry",
        ]);
        format!(
            "SELECT {deal_fields}, (SELECT {line_fields} FROM {LINES} ORDER BY SortOrder, Id) FROM {OPPORTUNITY} WHERE Id = {}",
            id_literal(id)
        )
    }

    fn deal(&self, id: &RecordId, row: &Row<'_>, lines: &[Value]) -> Result<Deal, CrmError> {
        let is_won = row.needed("IsWon", row.boolean("IsWon")?, "let our user read it")?;
        let name = row.text("Name")?.unwrap_or_default();
        let lines: Result<Vec<DealLine>, CrmError> = lines.iter().map(|line| self.line(name, &Row::new(LINE, line))).collect();
        Ok(Deal {
            id: id.clone(),
            name: name.to_owned(),
            stage: row.text("StageName")?.unwrap_or_default().to_owned(),
            is_won,
            is_closed: row.boolean("IsClosed")?.unwrap_or(is_won),
            close_date: row.needed("CloseDate", row.date("CloseDate")?, "let our user read it")?,
            amount: row.decimal("Amount")?,
            currency: self.currency(row)?,
            kind: DealKind::from_type(row.text("Type")?),
            account: customer(row)?,
            owner: row.id("OwnerId")?,
            system_modstamp: row.needed("SystemModstamp", row.instant("SystemModstamp")?, "let our user read it")?,
            lines: lines?,
        })
    }

    /// The currency of a record's amounts.
    pub(super) fn currency(&self, row: &Row<'_>) -> Result<String, CrmError> {
        if !self.settings.multi_currency {
            return Ok(self.settings.currency.clone().unwrap_or_default());
        }
        let currency = row.text("CurrencyIsoCode")?;
        row.needed("CurrencyIsoCode", currency, "give the opportunity a currency").map(str::to_owned)
    }

    fn line(&self, deal_name: &str, row: &Row<'_>) -> Result<DealLine, CrmError> {
        const AMOUNT: &str = "give the line one, and let our user read it";
        let mapped = &self.settings.fields;
        let date = |field: Option<&str>| field.filter(|field| !field.is_empty()).map_or(Ok(None), |field| row.date(field));
        let term = mapped.term_months.as_deref().filter(|field| !field.is_empty());
        let term = term.map_or(Ok(None), |field| row.whole_number(field, "give whole months, 1 or more, or none"));
        Ok(DealLine {
            id: row.needed("Id", row.id("Id")?, "try again")?,
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
            sort_order: row.whole_number("SortOrder", "give a whole number, or none")?,
        })
    }
}

fn customer(row: &Row<'_>) -> Result<Option<Customer>, CrmError> {
    let Some(id) = row.id("AccountId")? else { return Ok(None) };
    let name = row.text("Account.Name")?;
    Ok(Some(Customer {
        id,
        name: row.needed("Account.Name", name, "let our user read the account")?.to_owned(),
        country: row.text("Account.BillingCountry")?.map(str::to_owned),
    }))
}

/// Salesforce names a line after its deal and product; the product's part of it.
fn product_name(deal_name: &str, line_name: &str) -> String {
    let product = line_name.strip_prefix(deal_name).and_then(|rest| rest.strip_prefix(' ')).map(str::trim);
    product.filter(|product| !product.is_empty()).unwrap_or(line_name).to_owned()
}
