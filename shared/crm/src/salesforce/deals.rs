//! Reading deals: one whole, or which ones changed.

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::Value;

use crate::deal::Deal;

use super::query::{Page, field_list, id_literal, instant_literal};
use super::row::Row;
use super::{OPPORTUNITY, Salesforce};
use crate::error::{Call, CrmError};
use crate::ids::RecordId;
use crate::port::{ChangedDeal, ChangedDeals};

/// The most lines of one deal.
pub const LINES_MAX: usize = 5_000;
/// The most changed records in one answer of [`Crm::changed_since`](crate::Crm::changed_since).
pub const CHANGED_MAX: usize = 20_000;

const LINES: &str = "OpportunityLineItems";
const READ_DEAL: Call = Call::Read("an opportunity");
const READ_CHANGED: Call = Call::Read("changed opportunities");

impl Salesforce {
    /// Reads a deal as it is now, with all its lines; `None` where it is deleted or was never there.
    ///
    /// # Errors
    /// See [`CrmError`]; [`CrmError::Value`] names a field that we cannot work with.
    pub(super) async fn deal_of(&self, id: &RecordId) -> Result<Option<Deal>, CrmError> {
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
            return Err(CrmError::unreadable(READ_DEAL, StatusCode::OK, "it is another record"));
        }
        self.deal(id, &row, &lines).map(Some)
    }

    /// Which opportunities changed or were deleted at or after `since`, all pages up to [`CHANGED_MAX`].
    ///
    /// # Errors
    /// See [`CrmError`]; [`CrmError::TooMany`] where more changed within one second than one answer holds.
    pub(super) async fn changed_deals(&self, since: DateTime<Utc>) -> Result<ChangedDeals, CrmError> {
        let soql = format!(
            "SELECT Id, SystemModstamp, IsWon, IsDeleted FROM Opportunity WHERE SystemModstamp >= {} ORDER BY SystemModstamp",
            instant_literal(since)
        );
        let mut page = self.first_page_with_deleted(READ_CHANGED, &soql).await?;
        let mut changed = Vec::new();
        loop {
            for record in &page.records {
                if changed.len() == CHANGED_MAX {
                    return cut(changed, since);
                }
                let row = Row::new(OPPORTUNITY, record);
                changed.push(ChangedDeal {
                    record: row.needed("Id", row.id("Id")?, "give Tieout's user read access to it")?,
                    system_modstamp: row.needed(
                        "SystemModstamp",
                        row.instant("SystemModstamp")?,
                        "give Tieout's user read access to it",
                    )?,
                    is_won: row.boolean("IsWon")?.unwrap_or(false),
                    is_deleted: row.boolean("IsDeleted")?.unwrap_or(false),
                });
            }
            let Some(path) = page.next else { return Ok(whole(changed)) };
            let answer = self.call(READ_CHANGED, http::Method::GET, &path, None).await?;
            page = Page::read(READ_CHANGED, answer)?;
            if page.records.is_empty() && page.next.is_some() {
                let why = "an empty page is not the last";
                return Err(CrmError::unreadable(READ_CHANGED, http::StatusCode::OK, why));
            }
        }
    }

    fn deal_query(&self, id: &RecordId) -> String {
        let (mapped, orders, billing) = (&self.settings.fields, &self.settings.orders, &self.settings.billing);
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
        let of_order = orders.fields().map(|(_, field)| field);
        let of_deal = ["Id", "Name", "StageName", "IsWon", "IsClosed", "CloseDate", "Amount"];
        let of_billing = [&billing.frequency, &billing.timing].map(|field| field.as_deref().unwrap_or_default());
        let of_customer = [
            "OwnerId",
            "SystemModstamp",
            if self.settings.multi_currency { "CurrencyIsoCode" } else { "" },
            "AccountId",
            "Account.Name",
            "Account.BillingCountry",
        ];
        let deal_fields = field_list(of_deal.into_iter().chain(of_order).chain(of_billing).chain(of_customer));
        format!(
            "SELECT {deal_fields}, (SELECT {line_fields} FROM {LINES} ORDER BY SortOrder) FROM {OPPORTUNITY} WHERE Id = {}",
            id_literal(id)
        )
    }
}

fn whole(changed: Vec<ChangedDeal>) -> ChangedDeals {
    ChangedDeals { changed, more_since: None }
}

/// Asked again from its last second, it goes on; where that is the first one too, it never would.
fn cut(changed: Vec<ChangedDeal>, since: DateTime<Utc>) -> Result<ChangedDeals, CrmError> {
    let last = changed.last().map(|last| last.system_modstamp);
    if last.is_none_or(|last| last.timestamp() <= since.timestamp()) {
        return Err(CrmError::TooMany {
            call: READ_CHANGED,
            what: "changes within one second",
            limit: CHANGED_MAX,
        });
    }
    Ok(ChangedDeals { changed, more_since: last })
}
