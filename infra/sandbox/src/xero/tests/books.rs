//! The trial balance, and that nothing is forgotten over a restart.

use rust_decimal::Decimal;

use super::*;

/// A small generator, so that a walk is the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.throw(choices.len() as u64)).unwrap()]
    }
}

#[tokio::test]
async fn the_trial_balance_has_each_posting_in_its_place() {
    let bench = Bench::new().await;
    bench
        .write("PUT", "Invoices", with(authorised("T-1"), json!({"CurrencyCode": "EUR"})))
        .await;
    bench.xero.record_payment(TENANT, "T-1", 120.into(), day("2026-05-02"), "").unwrap();
    let release = json!([{"LineAmount": 30, "AccountCode": "850"}, {"LineAmount": -30, "AccountCode": "200"}]);
    bench
        .write(
            "PUT",
            "ManualJournals",
            json!({"Narration": "r", "Date": "2026-05-31", "Status": "POSTED", "JournalLines": release}),
        )
        .await;
    // 120 EUR at 1.25 are 96.00 GBP, received at 1.1 109.09: a gain of 13.09.
    let wanted = [
        ("090", "109.09"),
        ("498", "-13.09"),
        ("820", "-16.00"),
        ("850", "-50.00"),
        ("200", "-30.00"),
    ];
    let balances = bench.xero.balances(TENANT, day("2026-05-31"));
    let wanted = wanted.map(|(code, amount)| (code.to_owned(), amount.parse::<Decimal>().unwrap()));
    assert_eq!(balances, wanted.into_iter().collect());
    let report = bench.get("Reports/TrialBalance?date=2026-05-31").await["Reports"][0].clone();
    assert_eq!(report["ReportTitles"][2], json!("As at 31 May 2026"));
    let rows = report["Rows"].as_array().unwrap();
    assert_eq!(rows[0]["RowType"], json!("Header"));
    let cells = |row: &Value| {
        row["Cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["Value"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows[1]["Title"], json!("Revenue"));
    assert_eq!(cells(&rows[1]["Rows"][0]), ["Sales (200)", "", "30.00", "", "30.00"]);
    let receivable = rows
        .iter()
        .flat_map(|row| row["Rows"].as_array().cloned().unwrap_or_default())
        .find(|row| cells(row)[0].contains("(610)"));
    assert_eq!(
        receivable.map(|row| cells(&row)),
        Some(vec![
            "Accounts Receivable (610)".into(),
            String::new(),
            "96.00".into(),
            "0.00".into(),
            String::new()
        ])
    );
    let sums = cells(&rows.last().unwrap()["Rows"][0]);
    assert_eq!((&sums[1], &sums[3]), (&sums[2], &sums[4]), "{sums:?}");
    let next_year = bench.xero.balances(TENANT, day("2027-01-01"));
    assert_eq!(
        (next_year.get("200"), next_year.get("960")),
        (None, Some(&"-43.09".parse().unwrap())),
        "the year's end clears to retained earnings"
    );
}

fn random_invoice(dice: &mut Dice, number: &str) -> Value {
    let currency = dice.one_of(&["GBP", "EUR", "USD"]);
    let types = dice.one_of(&["Exclusive", "Inclusive", "NoTax"]);
    let unit = Decimal::new(i64::try_from(dice.throw(1_000_000)).unwrap() + 1, 4).to_string();
    let line = |quantity: u64| {
        json!({
            "Description": "x", "Quantity": quantity, "UnitAmount": unit,
            "AccountCode": "850", "TaxType": "OUTPUT2",
        })
    };
    let lines: Vec<Value> = (0..=dice.throw(3)).map(|_| line(dice.throw(7) + 1)).collect();
    let date = format!("2026-0{}-1{}", dice.throw(6) + 1, dice.throw(9));
    let fields = json!({
        "CurrencyCode": currency, "LineAmountTypes": types, "LineItems": lines, "Date": date,
    });
    with(authorised(number), fields)
}

/// Voids it, pays a part, pays all in two parts, credits a part, or leaves it.
fn random_act(dice: &mut Dice, xero: &Xero, number: &str) {
    let date = day(&format!("2026-0{}-20", dice.throw(3) + 6));
    let view = xero.list_invoices(TENANT).into_iter().find(|view| view.number == number).unwrap();
    let due = view.amount_due;
    let part = (due / Decimal::from(dice.throw(3) + 1)).trunc_with_scale(2);
    let pay = |amount: Decimal| {
        if amount > Decimal::ZERO {
            xero.record_payment(TENANT, number, amount, date, "").unwrap();
        }
    };
    match dice.throw(5) {
        0 => drop(xero.void_invoice(TENANT, number, "").unwrap()),
        1 => pay(part),
        2 => [part, due - part].into_iter().for_each(pay),
        3 if part > Decimal::ZERO => {
            let credit = Credit {
                amount: part,
                date,
                number: None,
            };
            xero.create_credit_note_and_allocate(TENANT, number, &credit, "").unwrap();
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_books_balance_after_a_random_walk() {
    let bench = Bench::new().await;
    let mut dice = Dice(20_260_401);
    for step in 0..120 {
        let number = format!("W-{step}");
        let invoice = random_invoice(&mut dice, &number);
        bench.write("PUT", "Invoices?unitdp=4", invoice).await;
        random_act(&mut dice, &bench.xero, &number);
    }
    for at in ["2026-03-31", "2026-06-30", "2026-12-31", "2027-06-30"] {
        let sum: Decimal = bench.xero.balances(TENANT, day(at)).values().sum();
        assert_eq!(sum, Decimal::ZERO, "{at}");
    }
    for view in bench.xero.list_invoices(TENANT) {
        let settled = view.amount_paid + view.amount_credited > Decimal::ZERO && view.amount_due.is_zero();
        assert_eq!(view.status == "PAID", settled, "{}", view.number);
    }
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let bench = Bench::new().await;
    bench.write("PUT", "Invoices", authorised("R-1")).await;
    bench.xero.record_payment(TENANT, "R-1", 20.into(), day("2026-04-05"), "").unwrap();
    let key = [("idempotency-key", "k1")];
    let first = bench.try_call("PUT", "Invoices", &draft("R-2"), &key).await.unwrap();
    bench.xero.fail_next(1, FaultOn::Reads, Fault::Status5xx { status: 503 }).unwrap();
    let before = (
        bench.xero.list_invoices(TENANT),
        bench.xero.balances(TENANT, day("2026-04-30")),
        bench.xero.organisation(TENANT),
    );
    let token = bench.bearer().await;
    let bench = bench.restarted().await;
    let after = (
        bench.xero.list_invoices(TENANT),
        bench.xero.balances(TENANT, day("2026-04-30")),
        bench.xero.organisation(TENANT),
    );
    assert_eq!(before, after);
    let again = bench.try_call("PUT", "Invoices", &draft("R-2"), &key).await.unwrap();
    assert_eq!(again.text, first.text, "an idempotency key survives");
    assert_eq!(bench.call("GET", "Invoices", Value::Null).await.status, 503, "a fault survives");
    let url = format!("{}/connections", bench.xero.url());
    let connections = answer(bench.http.get(url).bearer_auth(token)).await.unwrap();
    assert_eq!(connections.json().as_array().unwrap().len(), 2, "a token survives");
    let shown = answer(bench.http.get(format!("{}/_sandbox", bench.xero.url()))).await.unwrap();
    assert_eq!(shown.json()["organisations"][0]["documents"], json!(2));
}
