//! The tie-out of an entity: deals, contracts, invoices, schedules and ledger against each other, to the cent. What differs has a
//! name and an owner, or it does not tie.

mod ledger;
mod sales;

use rust_decimal::Decimal;
use tieout_accounting::Period;

use crate::close::read_books;
use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// A part of a difference that is understood: what it is, whose, and how much.
pub type Owned = (String, String, Decimal);

/// How a comparison ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both sides are equal.
    Ties,
    /// They differ, and all of the difference has a name and an owner.
    Explained,
    /// A part of the difference has none.
    Differs,
}

impl Verdict {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ties => "ties",
            Self::Explained => "explained",
            Self::Differs => "DIFFERS",
        }
    }
}

/// Two figures that ought to be equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is compared.
    pub name: String,
    /// The currency of all its amounts.
    pub currency: String,
    /// One side: what it is, and how much.
    pub left: (String, Decimal),
    /// The other side.
    pub right: (String, Decimal),
    /// Left less right.
    pub difference: Decimal,
    /// Parts of the difference: what, whose, how much.
    pub owners: Vec<Owned>,
}

impl Line {
    pub(crate) fn new(name: &str, currency: &str, left: (&str, Decimal), right: (&str, Decimal), owners: Vec<Owned>) -> Self {
        Self {
            name: name.to_owned(),
            currency: currency.to_owned(),
            difference: left.1 - right.1,
            left: (left.0.to_owned(), left.1),
            right: (right.0.to_owned(), right.1),
            owners,
        }
    }

    /// Whether the difference is zero, or all of it has an owner.
    pub fn ties(&self) -> bool {
        self.verdict() != Verdict::Differs
    }

    /// The part of the difference that has no owner.
    pub fn unexplained(&self) -> Decimal {
        self.difference - self.owners.iter().map(|(_, _, amount)| *amount).sum::<Decimal>()
    }

    pub fn verdict(&self) -> Verdict {
        match (self.unexplained().is_zero(), self.difference.is_zero()) {
            (true, true) => Verdict::Ties,
            (true, false) => Verdict::Explained,
            (false, _) => Verdict::Differs,
        }
    }
}

/// All comparisons of an entity, through a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieOut {
    /// The entity.
    pub entity: String,
    /// The last month that is compared.
    pub through: Period,
    /// The comparisons, from the sale to the ledger.
    pub lines: Vec<Line>,
}

impl TieOut {
    /// Whether every comparison ties.
    pub fn ties(&self) -> bool {
        self.lines.iter().all(Line::ties)
    }
}

/// Ties an entity out: every won deal is read again in the CRM, every invoice and the trial balance in the ledger.
///
/// # Errors
/// Those of the CRM, the ledger and the store.
#[tracing::instrument(skip_all, fields(entity, %through))]
pub async fn tie_out(deployment: &Deployment, entity: &str, through: Period) -> Result<TieOut, WorkflowError> {
    let configured = deployment.entity(entity)?;
    let books = read_books(deployment, configured, through).await?;
    let mut lines = sales::lines(deployment, configured, &books).await?;
    lines.extend(ledger::lines(deployment, configured, &books, through).await?);
    Ok(TieOut {
        entity: entity.to_owned(),
        through,
        lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_ties_or_is_explained_or_differs() {
        // Left, right, what is owned of the difference; the verdict and what is unexplained.
        let rows: [(i64, i64, &[i64], Verdict, i64); 6] = [
            (100, 100, &[], Verdict::Ties, 0),
            (100, 100, &[40, -40], Verdict::Ties, 0),
            (100, 60, &[30, 10], Verdict::Explained, 0),
            (100, 60, &[], Verdict::Differs, 40),
            (60, 100, &[-30], Verdict::Differs, -10),
            (100, 100, &[25], Verdict::Differs, -25),
        ];
        for (left, right, owned, verdict, unexplained) in rows {
            let owners = owned.iter().map(|amount| (String::new(), String::new(), Decimal::from(*amount)));
            let line = Line::new("", "GBP", ("", left.into()), ("", right.into()), owners.collect());
            let found = (line.verdict(), line.unexplained(), line.ties());
            assert_eq!(
                found,
                (verdict, Decimal::from(unexplained), verdict != Verdict::Differs),
                "{left} {right} {owned:?}"
            );
        }
    }
}
