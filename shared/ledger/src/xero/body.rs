//! Request bodies: pure, deterministic text. Fields stand in the order of their structs; amounts are exact JSON numbers.
//!
//! An intent keeps such a text, and a retry sends it byte for byte, so the same input must always give the same bytes.

use rust_decimal::Decimal;
use serde::Serialize;

use super::limits::{AMOUNT_DECIMALS, DESCRIPTION_LENGTH_MAX, REFERENCE_LENGTH_MAX, UNIT_DECIMALS};
use super::outgoing::{
    AllocationBody, Allocations, ContactBody, ContactReference, Contacts, CreditNoteBody, CreditNotes, InvoiceBody, InvoiceReference,
    Invoices, JournalBody, JournalLineBody, LineBody, ManualJournals, Number, TrackingBody, VoidedJournal, VoidedJournals,
};
use super::query::encode;
use crate::contact::NewContact;
use crate::credit_note::{NewAllocation, NewCreditNote};
use crate::document::{NewLine, Tracking};
use crate::ids::JournalId;
use crate::invoice::NewInvoice;
use crate::journal::NewJournal;
use crate::totals::round;

/// What stands between the address of a document's order and our key.
const KEY_MARK: char = '#';
/// What comes before our key in a journal's `Url`; `.invalid` never resolves (RFC 6761), so nobody can put a page there.
pub const SOURCE_URL: &str = "https://tieout.invalid/";

/// The body that creates a contact.
pub(super) fn contact_body(contact: &NewContact) -> String {
    text(&Contacts {
        contacts: [ContactBody {
            name: contact.name.trim(),
            contact_number: &contact.number,
            email_address: contact.email.as_deref(),
            default_currency: contact.currency.as_ref().map(|currency| currency.as_str()),
        }],
    })
}

/// The body that creates a draft invoice.
pub(super) fn invoice_body(invoice: &NewInvoice) -> String {
    text(&Invoices {
        invoices: [InvoiceBody {
            kind: "ACCREC",
            invoice_number: &invoice.number,
            url: document_url(&invoice.order_url, &invoice.key),
            reference: cut_to(&invoice.reference, REFERENCE_LENGTH_MAX),
            contact: ContactReference {
                contact_id: invoice.contact.as_str(),
            },
            date: invoice.date,
            due_date: invoice.due_date,
            line_amount_types: "Exclusive",
            currency_code: invoice.currency.as_str(),
            status: "DRAFT",
            line_items: invoice.lines.iter().map(line).collect(),
        }],
    })
}

/// The body that creates a draft credit note.
pub(super) fn credit_note_body(note: &NewCreditNote) -> String {
    text(&CreditNotes {
        credit_notes: [CreditNoteBody {
            kind: "ACCRECCREDIT",
            credit_note_number: &note.number,
            reference: cut_to(&note.reference, REFERENCE_LENGTH_MAX),
            contact: ContactReference {
                contact_id: note.contact.as_str(),
            },
            date: note.date,
            line_amount_types: "Exclusive",
            currency_code: note.currency.as_str(),
            status: "DRAFT",
            line_items: note.lines.iter().map(line).collect(),
        }],
    })
}

/// The body that sets a part of a credit note against an invoice.
pub(super) fn allocation_body(allocation: &NewAllocation) -> String {
    text(&Allocations {
        allocations: [AllocationBody {
            amount: Number(allocation.amount),
            date: allocation.date,
            invoice: InvoiceReference {
                invoice_id: allocation.invoice.as_str(),
            },
        }],
    })
}

/// The body that posts a journal. Xero has no field for our key, so it stands in the narration and in the address of the source.
pub(super) fn journal_body(journal: &NewJournal) -> String {
    let lines = journal.lines.iter().map(|line| JournalLineBody {
        line_amount: Number(line.amount),
        account_code: &line.account_code,
        description: cut(&line.description),
        tracking: trackings(&line.tracking),
    });
    text(&ManualJournals {
        manual_journals: [JournalBody {
            narration: narration(&journal.narration, &journal.reference),
            date: journal.date,
            line_amount_types: "NoTax",
            status: "POSTED",
            url: source_url(&journal.reference),
            show_on_cash_basis_reports: false,
            journal_lines: lines.collect(),
        }],
    })
}

