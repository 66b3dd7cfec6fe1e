//! Numbers of documents: sequential in each series, each allotted once, in the same transaction that stores the intent to use it; and the
//! register that tells what became of each (Directive 2006/112/EC, article 226(2); SI 1995/2518, regulation 14(1)(a)).

use std::fmt;

use tieout_accounting::ids::{ContractId, EntityId};
use tieout_platform::effect::{Intent, Record};

use crate::Store;
use crate::contract::{Document, DocumentKind, DocumentStatus, Stage, written_over};
use crate::effect::intent_item;
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
/// The writes of an allotting, by their index in its transaction.
const COUNTER: usize = 0;
const NUMBER: usize = 1;
const DOCUMENT: usize = 2;
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
    InLedger {
        status: DocumentStatus,
        /// The number that people gave it there instead.
        renumbered: Option<String>,
    },
    /// The ledger had another document under it that is none of ours: the document got the next number.
    TakenByAnother,
}

impl fmt::Display for Fate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMade => formatter.pad("not made"),
            Self::InLedger { status, renumbered: None } => formatter.pad(status.name()),
            Self::InLedger {
                status,
                renumbered: Some(number),
            } => write!(formatter, "{}, renumbered to {number} in the ledger", status.name()),
            Self::TakenByAnother => formatter.pad("taken by a document that is none of ours"),
        }
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
        let at = self.clock.now();
        let with_intent = |number: &str| {
            let intent = intent(number);
            let (item, _) = intent_item(&intent, at)?;
            Ok((Write::Put(item, Expression::absent()), intent.body))
        };
        let allotted = self.allot(contract, document, series, with_intent).await?;
        Ok(allotted.map(|(document, number)| {
            let intent = intent(&number);
            Issued {
                document,
                record: Record::new(&intent),
                intent,
            }
        }))
    }

    /// Gives `document` the next number in place of the one that another document in the ledger has; the register keeps what became of it.
    /// `None` where somebody else changed the document meanwhile.
    ///
    /// # Errors
    /// Those of [`Store::issue`]; [`StoreError::Broken`] where the document has no number yet.
    pub async fn renumber(&self, contract: &ContractId, document: &Document, series: &Series) -> Result<Option<Document>, StoreError> {
        let taken = document.number().unwrap_or_default();
        let taken = self.taken_item(contract, document, series, taken).await?;
        let with_taken = |_: &str| Ok((Write::Put(taken.clone(), Expression::new("attribute_exists(#pk)")), String::new()));
        let allotted = self.allot(contract, document, series, with_taken).await?;
        Ok(allotted.map(|(document, _)| document))
    }

    /// All numbers that were allotted to documents of `entity`, by series and number, each with what became of it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn register(&self, entity: &EntityId) -> Result<Vec<RegisteredNumber>, StoreError> {
        use futures::{StreamExt, TryStreamExt};
        let pk = numbers_pk(entity)?;
        let mut items = Vec::new();
        for item in self.table.query(&pk, NUMBERS).await? {
            // By the count: a number of six digits comes after those of five.
            items.push(((item.owned("kind")?, item.owned("prefix")?, item.number("count")?), item));
        }
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        futures::stream::iter(items)
            .map(|(_, item)| async move { self.registered(&item).await })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    /// What the register has under exactly this number.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn registered_number(
        &self,
        entity: &EntityId,
        kind: DocumentKind,
        number: &str,
    ) -> Result<Option<RegisteredNumber>, StoreError> {
        match self.table.get(&number_key(entity, kind, number)?).await? {
            Some(item) => self.registered(&item).await.map(Some),
            None => Ok(None),
        }
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
                Some(found) if found.number == number => Fate::InLedger {
                    status: found.status,
                    renumbered: found.renumbered.clone(),
                },
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

    /// Moves the counter on, keeps the number in the register, and writes the document under it, with one write `beside` them and the text that
    /// this write may keep by its hash; all or none. `None` where the document or what is beside it was somebody else's.
    async fn allot(
        &self,
        contract: &ContractId,
        document: &Document,
        series: &Series,
        beside: impl Fn(&str) -> Result<(Write, String), StoreError>,
    ) -> Result<Option<(Document, String)>, StoreError> {
        let key = Key::new(
            numbers_pk(&series.entity)?,
            format!("COUNTER#{}#{}", series.kind.name(), series.prefix),
        );
        // Numbers that the register has already, under another series: they are passed over.
        let mut passed_over = 0;
        for _ in 0..TRIES_MAX {
            let (count, previous, condition) = match self.table.get(&key).await? {
                None => (0, Hash::NONE, Expression::absent()),
                Some(item) => {
                    let count = item.number("count")?;
                    let condition = Expression::new("#count = :count").number(":count", count);
                    (count, item.sealed(COUNTER_FORM)?, condition)
                }
            };
            let count = count.saturating_add(1).saturating_add(passed_over);
            let number = series.number(count);
            let (more, text) = beside(&number)?;
            self.table.keep(&text).await?;
            let counter = self.seal(Item::at(key.clone()).with_number("count", count), COUNTER_FORM, previous);
            let numbered = document.at(Stage::Numbered { number: number.clone() });
            let (item, written) = self.document_item(contract, &numbered)?;
            let allotted = self.allotted_item(contract, document, series, &number, count)?;
            let writes = vec![
                Write::Put(counter, condition),
                Write::Put(allotted, Expression::absent()),
                Write::Put(item, written_over(document)),
                more,
            ];
            let failed = match self.table.transact(writes).await? {
                Transacted::Done => return Ok(Some((written, number))),
                Transacted::Refused(failed) => failed,
            };
            let has_failed = |index: usize| failed.iter().any(|(failed, _)| *failed == index);
            if has_failed(COUNTER) {
                passed_over = 0;
            } else if has_failed(NUMBER) && !has_failed(DOCUMENT) {
                passed_over += 1;
            } else {
                return Ok(None);
            }
        }
        Err(StoreError::Contended {
            key: format!("numbers {} of {}", series.prefix, series.entity),
        })
    }

    fn allotted_item(
        &self,
        contract: &ContractId,
        document: &Document,
        series: &Series,
        number: &str,
        count: u64,
    ) -> Result<Item, StoreError> {
        let item = number_item(contract, document, series, number)?
            .with_number("count", count)
            .with_text("state", ALLOTTED);
        Ok(self.seal(item, NUMBER_FORM, Hash::NONE))
    }

    async fn taken_item(&self, contract: &ContractId, document: &Document, series: &Series, number: &str) -> Result<Item, StoreError> {
        let item = number_item(contract, document, series, number)?.with_text("state", TAKEN);
        let before = self.table.get(&item.key).await?;
        let before = before.ok_or_else(|| item.broken("number", "a number of the register"))?;
        let item = item.with_number("count", before.number("count")?);
        Ok(self.seal(item, NUMBER_FORM, before.sealed(NUMBER_FORM)?))
    }
}

fn number_item(contract: &ContractId, document: &Document, series: &Series, number: &str) -> Result<Item, StoreError> {
    Item::at(number_key(&series.entity, series.kind, number)?)
        .with_text("number", number)
        .with_text("contract", contract.as_str())
        .with_number("ordinal", u64::from(document.ordinal))
        .with_text("prefix", &series.prefix)
        .with_form("kind", &series.kind)
}

fn number_key(entity: &EntityId, kind: DocumentKind, number: &str) -> Result<Key, StoreError> {
    let sk = format!("{NUMBERS}{}#{}", kind.name(), part("number", number)?);
    Ok(Key::new(numbers_pk(entity)?, sk))
}

/// What the sort keys of numbers begin with.
const NUMBERS: &str = "NUMBER#";
const ALLOTTED: &str = "allotted";
const TAKEN: &str = "taken";

fn numbers_pk(entity: &EntityId) -> Result<String, StoreError> {
    Ok(format!("NUMBERS#{}", part("entity", entity.as_str())?))
}
