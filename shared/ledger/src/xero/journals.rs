//! Manual journals: posted at once, checked line by line, found again by our key.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use tieout_platform::effect::Permit;

use super::body::{mark, source_url};
use super::client::{Call, XeroLedger};
use super::list::record_of;
use super::query::{PAGES_MAX, on_date};
use super::reply::{Kind, misfit, written};
use super::wire::{JournalLineWire, JournalWire, Read, date, id, need, tracking, updated};
use crate::document::Written;
use crate::error::LedgerError;
use crate::ids::JournalId;
use crate::journal::{Journal, JournalLine, JournalStatus, JournalSummary};

const READ: &str = "read manual journal";
const LIST: &str = "list manual journals";
const POST: &str = "post manual journal";
const VOID: &str = "void manual journal";

/// The journal with its lines; `None` where there is none under this id.
///
/// # Errors
/// Those of a read.
pub(super) async fn by_id(books: &XeroLedger, journal: &JournalId) -> Result<Option<Journal>, LedgerError> {
    let call = Call::get(READ, format!("ManualJournals/{journal}"));
    let wires: Vec<JournalWire> = books.records(&call, "ManualJournals").await?;
    let wire = wires.into_iter().next();
    wire.map(read).transpose().map_err(|problem| misfit(READ, Kind::Read, problem))
}

/// The journal that bears our key `reference`, among those of `date`: at the end of its narration or in its `Url`, so that it is
/// found when a person edited one of both. Deleted ones are not found; of a voided and a posted one the posted one is.
///
/// # Errors
/// Those of a read; never `None` because of too many pages.
pub(super) async fn by_reference(books: &XeroLedger, reference: &str, date: NaiveDate) -> Result<Option<Journal>, LedgerError> {
    let call = Call::get(READ, "ManualJournals")
        .with("where", on_date("Date", date))
        .with("order", "ManualJournalID ASC");
    let wires: Vec<JournalWire> = books.pages(call, "ManualJournals", PAGES_MAX).await?;
    let url = source_url(reference);
    let mark = mark(reference);
    let summaries = wires
        .into_iter()
        .filter(|wire| {
            let is_marked = wire.narration.as_deref().is_some_and(|words| words.trim_end().ends_with(&mark));
            is_marked || wire.url.as_deref() == Some(url.as_str())
        })
        .map(summary)
        .collect::<Read<Vec<JournalSummary>>>()
        .map_err(|problem| misfit(READ, Kind::Read, problem))?;
    let found = summaries
        .into_iter()
        .filter(|journal| journal.status != JournalStatus::Deleted)
        .max_by_key(|journal| (journal.status != JournalStatus::Voided, journal.updated_at));
    match found {
        Some(journal) => by_id(books, &journal.id).await,
        None => Ok(None),
    }
}

/// All manual journals that changed at or after `since`, in the order of their ids.
///
/// # Errors
/// Those of a read.
pub(super) async fn changed_since(books: &XeroLedger, since: DateTime<Utc>) -> Result<Vec<JournalSummary>, LedgerError> {
    let call = Call::get(LIST, "ManualJournals").with("order", "ManualJournalID ASC").since(since);
    let wires: Vec<JournalWire> = books.pages(call, "ManualJournals", PAGES_MAX).await?;
    let summaries = wires.into_iter().map(summary).collect::<Read<Vec<_>>>();
    summaries.map_err(|problem| misfit(LIST, Kind::Read, problem))
}

/// Posts the journal of [`journal_body`](super::journal_body) and compares what is there with what was sent: Xero may leave
/// it a draft, or drop a line, and still answer 200 (`docs/vendors/xero.md`). Each such thing is a remark: the journal is in the
/// books all the same, so the effect is done, and a person has to look before the period is closed.
///
/// # Errors
/// Those of a write.
pub(super) async fn create(books: &XeroLedger, permit: Permit<'_>) -> Result<Written<Journal>, LedgerError> {
    let body = books.write(&Call::put(POST, "ManualJournals", &permit)).await?;
    let (item, mut remarks) = written(POST, &body, "ManualJournals", Some("ManualJournalID"))?;
    let record = record_of("ManualJournals", item).and_then(read);
    let record = record.map_err(|problem| misfit(POST, Kind::Write, problem))?;
    if record.status != JournalStatus::Posted {
        remarks.push(format!("the journal is {:?}, not posted", record.status));
    }
    remarks.extend(differences(permit.body(), &record));
    Ok(Written { record, remarks })
}

