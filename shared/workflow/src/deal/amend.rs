//! Books an order that changes, replaces or ends a contract: events, the order and the documents that follow, in one transaction.

use chrono::NaiveDate;
use serde_json::{Value, json};
use tieout_accounting::event::Event;
use tieout_crm::deal::{Deal, DealKind};
use tieout_platform::config::Entity;
use tieout_store::{Appended, Change, Document, Order, OrderKind, Outline, PlannedLine, StoreError, StoredContract};

use crate::doubt::Doubts;
use crate::error::WorkflowError;
use crate::facts::{event, local_day, new_event};
use crate::finding::Finding;
use crate::ids::order_of;
use crate::parking::Reason;
use crate::policy::would_still_stand;

use super::check::{Bookable, BookedLine};
use super::plan::{Difference, Plan, Standing, Wanted, When, plan};
use super::standing::{standing, unapproved};
use super::terms::{Term, terms};
use super::{Booking, Outcome, billing, contract, credit_note, restate, too_many, version};

/// Earlier deals that are booked first, one behind the other.
const PREDECESSORS_MAX: u8 = 5;
/// Contracts of one customer that are looked at.
const CANDIDATES_MAX: usize = 50;
/// Tries to append while others do.
const TRIES_MAX: u32 = 5;

/// What an order asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    deal: &'a Deal,
    entity: &'a Entity,
    rule: &'a str,
    bookable: &'a Bookable,
    on: NaiveDate,
}

/// The contract that an order is about.
enum Predecessor {
    /// It is there.
    Found(Box<StoredContract>),
    /// The order names none, and none runs on its day.
    None,
    /// A person has to say which one it is.
    Waits(Finding, Value),
}

