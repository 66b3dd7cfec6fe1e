//! The guide of README.md: its commands are run as they stand there, by the built binary, on a stack of their own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use bytes::Bytes;
use rust_decimal::Decimal;
use serde_json::Value;
use tieout_platform::http::{Connector as _, Network};

use crate::common::{UK, amount};

const README: &str = include_str!("../../../../README.md");
const BINARY: &str = env!("CARGO_BIN_EXE_tieout");

/// A running `tieout up`.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Up {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(BINARY);
        command.args(["up", "--now", "2026-01-05", "--data"]).arg(folder.join("data"));
        command.arg("--ready").arg(folder.join("stack.json")).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("running")), "the stack did not start");
        // The rest is not read; nothing more is printed.
        Self(child)
    }
}

/// The second block of the section: the first one starts the stack.
fn guide() -> &'static str {
    let (_, section) = README.split_once("### A contract in ten commands").unwrap();
    let block = section.split("```sh\n").nth(2).unwrap();
    block.split("```").next().unwrap()
}

fn run(script: &str, folder: &Path) -> Output {
    let beside = Path::new(BINARY).parent().unwrap();
    let path = format!("{}:{}", beside.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).env("PATH", path);
    command.env("TIEOUT_STACK", folder.join("stack.json")).output().unwrap()
}

