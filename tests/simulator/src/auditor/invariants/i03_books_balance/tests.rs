//! Worlds in which a cent is missing somewhere.

use serde_json::{Value, json};

use crate::auditor::Auditor;
use crate::auditor::seen::Seen;
use crate::auditor::tampered::{DEAL, JOURNAL, MARK, NoTable, TENANT, at_the_end, broken, company, item, world, xero};

/// Changes JSON that lies as text inside an item.
fn inside(item: &mut Value, field: &str, change: impl FnOnce(&mut Value)) {
    let mut inner: Value = serde_json::from_str(item[field].as_str().unwrap()).unwrap();
    change(&mut inner);
    item[field] = json!(inner.to_string());
}

#[test]
fn a_cent_that_is_missing_anywhere_is_seen() {
    let posting = format!("POSTING#{MARK}");
    let posting = posting.as_str();
    type Doctor<'a> = Box<dyn Fn(&mut Seen) + 'a>;
    let cases: Vec<(&str, Doctor<'_>)> = vec![
        (
            "a journal off balance",
            Box::new(|seen| seen.organisations.get_mut(TENANT).unwrap().journals[0]["JournalLines"][0]["LineAmount"] = json!(100.01)),
        ),
        (
            "a journal on the wrong account",
            Box::new(|seen| seen.organisations.get_mut(TENANT).unwrap().journals[0]["JournalLines"][1]["AccountCode"] = json!("210")),
        ),
        (
            "a journal that is a draft",
            Box::new(|seen| seen.organisations.get_mut(TENANT).unwrap().journals[0]["Status"] = json!("DRAFT")),
        ),
        (
            "a journal that is gone",
            Box::new(|seen| seen.organisations.get_mut(TENANT).unwrap().journals.clear()),
        ),
        (
            "a journal that is not held for posted",
            Box::new(|seen| seen.table.retain(|item| item["sk"] != posting)),
        ),
        (
            "a price of another cent",
            Box::new(|seen| {
                inside(item(seen, "4#EVENT#000000001"), "event", |event| {
                    event["obligations"][0]["price"] = json!("1200.12")
                })
            }),
        ),
        (
            "another invoice",
            Box::new(|seen| seen.organisations.get_mut(TENANT).unwrap().documents[0]["SubTotal"] = json!(1200.01)),
        ),
        (
            "another tax",
            Box::new(|seen| seen.organisations.get_mut(TENANT).unwrap().documents[0]["TotalTax"] = json!(0)),
        ),
        (
            "a payment that nobody followed",
            Box::new(|seen| {
                let invoice = &mut seen.organisations.get_mut(TENANT).unwrap().documents[0];
                invoice["Payments"] = json!([{"PaymentID": "p", "Amount": 10}]);
            }),
        ),
        (
            "the right sum in the wrong month",
            Box::new(|seen| inside(item(seen, posting), "lines", |lines| lines[1]["economic_period"] = json!("2025-12"))),
        ),
        (
            "revenue of another obligation",
            Box::new(|seen| inside(item(seen, posting), "lines", |lines| lines[1]["obligation"] = json!("00k2"))),
        ),
    ];
    for (name, doctor) in cases {
        let mut seen = world();
        doctor(&mut seen);
        let found = at_the_end(&mut Auditor::new(company()), &seen);
        assert!(found.contains(&"I3"), "{name}: {found:?}");
    }
}

#[test]
fn a_journal_that_a_person_voided_is_theirs() {
    use crate::auditor::facts::{FinanceAct, What};
    let mut auditor = Auditor::new(company());
    let act = What::Finance {
        tenant: TENANT.to_owned(),
        act: FinanceAct::JournalVoided,
        document: JOURNAL.to_owned(),
    };
    auditor.learn(&crate::auditor::tampered::fact(900, act), &NoTable);
    let mut seen = world();
    seen.organisations.get_mut(TENANT).unwrap().journals[0]["Status"] = json!("VOIDED");
    auditor.look(&seen);
    assert!(!broken(&auditor).contains(&"I3"), "{:?}", auditor.violations());
}

