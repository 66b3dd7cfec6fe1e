//! `tieout contract`.

use std::io::Write;

use rust_decimal::Decimal;
use tieout_store::{DocumentKind, OrderKind};
use tieout_workflow::contracts::{
    self, AskedBy, BalancesView, ContractView, DocumentView, EventView, ListedContract, MonthView, OrderView, PositionView, QuestionView,
    Schedule,
};
use tieout_workflow::deal::settle::{How, Settlement, settle};

use crate::arguments::Contract;
use crate::error::CliError;
use crate::target;
use crate::words::{as_json, counted, grouped, instant};

/// Lines of a document that the text shows; JSON has all.
const LINES_MAX: usize = 12;

pub async fn run(command: Contract, out: &mut impl Write) -> Result<bool, CliError> {
    match command {
        Contract::List {
            entity,
            customer,
            json,
            target,
        } => {
            let deployment = target::deployment(&target).await?;
            let found = contracts::list(&deployment, entity.as_deref(), customer.as_deref()).await?;
            print_list(&found, json, out)?;
        }
        Contract::Show {
            contract: name,
            json,
            target,
        } => {
            let deployment = target::deployment(&target).await?;
            match contracts::find(&deployment, &name).await?.as_slice() {
                [one] => {
                    let view = contracts::show(&deployment, one).await?;
                    match json {
                        true => as_json(&view, out)?,
                        false => print(&view, out)?,
                    }
                }
                several => {
                    let count = several.len();
                    print_list(&contracts::list_of(&deployment, several.to_vec()).await?, json, out)?;
                    return Err(CliError::SeveralContracts { name, count });
                }
            }
        }
        Contract::Settle {
            contract: name,
            keep: _,
            accept,
            end,
            by,
            reason,
            target,
        } => {
            let deployment = target::deployment(&target).await?;
            let how = accept.map(How::Accept).or(end.map(How::End)).unwrap_or(How::Keep);
            match contracts::find(&deployment, &name).await?.as_slice() {
                [one] => print_settlement(&settle(&deployment, one, how, &by, &reason).await?, how, out)?,
                several => {
                    print_list(&contracts::list_of(&deployment, several.to_vec()).await?, false, out)?;
                    let count = several.len();
                    return Err(CliError::SeveralContracts { name, count });
                }
            }
        }
    }
    Ok(true)
}

fn print_settlement(settlement: &Settlement, how: How, out: &mut impl Write) -> std::io::Result<()> {
    match how {
        How::Keep => writeln!(
            out,
            "settled: the contract stands; what was left out is recognised in the first open month"
        )?,
        How::Accept(day) => writeln!(out, "settled: the deal as it is now changes the contract from {day}")?,
        How::End(day) => writeln!(out, "settled: the contract ends; {day} is the first day without the service")?,
    }
    for (kind, number) in &settlement.drafts {
        writeln!(out, "  {} {number}: approve it in the ledger", kind_name(*kind))?;
    }
    for finding in &settlement.waiting {
        writeln!(out, "  {} {} {}", finding.field, finding.value, finding.problem)?;
        writeln!(out, "        fix:  {}; then type the command again", finding.remedy)?;
    }
    Ok(())
}

fn print_list(contracts: &[ListedContract], json: bool, out: &mut impl Write) -> Result<(), CliError> {
    if json {
        return as_json(&contracts, out);
    }
    for one in contracts {
        let begun = one.begun_on.map(|on| on.to_string()).unwrap_or_default();
        writeln!(
            out,
            "{}  {:<6}  {}  {}  {begun:<10}  {}  {}",
            one.contract,
            one.entity,
            one.customer,
            one.currency,
            counted(one.orders.len(), "order", "orders"),
            [one.invoices.as_slice(), &one.credit_notes].concat().join(" ")
        )?;
        if let Some(doubt) = &one.in_doubt {
            writeln!(out, "    in doubt since {}: {}", doubt.since, doubt.reason)?;
        }
    }
    writeln!(out, "{}", counted(contracts.len(), "contract", "contracts"))?;
    Ok(())
}

