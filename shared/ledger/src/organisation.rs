//! An organisation and the lists that its documents choose from.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::ids::CurrencyCode;

/// A set of books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// The currency of its journals and balances.
    pub base_currency: CurrencyCode,
    /// Nothing on or before this day may change, except by an adviser.
    pub period_lock_date: Option<NaiveDate>,
    /// Nothing on or before this day may change.
    pub year_lock_date: Option<NaiveDate>,
    /// Its time zone by the ledger's own name, for instance `GMTSTANDARDTIME`: to be shown, not to be computed with.
    pub time_zone: String,
    /// Whether it is a demo company.
    pub is_demo: bool,
}

impl Organisation {
    /// The later of both lock dates: the books are closed up to and with this day.
    pub fn lock_date(&self) -> Option<NaiveDate> {
        self.period_lock_date.max(self.year_lock_date)
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its code; bank accounts may have none.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
    /// The vendor's class: `ASSET`, `EQUITY`, `EXPENSE`, `LIABILITY`, `REVENUE`.
    pub class: String,
    /// The vendor's type, for instance `CURRLIAB`.
    pub kind: String,
    /// The tax type that lines on it begin with.
    pub tax_type: Option<String>,
    /// Whether it may be used.
    pub is_active: bool,
    /// What the ledger itself uses it for, for instance `DEBTORS`; no journal may go there.
    pub system_account: Option<String>,
}

/// A kind of sales tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRate {
    /// The key that lines name, for instance `OUTPUT2`.
    pub tax_type: String,
    /// Its name.
    pub name: String,
    /// The whole rate in per cent, all components together.
    pub effective_rate: Decimal,
    /// Whether it may be used.
    pub is_active: bool,
    /// Whether lines on revenue accounts may have it.
    pub can_apply_to_revenue: bool,
    /// Whether lines on liability accounts may have it: invoices coded to the contract liability need it.
    pub can_apply_to_liabilities: bool,
}

/// A dimension of analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingCategory {
    /// Its name.
    pub name: String,
    /// Whether it may be used.
    pub is_active: bool,
    /// The names of its options in use.
    pub options: Vec<String>,
}
