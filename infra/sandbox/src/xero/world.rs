//! Everything that the sandbox knows, in memory, and how a change of it becomes lasting.
//!
//! A request works on a copy of the organisation (the records are shared, so a copy is cheap), and the copy
//! takes the original's place once the difference is in the file: a refused or failed request leaves no trace.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Builder;

use super::faults::Faults;
use super::idempotency::Kept;
use super::limits::Window;
use super::model::{Contact, Document, DocumentType, Journal, Payment};
use super::settings::Organisation;
use super::tokens::{AccessToken, Client, RefreshToken};
use super::webhooks::Webhooks;
use crate::docs::{Change, Docs, DocsError};

/// Records of one kind by id.
pub(super) type Table<T> = BTreeMap<String, Arc<T>>;

/// One organisation with its books.
#[derive(Debug, Clone)]
pub(super) struct Org {
    pub(super) settings: Arc<Organisation>,
    pub(super) contacts: Table<Contact>,
    /// Invoices and credit notes.
    pub(super) documents: Table<Document>,
    pub(super) payments: Table<Payment>,
    pub(super) journals: Table<Journal>,
    /// Webhook events of the change under way: category, id, created or updated.
    pub(super) events: Vec<Event>,
    pub(super) now: DateTime<Utc>,
}

/// What a webhook will tell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) category: EventCategory,
    pub(super) resource_id: String,
    pub(super) created: bool,
}

/// The categories that the sandbox sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventCategory {
    Contact,
    Invoice,
    CreditNote,
}

impl Org {
    pub(super) fn new(settings: Organisation, now: DateTime<Utc>) -> Self {
        Self {
            settings: Arc::new(settings),
            contacts: Table::new(),
            documents: Table::new(),
            payments: Table::new(),
            journals: Table::new(),
            events: Vec::new(),
            now,
        }
    }

    /// Stores a contact and notes the webhook.
    pub(super) fn put_contact(&mut self, contact: Contact) {
        let id = contact.id.clone();
        let created = self.contacts.insert(id.clone(), Arc::new(contact)).is_none();
        self.note(EventCategory::Contact, id, created);
    }

    /// Stores a document and notes the webhook.
    pub(super) fn put_document(&mut self, document: Document) {
        let id = document.id.clone();
        let category = if document.kind.is_credit() {
            EventCategory::CreditNote
        } else {
            EventCategory::Invoice
        };
        let created = self.documents.insert(id.clone(), Arc::new(document)).is_none();
        self.note(category, id, created);
    }

    fn note(&mut self, category: EventCategory, resource_id: String, created: bool) {
        let event = Event {
            category,
            resource_id,
            created,
        };
        let known = |other: &Event| other.resource_id == event.resource_id;
        if !self.events.iter().any(known) {
            self.events.push(event);
        }
    }

    /// A document of the given types by id or number; a deleted one gives its number free.
    pub(super) fn find_document(&self, key: &str, types: &[DocumentType]) -> Option<Arc<Document>> {
        let fits = |document: &&Arc<Document>| types.contains(&document.kind);
        let by_id = self.documents.get(&key.to_lowercase()).filter(fits);
        let by_number = || {
            let mut numbered = self.documents.values().filter(fits).filter(|d| d.number == key);
            numbered.clone().find(|d| !d.status.is_gone()).or_else(|| numbered.next())
        };
        by_id.or_else(by_number).cloned()
    }

    /// What changed against `before`, as changes of the file.
    fn changes_since(&self, before: Option<&Self>) -> Result<Vec<Change>, DocsError> {
        let tenant = &self.settings.tenant_id;
        let empty = Self::new((*self.settings).clone(), self.now);
        let old = before.unwrap_or(&empty);
        let mut changes = Vec::new();
        if before.is_none_or(|before| !Arc::ptr_eq(&before.settings, &self.settings)) {
            changes.push(Change::put("xero-org", tenant, &*self.settings)?);
        }
        difference("xero-contact", tenant, &old.contacts, &self.contacts, &mut changes)?;
        difference("xero-document", tenant, &old.documents, &self.documents, &mut changes)?;
        difference("xero-payment", tenant, &old.payments, &self.payments, &mut changes)?;
        difference("xero-journal", tenant, &old.journals, &self.journals, &mut changes)?;
        Ok(changes)
    }
}

fn difference<T: Serialize>(
    kind: &'static str,
    tenant: &str,
    old: &Table<T>,
    new: &Table<T>,
    changes: &mut Vec<Change>,
) -> Result<(), DocsError> {
    for (id, record) in new {
        if old.get(id).is_none_or(|before| !Arc::ptr_eq(before, record)) {
            changes.push(Change::put(kind, &format!("{tenant}/{id}"), &**record)?);
        }
    }
    Ok(())
}

