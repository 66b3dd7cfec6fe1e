//! Request bodies, byte for byte: a stored intent must mean the same to every later version.

use tieout_ledger::JournalId;
use tieout_ledger::xero::DESCRIPTION_LENGTH_MAX;

use crate::samples::{line, new_allocation, new_contact, new_credit_note, new_invoice, new_journal};
use crate::support::{ID, bodies};

#[test]
fn bodies_are_these_very_bytes() {
    let rows = [
        (
            bodies().invoice_body(&new_invoice(vec![line("12", "99.50", "1194.00")])),
            r#"{"Invoices":[{"Type":"ACCREC","InvoiceNumber":"INV-0061","Url":"https://northwind.my.salesforce.com/0065g00000NwDl1AAF#C-7F3K9Q2M4XWB0T1A/1","Reference":"Northwind, 006","Contact":{"ContactID":"ID"},"Date":"2026-11-01","DueDate":"2026-12-01","LineAmountTypes":"Exclusive","CurrencyCode":"GBP","Status":"DRAFT","LineItems":[{"Description":"Platform, yearly","Quantity":12,"UnitAmount":99.5,"AccountCode":"810","TaxType":"OUTPUT2","Tracking":[{"Name":"Region","Option":"North"}]}]}]}"#,
        ),
        (
            bodies().credit_note_body(&new_credit_note()),
            r#"{"CreditNotes":[{"Type":"ACCRECCREDIT","CreditNoteNumber":"INV-0061-C1","Reference":"INV-0061","Contact":{"ContactID":"ID"},"Date":"2026-11-20","LineAmountTypes":"Exclusive","CurrencyCode":"GBP","Status":"DRAFT","LineItems":[{"Description":"Platform, yearly","Quantity":1,"UnitAmount":100,"AccountCode":"810","TaxType":"OUTPUT2","Tracking":[{"Name":"Region","Option":"North"}]}]}]}"#,
        ),
        (
            bodies().contact_body(&new_contact()),
            r#"{"Contacts":[{"Name":"Northwind \"Traders\"","ContactNumber":"001xx000003DGb2AAG","EmailAddress":"ap@northwind.test","DefaultCurrency":"EUR"}]}"#,
        ),
        (
            bodies().allocation_body(&new_allocation()),
            r#"{"Allocations":[{"Amount":120.5,"Date":"2026-11-21","Invoice":{"InvoiceID":"ID"}}]}"#,
        ),
        (
            bodies().journal_body(&new_journal()),
            r#"{"ManualJournals":[{"Narration":"November 2026 [xero/journal/uk/2026-11#1]","Date":"2026-11-30","LineAmountTypes":"NoTax","Status":"POSTED","Url":"https://tieout.invalid/xero/journal/uk/2026-11%231","ShowOnCashBasisReports":false,"JournalLines":[{"LineAmount":83.3,"AccountCode":"810","Description":"Revenue recognised, November 2026"},{"LineAmount":-83.3,"AccountCode":"200","Description":"Revenue recognised, November 2026"}]}]}"#,
        ),
        (
            bodies().void_journal_body(&JournalId::parse(ID).unwrap(), "November"),
            r#"{"ManualJournals":[{"ManualJournalID":"ID","Narration":"November","Status":"VOIDED"}]}"#,
        ),
    ];
    for (body, expected) in rows {
        assert_eq!(body, expected.replace("\"ID\"", &format!("\"{ID}\"")));
    }
}

#[test]
fn a_line_that_xero_would_compute_otherwise_is_one_piece() {
    for (quantity, unit_price, agreed, shown, detail) in [
        ("12", "99.5", "1194.00", "\"Quantity\":12,\"UnitAmount\":99.5,", ""),
        ("1000", "0.0612", "61.20", "\"Quantity\":1000,\"UnitAmount\":0.0612,", ""),
        // docs/vendors/xero.md: unitdp=4 would give 61.20.
        (
            "1000",
            "0.061171",
            "61.17",
            "\"Quantity\":1,\"UnitAmount\":61.17,",
            "\\n1000 x 0.061171, agreed at 61.17\"",
        ),
        // A discount.
        (
            "10",
            "99",
            "940.50",
            "\"Quantity\":1,\"UnitAmount\":940.5,",
            "\\n10 x 99, agreed at 940.50\"",
        ),
        // Ties go up at Xero, so half a cent of an odd quantity agrees.
        ("0.5", "0.01", "0.01", "\"Quantity\":0.5,\"UnitAmount\":0.01,", ""),
        (
            "0.5",
            "0.01",
            "0.00",
            "\"Quantity\":1,\"UnitAmount\":0,",
            "\\n0.5 x 0.01, agreed at 0.00\"",
        ),
        (
            "0.33333",
            "3",
            "1.00",
            "\"Quantity\":1,\"UnitAmount\":1,",
            "\\n0.33333 x 3, agreed at 1.00\"",
        ),
        ("-1", "50", "-50.00", "\"Quantity\":-1,\"UnitAmount\":50,", ""),
        (
            "79228162514264337593543950335",
            "10",
            "1",
            "\"Quantity\":1,\"UnitAmount\":1,",
            "agreed at 1",
        ),
    ] {
        let body = bodies().invoice_body(&new_invoice(vec![line(quantity, unit_price, agreed)]));
        assert!(body.contains(shown), "{quantity} x {unit_price}: {body}");
        assert!(body.contains(detail), "{quantity} x {unit_price}: {body}");
    }
}

#[test]
fn a_long_description_is_cut_before_the_detail() {
    let mut long = line("1000", "0.061171", "61.17");
    long.description = "é".repeat(DESCRIPTION_LENGTH_MAX + 10);
    let body: serde_json::Value = serde_json::from_str(&bodies().invoice_body(&new_invoice(vec![long]))).unwrap();
    let text = body["Invoices"][0]["LineItems"][0]["Description"].as_str().unwrap();
    assert_eq!(text.chars().count(), DESCRIPTION_LENGTH_MAX);
    assert!(text.ends_with("agreed at 61.17"));
}
