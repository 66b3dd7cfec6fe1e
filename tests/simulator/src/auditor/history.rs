//! What the auditor knows of the company's history, indexed: deals and their versions, what finance did, who read what and when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::books::{Document, document};
use super::facts::{Company, Entity, Fact, FinanceAct, Product, Proposal, What};
use super::json::{cents, day, list, number, text};
use super::seen::{Answer, Request, Vendor};
use super::wire;

/// Acts of finance on one document, in order.
type Acts = Vec<(DateTime<Utc>, FinanceAct)>;
/// Proposals for one month, in order.
type Proposals = Vec<(DateTime<Utc>, Proposal)>;

/// How long a sender may be at work before another one takes over, in seconds, by the clocks of both.
const LEASE_S: u64 = 90;
/// For how long Xero answers the same request under the same idempotency key as before, in minutes.
const SAME_ANSWER_MIN: i64 = 6;

/// All that is known.
#[derive(Debug, Default)]
pub struct History {
    /// The group.
    pub company: Company,
    /// Every opportunity with all its versions.
    pub deals: BTreeMap<String, Vec<Version>>,
    /// What people did with each document of a ledger, in order.
    pub finance: BTreeMap<String, Acts>,
    /// Proposals that were shown, by entity and month, in order.
    pub planned: BTreeMap<(String, String), Proposals>,
    /// Approvals that Tieout accepted: what the approver had seen, and who.
    pub approved: Vec<(Proposal, String)>,
    /// The ledgers' lock dates, by organisation, in order.
    pub locks: BTreeMap<String, Locks>,
    /// When each record was read last by a function, by its id: the instant at which the request left.
    pub read_at: BTreeMap<String, DateTime<Utc>>,
    /// Each version of each invoice that a function was shown, by the invoice's id.
    pub shown: BTreeMap<String, BTreeMap<i64, Document>>,
    /// The newest version of each invoice that a worker who follows invoices read by itself.
    pub worked_on: BTreeMap<String, i64>,
    /// How far the clocks of two functions may be apart, in seconds.
    pub clocks_apart_s: u64,
    /// What took effect under each idempotency key: when it left, and its body.
    made_under: BTreeMap<(Vendor, String), (DateTime<Utc>, String)>,
    /// Whether what comes now was there before.
    pub replaying: bool,
}

/// Each lock date with the instant at which it was set; `None` lifted it.
pub type Locks = Vec<(DateTime<Utc>, Option<NaiveDate>)>;

/// An opportunity as it was saved once.
#[derive(Debug, Clone, Default)]
pub struct Version {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was deleted then.
    pub deleted: bool,
    /// Whether it was closed-won.
    pub won: bool,
    /// Its close date.
    pub closed_on: Option<NaiveDate>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line as it was saved once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its product's code.
    pub code: String,
    /// Its total price.
    pub cents: i64,
    /// First day of service.
    pub start: Option<NaiveDate>,
    /// Last day of service.
    pub end: Option<NaiveDate>,
    /// The term, where there is no last day.
    pub months: i64,
}

impl History {
    /// Nothing has happened yet.
    pub fn new(company: Company) -> Self {
        Self {
            company,
            ..Self::default()
        }
    }

    /// The entity of this id.
    pub fn entity(&self, id: &str) -> Option<&Entity> {
        self.company.entities.iter().find(|entity| entity.id == id)
    }

    /// The product of this code.
    pub fn product(&self, code: &str) -> Option<&Product> {
        self.company.products.iter().find(|product| product.code == code)
    }

    /// When people last changed a record before or at `until`: a deal's save, or an act on a document.
    pub fn changed_at(&self, id: &str, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let saves = self.deals.get(id).into_iter().flatten().map(|version| version.at);
        let acts = self.finance.get(id).into_iter().flatten().map(|(at, _)| *at);
        saves.chain(acts).filter(|at| *at <= until).max()
    }

    /// Whether the ledger was locked through a day at some instant of a time.
    pub fn was_locked(&self, tenant: &str, day: NaiveDate, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let locks = self.locks.get(tenant).map(Vec::as_slice).unwrap_or_default();
        let ends = locks.iter().skip(1).map(|(at, _)| *at).chain([DateTime::<Utc>::MAX_UTC]);
        let mut times = locks.iter().zip(ends);
        times.any(|((since, until), end)| *since <= to && end >= from && until.is_some_and(|until| until >= day))
    }

    /// Whether people did `act` with a document.
    pub fn did(&self, document: &str, act: FinanceAct) -> bool {
        self.finance.get(document).into_iter().flatten().any(|(_, done)| *done == act)
    }

