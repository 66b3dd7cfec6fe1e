//! `/Reports/TrialBalance`: the postings summed by account, as Xero's tree of rows (`docs/vendors/xero.md`).
//!
//! Debit and Credit are the movement of the report's month; YTD Debit and YTD Credit are the balance at the date,
//! of income and cost accounts since the financial year began, the years before being in Retained Earnings.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::postings;
use super::reply::Reply;
use super::server::Call;
use super::settings::{Account, AccountClass, SystemAccount};
use super::wire;
use super::world::Org;

/// An account's figures, debit positive.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Figures {
    /// Movement of the month up to the date.
    pub(super) month: Decimal,
    /// Balance at the date.
    pub(super) year: Decimal,
}

/// The figures of each account that has any, by code.
pub(super) fn figures(org: &Org, at: NaiveDate) -> BTreeMap<String, Figures> {
    let settings = &org.settings;
    let year_began = year_began(settings.year_end, at);
    let month_began = at.with_day(1).unwrap_or(at);
    let retained = settings.system_account(SystemAccount::RetainedEarnings);
    let mut figures: BTreeMap<String, Figures> = BTreeMap::new();
    for posting in postings::all(org).into_iter().filter(|posting| posting.date <= at) {
        if posting.date >= month_began {
            figures.entry(posting.account.clone()).or_default().month += posting.amount;
        }
        let class = settings.account(&posting.account).map(Account::class);
        let closed = posting.date < year_began && class.is_some_and(AccountClass::is_profit_and_loss);
        let account = if closed { retained.clone() } else { posting.account };
        figures.entry(account).or_default().year += posting.amount;
    }
    figures.retain(|_, figures| *figures != Figures::default());
    figures
}

/// The first day of the financial year that `at` lies in.
fn year_began((day, month): (u32, u32), at: NaiveDate) -> NaiveDate {
    let end = |year: i32| (0..4).find_map(|back| NaiveDate::from_ymd_opt(year, month, day.saturating_sub(back)));
    let this = end(at.year()).filter(|end| *end < at);
    let last = this.or_else(|| end(at.year() - 1)).unwrap_or(at);
    last.checked_add_days(Days::new(1)).unwrap_or(at)
}

/// Answers the report.
pub(super) fn answer(org: &Org, call: &Call<'_>) -> Reply {
    let at = match call.query.get("date").map(wire::parse_day) {
        None => org.now.date_naive(),
        Some(Some(date)) => date,
        Some(None) => {
            return Reply::refused(16, "QueryParseException", "The date parameter is not a valid date");
        }
    };
    let figures = figures(org, at);
    let header = ["Account", "Debit", "Credit", "YTD Debit", "YTD Credit"].map(|name| json!({"Value": name}));
    let mut rows = vec![json!({"RowType": "Header", "Cells": header})];
    for (class, title) in [
        (AccountClass::Revenue, "Revenue"),
        (AccountClass::Expense, "Expenses"),
        (AccountClass::Asset, "Assets"),
        (AccountClass::Liability, "Liabilities"),
        (AccountClass::Equity, "Equity"),
    ] {
        let accounts = org.settings.accounts.iter().filter(|account| account.class() == class);
        let shown: Vec<Value> = accounts
            .filter_map(|account| Some(row(account, *figures.get(&account.code)?)))
            .collect();
        if !shown.is_empty() {
            rows.push(json!({"RowType": "Section", "Title": title, "Rows": shown}));
        }
    }
    rows.push(json!({"RowType": "Section", "Title": "", "Rows": [total(&figures)]}));
    let long_date = at.format("%-d %B %Y").to_string();
    let report = json!({
        "ReportID": "TrialBalance",
        "ReportName": "Trial Balance",
        "ReportType": "TrialBalance",
        "ReportTitles": ["Trial Balance", org.settings.name, format!("As at {long_date}")],
        "ReportDate": long_date,
        "UpdatedDateUTC": wire::instant(org.now),
        "Fields": [],
        "Rows": rows,
    });
    Reply::records("Reports", vec![report], org.now)
}

/// Debit and credit side of a figure: the empty side is blank.
fn sides(amount: Decimal) -> [String; 2] {
    if amount.is_sign_negative() && !amount.is_zero() {
        [String::new(), format!("{:.2}", -amount)]
    } else {
        [format!("{amount:.2}"), String::new()]
    }
}

fn row(account: &Account, figures: Figures) -> Value {
    let attributes = json!([{"Value": account.id, "Id": "account"}]);
    let name = format!("{} ({})", account.name, account.code);
    let cells = [name].into_iter().chain(sides(figures.month)).chain(sides(figures.year));
    let cells: Vec<Value> = cells.map(|value| json!({"Value": value, "Attributes": attributes})).collect();
    json!({"RowType": "Row", "Cells": cells})
}

fn total(figures: &BTreeMap<String, Figures>) -> Value {
    let months = || figures.values().map(|figures| figures.month);
    let years = || figures.values().map(|figures| figures.year);
    let [month_debit, month_credit] = sums(months());
    let [year_debit, year_credit] = sums(years());
    let sums = [month_debit, month_credit, year_debit, year_credit];
    let cells = ["Total".to_owned()].into_iter().chain(sums.map(|sum| format!("{sum:.2}")));
    let cells: Vec<Value> = cells.map(|value| json!({"Value": value})).collect();
    json!({"RowType": "SummaryRow", "Cells": cells})
}

/// All debits and all credits, both positive.
fn sums(amounts: impl Iterator<Item = Decimal>) -> [Decimal; 2] {
    amounts.fold([Decimal::ZERO; 2], |[debit, credit], amount| {
        if amount.is_sign_negative() {
            [debit, credit - amount]
        } else {
            [debit + amount, credit]
        }
    })
}
