//! What a Xero organisation is set up with: accounts, tax rates, tracking, currencies, day rates, lock dates.
//!
//! These are public: whoever makes an organisation in the sandbox fills them in.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The five classes of a chart of accounts, in the order of Xero's trial balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AccountClass {
    /// Income.
    Revenue,
    /// Costs.
    Expense,
    /// What is owned, bank and receivables included.
    Asset,
    /// What is owed, contract liabilities and tax included.
    Liability,
    /// The owners' share.
    Equity,
}

impl AccountClass {
    /// The class as the API writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Revenue => "REVENUE",
            Self::Expense => "EXPENSE",
            Self::Asset => "ASSET",
            Self::Liability => "LIABILITY",
            Self::Equity => "EQUITY",
        }
    }

    /// True when the year's end clears it to retained earnings.
    pub fn is_profit_and_loss(self) -> bool {
        matches!(self, Self::Revenue | Self::Expense)
    }
}

/// The accounts that Xero itself posts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SystemAccount {
    /// Accounts receivable.
    Debtors,
    /// Accounts payable.
    Creditors,
    /// Sales tax, VAT or GST.
    Gst,
    /// Cents that a conversion leaves over.
    Rounding,
    /// Gains and losses when a foreign document is settled.
    RealisedCurrencyGain,
    /// Results of earlier years.
    RetainedEarnings,
}

impl SystemAccount {
    pub(super) const ALL: [Self; 6] = [
        Self::Debtors,
        Self::Creditors,
        Self::Gst,
        Self::Rounding,
        Self::RealisedCurrencyGain,
        Self::RetainedEarnings,
    ];

    /// The name as the API writes it in `SystemAccount`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Debtors => "DEBTORS",
            Self::Creditors => "CREDITORS",
            Self::Gst => "GST",
            Self::Rounding => "ROUNDING",
            Self::RealisedCurrencyGain => "REALISEDCURRENCYGAIN",
            Self::RetainedEarnings => "RETAINEDEARNINGS",
        }
    }

    /// The account that a new organisation gets where its set-up names none.
    pub(super) fn default_account(self) -> Account {
        let (code, name, kind) = match self {
            Self::Debtors => ("610", "Accounts Receivable", "CURRENT"),
            Self::Creditors => ("800", "Accounts Payable", "CURRLIAB"),
            Self::Gst => ("820", "Sales Tax", "CURRLIAB"),
            Self::Rounding => ("860", "Rounding", "CURRLIAB"),
            Self::RealisedCurrencyGain => ("498", "Realised Currency Gains", "EXPENSE"),
            Self::RetainedEarnings => ("960", "Retained Earnings", "EQUITY"),
        };
        Account {
            system: Some(self),
            ..Account::new(code, name, kind, "NONE")
        }
    }
}

/// An account of the chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// `AccountID`.
    pub id: String,
    /// The code that documents name, at most 10 characters in the real one.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Xero's type: `REVENUE`, `CURRLIAB`, `BANK`, ...
    pub kind: String,
    /// The tax type of lines that name none.
    pub tax_type: String,
    /// False when archived.
    pub active: bool,
    /// Payments may be made to it though it is no bank account.
    pub payments_enabled: bool,
    /// Set when Xero itself posts to it.
    pub system: Option<SystemAccount>,
}

impl Account {
    /// An active account; its id follows from the code and the name, so that it is the same on each run.
    pub fn new(code: &str, name: &str, kind: &str, tax_type: &str) -> Self {
        Self {
            id: stable_id(&format!("account/{code}/{name}")),
            code: code.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            tax_type: tax_type.to_owned(),
            active: true,
            payments_enabled: false,
            system: None,
        }
    }

    /// The class of the account's type; an unknown type counts as an expense.
    pub fn class(&self) -> AccountClass {
        match self.kind.as_str() {
            "REVENUE" | "SALES" | "OTHERINCOME" => AccountClass::Revenue,
            "BANK" | "CURRENT" | "FIXED" | "INVENTORY" | "NONCURRENT" | "PREPAYMENT" => AccountClass::Asset,
            "CURRLIAB" | "LIABILITY" | "TERMLIAB" => AccountClass::Liability,
            "EQUITY" => AccountClass::Equity,
            _ => AccountClass::Expense,
        }
    }
}

/// A tax rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaxRate {
    /// `TaxType`, the key that lines name.
    pub tax_type: String,
    /// Its name.
    pub name: String,
    /// Per cent.
    pub rate: Decimal,
    /// Whether it is for income; if not, it is for purchases. `NONE` is for both.
    pub for_income: bool,
}

impl TaxRate {
    /// A rate for income, in per cent.
    pub fn income(tax_type: &str, name: &str, rate: Decimal) -> Self {
        Self {
            tax_type: tax_type.to_owned(),
            name: name.to_owned(),
            rate,
            for_income: true,
        }
    }

    /// Which classes of account lines of this type may name.
    pub(super) fn can_apply_to(&self, class: AccountClass) -> bool {
        if self.tax_type == "NONE" {
            return true;
        }
        match class {
            AccountClass::Revenue => self.for_income,
            AccountClass::Expense => !self.for_income,
            AccountClass::Asset | AccountClass::Liability | AccountClass::Equity => true,
        }
    }
}

/// A tracking category with its options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackingCategory {
    /// `TrackingCategoryID`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The options by name.
    pub options: Vec<String>,
}

