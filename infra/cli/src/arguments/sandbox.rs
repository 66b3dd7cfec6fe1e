//! The hands of sellers, customers and finance in the sandbox of a local stack.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use rust_decimal::Decimal;

use super::Target;

/// One act of a person. Acts in the CRM print the opportunity's id.
#[derive(Debug, Subcommand)]
pub enum Sandbox {
    /// Win a deal of a customer, who is added where there is none of that name.
    Sell {
        /// The customer's name.
        #[arg(long)]
        customer: String,
        /// The customer's country, two letters; for a new customer.
        #[arg(long)]
        country: Option<String>,
        /// ISO 4217; default: the first entity's.
        #[arg(long)]
        currency: Option<String>,
        #[command(flatten)]
        line: NewLine,
        #[command(flatten)]
        target: Target,
    },
    /// Win an order that changes the contract of a deal.
    Amend {
        /// The opportunity's id that `sell` printed.
        deal: String,
        /// upsell, cross_sell, price_change, downgrade, extension or amendment, as `tieout.toml` maps it.
        #[arg(long)]
        kind: String,
        #[command(flatten)]
        line: Change,
        #[command(flatten)]
        target: Target,
    },
    /// Win a renewal of a deal.
    Renew {
        /// The opportunity's id that `sell` printed.
        deal: String,
        /// The product's code; default: the deal's, where it has one only.
        #[arg(long)]
        product: Option<String>,
        /// How many; default: what the deal and its changes come to.
        #[arg(long)]
        quantity: Option<Decimal>,
        /// The price of one for the whole term.
        #[arg(long)]
        price: Decimal,
        #[command(flatten)]
        term: Term,
        #[command(flatten)]
        target: Target,
    },
    /// Win an order that ends the contract of a deal.
    Cancel {
        /// The opportunity's id that `sell` printed.
        deal: String,
        /// The first day without the service.
        #[arg(long)]
        from: NaiveDate,
        #[command(flatten)]
        target: Target,
    },
    /// Approve an invoice or a credit note.
    Approve {
        #[command(flatten)]
        which: Document,
        /// When it is due; needed where the draft does not say.
        #[arg(long)]
        due: Option<NaiveDate>,
    },
    /// Change a draft invoice.
    Edit {
        #[command(flatten)]
        which: Document,
        /// The place of a line from 1 on, that gets --amount.
        #[arg(long, requires = "amount")]
        line: Option<usize>,
        /// The text of a line that is added with --amount.
        #[arg(long, requires = "amount", conflicts_with = "line")]
        add: Option<String>,
        /// Of the line, as the invoice writes amounts.
        #[arg(long, allow_negative_numbers = true)]
        amount: Option<Decimal>,
        #[arg(long)]
        date: Option<NaiveDate>,
        #[arg(long)]
        due: Option<NaiveDate>,
        /// Another number.
        #[arg(long)]
        renumber: Option<String>,
    },
    /// Pay an invoice.
    Pay {
        #[command(flatten)]
        which: Document,
        /// Default: all that is due.
        #[arg(long)]
        amount: Option<Decimal>,
        /// Default: today.
        #[arg(long)]
        date: Option<NaiveDate>,
    },
    /// Credit a part of an invoice: an approved credit note, set against it.
    Credit {
        #[command(flatten)]
        which: Document,
        /// As the invoice writes amounts.
        #[arg(long)]
        amount: Decimal,
        /// Default: today.
        #[arg(long)]
        date: Option<NaiveDate>,
    },
    /// Void an approved invoice or credit note, or delete a draft.
    Void {
        #[command(flatten)]
        which: Document,
    },
    /// Post a manual journal.
    Journal {
        /// The entity's id.
        #[arg(long)]
        entity: String,
        #[arg(long)]
        narration: String,
        /// ACCOUNT=AMOUNT, debit positive; at least two.
        #[arg(long = "line", required = true, value_parser = account_and_amount)]
        lines: Vec<(String, Decimal)>,
        /// Default: today.
        #[arg(long)]
        date: Option<NaiveDate>,
        #[command(flatten)]
        target: Target,
    },
    /// Show the stack's clock, or move it.
    Clock {
        /// A date (nine in the morning, UTC) or an instant (RFC 3339).
        #[arg(long, value_parser = crate::stack::clock::parse)]
        to: Option<DateTime<Utc>>,
        #[command(flatten)]
        target: Target,
    },
}

/// A line that is sold.
#[derive(Debug, Args)]
pub struct NewLine {
    /// The product's code.
    #[arg(long)]
    pub product: String,
    #[arg(long)]
    pub quantity: Decimal,
    /// The price of one for the whole term.
    #[arg(long)]
    pub price: Decimal,
    #[command(flatten)]
    pub term: Term,
}

#[derive(Debug, Args)]
pub struct Term {
    /// The first day of service.
    #[arg(long)]
    pub from: NaiveDate,
    /// The last day of service.
    #[arg(long)]
    pub to: NaiveDate,
    /// The day on which the deal is closed; default: today.
    #[arg(long)]
    pub close: Option<NaiveDate>,
}

/// A line that is added or falls away.
#[derive(Debug, Args)]
pub struct Change {
    /// The product's code.
    #[arg(long)]
    pub product: String,
    /// What is added; what falls away is negative.
    #[arg(long, allow_negative_numbers = true)]
    pub quantity: Decimal,
    /// The price of one until the end; default: the deal's price of the product, by days of what is left of its term.
    #[arg(long)]
    pub price: Option<Decimal>,
    /// The first day under the new terms.
    #[arg(long)]
    pub from: NaiveDate,
    /// The last day; default: the deal's.
    #[arg(long)]
    pub to: Option<NaiveDate>,
}

/// A document in the ledger.
#[derive(Debug, Args)]
pub struct Document {
    /// Its number.
    pub number: String,
    #[command(flatten)]
    pub target: Target,
}

fn account_and_amount(text: &str) -> Result<(String, Decimal), String> {
    let wrong = || format!("{text:?} is not ACCOUNT=AMOUNT; write 200=-100.00");
    let (account, amount) = text.split_once('=').ok_or_else(wrong)?;
    let amount = amount.parse::<Decimal>().map_err(|_| wrong())?;
    if account.is_empty() {
        return Err(wrong());
    }
    Ok((account.to_owned(), amount))
}
