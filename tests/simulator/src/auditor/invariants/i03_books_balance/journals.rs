//! Each journal balances, and the ledger holds what our postings say, account by account.

use std::collections::BTreeMap;

use crate::auditor::books::{Books, Journal, Posting};
use crate::auditor::facts::{Entity, FinanceAct};
use crate::auditor::history::History;

/// What our postings call a journal that the ledger has no need of: it moves amounts between months of one account.
const NONE: &str = "none/";

/// Journals off balance, and postings that the ledger does not hold as we do.
pub fn wrong(books: &Books, history: &History) -> Vec<String> {
    let mut wrong = Vec::new();
    for journal in books.journals.values().flatten().filter(|journal| !journal.mark.is_empty()) {
        let sum: i64 = journal.lines.iter().map(|(_, cents)| cents).sum();
        if sum != 0 {
            wrong.push(format!("journal {} is off balance by {sum} cents", journal.mark));
        }
    }
    for posting in books
        .postings
        .iter()
        .filter(|posting| posting.state == "posted" && !posting.ledger_id.starts_with(NONE))
    {
        if history.did(&posting.ledger_id, FinanceAct::JournalVoided) {
            continue;
        }
        let Some(entity) = history.entity(&posting.entity) else {
            continue;
        };
        let journals = books.journals.get(&entity.tenant);
        let found = journals.and_then(|journals| journals.iter().find(|journal| journal.id == posting.ledger_id));
        wrong.extend(difference(posting, found, entity, history));
    }
    wrong
}

/// Journals of ours in the ledger that we do not hold for posted.
pub fn unheld(books: &Books) -> Vec<String> {
    let posted = books
        .journals
        .values()
        .flatten()
        .filter(|journal| journal.status == "POSTED" && !journal.mark.is_empty());
    let held = |journal: &&Journal| {
        books
            .postings
            .iter()
            .any(|posting| posting.ledger_id == journal.id && posting.state == "posted")
    };
    posted
        .filter(|journal| !held(journal))
        .map(|journal| format!("journal {} is posted in the ledger, and we do not hold it for posted", journal.mark))
        .collect()
}

fn difference(posting: &Posting, found: Option<&Journal>, entity: &Entity, history: &History) -> Option<String> {
    let key = &posting.key;
    let Some(journal) = found else {
        return Some(format!("journal {key} is held for posted, and is not in the ledger"));
    };
    if journal.status != "POSTED" {
        return Some(format!("journal {key} is held for posted, and is {} in the ledger", journal.status));
    }
    let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
    for line in &posting.lines {
        *wanted.entry(account(line, entity, history)).or_default() += line.cents;
    }
    let mut there: BTreeMap<String, i64> = BTreeMap::new();
    for (account, cents) in &journal.lines {
        *there.entry(account.clone()).or_default() += cents;
    }
    wanted.retain(|_, cents| *cents != 0);
    there.retain(|_, cents| *cents != 0);
    (wanted != there).then(|| format!("journal {key} should be {wanted:?} by account, and is {there:?} in the ledger"))
}

/// The account of a part: by its role, and for revenue by the product of its line.
fn account(line: &crate::auditor::books::PostingLine, entity: &Entity, history: &History) -> String {
    match line.role.as_str() {
        "revenue" => {
            let versions = history.deals.get(&line.contract).into_iter().flatten();
            let sold = versions.flat_map(|version| &version.lines).find(|sold| sold.id == line.obligation);
            let product = sold.and_then(|sold| history.product(&sold.code));
            let own = product.and_then(|product| product.revenue_accounts.get(&entity.id));
            own.unwrap_or(&entity.revenue).clone()
        }
        "contract_liability" => entity.liability.clone(),
        "contract_asset" => entity.asset.clone(),
        role => format!("the account of {role}"),
    }
}