/// The whole of the sandbox's Xero.
#[derive(Debug)]
pub(super) struct World {
    docs: Docs,
    pub(super) orgs: BTreeMap<String, Org>,
    pub(super) clients: Vec<Client>,
    pub(super) access_tokens: BTreeMap<String, AccessToken>,
    pub(super) refresh_tokens: BTreeMap<String, RefreshToken>,
    pub(super) kept: BTreeMap<String, Kept>,
    pub(super) windows: BTreeMap<String, Window>,
    pub(super) faults: Faults,
    pub(super) webhooks: Webhooks,
}

impl World {
    /// Reads all that the file holds.
    pub(super) fn load(docs: Docs, now: DateTime<Utc>) -> Result<Self, DocsError> {
        let mut orgs = BTreeMap::new();
        for (tenant, settings) in docs.all::<Organisation>("xero-org")? {
            orgs.insert(tenant, Org::new(settings, now));
        }
        load_table(&docs, "xero-contact", &mut orgs, |org| &mut org.contacts)?;
        load_table(&docs, "xero-document", &mut orgs, |org| &mut org.documents)?;
        load_table(&docs, "xero-payment", &mut orgs, |org| &mut org.payments)?;
        load_table(&docs, "xero-journal", &mut orgs, |org| &mut org.journals)?;
        Ok(Self {
            orgs,
            clients: Vec::new(),
            access_tokens: docs.all("xero-access-token")?.into_iter().collect(),
            refresh_tokens: docs.all("xero-refresh-token")?.into_iter().collect(),
            kept: docs.all("xero-idempotency")?.into_iter().collect(),
            windows: docs.all("xero-window")?.into_iter().collect(),
            faults: docs.get("xero-faults", "all")?.unwrap_or_default(),
            webhooks: docs.get("xero-webhooks", "all")?.unwrap_or_default(),
            docs,
        })
    }

    /// A copy of an organisation to work on.
    pub(super) fn draft(&self, tenant: &str, now: DateTime<Utc>) -> Option<Org> {
        let mut org = self.orgs.get(tenant)?.clone();
        org.events.clear();
        org.now = now;
        Some(org)
    }

    /// Puts a worked copy in the original's place, its webhooks in the queue and `more` in the file, all or nothing.
    pub(super) fn commit(&mut self, mut draft: Org, more: Vec<Change>) -> Result<(), DocsError> {
        let tenant = draft.settings.tenant_id.clone();
        let mut changes = draft.changes_since(self.orgs.get(&tenant))?;
        changes.extend(more);
        let webhooks = self.webhooks.with_events(&draft);
        if let Some(webhooks) = &webhooks {
            changes.push(Change::put("xero-webhooks", "all", webhooks)?);
        }
        self.docs.save(&changes)?;
        draft.events.clear();
        self.orgs.insert(tenant, draft);
        if let Some(webhooks) = webhooks {
            self.webhooks = webhooks;
        }
        Ok(())
    }

    /// Writes what lies outside of an organisation's books.
    pub(super) fn save(&self, changes: &[Change]) -> Result<(), DocsError> {
        self.docs.save(changes)
    }

    pub(super) fn docs(&self) -> &Docs {
        &self.docs
    }

    /// Writes the webhooks' state as it is in memory.
    pub(super) fn save_webhooks(&self) -> Result<(), DocsError> {
        self.docs.save(&[Change::put("xero-webhooks", "all", &self.webhooks)?])
    }

    /// Writes the faults that are still to come.
    pub(super) fn save_faults(&self) -> Result<(), DocsError> {
        self.docs.save(&[Change::put("xero-faults", "all", &self.faults)?])
    }
}

fn load_table<T: DeserializeOwned>(
    docs: &Docs,
    kind: &'static str,
    orgs: &mut BTreeMap<String, Org>,
    table: impl Fn(&mut Org) -> &mut Table<T>,
) -> Result<(), DocsError> {
    for (key, record) in docs.all::<T>(kind)? {
        if let Some((tenant, id)) = key.split_once('/')
            && let Some(org) = orgs.get_mut(tenant)
        {
            table(org).insert(id.to_owned(), Arc::new(record));
        }
    }
    Ok(())
}

/// A new id, as Xero makes them, from this thread's generator: a test that seeds the generator has the same ids again.
pub(super) fn new_id() -> String {
    Builder::from_random_bytes(fastrand::u128(..).to_be_bytes()).into_uuid().to_string()
}
