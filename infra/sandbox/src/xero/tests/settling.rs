//! Payments, credit notes and allocations, and what they do to an invoice.

use super::*;

const BEYOND: &str = "Payment amount exceeds the amount outstanding on this document";
const NOT_AUTHORISED: &str = "Payments can only be made against Authorised documents";

fn payment(number: &str, amount: u32, date: &str) -> Value {
    json!({"Invoice": {"InvoiceNumber": number}, "Account": {"Code": "090"}, "Amount": amount, "Date": date})
}

#[tokio::test]
async fn what_xero_refuses_of_a_payment() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", authorised("P-1")).await;
    bench.write("PUT", "Invoices", draft("P-2")).await;
    bench.xero.set_lock_date(TENANT, Lock::Period, Some(day("2026-04-05"))).unwrap();
    let to_sales = with(payment("P-1", 1, "2026-04-11"), json!({"Account": {"Code": "200"}}));
    let account = "Account could not be found or is not a valid account to make payments to";
    let locked = "The document date cannot be before the period lock date, currently set at 5 Apr 2026";
    let unknown = "The specified invoice or credit note could not be found";
    for (body, messages) in [
        (payment("P-1", 121, "2026-04-11"), BEYOND),
        (payment("P-2", 1, "2026-04-11"), NOT_AUTHORISED),
        (payment("P-1", 0, "2026-04-11"), "Payment amount must be greater than zero"),
        (payment("P-1", 1, "2026-04-05"), locked),
        (to_sales, account),
        (payment("P-9", 1, "2026-04-11"), unknown),
    ] {
        bench.refused("PUT", "Payments", body, messages).await;
    }
}

#[tokio::test]
async fn a_part_paid_invoice_keeps_its_books() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", authorised("P-1")).await;
    let first = bench.write("PUT", "Payments", payment("P-1", 50, "2026-04-10")).await;
    assert_eq!(first["PaymentType"], json!("ACCRECPAYMENT"));
    let line = json!({"Description": "Other", "UnitAmount": 1, "AccountCode": "200", "TaxType": "NONE"});
    let allocated = "This document cannot be edited as it has a payment or credit note allocated to it.";
    bench.refused("POST", "Invoices/P-1", json!({"LineItems": [line]}), allocated).await;
    bench.refused("POST", "Invoices/P-1", json!({"Status": "VOIDED"}), allocated).await;
    let harmless = json!({"Reference": "PO 7", "DueDate": "2026-06-01"});
    bench.write("POST", "Invoices/P-1", harmless).await;
}

#[tokio::test]
async fn payments_settle_and_are_taken_back() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", authorised("P-1")).await;
    bench.write("PUT", "Payments", payment("P-1", 50, "2026-04-10")).await;
    let last = bench.write("PUT", "Payments", payment("P-1", 70, "2026-04-20")).await;
    let paid = bench.get("Invoices/P-1").await["Invoices"][0].clone();
    assert_eq!(paid["Status"], json!("PAID"));
    assert_eq!(paid["AmountDue"].to_string(), "0.00");
    assert_eq!(paid["AmountPaid"].to_string(), "120.00");
    assert_eq!(paid["FullyPaidOnDate"], json!("/Date(1776643200000+0000)/"));
    assert_eq!(paid["Payments"].as_array().unwrap().len(), 2);
    let both = format!("{NOT_AUTHORISED} {BEYOND}");
    bench.refused("PUT", "Payments", payment("P-1", 1, "2026-04-21"), &both).await;
    let path = format!("Payments/{}", last["PaymentID"].as_str().unwrap());
    bench.write("POST", &path, json!({"Status": "DELETED"})).await;
    let twice = "Payment not of valid status for modification";
    bench.refused("POST", &path, json!({"Status": "DELETED"}), twice).await;
    let open = bench.get("Invoices/P-1").await["Invoices"][0].clone();
    assert_eq!(open["Status"], json!("AUTHORISED"));
    assert_eq!(open["AmountDue"].to_string(), "70.00");
    assert!(open.get("FullyPaidOnDate").is_none());
}

