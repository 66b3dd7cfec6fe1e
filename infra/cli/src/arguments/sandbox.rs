//! What sellers, customers and finance do in the sandbox of a local stack.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use rust_decimal::Decimal;

use super::Target;
use super::values::{self, FurtherLine};

/// One act of a person. Acts in the CRM print the opportunity's id, acts in the ledger the document's number and what became of it.
#[derive(Debug, Subcommand)]
pub enum Sandbox {
    /// Win a deal; the customer is added where there is none of that name.
    ///
    /// Prints the opportunity's id, which amend, renew and cancel take.
    Sell {
        /// The customer's name.
        #[arg(long)]
        customer: String,
        /// The customer's country, two letters such as GB; for a new customer.
        #[arg(long, value_parser = values::country)]
        country: Option<String>,
        /// The deal's currency, three letters such as GBP; default: the first entity's.
        #[arg(long, value_parser = values::currency)]
        currency: Option<String>,
        #[command(flatten)]
        line: NewLine,
        /// A further line for the same days, PRODUCT=QUANTITY@PRICE, such as SEATS=2@300.00.
        #[arg(long, value_parser = values::further_line)]
        also: Vec<FurtherLine>,
        #[command(flatten)]
        target: Target,
    },
    /// Win an order that changes the contract of a deal: by the difference, not the new total.
    ///
    /// After a renewal it changes the term that runs on --from. Prints the order's id.
    Amend {
        #[command(flatten)]
        deal: EarlierDeal,
        /// upsell, cross_sell, price_change, downgrade, extension or amendment, in the word that `tieout.toml` maps to it.
        #[arg(long, required_unless_present = "says")]
        kind: Option<String>,
        #[command(flatten)]
        line: Change,
        /// A further line for the same days, PRODUCT=QUANTITY@PRICE or PRODUCT=QUANTITY, such as SEATS=-2: a new price is the old
        /// line taken away and a new one added.
        #[arg(long, value_parser = values::further_line)]
        also: Vec<FurtherLine>,
        #[command(flatten)]
        target: Target,
    },
    /// Win a renewal of what runs last: the deal with its changes, or its last renewal with the changes of that.
    ///
    /// Where --from is before the end, it replaces the rest of the old term. Prints the renewal's id.
    Renew {
        #[command(flatten)]
        deal: EarlierDeal,
        /// The product's code, such as PLATFORM; default: the only one that the deal has.
        #[arg(long)]
        product: Option<String>,
        /// How many; default: as many as run on the last day.
        #[arg(long, allow_negative_numbers = true, value_parser = values::quantity)]
        quantity: Option<Decimal>,
        /// The price of one for the whole new term, without tax, in the deal's currency.
        #[arg(long, allow_negative_numbers = true, value_parser = values::price)]
        price: Decimal,
        #[command(flatten)]
        term: Term,
        #[command(flatten)]
        target: Target,
    },
    /// Win an order that ends the contract of a deal. Prints the order's id.
    Cancel {
        #[command(flatten)]
        deal: EarlierDeal,
        /// The first day without the service, YYYY-MM-DD.
        #[arg(long, value_parser = values::date)]
        from: NaiveDate,
        #[command(flatten)]
        target: Target,
    },
    /// Approve a draft invoice or credit note.
    Approve {
        #[command(flatten)]
        which: Document,
        /// When it is due, YYYY-MM-DD; needed where the draft does not say.
        #[arg(long, value_parser = values::date)]
        due: Option<NaiveDate>,
    },
    /// Change an invoice: a line's amount, another line, its dates or its number.
    Edit {
        #[command(flatten)]
        which: Document,
        /// The place of the line that gets --amount, from 1 on; default: the only line.
        #[arg(long, requires = "amount")]
        line: Option<usize>,
        /// The text of a line that is added with --amount, on the first line's account and tax.
        #[arg(long, requires = "amount", conflicts_with = "line")]
        add: Option<String>,
        /// The whole line's amount in the invoice's currency; with tax only where the invoice writes amounts so.
        #[arg(long, allow_negative_numbers = true, value_parser = values::signed)]
        amount: Option<Decimal>,
        /// The invoice's date, YYYY-MM-DD.
        #[arg(long, value_parser = values::date)]
        date: Option<NaiveDate>,
        /// When it is due, YYYY-MM-DD.
        #[arg(long, value_parser = values::date)]
        due: Option<NaiveDate>,
        /// Another number.
        #[arg(long)]
        renumber: Option<String>,
    },
    /// Pay an approved invoice, wholly or in part, to the first bank account.
    Pay {
        #[command(flatten)]
        which: Document,
        /// With tax, in the invoice's currency; default: all that is due.
        #[arg(long, allow_negative_numbers = true, value_parser = values::amount)]
        amount: Option<Decimal>,
        /// YYYY-MM-DD; default: today by the stack's clock.
        #[arg(long, value_parser = values::date)]
        date: Option<NaiveDate>,
    },
    /// Credit a part of an approved invoice: an approved credit note, set against it as far as it is due.
    ///
    /// Of a paid invoice nothing is due, so the credit note stays open, as in Xero: refund it there, or set it against another invoice.
    Credit {
        #[command(flatten)]
        which: Document,
        /// In the invoice's currency; with tax only where the invoice writes amounts so.
        #[arg(long, allow_negative_numbers = true, value_parser = values::amount)]
        amount: Decimal,
        /// YYYY-MM-DD; default: today by the stack's clock.
        #[arg(long, value_parser = values::date)]
        date: Option<NaiveDate>,
    },
    /// Void an approved invoice or credit note that nothing is paid or credited on, or delete a draft.
    Void {
        #[command(flatten)]
        which: Document,
    },
    /// Post a manual journal, as a person in the ledger would. Prints its id.
    Journal {
        /// The entity's id in `tieout.toml`, such as uk.
        #[arg(long)]
        entity: String,
        /// What it is for.
        #[arg(long)]
        narration: String,
        /// ACCOUNT=AMOUNT in the entity's currency, debit positive, such as 200=-100.00; at least two, which sum to zero.
        #[arg(long = "line", required = true, value_parser = values::account_and_amount)]
        lines: Vec<(String, Decimal)>,
        /// YYYY-MM-DD; default: today by the stack's clock.
        #[arg(long, value_parser = values::date)]
        date: Option<NaiveDate>,
        #[command(flatten)]
        target: Target,
    },
    /// Show the stack's clock, or move one that stands still; ends when all that fell due on the way is done.
    Clock {
        /// A date, YYYY-MM-DD (nine in the morning, UTC), or an instant (RFC 3339, such as 2026-02-03T14:30:00Z); at most 93 days ahead.
        #[arg(long, value_parser = crate::stack::clock::parse)]
        to: Option<DateTime<Utc>>,
        #[command(flatten)]
        target: Target,
    },
}

