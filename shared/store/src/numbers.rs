//! Numbers of documents: sequential in each series, each allotted once, in the same transaction that stores the intent to use it; and the
//! register that tells what became of each (Directive 2006/112/EC, article 226(2); SI 1995/2518, regulation 14(1)(a)).

use std::fmt;

use tieout_accounting::ids::{ContractId, EntityId};
use tieout_platform::effect::{Intent, Record};

use crate::Store;
use crate::contract::{Document, DocumentKind, DocumentStatus, Stage, written_over};
use crate::effect::{intent_item, keep_body};
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::record::Hash;
use crate::table::{Transacted, Write};

/// The newest forms of a counter and of a number in the register that this code reads and writes.
const COUNTER_FORM: u64 = 1;
const NUMBER_FORM: u64 = 1;
/// Tries to allot a number while others allot theirs.
const TRIES_MAX: u32 = 12;
/// Numbers whose documents are read side by side for the register.
const READS_AT_ONCE: usize = 8;
/// Digits of a number, with leading zeros; a larger one has more.
pub const NUMBER_DIGITS: usize = 5;

/// A series of numbers: one for each entity, kind of document and prefix, and for each year where the prefix has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Whose documents.
    pub entity: EntityId,
    /// What they are.
    pub kind: DocumentKind,
    /// What comes before the digits, the year included.
    pub prefix: String,
}

impl Series {
    fn number(&self, count: u64) -> String {
        format!("{}{count:0NUMBER_DIGITS$}", self.prefix)
    }
}

/// A document whose number is allotted and whose intent is stored.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The document, at [`Stage::Numbered`].
    pub document: Document,
    /// What is to be sent.
    pub intent: Intent,
    /// The effect's record.
    pub record: Record,
}

/// What became of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Allotted; the ledger does not have the document, or we do not know yet.
    NotMade,
    /// The ledger has it.
    InLedger(DocumentStatus),
    /// The ledger had another document under it that is none of ours: the document got the next number.
    TakenByAnother,
}

impl fmt::Display for Fate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotMade => "not made",
            Self::InLedger(status) => status.name(),
            Self::TakenByAnother => "taken by a document that is none of ours",
        })
    }
}

/// A number of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredNumber {
    /// The number.
    pub number: String,
    /// What it is for.
    pub kind: DocumentKind,
    /// The contract of its document.
    pub contract: ContractId,
    /// Which document of the contract.
    pub ordinal: u32,
    /// What became of it.
    pub fate: Fate,
}

impl Store {
    /// Allots the next number of `series` to `document`, which has none yet, and stores the intent that `intent` makes of it; all in one
    /// transaction. `None` where somebody else changed the document meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Contended`] where others allotted numbers all the time; those of the store.
    pub async fn issue(
        &self,
        contract: &ContractId,
        document: &Document,
        series: &Series,
        intent: impl Fn(&str) -> Intent,
    ) -> Result<Option<Issued>, StoreError> {
        for _ in 0..TRIES_MAX {
            let Some(mut allotting) = self.allotting(contract, document, series).await? else {
                continue;
            };
            let intent = intent(&allotting.number);
            keep_body(self, &intent).await?;
            let (item, record) = intent_item(&intent, self.clock.now())?;
            allotting.writes.push(Write::Put(item, Expression::absent()));
            match self.table.transact(allotting.writes).await? {
                Transacted::Done => {
                    return Ok(Some(Issued {
                        document: allotting.document,
                        intent,
                        record,
                    }));
                }
                // The first write is the counter's: where it held, the document or the effect was somebody else's.
                Transacted::Refused(failed) if failed.iter().all(|(index, _)| *index != 0) => return Ok(None),
                Transacted::Refused(_) => {}
            }
        }
        Err(contended(series))
    }

    /// Gives `document` the next number in place of the one that another document in the ledger has; the register keeps what became of it.
    /// `None` where somebody else changed the document meanwhile.
    ///
    /// # Errors
    /// Those of [`Store::issue`].
    pub async fn renumber(&self, contract: &ContractId, document: &Document, series: &Series) -> Result<Option<Document>, StoreError> {
        let taken = document.number().map(str::to_owned);
        for _ in 0..TRIES_MAX {
            let Some(mut allotting) = self.allotting(contract, document, series).await? else {
                continue;
            };
            if let Some(taken) = &taken {
                let item = self.taken_item(contract, document, series, taken).await?;
                allotting.writes.push(Write::Put(item, Expression::new("attribute_exists(#pk)")));
            }
            match self.table.transact(allotting.writes).await? {
                Transacted::Done => return Ok(Some(allotting.document)),
                Transacted::Refused(failed) if failed.iter().all(|(index, _)| *index != 0) => return Ok(None),
                Transacted::Refused(_) => {}
            }
        }
        Err(contended(series))
    }