/// Voids a journal, by [`void_journal_body`](super::void_journal_body).
///
/// # Errors
/// Those of a write.
pub(super) async fn void(books: &XeroLedger, journal: &JournalId, permit: Permit<'_>) -> Result<Written<Journal>, LedgerError> {
    let call = Call::post(VOID, format!("ManualJournals/{journal}"), &permit);
    let body = books.write(&call).await?;
    let (item, mut remarks) = written(VOID, &body, "ManualJournals", Some("ManualJournalID"))?;
    let record = record_of("ManualJournals", item).and_then(read);
    let record = record.map_err(|problem| misfit(VOID, Kind::Write, problem))?;
    if record.status != JournalStatus::Voided {
        remarks.push(format!("the journal is {:?}, not voided", record.status));
    }
    Ok(Written { record, remarks })
}

/// Whether account and amount of each line that was sent are there, as often as they were sent.
fn differences(sent: &str, journal: &Journal) -> Option<String> {
    let sent: Value = serde_json::from_str(sent).ok()?;
    let lines = sent.pointer("/ManualJournals/0/JournalLines")?.as_array()?;
    let mut wanted: Vec<(String, String)> = lines
        .iter()
        .filter_map(|line| {
            let amount: rust_decimal::Decimal = line.get("LineAmount")?.to_string().parse().ok()?;
            Some((line.get("AccountCode")?.as_str()?.to_owned(), amount.normalize().to_string()))
        })
        .collect();
    let mut found: Vec<(String, String)> = journal
        .lines
        .iter()
        .map(|line| (line.account_code.clone().unwrap_or_default(), line.amount.normalize().to_string()))
        .collect();
    wanted.sort();
    found.sort();
    (wanted != found || wanted.len() != lines.len()).then(|| {
        format!(
            "{} lines were sent and {} are there, or their accounts or amounts differ",
            lines.len(),
            found.len()
        )
    })
}

/// Where people see it.
pub(super) fn url(journal: &JournalId) -> String {
    format!("https://go.xero.com/Journal/View.aspx?invoiceID={journal}")
}

fn read(wire: JournalWire) -> Read<Journal> {
    let journal_id = id("ManualJournalID", wire.id, JournalId::parse)?;
    let lines = wire.journal_lines.unwrap_or_default().into_iter();
    Ok(Journal {
        link: url(&journal_id),
        id: journal_id,
        narration: wire.narration.unwrap_or_default(),
        date: need("Date", date("Date", wire.date.as_deref())?)?,
        status: status(wire.status.as_deref())?,
        lines: lines
            .filter(|line| line.is_blank != Some(true))
            .map(line)
            .collect::<Read<Vec<_>>>()?,
        url: wire.url,
        updated_at: updated(wire.updated.as_deref(), wire.updated_text.as_deref())?,
    })
}

fn line(wire: JournalLineWire) -> Read<JournalLine> {
    Ok(JournalLine {
        amount: need("LineAmount", wire.line_amount)?,
        account_code: wire.account_code.filter(|code| !code.is_empty()),
        description: wire.description.unwrap_or_default(),
        tracking: tracking(wire.tracking),
    })
}

fn summary(wire: JournalWire) -> Read<JournalSummary> {
    Ok(JournalSummary {
        id: id("ManualJournalID", wire.id, JournalId::parse)?,
        narration: wire.narration.unwrap_or_default(),
        url: wire.url,
        date: need("Date", date("Date", wire.date.as_deref())?)?,
        status: status(wire.status.as_deref())?,
        updated_at: updated(wire.updated.as_deref(), wire.updated_text.as_deref())?,
    })
}

fn status(value: Option<&str>) -> Read<JournalStatus> {
    match value {
        Some("DRAFT") => Ok(JournalStatus::Draft),
        Some("POSTED") => Ok(JournalStatus::Posted),
        Some("VOIDED") => Ok(JournalStatus::Voided),
        Some("DELETED") => Ok(JournalStatus::Deleted),
        Some("ARCHIVED") => Ok(JournalStatus::Archived),
        Some(_) => Err("Status is unknown".to_owned()),
        None => Err("Status is missing".to_owned()),
    }
}