/// The deal that an order is about.
#[derive(Debug, Args)]
pub struct EarlierDeal {
    /// The opportunity's id, which `sell` printed; of a change or renewal it does as well.
    #[arg(value_name = "DEAL")]
    pub id: String,
    /// What the order calls itself in the CRM, such as "Existing Customer - Upgrade", in the place of the word of `tieout.toml`; a word
    /// that the file does not map waits for a person.
    #[arg(long, value_name = "WORD")]
    pub says: Option<String>,
    /// Do not name the earlier deal in the order: its contract has to be found by customer, entity, currency and day.
    #[arg(long)]
    pub unlinked: bool,
    /// Do not say in the order from when on it is meant: the first day of its lines counts.
    #[arg(long)]
    pub undated: bool,
}

/// A line that is sold.
#[derive(Debug, Args)]
pub struct NewLine {
    /// The product's code, such as PLATFORM: one that `tieout.toml` knows, else the deal waits for a person.
    #[arg(long)]
    pub product: String,
    /// How many; two decimals at most.
    #[arg(long, allow_negative_numbers = true, value_parser = values::quantity)]
    pub quantity: Decimal,
    /// The price of one for the whole term, without tax, in the deal's currency.
    #[arg(long, allow_negative_numbers = true, value_parser = values::price)]
    pub price: Decimal,
    #[command(flatten)]
    pub term: Term,
}

#[derive(Debug, Args)]
pub struct Term {
    /// The first day of service, YYYY-MM-DD.
    #[arg(long, value_parser = values::date)]
    pub from: NaiveDate,
    /// The last day of service, YYYY-MM-DD.
    #[arg(long, value_parser = values::date)]
    pub to: NaiveDate,
    /// The day on which the deal is closed, YYYY-MM-DD; default: today by the stack's clock.
    #[arg(long, value_parser = values::date)]
    pub close: Option<NaiveDate>,
}

/// A line that is added or falls away.
#[derive(Debug, Args)]
pub struct Change {
    /// The product's code, such as PLATFORM.
    #[arg(long)]
    pub product: String,
    /// What is added; what falls away is negative.
    #[arg(long, allow_negative_numbers = true, value_parser = values::difference)]
    pub quantity: Decimal,
    /// The price of one from --from to --to; default: the product's price in that term, by days of what is left of it.
    #[arg(long, allow_negative_numbers = true, value_parser = values::price)]
    pub price: Option<Decimal>,
    /// The first day under the new terms, YYYY-MM-DD.
    #[arg(long, value_parser = values::date)]
    pub from: NaiveDate,
    /// The last day, YYYY-MM-DD; default: the product's last one in that term.
    #[arg(long, value_parser = values::date)]
    pub to: Option<NaiveDate>,
}

/// A document in the ledger.
#[derive(Debug, Args)]
pub struct Document {
    /// Its number, such as NWUK-00001; its entity is found by that.
    pub number: String,
    #[command(flatten)]
    pub target: Target,
}
