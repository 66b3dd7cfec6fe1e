//! What payments and allocations do to the documents that they settle.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::model::{Document, Status, bumped};
use super::world::Org;

/// Recomputes what is paid, credited and due on a document, and with it AUTHORISED or PAID.
pub(super) fn refresh(org: &mut Org, document_id: &str) {
    let Some(document) = org.documents.get(document_id) else {
        return;
    };
    let mut document: Document = (**document).clone();
    let steps = steps(org, &document);
    document.paid = steps.iter().filter(|step| step.is_payment).map(|step| step.amount).sum();
    document.credited = steps.iter().filter(|step| !step.is_payment).map(|step| step.amount).sum();
    if document.status.is_posted() {
        let is_paid = document.due().is_zero() && !steps.is_empty();
        document.status = if is_paid { Status::Paid } else { Status::Authorised };
        document.fully_paid_on = steps.iter().map(|step| step.date).max().filter(|_| is_paid);
    }
    document.updated = bumped(Some(document.updated), org.now);
    org.put_document(document);
}

/// One settlement of a document, in the document's currency.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) date: NaiveDate,
    /// Payment or allocation.
    pub(super) id: String,
    pub(super) amount: Decimal,
    pub(super) is_payment: bool,
    /// What stands against it: foreign units per base unit of the payment, or of the other document.
    pub(super) other_rate: Decimal,
    /// Where a payment's money went or came from; none for an allocation.
    pub(super) bank_code: Option<String>,
}

/// All settlements of a document in the order of their dates.
pub(super) fn steps(org: &Org, document: &Document) -> Vec<Step> {
    let payments = org
        .payments
        .values()
        .filter(|payment| !payment.deleted && payment.document_id == document.id);
    let mut steps: Vec<Step> = payments
        .map(|payment| Step {
            date: payment.date,
            id: payment.id.clone(),
            amount: payment.amount,
            is_payment: true,
            other_rate: payment.rate,
            bank_code: Some(payment.account_code.clone()),
        })
        .collect();
    if document.kind.is_credit() {
        steps.extend(document.allocations.iter().map(|allocation| {
            let invoice = org.documents.get(&allocation.invoice_id);
            allocated(allocation, invoice.map_or(document.rate, |invoice| invoice.rate))
        }));
    } else {
        for credit in org.documents.values().filter(|other| other.kind.is_credit()) {
            let mine = credit.allocations.iter().filter(|allocation| allocation.invoice_id == document.id);
            steps.extend(mine.map(|allocation| allocated(allocation, credit.rate)));
        }
    }
    steps.sort_by(|left, right| (left.date, &left.id).cmp(&(right.date, &right.id)));
    steps
}

fn allocated(allocation: &super::model::Allocation, other_rate: Decimal) -> Step {
    Step {
        date: allocation.date,
        id: allocation.id.clone(),
        amount: allocation.amount,
        is_payment: false,
        other_rate,
        bank_code: None,
    }
}