/// A script that has to pass; what it printed.
fn passes(script: &str, folder: &Path) -> String {
    let done = run(script, folder);
    assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

async fn documents(folder: &Path) -> Vec<Value> {
    records(folder, "xero", &format!("{UK}/invoices")).await
}

/// What lies in the sandbox of `xero` or `salesforce`.
async fn records(folder: &Path, vendor: &str, path: &str) -> Vec<Value> {
    let ready: Value = serde_json::from_slice(&std::fs::read(folder.join("stack.json")).unwrap()).unwrap();
    let url = format!("{}/_sandbox/{path}", ready[vendor].as_str().unwrap());
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    let answer = Network::new().unwrap().send(request).await.unwrap();
    serde_json::from_slice(answer.body()).unwrap()
}

fn find<'a>(documents: &'a [Value], number: &str) -> &'a Value {
    let named = |document: &&Value| document["InvoiceNumber"] == number || document["CreditNoteNumber"] == number;
    documents
        .iter()
        .find(named)
        .unwrap_or_else(|| panic!("no {number} in {documents:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_readme_do_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let _up = Up::start(folder.path());
    let commands = guide().lines().filter(|line| line.contains("tieout ")).count();
    assert_eq!(commands, 10);
    let done = run(guide(), folder.path());
    let printed = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{printed}\n{}", String::from_utf8_lossy(&done.stderr));
    let documents = documents(folder.path()).await;
    let figure = |number: &str, name: &str| amount(&find(&documents, number)[name].to_string());
    // 10 x 1,200 and 20 % tax. 184 of 365 days are left from 5 July: 604.93 a seat, two are 1,209.86 and with tax 1,451.83. 100 with tax is 120.
    assert_eq!(figure("NWUK-00001", "Total"), amount("14400.00"));
    assert_eq!(figure("NWUK-CN-00001", "SubTotal"), amount("1209.86"));
    assert_eq!(
        figure("NWUK-00001", "AmountDue"),
        amount("14400.00") - amount("6000.00") - amount("1451.83") - amount("120.00")
    );
    // Eight are left, at 1,300.
    assert_eq!(figure("NWUK-00002", "SubTotal"), amount("10400.00"));
    assert!(printed.contains("uk 2026-01  proposed  2026-02-03 06:00 UTC"), "{printed}");
    // The contract has all of it: the customer owes what the ledger says, and nothing waits for a person.
    assert!(printed.contains("0.00            6,828.17\n"), "{printed}");
    assert!(printed.ends_with("\nQuestions\n  none\n"), "{printed}");
    assert_eq!(passes("tieout worklist list", folder.path()), "0 open cases\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_sandbox_cannot_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let _up = Up::start(folder.path());
    let sell = "tieout sandbox sell --customer A --product PLATFORM --quantity 1 --price 100 --from 2026-01-05";
    for (script, says) in [
        (
            "tieout sandbox approve NWUK-00009".to_owned(),
            "no entity has an invoice or credit note",
        ),
        (
            "tieout sandbox cancel 006000000000000 --from 2026-07-01".to_owned(),
            "the sandbox has no deal",
        ),
        (
            "tieout sandbox amend 006 --kind bigger --product X --quantity 1 --from 2026-07-01".to_owned(),
            "is not a kind of change",
        ),
        (format!("{sell} --to 2026-01-04"), "is before --from"),
        (format!("{sell} --to 2027-02-30"), "is not a date; write year, month and day"),
        (format!("{sell} --to 2027-01-04 --country Britain"), "a code of 2 letters"),
        (format!("{sell} --to 2027-01-04 --currency ZZZ"), "ZZZ"),
        (format!("{} --to 2027-01-04", sell.replace("100", "-100")), "less than zero"),
        (format!("{} --to 2027-01-04", sell.replace("100", "10.005")), "more than 2 decimals"),
        (
            "tieout sandbox pay NWUK-00001 --amount -5".to_owned(),
            "not more than zero; give an amount such as 100.00",
        ),
        ("tieout sandbox clock --to 5/1/2026".to_owned(), "give a date such as 2026-01-05"),
        (
            "tieout sandbox journal --entity fr --narration x --line 200=1 --line 850=-1".to_owned(),
            "there is no entity",
        ),
        (
            "tieout sandbox journal --entity uk --narration x --line 200=1 --line 850=-2".to_owned(),
            "Xero refuses",
        ),
        (
            "tieout sandbox journal --entity uk --narration x --line 200".to_owned(),
            "is not ACCOUNT=AMOUNT; write 200=-100.00",
        ),
        ("tieout sandbox clock --to 2026-01-04".to_owned(), "a clock never goes back"),
        (
            "unset TIEOUT_STACK; tieout sandbox clock".to_owned(),
            "the sandbox belongs to a local stack",
        ),
        (
            format!("{sell} --to 2027-01-04 && tieout sandbox pay NWUK-00001 && echo paid"),
            "approve it first with `tieout sandbox approve NWUK-00001`",
        ),
        (
            format!(
                "DEAL=$({sell} --to 2027-01-04) && tieout sandbox amend $DEAL --kind upsell --product SEATS --quantity 1 --from 2026-02-05"
            ),
            "has no product \"SEATS\"; it has PLATFORM; of a new product give --to and --price",
        ),
        (
            format!(
                "DEAL=$({sell} --to 2027-01-04) && tieout sandbox renew $DEAL --product SEATS --price 1 --from 2027-01-05 --to 2028-01-04"
            ),
            "has no product \"SEATS\"; it has PLATFORM",
        ),
        ("tieout sandbox edit NWUK-00001".to_owned(), "Nothing is to be changed"),
        (
            "tieout sandbox edit NWUK-00001 --line 2 --amount 5".to_owned(),
            "there is no line 2 in NWUK-00001; it has 1:\n  --line 1  100.00  ",
        ),
    ] {
        let done = run(&script, folder.path());
        let error = String::from_utf8(done.stderr).unwrap();
        assert!(!done.status.success() && error.contains(says), "{script}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_names_its_line_or_learns_which_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let _up = Up::start(folder);
    let sold = run(
        "tieout sandbox sell --customer A --product PLATFORM --quantity 1 --price 100 --from 2026-01-05 --to 2027-01-04",
        folder,
    );
    let (id, said) = (String::from_utf8(sold.stdout).unwrap(), String::from_utf8(sold.stderr).unwrap());
    assert!(id.starts_with("006") && id.trim().len() == 18, "{id}");
    assert_eq!(said, "waiting until the stack is quiet\n");
    passes("tieout sandbox edit NWUK-00001 --amount 90", folder);
    passes(
        "tieout sandbox edit NWUK-00001 --add Travel --amount 10.50 --due 2026-03-01",
        folder,
    );
    let done = run("tieout sandbox edit NWUK-00001 --amount 80", folder);
    let error = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success());
    assert!(error.contains("NWUK-00001 has 2 lines; give --line for one of them"), "{error}");
    assert!(
        error.contains("\n  --line 1  90.00  ") && error.contains("\n  --line 2  10.50  Travel"),
        "{error}"
    );
    passes("tieout sandbox edit NWUK-00001 --renumber X-1 && tieout sandbox void X-1", folder);
    let documents = documents(folder).await;
    let edited = find(&documents, "X-1");
    assert_eq!(
        (edited["Status"].as_str(), amount(&edited["SubTotal"].to_string())),
        (Some("DELETED"), amount("100.50"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_of_a_paid_invoice_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let _up = Up::start(folder);
    passes(
        "tieout sandbox sell --customer A --product PLATFORM --quantity 1 --price 100 --from 2026-01-05 --to 2027-01-04",
        folder,
    );
    passes(
        "tieout sandbox approve NWUK-00001 && tieout sandbox pay NWUK-00001 --amount 90",
        folder,
    );
    // 100 and 20 % tax are 120, of which 30 are due; 40 and tax are 48.
    let part = passes("tieout sandbox credit NWUK-00001 --amount 40", folder);
    assert!(part.contains("as far as that was due; 18.00 GBP remain as credit"), "{part}");
    let all = passes("tieout sandbox credit NWUK-00001 --amount 10", folder);
    assert!(all.contains("nothing is due on NWUK-00001, so 12.00 GBP remain as credit"), "{all}");
    let documents = documents(folder).await;
    assert_eq!(find(&documents, "NWUK-00001")["Status"], "PAID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_is_of_what_runs_last() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let _up = Up::start(folder);
    let script = "
        DEAL=$(tieout sandbox sell --customer A --product PLATFORM --quantity 10 --price 100 --from 2026-01-05 --to 2027-01-04)
        tieout sandbox amend $DEAL --kind downgrade --product PLATFORM --quantity -2 --from 2026-07-05 >/dev/null
        SECOND=$(tieout sandbox renew $DEAL --price 100 --from 2027-01-05 --to 2028-01-04)
        tieout sandbox amend $DEAL --kind upsell --product PLATFORM --quantity 3 --from 2027-07-05 >/dev/null
        THIRD=$(tieout sandbox renew $DEAL --price 100 --from 2028-01-05 --to 2029-01-04)
        FOURTH=$(tieout sandbox renew $SECOND --price 100 --from 2029-01-05 --to 2030-01-04)
        echo $DEAL $SECOND $THIRD $FOURTH";
    let printed = passes(script, folder);
    let ids: Vec<&str> = printed.split_whitespace().collect();
    let deals = records(folder, "salesforce", "records/Opportunity").await;
    let lines = records(folder, "salesforce", "records/OpportunityLineItem").await;
    // Ten less two are renewed, then these eight and three more, and these eleven again.
    for (renewal, earlier, quantity) in [(ids[1], ids[0], "8"), (ids[2], ids[1], "11"), (ids[3], ids[2], "11")] {
        let deal = deals.iter().find(|deal| deal["Id"] == renewal).unwrap();
        let line = lines.iter().find(|line| line["OpportunityId"] == renewal).unwrap();
        assert_eq!(
            (deal["Amends_Opportunity__c"].as_str(), amount(&line["Quantity"].to_string())),
            (Some(earlier), amount(quantity)),
            "{renewal}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_come_as_crms_send_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let _up = Up::start(folder);
    let sold = passes(
        "tieout sandbox sell --customer A --product PLATFORM --quantity 10 --price 365 --also SEATS=2@730 --from 2026-01-05 --to 2027-01-04",
        folder,
    );
    let deal = sold.trim();
    // From 5 July 184 of 365 days are left: 184.00 of a price of 365.00.
    for (script, waits) in [
        (
            "--kind price-change --product PLATFORM --quantity -10 --also PLATFORM=10@200 --from 2026-07-05",
            false,
        ),
        (
            "--says \"Existing Customer - Upgrade\" --unlinked --undated --product PLATFORM --quantity 1 --from 2026-08-05",
            false,
        ),
        ("--says Expansion --product PLATFORM --quantity 1 --from 2026-09-05", true),
    ] {
        let done = run(&format!("tieout sandbox amend {deal} {script}"), folder);
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{script}: {said}");
        assert_eq!(said.contains("1 new case waits for a person"), waits, "{script}: {said}");
    }
    let lines = records(folder, "salesforce", "records/OpportunityLineItem").await;
    let sold: Vec<(Decimal, Decimal)> = lines
        .iter()
        .map(|line| (amount(&line["Quantity"].to_string()), amount(&line["UnitPrice"].to_string())))
        .collect();
    for (quantity, price) in [("2", "730"), ("-10", "184"), ("10", "200")] {
        assert!(sold.contains(&(amount(quantity), amount(price))), "{quantity} at {price}: {sold:?}");
    }
    let documents = documents(folder).await;
    // Ten at 365 and two at 730; then ten at 200 for the rest of the term.
    assert_eq!(amount(&find(&documents, "NWUK-00001")["SubTotal"].to_string()), amount("5110"));
    assert_eq!(amount(&find(&documents, "NWUK-00002")["SubTotal"].to_string()), amount("2000"));
}