fn print(view: &ContractView, out: &mut impl Write) -> Result<(), CliError> {
    let name = view.customer_name.as_deref().unwrap_or("(the CRM gives no name)");
    writeln!(
        out,
        "{}  {}  {}  {} {name}",
        view.contract, view.entity, view.currency, view.customer
    )?;
    if let Some(doubt) = &view.in_doubt {
        writeln!(out, "  IN DOUBT since {}: {}", doubt.since, doubt.reason)?;
    }
    section("Orders", &view.orders, out, order)?;
    section("Events", &view.events, out, event)?;
    section("Documents", &view.documents, out, |one, out| document(one, &view.currency, out))?;
    section("Planned documents", &view.planned, out, |one, out| {
        document(one, &view.currency, out)
    })?;
    match &view.schedule {
        Schedule::NotComputed { why } => writeln!(out, "\nSchedule\n  not computed: {why}")?,
        Schedule::Computed {
            currency,
            months,
            position,
        } => {
            schedule(currency, months, out)?;
            self::position(position, &view.currency, currency, out)?;
        }
    }
    section("Questions", &view.questions, out, question)?;
    Ok(())
}

fn section<T, W: Write>(title: &str, rows: &[T], out: &mut W, print: impl Fn(&T, &mut W) -> std::io::Result<()>) -> std::io::Result<()> {
    writeln!(out, "\n{title}")?;
    if rows.is_empty() {
        writeln!(out, "  none")?;
    }
    rows.iter().try_for_each(|row| print(row, out))
}

fn order(order: &OrderView, out: &mut impl Write) -> std::io::Result<()> {
    let kind = match order.kind {
        OrderKind::New => "new",
        OrderKind::Change => "change",
        OrderKind::Renewal => "renewal",
        OrderKind::End => "end",
    };
    let said = order.said.as_ref().map(|said| format!(", called {said:?}")).unwrap_or_default();
    let effective = order.effective.map(|on| format!(", effective {on}")).unwrap_or_default();
    let earlier: Vec<String> = order.superseded.iter().map(|amount| shown(*amount)).collect();
    let edited = match earlier.as_slice() {
        [] => String::new(),
        earlier => format!(", edited from {}", earlier.join(", then ")),
    };
    writeln!(
        out,
        "  {}  {kind:<8}  {}  {:>16} {}  rule {:?}{said}{effective}{edited}",
        order.signed_on,
        order.deal,
        shown(order.amount),
        order.currency,
        order.rule
    )?;
    order.link.iter().try_for_each(|link| writeln!(out, "      {link}"))
}

fn event(event: &EventView, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "  {}  {}", event.on, event.words)?;
    writeln!(out, "      known {}, by {}", instant(event.known_at), event.cause)
}

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoice",
        DocumentKind::CreditNote => "credit note",
    }
}

fn document(document: &DocumentView, currency: &str, out: &mut impl Write) -> std::io::Result<()> {
    let kind = kind_name(document.kind);
    let number = document.number.as_deref().unwrap_or("without a number");
    let renumbered = document.ledger_number.as_ref();
    let renumbered = renumbered.map(|number| format!(" ({number} in the ledger)")).unwrap_or_default();
    let due = document.due.filter(|_| document.number.is_none());
    let due = due.map(|on| format!(" (due {on})")).unwrap_or_default();
    writeln!(
        out,
        "  {:>3}  {kind} {number}{renumbered}  {}{due}  {} {currency}  of deal {}",
        document.ordinal,
        document.status,
        shown(document.amount),
        document.deal
    )?;
    if let Some(answers) = &document.answers {
        let number = answers.number.clone().unwrap_or_else(|| format!("document {}", answers.ordinal));
        let why = if answers.cancelled {
            "the service was cancelled"
        } else {
            "its price was lowered"
        };
        writeln!(out, "       answers {number}: {why}")?;
    }
    for line in document.lines.iter().take(LINES_MAX) {
        let service = match (line.service_from, line.service_to) {
            (Some(from), Some(to)) => format!("  {from} to {to}"),
            _ => String::new(),
        };
        writeln!(out, "       {:>16} {currency}  {}{service}", shown(line.amount), line.obligation)?;
    }
    if document.lines.len() > LINES_MAX {
        writeln!(out, "       and {} more lines; --json has them", document.lines.len() - LINES_MAX)?;
    }
    match document.synced_version {
        Some(at) => writeln!(out, "       the CRM has the version of {}", instant(at))?,
        None if document.kind == DocumentKind::Invoice && document.link.is_some() => writeln!(out, "       not yet pushed to the CRM")?,
        None => {}
    }
    document.link.iter().try_for_each(|link| writeln!(out, "       {link}"))
}

