//! Tables of the summary: revenue by product and month, roll-forward, balances, prices.

use std::collections::BTreeMap;

use super::super::movements::Movement;
use super::super::view::View;
use super::super::{Explanation, MAX_MONTHS, MAX_PRODUCTS};
use super::layout::{Row, heading, line, table, without_zeros};
use crate::Period;
use crate::ids::ObligationId;
use crate::money::major;
use crate::policy::RevenueCoding;

/// Columns of periods that stand side by side.
const PERIODS_PER_TABLE: usize = 12;

/// Amounts of a product or a group of products by the name of a month or a year.
type Amounts = BTreeMap<String, i64>;

/// Products by months, twelve months a table.
pub(super) fn revenue(out: &mut String, explanation: &Explanation<'_>, view: &View<'_>) {
    let contract = view.contract;
    let until = explanation.until(contract);
    let by_product = view.revenue(&explanation.scope, until);
    let within = |period: &Period| *period <= until && explanation.scope.has_period(*period);
    let posted: BTreeMap<Period, i64> = match explanation.scope.has_balances() {
        true => contract
            .posted()
            .into_iter()
            .filter(|(period, amount)| within(period) && *amount != 0)
            .collect(),
        false => BTreeMap::new(),
    };
    let periods = by_product.values().flat_map(BTreeMap::keys).chain(posted.keys()).copied();
    let periods: Vec<Period> = periods.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    if periods.is_empty() {
        line(out, "  none");
        return;
    }
    let years = periods.len() > MAX_MONTHS;
    let mut columns: Vec<String> = periods.iter().map(|period| column(*period, years)).collect();
    columns.dedup();
    let mut whole = Amounts::new();
    for (period, amount) in by_product.values().flatten() {
        add(&mut whole, column(*period, years), *amount);
    }
    let mut as_posted = Amounts::new();
    for (period, amount) in posted {
        add(&mut as_posted, column(period, years), amount);
    }
    let mut rows = grouped(view, &by_product, years);
    if rows.len() > 1 {
        rows.push(("all products".to_owned(), whole.clone()));
    }
    let differs = columns
        .iter()
        .any(|name| whole.get(name).copied().unwrap_or(0) != as_posted.get(name).copied().unwrap_or(0));
    if explanation.scope.has_balances() && differs {
        rows.push(("as posted".to_owned(), as_posted));
    }
    let currency = contract.ledger_currency();
    for (at, chunk) in columns.chunks(PERIODS_PER_TABLE).enumerate() {
        if at > 0 {
            line(out, "");
        }
        let last = (at + 1) * PERIODS_PER_TABLE >= columns.len();
        let cell = |amounts: &Amounts, name: &String| {
            amounts
                .get(name)
                .map_or_else(|| "-".to_owned(), |amount| major(i128::from(*amount), currency))
        };
        let total = |amounts: &Amounts| major(amounts.values().map(|amount| i128::from(*amount)).sum(), currency);
        let mut printed: Vec<Row> = vec![(String::new(), chunk.to_vec())];
        printed.extend(
            rows.iter()
                .map(|(name, amounts)| (name.clone(), chunk.iter().map(|name| cell(amounts, name)).collect())),
        );
        if last && columns.len() > 1 {
            for ((_, cells), sum) in printed
                .iter_mut()
                .zip(std::iter::once("total".to_owned()).chain(rows.iter().map(|(_, of)| total(of))))
            {
                cells.push(sum);
            }
        }
        table(out, &printed);
    }
}

fn column(period: Period, years: bool) -> String {
    if years { period.year().to_string() } else { period.to_string() }
}

fn add(amounts: &mut Amounts, name: String, amount: i64) {
    let sum = amounts.entry(name).or_default();
    *sum += amount;
}