/// The body that voids a journal; `narration` is the journal's own, which Xero wants again.
pub(super) fn void_journal_body(id: &JournalId, narration: &str) -> String {
    text(&VoidedJournals {
        manual_journals: [VoidedJournal {
            manual_journal_id: id.as_str(),
            narration,
            status: "VOIDED",
        }],
    })
}

/// Our key as it stands at the end of a narration.
pub(super) fn mark(reference: &str) -> String {
    format!("[{reference}]")
}

/// Our key as it stands in `Url`.
pub(super) fn source_url(reference: &str) -> String {
    let parts: Vec<String> = reference.split('/').map(encode).collect();
    format!("{SOURCE_URL}{}", parts.join("/"))
}

/// The address of a document's order, with our key behind it.
fn document_url(order_url: &str, key: &str) -> String {
    format!("{order_url}{KEY_MARK}{key}")
}

/// Our key of a document, from its `Url`; `None` where it is not of our making.
pub(super) fn document_key(url: &str) -> Option<&str> {
    url.rsplit_once(KEY_MARK).map(|(_, key)| key).filter(|key| !key.is_empty())
}

fn narration(words: &str, reference: &str) -> String {
    format!("{} {}", cut(words.trim()), mark(reference)).trim_start().to_owned()
}

/// Quantity and price of a line as Xero will multiply them, and what the description has to say in their place.
struct Extension {
    quantity: Decimal,
    unit_amount: Decimal,
    detail: Option<String>,
}

/// Xero keeps four decimals and computes the line's amount itself: where that would not give the agreed amount, the line is
/// one piece at that amount and its description tells the rest (`docs/vendors/xero.md`).
fn extension(line: &NewLine) -> Extension {
    let is_short = |number: Decimal| number.normalize().scale() <= UNIT_DECIMALS;
    let product = line
        .quantity
        .checked_mul(line.unit_price)
        .map(|product| round(product, AMOUNT_DECIMALS));
    if is_short(line.quantity) && is_short(line.unit_price) && product == Some(line.amount) {
        return Extension {
            quantity: line.quantity,
            unit_amount: line.unit_price,
            detail: None,
        };
    }
    Extension {
        quantity: Decimal::ONE,
        unit_amount: line.amount,
        detail: Some(format!(
            "{} x {}, agreed at {}",
            line.quantity.normalize(),
            line.unit_price.normalize(),
            line.amount
        )),
    }
}

fn line(line: &NewLine) -> LineBody<'_> {
    let extension = extension(line);
    let description = match extension.detail {
        Some(detail) => {
            let room = DESCRIPTION_LENGTH_MAX.saturating_sub(detail.chars().count() + 1);
            let words: String = line.description.chars().take(room).collect();
            format!("{words}\n{detail}")
        }
        None => cut(&line.description),
    };
    LineBody {
        description,
        quantity: Number(extension.quantity),
        unit_amount: Number(extension.unit_amount),
        account_code: &line.account_code,
        tax_type: &line.tax_type,
        tracking: trackings(&line.tracking),
    }
}

fn cut(text: &str) -> String {
    cut_to(text, DESCRIPTION_LENGTH_MAX).to_owned()
}

/// The first `length_max` characters.
fn cut_to(text: &str, length_max: usize) -> &str {
    let end = text.char_indices().nth(length_max).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn trackings(trackings: &[Tracking]) -> Vec<TrackingBody<'_>> {
    let bodies = trackings.iter().map(|tracking| TrackingBody {
        name: &tracking.category,
        option: &tracking.option,
    });
    bodies.collect()
}

/// Writing these structs cannot fail: no maps with other keys than texts, and the number is made from a decimal.
fn text<T: Serialize>(body: &T) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
