//! What finance does in Xero's pages: each act by one POST, checked as the API checks it, wholly done or not at all.

use super::*;

impl Bench {
    async fn post(&self, act: &str, body: &str) -> Answer {
        let url = format!("{}/_sandbox/{act}", self.xero.url());
        answer(self.http.post(url).body(body.to_owned())).await.unwrap()
    }

    /// An act that has to pass; `wanted` are the members that the answer has to have.
    async fn acts(&self, act: &str, body: Value, wanted: Value) {
        let answer = self.post(&format!("{TENANT}/{act}"), &body.to_string()).await;
        assert_eq!(answer.status, 200, "{act} {body}: {}", answer.text);
        let shown = answer.json();
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(shown[name].to_string(), value.to_string(), "{act} {body}: {name}");
        }
    }

    async fn is_refused(&self, act: &str, body: &str, status: u16, says: &str) {
        let answer = self.post(act, body).await;
        assert_eq!(answer.status, status, "{act} {body}: {}", answer.text);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(says), "{act} {body}: {error}");
    }
}

/// An amount as the sandbox shows it.
fn shown(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn what_finance_does_by_one_post_each() {
    let bench = Bench::new().await;
    for number in ["H-1", "H-2", "H-3"] {
        bench.write("PUT", "Invoices", draft(number)).await;
    }
    let edited = json!({
        "invoice": "H-1", "lines": [{"line": 1, "amount": "90"}], "add": [{"description": "Travel", "amount": 10.5}], "due": "2026-06-01",
        "number": "H-1a", "reference": "PO 7",
    });
    let wanted =
        json!({"InvoiceNumber": "H-1a", "SubTotal": shown("100.50"), "Total": shown("120.60"), "Reference": "PO 7", "Status": "DRAFT"});
    bench.acts("edit", edited, wanted).await;
    bench
        .acts("approve", json!({"document": "H-1a"}), json!({"Status": "AUTHORISED"}))
        .await;
    let part = json!({"invoice": "H-1a", "amount": 20.6, "date": "2026-04-10"});
    bench
        .acts("pay", part, json!({"AmountDue": shown("100.00"), "Status": "AUTHORISED"}))
        .await;
    let credit = json!({"invoice": "H-1a", "amount": 50, "number": "CN-1"});
    bench
        .acts(
            "credit",
            credit,
            json!({"CreditNoteNumber": "CN-1", "Total": shown("60.00"), "Status": "PAID"}),
        )
        .await;
    bench
        .acts(
            "pay",
            json!({"invoice": "H-1a"}),
            json!({"AmountDue": shown("0.00"), "Status": "PAID"}),
        )
        .await;
    bench.acts("delete", json!({"document": "H-2"}), json!({"Status": "DELETED"})).await;
    bench
        .acts("approve", json!({"document": "H-3"}), json!({"Status": "AUTHORISED"}))
        .await;
    bench
        .acts(
            "write-off",
            json!({"invoice": "H-3", "account": "400"}),
            json!({"Total": shown("120.00"), "Status": "PAID"}),
        )
        .await;
    bench.write("PUT", "Invoices", authorised("H-4")).await;
    bench.acts("void", json!({"document": "H-4"}), json!({"Status": "VOIDED"})).await;
    let lines = json!([{"account": "400", "amount": 5}, {"account": "200", "amount": -5}]);
    bench
        .acts(
            "journal",
            json!({"narration": "Correction", "lines": lines}),
            json!({"Status": "POSTED"}),
        )
        .await;
}

#[tokio::test]
async fn a_credit_is_set_against_its_invoice_as_far_as_that_is_due() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", authorised("H-5")).await;
    bench
        .acts("pay", json!({"invoice": "H-5", "amount": 90}), json!({"AmountDue": shown("30.00")}))
        .await;
    // 120 with tax, of which 30 are due.
    bench
        .acts(
            "credit",
            json!({"invoice": "H-5", "amount": 100}),
            json!({"Status": "AUTHORISED", "Total": shown("120.00"), "RemainingCredit": shown("90.00")}),
        )
        .await;
    // 50 and 20 % tax; nothing is due any more, so all of it remains.
    bench
        .acts(
            "credit",
            json!({"invoice": "H-5", "amount": 50}),
            json!({"Status": "AUTHORISED", "Total": shown("60.00"), "RemainingCredit": shown("60.00"), "Allocations": []}),
        )
        .await;
}

#[tokio::test]
async fn what_finance_cannot_do_changes_nothing() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", draft("H-1")).await;
    let act = |name: &str| format!("{TENANT}/{name}");
    for (path, body, status, says) in [
        (act("approve"), r#"{"document": "H-9"}"#, 404, "has no invoice or credit note H-9"),
        (act("approve"), "", 400, "EOF"),
        (act("approve"), r#"{"document": "H-1", "by": "amira"}"#, 400, "unknown field"),
        (
            act("pay"),
            r#"{"invoice": "H-1"}"#,
            400,
            "Payments can only be made against Authorised documents",
        ),
        (
            act("pay"),
            r#"{"invoice": "H-1", "date": "tomorrow"}"#,
            400,
            "input contains invalid characters",
        ),
        (act("void"), r#"{"document": "H-1"}"#, 400, "Xero refuses"),
        (act("edit"), r#"{"invoice": "H-1"}"#, 400, "Nothing is to be changed"),
        (
            act("edit"),
            r#"{"invoice": "H-1", "lines": [{"line": 2, "amount": 1}]}"#,
            400,
            "There is no line 2; the invoice has 1",
        ),
        (
            act("edit"),
            r#"{"invoice": "H-1", "lines": [{"line": 0, "amount": 1}]}"#,
            400,
            "There is no line 0",
        ),
        (
            act("edit"),
            r#"{"invoice": "H-1", "add": [{"description": "x", "amount": 1, "account": "999"}]}"#,
            400,
            "Account code '999'",
        ),
        (act("credit"), r#"{"invoice": "H-1", "amount": 1}"#, 400, "Xero refuses"),
        (act("write-off"), r#"{"invoice": "H-1", "account": "400"}"#, 400, "Xero refuses"),
        (
            act("journal"),
            r#"{"narration": "x", "lines": [{"account": "400", "amount": 5}]}"#,
            400,
            "Xero refuses",
        ),
        (act("refund"), "{}", 404, "there is no act \"refund\""),
        (
            "nobody/approve".to_owned(),
            r#"{"document": "H-1"}"#,
            404,
            "has no Xero organisation nobody",
        ),
    ] {
        bench.is_refused(&path, body, status, says).await;
    }
    let left = bench.get("Invoices/H-1").await["Invoices"][0].clone();
    assert_eq!(
        (left["Status"].as_str(), left["Total"].to_string().as_str()),
        (Some("DRAFT"), "120.00")
    );
    assert_eq!(
        bench.xero.list_credit_notes(TENANT).len() + bench.xero.list_journals(TENANT).len(),
        0
    );
}
