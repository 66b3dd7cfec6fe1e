//! Documents of an order, and what a change leaves of them.

#![allow(clippy::unwrap_used)]

use chrono::DateTime;
use tieout_accounting::{Currency, Money};
use tieout_crm::RecordId;
use tieout_crm::deal::{Customer, DealBilling, DealKind};
use tieout_platform::config::{Config, Method, Satisfied};

use super::super::check::BookedLine;
use super::super::contract::invoice_lines;
use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn deal(frequency: Option<Frequency>, timing: Option<Timing>) -> Deal {
    Deal {
        id: RecordId::parse("006000000000001AAA").unwrap(),
        name: "Umbra".to_owned(),
        stage: "Closed Won".to_owned(),
        is_won: true,
        is_closed: true,
        close_date: day("2026-01-05"),
        amount: None,
        currency: "GBP".to_owned(),
        kind: DealKind::New,
        kind_value: None,
        amends: None,
        effective: None,
        restates: false,
        approval: None,
        is_approved: true,
        billing: DealBilling {
            frequency,
            timing,
            ..DealBilling::default()
        },
        account: None,
        owner: None,
        system_modstamp: DateTime::UNIX_EPOCH,
        lines: Vec::new(),
    }
}

fn line(obligation: &str, price: &str, service: (&str, &str), satisfied: Satisfied) -> BookedLine {
    BookedLine {
        obligation: obligation.to_owned(),
        name: obligation.to_owned(),
        quantity: Decimal::ONE,
        unit_price: price.parse().unwrap(),
        total: Money::parse_major(price, Currency::parse("GBP").unwrap()).unwrap(),
        start: day(service.0),
        end: day(service.1),
        satisfied,
        method: Method::Daily,
        revenue_account: "200".to_owned(),
        tax_type: "OUTPUT2".to_owned(),
        tracking: BTreeMap::new(),
    }
}

fn bookable(last: &str) -> Bookable {
    Bookable {
        customer: Customer {
            id: RecordId::parse("001000000000001AAA").unwrap(),
            name: "Umbra Ltd".to_owned(),
            country: None,
        },
        lines: vec![
            line("seats", "12000.00", ("2026-02-01", last), Satisfied::OverTime),
            line("setup", "900.00", ("2026-02-10", "2026-02-10"), Satisfied::AtPoint),
        ],
        reductions: Vec::new(),
    }
}

/// The invoices of a deal over all of its lines.
fn planned(deal: &Deal, bookable: &Bookable, entity: &Entity, first: u32, unmade: usize) -> Result<Vec<Document>, Finding> {
    let planning = Planning {
        deal,
        bookable,
        entity,
        order: &order(),
        signed_on: deal.close_date,
    };
    planning.documents(invoice_lines(bookable), first, unmade)
}

fn order() -> OrderKey {
    OrderKey::new("crm", "006000000000001AAA").unwrap()
}

/// Each line as `ordinal day obligation amount first..last`; `now` where it is made at once.
fn said(documents: &[Document]) -> Vec<String> {
    let line = |document: &Document, line: &PlannedLine| {
        let on = document
            .due
            .as_ref()
            .map_or("now".to_owned(), |due| format!("{} {}", due.entity, due.on));
        let on = if document.stage == Stage::Dropped {
            "dropped".to_owned()
        } else {
            on
        };
        let service = line.service.map(|(first, last)| format!(" {first}..{last}")).unwrap_or_default();
        format!("{} {on} {} {}{service}", document.ordinal, line.obligation, line.amount)
    };
    documents
        .iter()
        .flat_map(|document| document.plan.iter().map(move |one| line(document, one)))
        .collect()
}