/// Each product by itself, or where there are many, groups of them: the largest first, the rest as one.
fn grouped(view: &View<'_>, by_product: &BTreeMap<&ObligationId, BTreeMap<Period, i64>>, years: bool) -> Vec<(String, Amounts)> {
    let few = by_product.len() <= MAX_PRODUCTS;
    let mut groups: BTreeMap<String, (usize, Amounts)> = BTreeMap::new();
    for (id, periods) in by_product {
        let name = if few { id.to_string() } else { view.group_of(id) };
        let (count, amounts) = groups.entry(name).or_default();
        *count += 1;
        for (period, amount) in periods {
            add(amounts, column(*period, years), *amount);
        }
    }
    if few {
        return groups.into_iter().map(|(name, (_, amounts))| (name, amounts)).collect();
    }
    let mut groups: Vec<(String, usize, Amounts)> = groups.into_iter().map(|(name, (count, amounts))| (name, count, amounts)).collect();
    groups.sort_by_key(|(_, _, amounts)| std::cmp::Reverse(amounts.values().sum::<i64>()));
    let rest = groups.split_off(groups.len().min(MAX_PRODUCTS - 1));
    let named = groups
        .into_iter()
        .map(|(name, count, amounts)| (format!("{name} ({})", products(count)), amounts));
    let mut rows: Vec<(String, Amounts)> = named.collect();
    if !rest.is_empty() {
        let count = rest.iter().map(|(_, count, _)| count).sum();
        let mut amounts = Amounts::new();
        for (name, amount) in rest.into_iter().flat_map(|(_, _, of)| of) {
            add(&mut amounts, name, amount);
        }
        rows.push((format!("others ({})", products(count)), amounts));
    }
    rows
}

fn products(count: usize) -> String {
    if count == 1 {
        "1 product".to_owned()
    } else {
        format!("{count} products")
    }
}

/// Opening, billed, to revenue, closing, by month, of the contract liability and the contract asset.
pub(super) fn roll_forward(out: &mut String, view: &View<'_>, coding: RevenueCoding) {
    // Invoices that the ledger codes to revenue come into the liability from there.
    let revenue = match coding {
        RevenueCoding::Liability => "to revenue",
        RevenueCoding::Revenue => "from (to) revenue",
    };
    let months = by_month_or_year(view.months());
    let liability: Vec<(&str, Movement)> = months.iter().map(|(name, liability, _)| (name.as_str(), *liability)).collect();
    let columns = ["opening", "billed", "against contract asset", revenue, "other", "closing"];
    movements(out, view, "Contract liability by month", columns, &liability);
    let asset: Vec<(&str, Movement)> = months.iter().map(|(name, _, asset)| (name.as_str(), *asset)).collect();
    let columns = ["opening", "billed", "against billing", "earned", "other", "closing"];
    movements(out, view, "Contract asset by month, accrued receivable included", columns, &asset);
}

/// Opening, revenue and closing always stand; the other columns where they are not zero throughout.
fn movements(out: &mut String, view: &View<'_>, title: &str, columns: [&str; 6], movements: &[(&str, Movement)]) {
    let currency = view.contract.ledger_currency();
    if movements.iter().all(|(_, movement)| *movement == Movement::default()) {
        heading(out, format!("{title}, in {currency}: none"));
        return;
    }
    heading(out, format!("{title}, in {currency}"));
    // Months before the first movement and after the balance has come to nothing say nothing.
    let still = |(_, movement): &&(&str, Movement)| *movement == Movement::default();
    let movements = movements.get(movements.iter().take_while(still).count()..).unwrap_or_default();
    let shown = movements.len() - movements.iter().rev().take_while(still).count();
    let movements = movements.get(..shown).unwrap_or_default();
    let amounts = |of: &Movement| {
        let of = [of.opening, of.billed, of.settled, of.revenue, of.other, of.closing];
        of.map(|amount| major(i128::from(amount), currency)).to_vec()
    };
    let mut rows: Vec<Row> = vec![(String::new(), columns.map(str::to_owned).to_vec())];
    rows.extend(movements.iter().map(|(name, movement)| ((*name).to_owned(), amounts(movement))));
    if movements.len() > 1 {
        let all: Vec<Movement> = movements.iter().map(|(_, movement)| *movement).collect();
        rows.push(("total".to_owned(), amounts(&Movement::over(&all))));
    }
    for column in [4, 2, 1] {
        without_zeros(&mut rows, column, &major(0, currency));
    }
    table(out, &rows);
}

fn by_month_or_year(months: Vec<(Period, Movement, Movement)>) -> Vec<(String, Movement, Movement)> {
    let years = months.len() > MAX_MONTHS;
    let same = |left: &(Period, Movement, Movement), right: &(Period, Movement, Movement)| column(left.0, years) == column(right.0, years);
    let of = |months: &[(Period, Movement, Movement)]| {
        let side = |of: fn(&(Period, Movement, Movement)) -> Movement| Movement::over(&months.iter().map(of).collect::<Vec<_>>());
        let name = months.first().map_or_else(String::new, |(period, _, _)| column(*period, years));
        (name, side(|month| month.1), side(|month| month.2))
    };
    months.chunk_by(same).map(of).collect()
}