/// A column with its figure of a month.
type Column = (&'static str, fn(&BalancesView) -> Decimal);

/// Columns of what most contracts never have are left out where they are zero.
fn columns(months: &[MonthView]) -> Vec<Column> {
    let always: [Column; 3] = [
        ("contract liability", |of| of.contract_liability),
        ("contract asset", |of| of.contract_asset),
        ("receivable", |of| of.receivable),
    ];
    let rare: [Column; 2] = [
        ("accrued receivable", |of| of.accrued_receivable),
        ("refund liability", |of| of.refund_liability),
    ];
    let is_used = |(_, figure): &Column| months.iter().any(|month| !figure(&month.balances).is_zero());
    always.into_iter().chain(rare.into_iter().filter(is_used)).collect()
}

fn schedule(currency: &str, months: &[MonthView], out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "\nSchedule in {currency}: revenue of each month, and balances at its end")?;
    if months.is_empty() {
        return writeln!(out, "  none");
    }
    let columns = columns(months);
    let posts_late = months.iter().any(|month| month.posted != month.revenue);
    write!(out, "  {:<7}  {:>16}", "month", "revenue")?;
    if posts_late {
        write!(out, "  {:>16}", "in the books")?;
    }
    columns.iter().try_for_each(|(name, _)| write!(out, "  {name:>18}"))?;
    writeln!(out)?;
    for month in months {
        write!(out, "  {:<7}  {:>16}", month.month.to_string(), shown(month.revenue))?;
        if posts_late {
            write!(out, "  {:>16}", shown(month.posted))?;
        }
        let mut figures = columns.iter().map(|(_, figure)| shown(figure(&month.balances)));
        figures.try_for_each(|figure| write!(out, "  {figure:>18}"))?;
        writeln!(out)?;
    }
    Ok(())
}

fn position(position: &PositionView, currency: &str, books: &str, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "\nPosition on {}", position.on)?;
    let rows = [
        ("price after all changes", position.price, currency),
        ("billed, less what was given back", position.billed, currency),
        ("still to be recognised", position.to_recognise, books),
        ("contract liability", position.balances.contract_liability, books),
        ("contract asset", position.balances.contract_asset, books),
        ("receivable", position.balances.receivable, books),
        ("accrued receivable", position.balances.accrued_receivable, books),
        ("refund liability", position.balances.refund_liability, books),
        ("earned less billed", position.net, books),
    ];
    rows.iter()
        .try_for_each(|(name, amount, currency)| writeln!(out, "  {name:<33} {:>16} {currency}", shown(*amount)))
}

fn question(question: &QuestionView, out: &mut impl Write) -> std::io::Result<()> {
    let who = match question.asked_by {
        AskedBy::Accounting => "accounting",
        AskedBy::WorkList => "work list",
    };
    writeln!(out, "  {}  {who}: {}", question.since, question.what)?;
    let paragraph = question.paragraph.iter().map(|paragraph| format!("by {paragraph}"));
    let remedy = question.remedy.iter().map(|remedy| format!("do: {remedy}"));
    let case = question.case.iter().map(|key| format!("case {key}"));
    let mut more = paragraph.chain(remedy).chain(case);
    more.try_for_each(|line| writeln!(out, "      {line}"))
}

