//! Fingerprints, facts and kinds.

use rust_decimal::Decimal;
use tieout_platform::config::Rule;
use tieout_platform::rules::{Choice, Rules};

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn line(id: &str) -> DealLine {
    DealLine {
        id: RecordId::parse(id).unwrap(),
        product_code: Some("PLAT".to_owned()),
        product_name: "Platform".to_owned(),
        description: None,
        quantity: number("2.00"),
        unit_price: number("600.00"),
        total_price: number("1200.00"),
        discount: None,
        start: Some(day("2026-11-01")),
        end: Some(day("2027-10-31")),
        term_months: Some(12),
        sort_order: Some(1),
    }
}

fn deal() -> Deal {
    Deal {
        id: RecordId::parse("0067F000003pmdWQAQ").unwrap(),
        name: "Express Logistics".to_owned(),
        stage: "Closed Won".to_owned(),
        is_won: true,
        is_closed: true,
        close_date: day("2026-10-30"),
        amount: Some(number("2400.00")),
        currency: "GBP".to_owned(),
        kind: DealKind::New,
        kind_value: None,
        amends: None,
        effective: None,
        billing: DealBilling::default(),
        restates: false,
        approval: None,
        is_approved: true,
        account: Some(Customer {
            id: RecordId::parse("0017F000007ydJmQAI").unwrap(),
            name: "Express".to_owned(),
            country: Some("GB".to_owned()),
        }),
        owner: None,
        system_modstamp: "2026-10-30T10:00:00Z".parse().unwrap(),
        lines: vec![line("00k7F000000000AQAQ"), line("00k7F000000000BQAQ")],
    }
}

#[test]
fn only_what_booking_depends_on_changes_the_fingerprint() {
    type Edit = fn(&mut Deal);
    let rows: [(&str, bool, Edit); 26] = [
        ("nothing", false, |_| {}),
        ("name", false, |deal| deal.name.push('x')),
        ("stage's name", false, |deal| deal.stage.push('x')),
        ("owner", false, |deal| deal.owner = Some(deal.id.clone())),
        ("stamp", false, |deal| deal.system_modstamp += chrono::TimeDelta::seconds(1)),
        ("order of lines", false, |deal| deal.lines.reverse()),
        ("description", false, |deal| deal.lines[0].description = Some("x".to_owned())),
        ("scale of a number", false, |deal| deal.lines[0].quantity = number("2.000")),
        ("won", true, |deal| deal.is_won = false),
        ("meaning of the kind", false, |deal| deal.kind = DealKind::Renewal),
        ("kind", true, |deal| deal.kind_value = Some("Renewal".to_owned())),
        ("restates", true, |deal| deal.restates = true),
        ("approval", false, |deal| deal.approval = Some("Recalled".to_owned())),
        ("earlier deal", true, |deal| deal.amends = Some(deal.id.clone())),
        ("first day of the change", true, |deal| deal.effective = Some(day("2026-11-01"))),
        ("meaning of the frequency", false, |deal| {
            deal.billing.frequency = Some(tieout_platform::config::Frequency::Monthly);
        }),
        ("frequency", true, |deal| deal.billing.frequency_value = Some("Monthly".to_owned())),
        ("timing", true, |deal| deal.billing.timing_value = Some("Monthly".to_owned())),
        ("close date", true, |deal| deal.close_date = day("2026-10-31")),
        ("amount", true, |deal| deal.amount = Some(number("2400.01"))),
        ("no amount", true, |deal| deal.amount = None),
        ("currency", true, |deal| deal.currency = "EUR".to_owned()),
        ("account", true, |deal| deal.account = None),
        ("a line's date", true, |deal| deal.lines[1].end = None),
        ("a line's total", true, |deal| deal.lines[1].total_price = number("1199.99")),
        ("one line less", true, |deal| deal.lines.truncate(1)),
    ];
    let before = deal().fingerprint();
    assert_eq!(
        before, "1804ca45c969cbad2eeba1e04ad2a86accadd43f857f658278c771271f62f93a",
        "stored fingerprints must stay what they are"
    );
    for (name, changes, edit) in rows {
        let mut edited = deal();
        edit(&mut edited);
        assert_eq!(edited.fingerprint() != before, changes, "{name}");
    }
}

#[test]
fn rules_see_the_deal() {
    let facts = deal().facts();
    assert_eq!(facts["amount"].to_string(), "2400.00");
    assert_eq!(facts["lines"][0]["term_months"].to_string(), "12");
    assert_eq!(facts["close_date"], "2026-10-30");
    let rows = [
        ("deal.account.country == 'GB' && deal.currency == 'GBP'", true),
        ("deal.amount > 2399.5", true),
        ("deal.amount > 2400", false),
        (
            "deal.lines.exists(line, line.product_code == 'PLAT' && line.term_months == 12)",
            true,
        ),
        ("deal.kind == 'new' && deal.is_won", true),
        ("deal.close_date < '2026-10-30'", false),
    ];
    for (rule, wanted) in rows {
        let rule = Rule {
            name: "r".to_owned(),
            when: rule.to_owned(),
            entity: "uk".to_owned(),
        };
        let choice = Rules::compile(std::slice::from_ref(&rule)).unwrap().choose(&facts);
        assert_eq!(matches!(choice, Choice::One { .. }), wanted, "{}: {choice:?}", rule.when);
    }
}