/// The other balances at month-ends, as posted; years where there are many months.
pub(super) fn balances(out: &mut String, explanation: &Explanation<'_>, view: &View<'_>) {
    let contract = view.contract;
    let foreign = contract.currency() != contract.ledger_currency();
    let mut columns = [
        "receivable",
        "accrued receivable, in the asset",
        "refund liability",
        "remaining obligations",
        "within a year",
    ]
    .map(str::to_owned)
    .to_vec();
    if foreign {
        columns.push("closing rate".to_owned());
    }
    let mut rows: Vec<Row> = vec![(String::new(), columns)];
    let months: Vec<Period> = view.movements.liability.keys().copied().collect();
    let years = months.len() > MAX_MONTHS;
    let last_of_year = |period: &Period| !years || period.month() == 12 || months.last() == Some(period);
    for day in months.iter().filter(|period| last_of_year(period)).map(|period| period.last_day()) {
        let of = contract.balances(day);
        let amounts = [
            of.receivable,
            of.accrued_receivable,
            of.refund_liability,
            contract.rpo(day).minor,
            contract.rpo_current(day).minor,
        ];
        let mut cells: Vec<String> = amounts.into_iter().map(|amount| explanation.outcome.major(amount)).collect();
        if foreign {
            let rate = explanation.story.book.rates.in_force(contract.currency(), day);
            cells.push(rate.map_or_else(|_| "none".to_owned(), |rate| rate.to_string()));
        }
        rows.push((day.to_string(), cells));
    }
    let zero = explanation.outcome.major(0);
    let nothing = |(_, cells): &Row| cells.iter().take(5).all(|cell| *cell == zero);
    while rows.len() > 2 && rows.last().is_some_and(nothing) {
        rows.pop();
    }
    for column in (0..5).rev() {
        without_zeros(&mut rows, column, &zero);
    }
    if rows.first().is_some_and(|(_, columns)| !columns.is_empty()) {
        heading(
            out,
            format!(
                "Other balances, as posted, and remaining performance obligations, in {}",
                contract.ledger_currency()
            ),
        );
        table(out, &rows);
    }
}

/// The transaction price by product, at signing and after the last modification.
pub(super) fn prices(out: &mut String, explanation: &Explanation<'_>, view: &View<'_>) {
    let contract = view.contract;
    let currency = contract.currency();
    let chosen = |id: &ObligationId| explanation.scope.obligation.as_deref().is_none_or(|chosen| chosen == id.as_str());
    let after = contract.allocation_after();
    let ids: std::collections::BTreeSet<&ObligationId> = contract
        .allocation()
        .keys()
        .chain(after.into_iter().flat_map(BTreeMap::keys))
        .filter(|id| chosen(id))
        .collect();
    if ids.is_empty() {
        return;
    }
    let few = ids.len() <= MAX_PRODUCTS;
    let mut groups: BTreeMap<String, (usize, i128, i128)> = BTreeMap::new();
    for id in &ids {
        let name = if few { id.to_string() } else { view.group_of(id) };
        let of = |amounts: Option<&BTreeMap<ObligationId, i64>>| i128::from(amounts.and_then(|of| of.get(*id)).copied().unwrap_or(0));
        let (count, signed, now) = groups.entry(name).or_default();
        *count += 1;
        *signed += of(Some(contract.allocation()));
        *now += of(after);
    }
    let mut columns = vec!["at signing".to_owned()];
    columns.extend(after.map(|_| "after the last modification".to_owned()));
    let cells = |signed: i128, now: i128| {
        let mut cells = vec![major(signed, currency)];
        cells.extend(after.map(|_| major(now, currency)));
        cells
    };
    let mut rows: Vec<Row> = vec![(String::new(), columns)];
    let (mut signed_sum, mut now_sum) = (0, 0);
    for (name, (count, signed, now)) in &groups {
        let name = if few {
            name.clone()
        } else {
            format!("{name} ({})", products(*count))
        };
        rows.push((name, cells(*signed, *now)));
        signed_sum += signed;
        now_sum += now;
    }
    if rows.len() > 2 {
        rows.push(("all products".to_owned(), cells(signed_sum, now_sum)));
    }
    heading(out, format!("Transaction price by product, in {currency}"));
    table(out, &rows);
}
