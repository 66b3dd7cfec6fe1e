//! Deals that cannot be booked: which case is opened with which text, and that its remedy books the deal.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox::salesforce::NewLine;

use crate::common::{CONFIG, Sold, World, day, line};

/// The group's rules, with one more for yen and one for large deals that overlaps the others.
fn config() -> String {
    let rules = "[[rules]]\nname = \"Large\"\nwhen = \"deal.amount >= 1000000\"\nentity = \"us\"\n\n[[rules]]\nname = \"Sterling\"\n";
    CONFIG
        .replace("[[rules]]\nname = \"Sterling\"\n", rules)
        .replace("deal.currency == 'GBP'\"\nentity", "deal.currency in ['GBP', 'JPY']\"\nentity")
}

/// A case and its remedy.
struct Case {
    currency: &'static str,
    line: NewLine,
    kind: &'static str,
    field: &'static str,
    value: &'static str,
    words: &'static str,
    remedy: Option<Value>,
}

fn usual_line() -> NewLine {
    line("Platform", "PLATFORM", "1200.00", day("2026-01-05"), 364)
}

fn cases() -> Vec<Case> {
    let case = |line: NewLine, field, value, words, remedy| Case {
        currency: "GBP",
        line,
        kind: "findings",
        field,
        value,
        words,
        remedy,
    };
    let with = |change: fn(&mut NewLine)| {
        let mut line = usual_line();
        change(&mut line);
        line
    };
    vec![
        case(
            with(|line| (line.service_date, line.end_date) = (None, None)),
            "line 1 (Platform) › ServiceDate",
            "empty",
            "we would propose 2026-01-05 to 2027-01-04",
            Some(json!({ "ServiceDate": "2026-01-05", "End_Date__c": "2027-01-04" })),
        ),
        case(
            with(|line| line.end_date = Some(day("2026-01-04"))),
            "line 1 (Platform) › End_Date__c",
            "2026-01-04",
            "correct one of the two dates",
            Some(json!({ "End_Date__c": "2027-01-04" })),
        ),
        case(
            with(|line| line.end_date = Some(day("2062-01-05"))),
            "line 1 (Platform) › End_Date__c",
            "2062-01-05",
            "correct the last day",
            Some(json!({ "End_Date__c": "2027-01-04" })),
        ),
        case(
            with(|line| line.quantity = -Decimal::ONE),
            "line 1 (Platform) › Quantity",
            "-1",
            "a return is a credit note",
            None,
        ),
        Case {
            currency: "JPY",
            ..case(
                with(|line| line.unit_price = Decimal::new(120_050, 2)),
                "line 1 (Platform) › TotalPrice",
                "1200.50",
                "round the price",
                Some(json!({ "UnitPrice": 1200 })),
            )
        },
        Case {
            currency: "CHF",
            kind: "no_rule",
            ..case(usual_line(), "deal", "A deal", "add a rule to tieout.toml", None)
        },
        Case {
            kind: "several_rules",
            ..case(
                with(|line| line.unit_price = Decimal::from(1_000_000)),
                "rules",
                "Large, Sterling",
                "exactly one matches",
                Some(json!({ "UnitPrice": 1000 })),
            )
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_booked_waits_with_field_value_and_remedy() {
    let world = World::with("2026-01-05", &config()).await;
    for (place, case) in cases().into_iter().enumerate() {
        let customer = world.customer(&format!("Customer {place}"));
        let sold: Sold = world.open_deal(&customer, "A deal", case.currency, vec![case.line]);
        world.salesforce().close_won(&sold.opportunity).unwrap();
        world.settle().await;
        let parked = world.parked(&sold).await.unwrap_or_else(|| panic!("{} is not parked", case.field));
        assert_eq!(
            (parked.kind.as_str(), parked.message.field.as_str()),
            (case.kind, case.field),
            "{parked:?}"
        );
        assert!(parked.message.value.contains(case.value), "{parked:?}");
        assert!(parked.message.remedy.contains(case.words), "{parked:?}");
        assert!(world.contract(&sold).await.is_none(), "{}: nothing is half done", case.field);
        let Some(remedy) = case.remedy else { continue };
        world
            .salesforce()
            .edit_line(&sold.lines[0], remedy.as_object().unwrap().clone())
            .unwrap();
        world.pass(301);
        world.edit(&sold.opportunity, json!({ "Description": "corrected" }));
        world.settle().await;
        assert!(
            world.parked(&sold).await.is_none(),
            "{}: {:?}",
            case.field,
            world.parked(&sold).await
        );
        assert_eq!(world.events(&sold).await, ["signed"], "{}", case.field);
    }
    assert_eq!((world.dead_letters(), world.waiting()), (0, 0));
}