impl Booking<'_> {
    /// Books the order as a change. `None` where it is a renewal of something that has ended by then: it begins a contract.
    pub(super) async fn amend(
        &self,
        deal: &Deal,
        entity: &Entity,
        rule: &str,
        bookable: &Bookable,
    ) -> Result<Option<Outcome>, WorkflowError> {
        let Some(on) = first_day(deal, bookable) else {
            return self.waits(&self.no_day(deal), json!({})).await.map(Some);
        };
        let asked = Asked {
            deal,
            entity,
            rule,
            bookable,
            on,
        };
        for _ in 0..TRIES_MAX {
            let contract = match self.predecessor(deal, entity, on).await? {
                Predecessor::Found(contract) => contract,
                Predecessor::None if deal.kind == DealKind::Renewal => return Ok(None),
                Predecessor::None => return self.waits(&self.no_predecessor(deal, on), json!({})).await.map(Some),
                Predecessor::Waits(finding, candidates) => return self.waits(&finding, candidates).await.map(Some),
            };
            if Doubts::of(&contract.events).is_any_open() {
                return self.waits(&self.in_doubt(&contract.outline), json!({})).await.map(Some);
            }
            let standing = standing(&contract)?;
            let days = When {
                agreed: deal.close_date.max(standing.signed_on).min(on),
                effective: on,
            };
            if deal.kind == DealKind::Renewal && !standing.terms.iter().any(|term| term.runs_on(on)) {
                return Ok(None);
            }
            let wanted = match wanted(deal, bookable, &standing, on) {
                Ok(wanted) => wanted,
                Err(findings) => return self.park(Reason::Findings, &findings).await.map(Some),
            };
            let plan = match plan(&standing, days, &wanted) {
                Ok(plan) => plan,
                Err(findings) => return self.park(Reason::Findings, &findings).await.map(Some),
            };
            if plan.gives_back()
                && let Some(note) = unapproved(&contract)
            {
                return self.waits(&self.not_approved(note), json!({})).await.map(Some);
            }
            let change = match self.change(&asked, &contract, &wanted, &plan)? {
                Ok(change) => change,
                Err(findings) => return self.park(Reason::Findings, &findings).await.map(Some),
            };
            let appended = match self.deployment.store.append(&contract, &change).await {
                Err(StoreError::TooMany { items, .. }) => return self.park(Reason::Findings, &[too_many(items)]).await.map(Some),
                appended => appended?,
            };
            if let Appended::Done(..) = appended {
                let outline = self.deployment.store.outline_with(&self.order).await?;
                let outline = outline.ok_or_else(|| WorkflowError::contended(&contract.outline.head.contract))?;
                tracing::info!(contract = %outline.head.contract, kind = deal.kind.as_str(), "contract changed");
                return self.finish(deal, outline, None).await.map(Some);
            }
        }
        Err(WorkflowError::Contended {
            contract: self.order.to_string(),
        })
    }

    /// All that is stored of the change, or the findings for a person.
    fn change(
        &self,
        asked: &Asked<'_>,
        contract: &StoredContract,
        wanted: &Wanted,
        plan: &Plan,
    ) -> Result<Result<Change, Vec<Finding>>, WorkflowError> {
        let Asked {
            deal,
            entity,
            rule,
            bookable,
            on,
        } = *asked;
        let today = local_day(entity, self.deployment.clock.now());
        let head = &contract.outline.head;
        let since = contract.signed_on().map_or(on, |signed_on| signed_on.max(deal.close_date.min(on)));
        let planned = plan.events.iter().cloned().map(|planned| event(planned.on, today, planned.kind));
        let (lines, billed) = contract::billed(wanted.added(), bookable);
        let events: Vec<Event> = planned.chain(contract::delivered(lines, since, today)).collect();
        if let Err(refusal) = would_still_stand(entity, contract, &events) {
            return Ok(Err(vec![refusal.into()]));
        }
        let documents = match self.documents(asked, billed, &contract.outline, plan) {
            Ok(documents) => documents,
            Err(finding) => return Ok(Err(vec![finding])),
        };
        let cause = format!("deal {} won: {} of contract {}", deal.id, deal.kind.as_str(), head.contract);
        let order = Order {
            key: self.order.clone(),
            kind: match deal.kind {
                DealKind::Cancellation => OrderKind::End,
                DealKind::Renewal => OrderKind::Renewal,
                _ => OrderKind::Change,
            },
            fingerprint: deal.fingerprint(),
            modified_at: deal.system_modstamp,
            rule: rule.to_owned(),
            booked: version::of(deal),
            sells: deal.restates.then(|| plan.price_change()),
        };
        Ok(Ok(Change {
            events: events.into_iter().map(|event| new_event(event, &cause, None)).collect(),
            documents,
            orders: vec![order],
            ..Change::default()
        }))
    }

    /// What the change leaves of planned invoices, the invoices of what is added, and a credit note for each one that billed what fell away.
    fn documents(&self, asked: &Asked<'_>, billed: Vec<PlannedLine>, outline: &Outline, plan: &Plan) -> Result<Vec<Document>, Finding> {
        let Asked { deal, bookable, on, .. } = *asked;
        let mut documents = billing::lowered(outline, plan, on);
        let planning = billing::Planning {
            deal,
            bookable,
            entity: asked.entity,
            order: &self.order,
            signed_on: deal.close_date,
        };
        let invoices = planning.added(billed, outline)?;
        let last = invoices.last().map_or(outline.last_ordinal(), |document| document.ordinal);
        let notes = credit_note::planned(outline, plan, last, on, on.max(deal.close_date));
        let follow = |document: Document| document.following(self.order.clone());
        documents.extend(invoices.into_iter().chain(notes).map(follow));
        Ok(documents)
    }

    /// The contract that the deal names, or the one that runs on its day.
    async fn predecessor(&self, deal: &Deal, entity: &Entity, on: NaiveDate) -> Result<Predecessor, WorkflowError> {
        let found = match &deal.amends {
            Some(earlier) if *earlier == deal.id => {
                return Ok(Predecessor::Waits(
                    self.not_earlier(earlier.as_str(), "is the deal itself"),
                    json!({}),
                ));
            }
            Some(earlier) => self.named(earlier).await?,
            None => self.running(deal, entity, on).await?,
        };
        let Predecessor::Found(contract) = &found else {
            return Ok(found);
        };
        let head = &contract.outline.head;
        let customer = deal.account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
        let rows = [
            ("entity", entity.id.as_str(), head.entity.as_str()),
            ("currency", deal.currency.as_str(), head.currency.as_str()),
            ("customer", customer.as_str(), head.customer.as_str()),
        ];
        let differs = rows.into_iter().find(|(_, ours, theirs)| ours != theirs);
        Ok(match differs {
            None => found,
            Some((what, ours, theirs)) => {
                let problem = format!("is the {what} of the deal, and {theirs} that of contract {}", head.contract);
                let remedy = "correct the deal, or the earlier deal that it names";
                Predecessor::Waits(Finding::new(what, ours, problem, remedy), json!({}))
            }
        })
    }

    /// The contract of the earlier deal, which is booked first where nobody has.
    async fn named(&self, earlier: &tieout_crm::RecordId) -> Result<Predecessor, WorkflowError> {
        let store = &self.deployment.store;
        let order = order_of(earlier)?;
        let mut outline = store.outline_with(&order).await?;
        if outline.is_none() {
            if self.depth >= PREDECESSORS_MAX {
                let problem = format!("has {PREDECESSORS_MAX} earlier deals behind it, none of them booked");
                return Ok(Predecessor::Waits(self.not_earlier(earlier.as_str(), &problem), json!({})));
            }
            Box::pin(super::handle_at(self.deployment, earlier, self.depth + 1)).await?;
            outline = store.outline_with(&order).await?;
        }
        let Some(outline) = outline else {
            let problem = "is not booked: it is not won, or waits for a person itself";
            return Ok(Predecessor::Waits(self.not_earlier(earlier.as_str(), problem), json!({})));
        };
        let contract = store.contract(&outline.head.contract).await?;
        let contract = contract.ok_or_else(|| WorkflowError::contended(&outline.head.contract))?;
        Ok(Predecessor::Found(Box::new(contract)))
    }

    /// The one contract of the same customer, entity and currency that runs on the day.
    async fn running(&self, deal: &Deal, entity: &Entity, on: NaiveDate) -> Result<Predecessor, WorkflowError> {
        let store = &self.deployment.store;
        let Some(customer) = &deal.account else {
            return Ok(Predecessor::None);
        };
        let mut running = Vec::new();
        let contracts = store.contracts_of_customer(customer.id.as_str()).await?;
        if contracts.len() > CANDIDATES_MAX {
            let problem = format!("has {} contracts, too many to look for the one that runs", contracts.len());
            let finding = Finding::new(&self.deployment.crm.fields().customer, &customer.name, problem, self.name_it());
            return Ok(Predecessor::Waits(finding, json!({})));
        }
        for id in &contracts {
            let Some(contract) = store.contract(id).await? else { continue };
            let head = &contract.outline.head;
            let is_like = head.entity.as_str() == entity.id && head.currency == deal.currency;
            if is_like && terms(&contract).iter().any(|term| term.runs_on(on)) {
                running.push(contract);
            }
        }
        if running.len() > 1 {
            let ids: Vec<&str> = running.iter().map(|contract| contract.outline.head.contract.as_str()).collect();
            let problem = format!("has {} contracts that run on {on}: {}", ids.len(), ids.join(", "));
            let finding = Finding::new(&self.deployment.crm.fields().customer, &customer.name, problem, self.name_it());
            return Ok(Predecessor::Waits(finding, json!({ "candidates": candidates(&running) })));
        }
        Ok(running
            .pop()
            .map_or(Predecessor::None, |contract| Predecessor::Found(Box::new(contract))))
    }

    async fn waits(&self, finding: &Finding, details: Value) -> Result<Outcome, WorkflowError> {
        self.park_with(Reason::OrderWaits, std::slice::from_ref(finding), details).await
    }

    fn no_day(&self, deal: &Deal) -> Finding {
        let fields = self.deployment.crm.fields();
        let problem = format!("a {} needs its first day", deal.kind.as_str().replace('_', " "));
        let (field, remedy) = match fields.effective.as_str() {
            "" => (
                &fields.orders,
                "name a field `effective` there in tieout.toml, and enter the day in it",
            ),
            _ => (
                &fields.effective,
                "enter it; of a cancellation it is the first day without the service",
            ),
        };
        Finding::new(field, "empty", problem, remedy)
    }

    fn no_predecessor(&self, deal: &Deal, on: NaiveDate) -> Finding {
        let kind = deal.kind_value.as_deref().unwrap_or(deal.kind.as_str());
        let problem = format!("changes a contract, and the customer has none of this entity and currency that runs on {on}");
        Finding::new(&self.deployment.crm.fields().kind, kind, problem, self.name_it())
    }

    /// What an earlier change takes back has to be settled before it is known what an end gives back.
    fn not_approved(&self, note: &Document) -> Finding {
        Finding::new(
            "Credit note",
            note.number().unwrap_or_default(),
            "of an earlier change is not approved yet, so nobody knows how much of what was paid is to be given back",
            "approve or delete it in the ledger; the sweep tries again within the hour",
        )
    }

    fn in_doubt(&self, outline: &Outline) -> Finding {
        let contract = &outline.head.contract;
        let problem = "is in doubt, so nobody knows what the order changes";
        let remedy = format!("settle it with `tieout contract settle {contract}`; the sweep tries again within the hour");
        Finding::new("contract", contract, problem, remedy)
    }

    fn not_earlier(&self, earlier: &str, problem: &str) -> Finding {
        let remedy = "correct or win the earlier deal; the sweep tries again within the hour";
        Finding::new(&self.deployment.crm.fields().amends, earlier, problem, remedy)
    }

    fn name_it(&self) -> String {
        let fields = self.deployment.crm.fields();
        match fields.amends.as_str() {
            "" => format!(
                "name a field `amends` under {} in tieout.toml, and set it to the earlier deal",
                fields.orders
            ),
            field => format!("set {field} to the earlier deal whose contract this one changes, or correct the kind"),
        }
    }
}