#[tokio::test]
async fn a_credit_note_settles_by_allocation() {
    let bench = Bench::new().await;
    let invoice = bench.write("PUT", "Invoices", authorised("C-1")).await;
    let invoice_id = invoice["InvoiceID"].clone();
    let note = json!({
        "Type": "ACCRECCREDIT", "CreditNoteNumber": "CN-1", "Contact": {"Name": "Acme Ltd"}, "Date": "2026-04-15", "Status": "AUTHORISED",
        "LineItems": [{"Description": "Refund", "UnitAmount": 50, "AccountCode": "850", "TaxType": "OUTPUT2"}],
    });
    bench.write("PUT", "CreditNotes", note.clone()).await;
    bench.refused("PUT", "CreditNotes", note, "Credit note # must be unique.").await;
    let allocation = |amount: u32, id: &Value| json!({"Amount": amount, "Date": "2026-04-15", "Invoice": {"InvoiceID": id}});
    let path = "CreditNotes/CN-1/Allocations";
    for (body, messages) in [
        (
            allocation(61, &invoice_id),
            "The amount allocated exceeds the remaining credit on this credit note",
        ),
        (allocation(0, &invoice_id), "Amount must be greater than zero"),
        (allocation(1, &json!(OTHER)), "The specified InvoiceID could not be found"),
        (with(allocation(1, &invoice_id), json!({"Date": null})), "Date must be specified"),
    ] {
        bench.refused("PUT", path, body, messages).await;
    }
    bench
        .write("PUT", path, json!({"Allocations": [allocation(60, &invoice_id)]}))
        .await;
    let credited = bench.get("Invoices/C-1").await["Invoices"][0].clone();
    assert_eq!(
        (credited["AmountCredited"].to_string(), credited["AmountDue"].to_string()),
        ("60.00".to_owned(), "60.00".to_owned())
    );
    assert_eq!(credited["CreditNotes"][0]["CreditNoteNumber"], json!("CN-1"));
    let note = bench.get("CreditNotes/CN-1").await["CreditNotes"][0].clone();
    assert_eq!(
        (note["RemainingCredit"].to_string(), &note["Status"]),
        ("0.00".to_owned(), &json!("PAID"))
    );
    assert_eq!(note["Allocations"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench
            .call("PUT", "CreditNotes/NONE/Allocations", allocation(1, &invoice_id))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn finance_acts_once_for_an_action_id_also_after_a_restart() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", with(draft("F-1"), json!({"DueDate": null}))).await;
    assert!(matches!(
        bench.xero.authorise_invoice(TENANT, "F-1", None, "a0"),
        Err(ControlError::Refused(_))
    ));
    let due = Some(day("2026-05-01"));
    assert_eq!(bench.xero.authorise_invoice(TENANT, "F-1", due, "a1").unwrap().status, "AUTHORISED");
    let date = day("2026-04-20");
    let paid = bench.xero.record_payment(TENANT, "F-1", 30.into(), date, "a2").unwrap();
    let credit = Credit {
        amount: 10.into(),
        date,
        number: None,
    };
    let credited = bench.xero.create_credit_note_and_allocate(TENANT, "F-1", &credit, "a3").unwrap();
    assert_eq!((credited.total, credited.allocated), (12.into(), 12.into()));
    let bench = bench.restarted().await;
    assert_eq!(bench.xero.record_payment(TENANT, "F-1", 30.into(), date, "a2").unwrap(), paid);
    assert_eq!(
        bench.xero.create_credit_note_and_allocate(TENANT, "F-1", &credit, "a3").unwrap(),
        credited
    );
    let view = bench.xero.list_invoices(TENANT).remove(0);
    assert_eq!(
        (view.amount_due, view.amount_paid, view.amount_credited),
        (78.into(), 30.into(), 12.into())
    );
    assert!(matches!(
        bench.xero.void_invoice(TENANT, "F-1", "a4"),
        Err(ControlError::Refused(_))
    ));
    assert!(matches!(
        bench.xero.void_invoice(TENANT, "F-9", "a5"),
        Err(ControlError::NotFound { .. })
    ));
    assert!(matches!(
        bench.xero.void_invoice("no", "F-9", "a5"),
        Err(ControlError::NoOrganisation(_))
    ));
}
