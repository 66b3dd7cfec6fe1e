//! Customers in the ledger.

use crate::ids::{ContactId, CurrencyCode};

/// A customer as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Its name.
    pub name: String,
    /// The key by which an outside system knows it; we write the CRM's account id.
    pub number: Option<String>,
}

/// What the ledger has for a customer of ours.
///
/// The number is asked first, archived contacts included, then the exact name among the active ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactMatch {
    /// Exactly one.
    Matched(Contact),
    /// It is there but archived: a person has to restore it or to name another one.
    Archived {
        /// The archived one.
        contact: Contact,
        /// The contact that it was merged into, where it was.
        merged_into: Option<ContactId>,
    },
    /// Several, or one that bears our customer's name and another customer's number: a person has to choose.
    Ambiguous(Vec<Contact>),
    /// None.
    None,
}

/// A customer to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContact {
    /// The name, unique among active contacts.
    pub name: String,
    /// The CRM's id of the customer, for ledgers whose contacts have a key.
    pub number: String,
    /// Where invoices go, if known.
    pub email: Option<String>,
    /// The currency that new documents begin with.
    pub currency: Option<CurrencyCode>,
}
