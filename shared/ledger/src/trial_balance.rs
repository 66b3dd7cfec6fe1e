//! Balances by account, for the tie-out.

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// All balances at the end of a day, in the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalance {
    /// The day.
    pub date: NaiveDate,
    /// One row an account that has moved; accounts without movement are left out by the ledger.
    pub rows: Vec<TrialBalanceRow>,
}

impl TrialBalance {
    /// The balance of an account, debits positive; zero where it has no row.
    pub fn balance(&self, account_code: &str) -> Decimal {
        let rows = self.rows.iter().filter(|row| row.account_code.as_deref() == Some(account_code));
        // Codes are unique in a ledger; a sum out of range is not a balance, and saturating shows in any tie-out.
        rows.fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.balance))
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalanceRow {
    /// Its code; none where the account has none.
    pub account_code: Option<String>,
    /// Its name.
    pub account_name: String,
    /// The balance, debits positive: of the year so far for income and expense, of all time for the rest.
    pub balance: Decimal,
}