    /// Whether a request comes to what was made before, and to nothing else: where clocks are further apart than a lease is long, somebody
    /// takes over from who is still at work, and only the idempotency key keeps them from making it twice.
    pub fn is_same_again(&self, request: &Request) -> bool {
        let Some(key) = request.idempotency_key.clone().filter(|_| self.clocks_apart_s >= LEASE_S) else {
            return false;
        };
        let before = self.made_under.get(&(request.vendor.clone(), key));
        before.is_some_and(|(at, body)| *body == request.body && request.at < *at + TimeDelta::minutes(SAME_ANSWER_MIN))
    }

    /// Learns a fact.
    pub(super) fn learn(&mut self, fact: &Fact) {
        match &fact.what {
            What::DealSaved { id, record, lines } => {
                let version = version(fact.at, record, lines);
                self.deals.entry(id.clone()).or_default().push(version);
            }
            What::DealDeleted { id } => self.deals.entry(id.clone()).or_default().push(Version {
                at: fact.at,
                deleted: true,
                ..Version::default()
            }),
            What::Finance { act, document, .. } => self.finance.entry(document.clone()).or_default().push((fact.at, *act)),
            What::LockMoved { tenant, until } => {
                self.locks.entry(tenant.clone()).or_default().push((fact.at, *until));
            }
            What::Planned(proposal) => {
                let key = (proposal.entity.clone(), proposal.period.clone());
                self.planned.entry(key).or_default().push((fact.at, proposal.clone()));
            }
            What::Approved { seen, by, accepted: true } => self.approved.push((seen.clone(), by.clone())),
            _ => {}
        }
    }

    /// Learns what a function was shown.
    pub(super) fn hear(&mut self, request: &Request, answer: &Answer) {
        if let Some(key) = request
            .idempotency_key
            .clone()
            .filter(|_| answer.arrived && answer.vendor_status == Some(200))
        {
            let made = (request.at, request.body.clone());
            self.made_under.entry((request.vendor.clone(), key)).or_insert(made);
        }
        if answer.status != Some(200) {
            return;
        }
        if matches!(request.vendor, Vendor::Xero(_)) && wire::collection(request) == "Invoices" {
            let body: Value = serde_json::from_str(&answer.vendor_body).unwrap_or_default();
            for document in list(&body, "Invoices").iter().map(document) {
                if request.method == "GET" && request.function.contains("invoice-worker") && request.path.contains(&document.id) {
                    self.worked_on.insert(document.id.clone(), document.version_ms);
                }
                self.shown
                    .entry(document.id.clone())
                    .or_default()
                    .insert(document.version_ms, document);
            }
        }
        if request.method != "GET" {
            return;
        }
        match &request.vendor {
            Vendor::Salesforce => {
                // The whole deal, with its lines; a look at what was written back is not.
                if request.path.contains("OpportunityLineItem")
                    && let Some(id) = opportunity(&request.path)
                {
                    self.read(id, request.at);
                }
            }
            Vendor::Xero(_) => self.hear_document(request),
            Vendor::XeroIdentity => {}
        }
    }

    fn hear_document(&mut self, request: &Request) {
        let collection = wire::collection(request);
        let path = request.path.split('?').next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default();
        if ["Invoices", "CreditNotes"].contains(&collection) && id != collection {
            self.read(id, request.at);
        }
    }

    /// A request that was long on its way does not make what others read since undone.
    fn read(&mut self, id: &str, at: DateTime<Utc>) {
        let newest = self.read_at.entry(id.to_owned()).or_insert(at);
        *newest = at.max(*newest);
    }

    /// The ids of all documents that people made by hand beside ours.
    pub fn by_hand(&self) -> BTreeSet<&str> {
        let made = |acts: &[(DateTime<Utc>, FinanceAct)]| acts.iter().any(|(_, act)| *act == FinanceAct::MadeByHand);
        let by_hand = self.finance.iter().filter(|(_, acts)| made(acts));
        by_hand.map(|(id, _)| id.as_str()).collect()
    }
}

/// The opportunity that a path names.
pub fn opportunity(path: &str) -> Option<&str> {
    const LENGTH: usize = 18;
    let starts = path.match_indices("006").map(|(key, _)| key);
    starts
        .filter_map(|key| path.get(key..key + LENGTH))
        .find(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn version(at: DateTime<Utc>, record: &Map<String, Value>, lines: &[Map<String, Value>]) -> Version {
    let record = Value::Object(record.clone());
    Version {
        at,
        deleted: false,
        won: record
            .get("IsWon")
            .and_then(Value::as_bool)
            .unwrap_or(text(&record, "StageName") == "Closed Won"),
        closed_on: day(&record, "CloseDate"),
        lines: lines.iter().map(line).collect(),
    }
}

fn line(fields: &Map<String, Value>) -> Line {
    let line = Value::Object(fields.clone());
    Line {
        id: text(&line, "Id").to_owned(),
        code: text(&line, "ProductCode").to_owned(),
        cents: cents(&line, "TotalPrice"),
        start: day(&line, "ServiceDate"),
        end: day(&line, "End_Date__c"),
        months: number(&line, "Term_Months__c"),
    }
}