impl TrackingCategory {
    /// A category; its id follows from the name.
    pub fn new(name: &str, options: &[&str]) -> Self {
        Self {
            id: stable_id(&format!("tracking/{name}")),
            name: name.to_owned(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        }
    }

    /// `TrackingOptionID` of an option.
    pub(super) fn option_id(&self, option: &str) -> String {
        stable_id(&format!("tracking/{}/{option}", self.name))
    }
}

/// What one unit of the organisation's base currency costs in a foreign one, from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayRate {
    /// ISO 4217 code of the foreign currency.
    pub currency: String,
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// Foreign units per base unit.
    pub rate: Decimal,
}

/// An organisation: one tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// `Xero-Tenant-Id`, a UUID.
    pub tenant_id: String,
    /// Its name.
    pub name: String,
    /// ISO 4217 code.
    pub base_currency: String,
    /// ISO 3166 code.
    pub country_code: String,
    /// Windows-like name in capitals, as Xero writes it: `GMTSTANDARDTIME`.
    pub timezone: String,
    /// `!` and five characters.
    pub short_code: String,
    /// Last day of the financial year: day and month.
    pub year_end: (u32, u32),
    /// Nothing on or before it may be posted, except by advisers.
    pub period_lock_date: Option<NaiveDate>,
    /// Nothing on or before it may be posted by anyone.
    pub end_of_year_lock_date: Option<NaiveDate>,
    /// The chart of accounts.
    pub accounts: Vec<Account>,
    /// Tax rates.
    pub tax_rates: Vec<TaxRate>,
    /// At most two in the real one.
    pub tracking: Vec<TrackingCategory>,
    /// Subscribed currencies, the base currency among them.
    pub currencies: Vec<String>,
    /// What XE would answer.
    pub day_rates: Vec<DayRate>,
    /// Calls a day: 5,000, or 1,000 on the free tier.
    pub daily_limit: u32,
}

impl Organisation {
    /// Calls a tenant may make in 24 hours.
    pub const DAILY_LIMIT_DEFAULT: u32 = 5_000;

    /// An organisation with a small chart: bank 090, sales 200, other revenue 260, expenses 400,
    /// the system accounts, and the tax type `NONE`.
    pub fn new(tenant_id: &str, name: &str, base_currency: &str) -> Self {
        let mut organisation = Self {
            tenant_id: tenant_id.to_owned(),
            name: name.to_owned(),
            base_currency: base_currency.to_owned(),
            country_code: "GB".to_owned(),
            timezone: "GMTSTANDARDTIME".to_owned(),
            short_code: format!("!{}", stable_id(tenant_id).chars().take(5).collect::<String>()),
            year_end: (31, 12),
            period_lock_date: None,
            end_of_year_lock_date: None,
            accounts: vec![
                Account::new("090", "Business Bank Account", "BANK", "NONE"),
                Account::new("200", "Sales", "REVENUE", "NONE"),
                Account::new("260", "Other Revenue", "OTHERINCOME", "NONE"),
                Account::new("400", "General Expenses", "EXPENSE", "NONE"),
            ],
            tax_rates: vec![TaxRate::income("NONE", "Tax Exempt", Decimal::ZERO)],
            tracking: Vec::new(),
            currencies: vec![base_currency.to_owned()],
            day_rates: Vec::new(),
            daily_limit: Self::DAILY_LIMIT_DEFAULT,
        };
        organisation.complete();
        organisation
    }

    /// Adds an account, in the place of one with the same code.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.accounts.retain(|other| other.code != account.code);
        self.accounts.push(account);
        self.complete();
        self
    }

    /// Adds a tax rate, in the place of one with the same type.
    #[must_use]
    pub fn with_tax_rate(mut self, rate: TaxRate) -> Self {
        self.tax_rates.retain(|other| other.tax_type != rate.tax_type);
        self.tax_rates.push(rate);
        self
    }

    /// Adds a tracking category.
    #[must_use]
    pub fn with_tracking(mut self, category: TrackingCategory) -> Self {
        self.tracking.push(category);
        self
    }

    /// Subscribes a currency with its rate (foreign units per base unit) from a day on; call again for later rates.
    #[must_use]
    pub fn with_rate(mut self, currency: &str, from: NaiveDate, rate: Decimal) -> Self {
        if !self.currencies.iter().any(|known| known == currency) {
            self.currencies.push(currency.to_owned());
        }
        self.day_rates.push(DayRate {
            currency: currency.to_owned(),
            from,
            rate,
        });
        self
    }

    /// Adds what Xero never lacks: the system accounts.
    pub(super) fn complete(&mut self) {
        for system in SystemAccount::ALL {
            if self.accounts.iter().any(|account| account.system == Some(system)) {
                continue;
            }
            let mut account = system.default_account();
            while self.accounts.iter().any(|other| other.code == account.code) {
                account.code.push('S');
            }
            self.accounts.push(account);
        }
    }

    pub(super) fn account(&self, code: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.code == code)
    }

    pub(super) fn system_account(&self, system: SystemAccount) -> String {
        let found = self.accounts.iter().find(|account| account.system == Some(system));
        found.map_or_else(|| system.default_account().code, |account| account.code.clone())
    }

    pub(super) fn tax_rate(&self, tax_type: &str) -> Option<&TaxRate> {
        self.tax_rates.iter().find(|rate| rate.tax_type == tax_type)
    }

    /// Foreign units per base unit on a day; one for the base currency, none where the table has no rate yet.
    pub(super) fn rate_on(&self, currency: &str, day: NaiveDate) -> Option<Decimal> {
        if currency == self.base_currency {
            return Some(Decimal::ONE);
        }
        self.day_rates
            .iter()
            .filter(|rate| rate.currency == currency && rate.from <= day)
            .max_by_key(|rate| rate.from)
            .map(|rate| rate.rate)
    }
}

/// A UUID that follows from a text, so that two runs of the same demo name the same things.
pub(super) fn stable_id(text: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
}
