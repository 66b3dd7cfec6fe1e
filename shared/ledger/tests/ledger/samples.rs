//! Records as Xero shows them, and documents to be made.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_ledger::{
    ContactId, CurrencyCode, InvoiceId, NewAllocation, NewContact, NewCreditNote, NewInvoice, NewJournal, NewJournalLine, NewLine, Tracking,
};

use crate::support::ID;

pub(crate) fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn line(quantity: &str, unit_price: &str, agreed: &str) -> NewLine {
    NewLine {
        description: "Platform, yearly".to_owned(),
        quantity: amount(quantity),
        unit_price: amount(unit_price),
        amount: amount(agreed),
        account_code: "810".to_owned(),
        tax_type: "OUTPUT2".to_owned(),
        tracking: vec![Tracking {
            category: "Region".to_owned(),
            option: "North".to_owned(),
        }],
    }
}

pub(crate) fn new_invoice(lines: Vec<NewLine>) -> NewInvoice {
    NewInvoice {
        number: "INV-0061".to_owned(),
        key: "C-7F3K9Q2M4XWB0T1A/1".to_owned(),
        order_url: "https://northwind.my.salesforce.com/0065g00000NwDl1AAF".to_owned(),
        reference: "Northwind, 006".to_owned(),
        contact: ContactId::parse(ID).unwrap(),
        date: "2026-11-01".parse().unwrap(),
        due_date: "2026-12-01".parse().unwrap(),
        currency: CurrencyCode::parse("GBP").unwrap(),
        lines,
    }
}

pub(crate) fn new_credit_note() -> NewCreditNote {
    NewCreditNote {
        number: "INV-0061-C1".to_owned(),
        reference: "INV-0061".to_owned(),
        contact: ContactId::parse(ID).unwrap(),
        date: "2026-11-20".parse().unwrap(),
        currency: CurrencyCode::parse("GBP").unwrap(),
        lines: vec![line("1", "100", "100")],
    }
}

pub(crate) fn new_allocation() -> NewAllocation {
    NewAllocation {
        invoice: InvoiceId::parse(ID).unwrap(),
        amount: amount("120.50"),
        date: "2026-11-21".parse().unwrap(),
    }
}

pub(crate) fn new_contact() -> NewContact {
    NewContact {
        name: " Northwind \"Traders\" ".to_owned(),
        number: "001xx000003DGb2AAG".to_owned(),
        email: Some("ap@northwind.test".to_owned()),
        currency: Some(CurrencyCode::parse("EUR").unwrap()),
    }
}

pub(crate) fn new_journal() -> NewJournal {
    let line = |value: &str, code: &str| NewJournalLine {
        amount: amount(value),
        account_code: code.to_owned(),
        description: "Revenue recognised, November 2026".to_owned(),
        tracking: Vec::new(),
    };
    NewJournal {
        reference: "xero/journal/uk/2026-11#1".to_owned(),
        narration: "November 2026".to_owned(),
        date: "2026-11-30".parse().unwrap(),
        lines: vec![line("83.30", "810"), line("-83.3", "200")],
    }
}

/// A part-paid invoice in euros, as a GET gives it.
pub(crate) fn invoice_json() -> Value {
    let payment = json!({"PaymentID": ID, "Date": "/Date(1552521600000+0000)/", "Amount": 20.10, "CurrencyRate": 1.170000});
    json!({
        "Type": "ACCREC", "InvoiceID": ID.to_uppercase(), "InvoiceNumber": "INV-0061", "Reference": "Northwind, 006",
        "Payments": [payment, {"PaymentID": ID, "Date": "/Date(1552521600000+0000)/", "Amount": 1, "Status": "DELETED"}],
        "CreditNotes": [{"CreditNoteID": ID, "CreditNoteNumber": "CN-1", "Date": "/Date(1552521600000+0000)/", "AppliedAmount": 5.00}],
        "AmountDue": 94.90, "AmountPaid": 20.10, "AmountCredited": 5.00, "CurrencyRate": 1.170000, "IsDiscounted": false,
        "Contact": {"ContactID": ID, "Name": "Northwind", "ContactNumber": null},
        "DateString": "2019-03-14T00:00:00", "Date": "/Date(1552521600000+0000)/", "DueDate": "/Date(1555113600000+0000)/",
        "Status": "AUTHORISED", "LineAmountTypes": "Inclusive",
        "LineItems": [{"LineItemID": ID, "Description": "Platform", "Quantity": 2.0000, "UnitAmount": 60.0000,
            "TaxType": "OUTPUT2", "TaxAmount": 20.00, "LineAmount": 120.00, "AccountCode": "810",
            "Tracking": [{"Name": "Region", "Option": "North", "TrackingCategoryID": ID}]},
            {"Description": "A text only", "Tracking": []}],
        "SubTotal": 100.00, "TotalTax": 20.00, "Total": 120.00, "CurrencyCode": "EUR",
        "UpdatedDateUTC": "/Date(1573755038314+0000)/",
    })
}

/// A credit note with an allocation that counts and one that was deleted.
pub(crate) fn credit_note_json() -> Value {
    json!({
        "Type": "ACCRECCREDIT", "CreditNoteID": ID, "CreditNoteNumber": "INV-0061-C1", "Status": "AUTHORISED",
        "Contact": {"ContactID": ID}, "Date": "2026-11-20T00:00:00", "CurrencyCode": "GBP", "CurrencyRate": 1.0,
        "LineAmountTypes": "Exclusive", "LineItems": [], "SubTotal": 100.00, "TotalTax": 20.00, "Total": 120.00,
        "RemainingCredit": 70.00, "UpdatedDateUTCString": "2019-11-14 18:10:38+00:00",
        "Allocations": [{"Amount": 50.00, "Date": "/Date(1552521600000+0000)/", "Invoice": {"InvoiceID": ID}},
            {"Amount": 1.00, "Date": "/Date(1552521600000+0000)/", "Invoice": {"InvoiceID": ID}, "IsDeleted": true}],
    })
}

/// The journal of [`new_journal`] as Xero shows it once posted.
pub(crate) fn journal_json(status: &str) -> Value {
    json!({
        "ManualJournalID": ID, "Narration": "November 2026 [xero/journal/uk/2026-11#1]", "Date": "/Date(1796860800000+0000)/",
        "Status": status, "LineAmountTypes": "NoTax", "Url": "https://tieout.invalid/xero/journal/uk/2026-11%231",
        "JournalLines": [
            {"LineAmount": 83.30, "AccountCode": "810", "Description": "x", "Tracking": [], "IsBlank": false},
            {"LineAmount": -83.30, "AccountCode": "200", "Description": "x", "Tracking": [], "IsBlank": false},
        ],
        "UpdatedDateUTC": "/Date(1573755038314+0000)/",
    })
}