    /// All numbers that were allotted to documents of `entity`, by series and number, each with what became of it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn register(&self, entity: &EntityId) -> Result<Vec<RegisteredNumber>, StoreError> {
        use futures::{StreamExt, TryStreamExt};
        let pk = numbers_pk(entity)?;
        let items = self.table.query(&pk, NUMBERS).await?;
        futures::stream::iter(items)
            .map(|item| async move { self.registered(&item).await })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn registered(&self, item: &Item) -> Result<RegisteredNumber, StoreError> {
        item.sealed(NUMBER_FORM)?;
        let contract = ContractId::new(item.text("contract")?);
        let ordinal = u32::try_from(item.number("ordinal")?).map_err(|_| item.broken("ordinal", "a small number"))?;
        let number = item.owned("number")?;
        let fate = if item.text("state")? == TAKEN {
            Fate::TakenByAnother
        } else {
            let document = self.document(&contract, ordinal).await?;
            match document.as_ref().and_then(Document::in_ledger) {
                Some(found) if found.number == number => Fate::InLedger(found.status),
                Some(_) | None => Fate::NotMade,
            }
        };
        Ok(RegisteredNumber {
            number,
            kind: item.form("kind", "a kind of document")?,
            contract,
            ordinal,
            fate,
        })
    }

    /// The next number with all writes that allot it; `None` where the counter has to be read again.
    async fn allotting(&self, contract: &ContractId, document: &Document, series: &Series) -> Result<Option<Allotting>, StoreError> {
        let key = Key::new(
            numbers_pk(&series.entity)?,
            format!("COUNTER#{}#{}", series.kind.name(), series.prefix),
        );
        let (count, previous, condition) = match self.table.get(&key).await? {
            None => (0, Hash::NONE, Expression::absent()),
            Some(item) => {
                let count = item.number("count")?;
                let condition = Expression::new("#count = :count").number(":count", count);
                (count, item.sealed(COUNTER_FORM)?, condition)
            }
        };
        let Some(count) = count.checked_add(1) else {
            return Ok(None);
        };
        let counter = self.seal(Item::at(key).with_number("count", count), COUNTER_FORM, previous);
        let number = series.number(count);
        let document = document.at(Stage::Numbered { number: number.clone() });
        let (document_item, written) = self.document_item(contract, &document)?;
        Ok(Some(Allotting {
            writes: vec![
                Write::Put(counter, condition),
                Write::Put(self.allotted_item(contract, &document, series, &number)?, Expression::absent()),
                Write::Put(document_item, written_over(&document)),
            ],
            document: written,
            number,
        }))
    }

    fn allotted_item(&self, contract: &ContractId, document: &Document, series: &Series, number: &str) -> Result<Item, StoreError> {
        let item = number_item(contract, document, series, number)?.with_text("state", ALLOTTED);
        Ok(self.seal(item, NUMBER_FORM, Hash::NONE))
    }

    async fn taken_item(&self, contract: &ContractId, document: &Document, series: &Series, number: &str) -> Result<Item, StoreError> {
        let item = number_item(contract, document, series, number)?.with_text("state", TAKEN);
        let before = self.table.get(&item.key).await?;
        let before = before.map_or(Ok(Hash::NONE), |before| before.sealed(NUMBER_FORM))?;
        Ok(self.seal(item, NUMBER_FORM, before))
    }
}

fn number_item(contract: &ContractId, document: &Document, series: &Series, number: &str) -> Result<Item, StoreError> {
    let key = Key::new(
        numbers_pk(&series.entity)?,
        format!("{NUMBERS}{}#{}", series.kind.name(), part("number", number)?),
    );
    Item::at(key)
        .with_text("number", number)
        .with_text("contract", contract.as_str())
        .with_number("ordinal", u64::from(document.ordinal))
        .with_form("kind", &series.kind)
}

/// What the sort keys of numbers begin with.
const NUMBERS: &str = "NUMBER#";
const ALLOTTED: &str = "allotted";
const TAKEN: &str = "taken";

struct Allotting {
    number: String,
    document: Document,
    /// The counter's first.
    writes: Vec<Write>,
}

fn numbers_pk(entity: &EntityId) -> Result<String, StoreError> {
    Ok(format!("NUMBERS#{}", part("entity", entity.as_str())?))
}

fn contended(series: &Series) -> StoreError {
    StoreError::Contended {
        key: format!("numbers {} of {}", series.prefix, series.entity),
    }
}