#[test]
fn an_invoice_leaves_over_the_price_of_its_contract() {
    for (quantity, price, expected) in [("2", "600", false), ("2", "600.01", true)] {
        let body = json!({"Invoices": [{"InvoiceNumber": "NWUK-00001", "Url": crate::auditor::tampered::invoice("DRAFT")["Url"], "Status": "DRAFT",
            "LineItems": [{"Quantity": quantity, "UnitAmount": price}]}]});
        let mut auditor = Auditor::new(company());
        auditor.leaves(xero(1, 0, "PUT", "Invoices", &body.to_string()), &world());
        assert_eq!(broken(&auditor).contains(&"I3"), expected, "{:?}", auditor.violations());
    }
}

#[test]
fn a_contract_is_signed_over_what_was_sold() {
    use crate::auditor::facts::What;
    let sold = |price: i64, end: &str, code: &str| {
        let record = json!({"Id": DEAL, "IsWon": true, "CloseDate": "2026-01-01"});
        let line = json!({"Id": "00k1", "ProductCode": code, "TotalPrice": price, "ServiceDate": "2026-01-01", "End_Date__c": end});
        What::DealSaved {
            id: DEAL.to_owned(),
            record: record.as_object().cloned().unwrap(),
            lines: vec![line.as_object().cloned().unwrap()],
        }
    };
    let cases = [
        ("as sold", sold(1_200, "2026-12-31", "PLATFORM"), false),
        ("another price", sold(1_201, "2026-12-31", "PLATFORM"), true),
        ("another term", sold(1_200, "2026-12-30", "PLATFORM"), true),
        ("another way of being earned", sold(1_200, "2026-12-31", "SETUP"), true),
    ];
    for (name, what, expected) in cases {
        let mut auditor = Auditor::new(crate::auditor::facts::Company {
            entities: vec![crate::auditor::facts::Entity {
                method: "equal_touched".to_owned(),
                ..company().entities.remove(0)
            }],
            ..company()
        });
        auditor.learn(&crate::auditor::tampered::fact(0, what), &NoTable);
        auditor.look(&world());
        assert_eq!(broken(&auditor).contains(&"I3"), expected, "{name}: {:?}", auditor.violations());
    }
}

#[test]
fn a_month_that_was_locked_when_it_was_planned_tells_nothing() {
    use crate::auditor::facts::What;
    use crate::auditor::tampered::{fact, proposal};
    let locked = |until: &str| What::LockMoved {
        tenant: TENANT.to_owned(),
        until: until.parse().ok(),
    };
    let planned = || What::Planned(proposal("amira", "h"));
    let cases = [
        ("never locked", vec![planned()], true),
        ("locked then", vec![locked("2026-01-31"), planned(), locked("")], false),
        ("locked before", vec![locked("2026-01-31"), locked(""), planned()], true),
        ("locked after", vec![planned(), locked("2026-01-31")], true),
        ("locked through an earlier day", vec![locked("2026-01-30"), planned()], true),
    ];
    for (name, facts, expected) in cases {
        let mut auditor = Auditor::new(company());
        for (hour, what) in (0..).zip(facts) {
            auditor.learn(
                &crate::auditor::facts::Fact {
                    at: fact(hour * 3_600, what.clone()).at,
                    what,
                },
                &NoTable,
            );
        }
        let mut seen = world();
        seen.at = crate::auditor::tampered::at(100_000);
        inside(item(&mut seen, "4#EVENT#000000001"), "event", |event| {
            event["obligations"][0]["price"] = json!("2400.00")
        });
        auditor.look(&seen);
        assert_eq!(broken(&auditor).contains(&"I3"), expected, "{name}: {:?}", auditor.violations());
    }
}
