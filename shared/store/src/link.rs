//! Links: which document of which contract a record of another system is.

use tieout_accounting::ids::ContractId;

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::record::Hash;
use crate::table::Outcome;

/// The newest form of a link that this code reads and writes.
const LINK_FORM: u64 = 1;

/// A link as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The contract.
    pub contract: ContractId,
    /// Which of its documents.
    pub ordinal: u32,
}

/// What became of a new link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linking {
    /// The link is there now, or was there before with the same document.
    Done,
    /// The record is another document already.
    Elsewhere(Link),
}

impl Store {
    /// Links the external record `id` of a `kind` to a document. A link is never changed to another one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn link(&self, kind: &str, id: &str, link: &Link) -> Result<Linking, StoreError> {
        let item = Item::at(key(kind, id)?)
            .with_text("contract", part("contract", link.contract.as_str())?)
            .with_number("ordinal", u64::from(link.ordinal));
        let item = self.seal(item, LINK_FORM, Hash::NONE);
        match self.table.put(item, &Expression::absent()).await? {
            Outcome::Done => Ok(Linking::Done),
            Outcome::Refused(found) => match found.as_ref().map(read).transpose()? {
                Some(found) if found != *link => Ok(Linking::Elsewhere(found)),
                _ => Ok(Linking::Done),
            },
        }
    }

    /// The link of the external record.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn linked(&self, kind: &str, id: &str) -> Result<Option<Link>, StoreError> {
        let item = self.table.get(&key(kind, id)?).await?;
        item.as_ref().map(read).transpose()
    }
}

fn key(kind: &str, id: &str) -> Result<Key, StoreError> {
    let (kind, id) = (part("kind of link", kind)?, part("external id", id)?);
    Ok(Key::new(format!("LINK#{kind}#{id}"), "LINK"))
}

fn read(item: &Item) -> Result<Link, StoreError> {
    item.sealed(LINK_FORM)?;
    let ordinal = u32::try_from(item.number("ordinal")?).map_err(|_| item.broken("ordinal", "a small number"))?;
    Ok(Link {
        contract: ContractId::new(item.text("contract")?),
        ordinal,
    })
}