#[test]
fn an_order_is_billed_as_it_says_or_else_as_its_entity_does() {
    let config = Config::check(include_str!("../../../../../tieout.toml")).unwrap().config;
    let once = ["3 now seats 12000.00 2026-02-01..2027-01-31", "3 now setup 900.00"];
    let halves = [
        "3 uk 2026-01-05 setup 900.00",
        "4 uk 2026-02-01 seats 6000.00 2026-02-01..2026-07-31",
        "5 uk 2026-08-01 seats 6000.00 2026-08-01..2027-01-31",
    ];
    let later = [
        "3 uk 2026-08-01 seats 6000.00 2026-02-01..2026-07-31",
        "3 uk 2026-08-01 setup 900.00",
        "4 uk 2027-02-01 seats 6000.00 2026-08-01..2027-01-31",
    ];
    let half = Some(Frequency::HalfYearly);
    type Row<'a> = (&'a str, Frequency, Option<Frequency>, Option<Timing>, &'a [&'a str]);
    let rows: [Row<'_>; 4] = [
        ("says nothing", Frequency::Once, None, None, &once),
        ("the entity's", Frequency::HalfYearly, None, None, &halves),
        ("its own", Frequency::Once, half, None, &halves),
        ("in arrears", Frequency::Once, half, Some(Timing::Arrears), &later),
    ];
    for (name, default, frequency, timing, expected) in rows {
        let mut entity = config.entity("uk").unwrap().clone();
        entity.invoices.billing = default;
        let documents = planned(&deal(frequency, timing), &bookable("2027-01-31"), &entity, 3, 0).unwrap();
        assert_eq!(said(&documents), expected, "{name}");
        let named = documents
            .iter()
            .all(|document| document.due.is_none() || document.order.as_ref() == Some(&order()));
        assert!(named, "{name}: what is found by its day names its order");
    }
    let monthly = deal(Some(Frequency::Monthly), None);
    let entity = config.entity("uk").unwrap();
    // Six years by the month, and the setup before: 73.
    let six_years = bookable("2032-01-31");
    assert_eq!(planned(&monthly, &six_years, entity, 1, 7).unwrap().len(), 73);
    let finding = planned(&monthly, &six_years, entity, 1, 8).unwrap_err();
    assert_eq!((finding.field.as_str(), finding.value.as_str()), ("billing plan", "81"));
}

#[test]
fn a_planned_document_is_less_or_is_dropped() {
    let of = |obligation: &str, amount: &str, service: Option<(&str, &str)>| PlannedLine {
        obligation: obligation.to_owned(),
        amount: amount.parse().unwrap(),
        service: service.map(|(first, last)| (day(first), day(last))),
        revenue_account: "200".to_owned(),
    };
    let quarter = Some(("2026-04-01", "2026-06-30"));
    let lines = vec![
        of("seats", "3000.00", quarter),
        of("module", "600.00", quarter),
        of("support", "0.00", quarter),
    ];
    let due = Due {
        on: day("2026-07-01"),
        entity: EntityId::new("uk"),
    };
    let document = Document::planned(2, DocumentKind::Invoice, lines).due(due);
    let check = |name: &str, less: &[(&str, &str)], ends_on: Option<&str>, expected: &[&str]| {
        let less = less
            .iter()
            .map(|(obligation, amount)| ((*obligation).into(), amount.parse().unwrap()));
        let left = lower(&document, &less.collect(), ends_on.map(day));
        assert_eq!(said(&[left]), expected, "{name}");
    };
    check(
        "a lower price",
        &[("seats", "500")],
        None,
        &[
            "2 uk 2026-07-01 seats 2500 2026-04-01..2026-06-30",
            "2 uk 2026-07-01 module 600.00 2026-04-01..2026-06-30",
            "2 uk 2026-07-01 support 0.00 2026-04-01..2026-06-30",
        ],
    );
    check(
        "an end: due at once, for the days before it",
        &[("seats", "1000"), ("module", "600")],
        Some("2026-06-01"),
        &[
            "2 uk 2026-06-01 seats 2000 2026-04-01..2026-05-31",
            "2 uk 2026-06-01 support 0.00 2026-04-01..2026-06-30",
        ],
    );
    check(
        "nothing is left",
        &[("seats", "3000"), ("module", "600")],
        Some("2026-04-01"),
        &[
            "2 dropped seats 3000.00 2026-04-01..2026-06-30",
            "2 dropped module 600.00 2026-04-01..2026-06-30",
            "2 dropped support 0.00 2026-04-01..2026-06-30",
        ],
    );
}