fn shown(amount: Decimal) -> String {
    grouped(&amount.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use tieout_accounting::Period;
    use tieout_workflow::contracts::{Answered, DoubtView, LineView};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn balances(liability: &str) -> BalancesView {
        let zero = amount("0.00");
        BalancesView {
            contract_liability: amount(liability),
            contract_asset: zero,
            receivable: zero,
            refund_liability: zero,
            accrued_receivable: zero,
        }
    }

    fn note(lines: usize) -> DocumentView {
        let line = LineView {
            obligation: "PLATFORM".to_owned(),
            amount: amount("1800.00"),
            service_from: Some(day("2026-07-06")),
            service_to: Some(day("2027-01-04")),
        };
        DocumentView {
            ordinal: 2,
            kind: DocumentKind::CreditNote,
            number: Some("CN-1".to_owned()),
            ledger_number: Some("CN-9".to_owned()),
            status: "draft",
            amount: amount("1800.00"),
            lines: vec![line; lines],
            due: None,
            deal: "006B".to_owned(),
            answers: Some(Answered {
                ordinal: 1,
                number: None,
                cancelled: true,
            }),
            synced_version: None,
            link: Some("https://ledger.example/2".to_owned()),
        }
    }

    fn view() -> ContractView {
        ContractView {
            contract: "C-1".into(),
            entity: "uk".into(),
            customer: "001A".to_owned(),
            customer_name: None,
            currency: "GBP".to_owned(),
            in_doubt: Some(DoubtView {
                since: day("2026-06-01"),
                reason: "the deal was reopened".to_owned(),
            }),
            orders: vec![OrderView {
                kind: OrderKind::Change,
                deal: "006B".to_owned(),
                link: None,
                said: Some("Downgrade".to_owned()),
                rule: "home".to_owned(),
                signed_on: day("2026-02-05"),
                effective: Some(day("2026-07-06")),
                amount: amount("-1800.00"),
                superseded: vec![amount("-1700.00")],
                currency: "GBP".to_owned(),
            }],
            events: vec![EventView {
                on: day("2026-06-01"),
                known_at: at("2026-06-02T08:00:00Z"),
                kind: "doubted",
                words: "in doubt: the deal was reopened".to_owned(),
                cause: "deal 006B".to_owned(),
            }],
            documents: vec![note(1)],
            planned: vec![],
            schedule: Schedule::Computed {
                currency: "GBP".to_owned(),
                months: vec![MonthView {
                    month: Period::parse("2026-01").unwrap(),
                    revenue: amount("1000.00"),
                    posted: amount("900.00"),
                    balances: balances("11000.00"),
                }],
                position: PositionView {
                    on: day("2026-06-02"),
                    price: amount("12000.00"),
                    billed: amount("12000.00"),
                    to_recognise: amount("11000.00"),
                    balances: balances("11000.00"),
                    net: amount("-11000.00"),
                },
            },
            questions: vec![QuestionView {
                asked_by: AskedBy::WorkList,
                since: day("2026-06-02"),
                what: "Stage Open: was reopened".to_owned(),
                remedy: Some("set it back".to_owned()),
                paragraph: None,
                case: Some("deal/006B".to_owned()),
            }],
        }
    }

    fn text(view: &ContractView) -> String {
        let mut out = Vec::new();
        print(view, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let rows = text.lines().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
        rows.filter(|row| !row.is_empty()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn all_of_a_life_is_in_the_text() {
        let expected = "C-1 uk GBP 001A (the CRM gives no name)\nIN DOUBT since 2026-06-01: the deal was reopened\n\
            Orders\n2026-02-05 change 006B -1,800.00 GBP rule \"home\", called \"Downgrade\", effective 2026-07-06, edited from -1,700.00\n\
            Events\n2026-06-01 in doubt: the deal was reopened\nknown 2026-06-02 08:00 UTC, by deal 006B\n\
            Documents\n2 credit note CN-1 (CN-9 in the ledger) draft 1,800.00 GBP of deal 006B\n\
            answers document 1: the service was cancelled\n1,800.00 GBP PLATFORM 2026-07-06 to 2027-01-04\nhttps://ledger.example/2\n\
            Planned documents\nnone\n\
            Schedule in GBP: revenue of each month, and balances at its end\n\
            month revenue in the books contract liability contract asset receivable\n\
            2026-01 1,000.00 900.00 11,000.00 0.00 0.00\n\
            Position on 2026-06-02\nprice after all changes 12,000.00 GBP\nbilled, less what was given back 12,000.00 GBP\n\
            still to be recognised 11,000.00 GBP\ncontract liability 11,000.00 GBP\ncontract asset 0.00 GBP\nreceivable 0.00 GBP\n\
            accrued receivable 0.00 GBP\nrefund liability 0.00 GBP\nearned less billed -11,000.00 GBP\n\
            Questions\n2026-06-02 work list: Stage Open: was reopened\ndo: set it back\ncase deal/006B";
        assert_eq!(text(&view()), expected);
    }

    #[test]
    fn what_is_long_is_cut_and_what_is_not_computed_says_why() {
        let long = ContractView {
            documents: vec![note(LINES_MAX + 3)],
            schedule: Schedule::NotComputed {
                why: "the ledger has given no rate for USD yet".to_owned(),
            },
            ..view()
        };
        let text = text(&long);
        assert_eq!(text.matches("PLATFORM").count(), LINES_MAX);
        assert!(text.contains("and 3 more lines; --json has them"), "{text}");
        assert!(text.contains("not computed: the ledger has given no rate for USD yet"), "{text}");
    }
}