/// What a deal's lines ask for.
fn wanted(deal: &Deal, bookable: &Bookable, standing: &Standing, on: NaiveDate) -> Result<Wanted, Vec<Finding>> {
    let added = bookable.lines.iter().map(contract::obligation).collect();
    Ok(match deal.kind {
        DealKind::Cancellation => Wanted::End,
        DealKind::Renewal => Wanted::Replacement(added),
        _ if deal.restates => {
            let product = |line: &BookedLine| {
                let of_deal = deal.lines.iter().find(|of_deal| of_deal.id.as_str() == line.obligation);
                of_deal.and_then(|of_deal| of_deal.product_code.clone())
            };
            let lines: Vec<_> = bookable.lines.iter().map(|line| (product(line), line.clone())).collect();
            Wanted::Difference(restate::difference(&lines, &standing.terms, on, standing.currency)?)
        }
        _ => Wanted::Difference(Difference {
            added,
            reductions: bookable.reductions.clone(),
            moved: Vec::new(),
        }),
    })
}

/// The first day under the new terms: as the deal says, else that of its first line.
fn first_day(deal: &Deal, bookable: &Bookable) -> Option<NaiveDate> {
    let added = bookable.lines.iter().map(|line| line.start);
    let of_lines = added.chain(deal.lines.iter().filter_map(|line| line.start)).min();
    deal.effective.or(of_lines)
}

fn candidates(contracts: &[StoredContract]) -> Vec<Value> {
    let candidate = |contract: &StoredContract| {
        let terms = terms(contract);
        let last = terms.iter().map(|term| term.service.1).max();
        let products: Vec<&str> = terms.iter().filter_map(|term: &Term| term.product.as_deref()).collect();
        json!({
            "contract": contract.outline.head.contract.as_str(),
            "deal": contract.outline.head.origin.id(),
            "products": products,
            "last_day": last,
        })
    };
    contracts.iter().map(candidate).collect()
}
