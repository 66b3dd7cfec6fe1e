//! Commands and their options.

mod sandbox;
mod values;

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use tieout_accounting::explain::Span;

pub use sandbox::{Change, EarlierDeal, NewLine, Sandbox, Term};
pub use values::FurtherLine;

/// Salesforce, Xero and the books between them: from closed-won to the journal.
#[derive(Debug, Parser)]
#[command(name = "tieout", version, about, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a quarter of a group on this machine and tie its books out.
    Demo {
        /// The folder for its state; default: a temporary one. A demo that was stopped continues.
        #[arg(long)]
        data: Option<PathBuf>,
        /// A tieout.toml; default: the one of this repository.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Run the local stack and print its addresses.
    Up(Up),
    /// Check a tieout.toml: list every mistake with its line and its remedy.
    Doctor {
        /// The file to check.
        #[arg(default_value = "tieout.toml")]
        file: PathBuf,
    },
    /// Explain a contract's story: revenue and balances by month, what was decided and why, rates, workings, journal entries.
    ///
    /// Without --period, --obligation or --document the text is a summary: long lists are grouped, or cut and counted. With one of them,
    /// all that belongs to it is listed.
    /// Exit code 0: explained, or as expected; 1: the story is refused, or differs from what it expects; 2: it cannot be read, or
    /// has no such period, product or document.
    Explain(Explain),
    /// Plan, approve and post the close of an entity's month.
    #[command(subcommand)]
    Close(Close),
    /// Follow one customer's life: orders, events, documents, plan, schedule, position, questions.
    #[command(subcommand)]
    Contract(Contract),
    /// Show, replay or discard messages that failed five times.
    #[command(subcommand)]
    Failures(Failures),
    /// What waits for a person: list, show, assign, snooze or resolve cases.
    #[command(subcommand)]
    Worklist(Worklist),
    /// The register of document numbers: each that was allotted, and what became of it.
    Numbers {
        /// The entity's id; default: all.
        #[arg(long)]
        entity: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Compare deals, contracts, invoices, schedules and ledger to the cent.
    TieOut {
        /// The entity's id; default: all.
        #[arg(long)]
        entity: Option<String>,
        /// The last month to include, YYYY-MM.
        #[arg(long)]
        period: String,
        #[command(flatten)]
        target: Target,
    },
    /// Do what sellers, customers and finance do, in the sandbox of a local stack.
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Store the refresh token of a Xero connection, read from standard input.
    ConnectXero {
        #[command(flatten)]
        target: Target,
    },
}

/// A story, and what of it.
#[derive(Debug, Args)]
pub struct Explain {
    /// The story, a JSON file as tests/stories/FORMAT.md describes it.
    pub story: PathBuf,
    /// Only a month (2026-03) or a year (2026): what took effect, became known or was posted in it.
    #[arg(long, value_parser = Span::parse)]
    pub period: Option<Span>,
    /// Only one product, by the id of its obligation.
    #[arg(long, value_name = "ID")]
    pub obligation: Option<String>,
    /// Only an invoice with its payments and credit notes, or a credit note.
    #[arg(long, value_name = "NUMBER")]
    pub document: Option<String>,
    /// Print JSON: the keys of `expect`, computed, with questions, reasons, entries, workings, rates and the roll-forward.
    #[arg(long)]
    pub json: bool,
    /// Compare with `expect`, and fail on any difference; with --json, print `as_expected` and the list `differences` only.
    #[arg(long, conflicts_with_all = ["period", "obligation", "document"])]
    pub check: bool,
}

/// The local stack.
#[derive(Debug, Args)]
pub struct Up {
    /// The folder for its state.
    #[arg(long, default_value = ".tieout")]
    pub data: PathBuf,
    /// A tieout.toml; default: the one of this repository.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Let the clock stand still at this date (nine in the morning, UTC) or instant (RFC 3339) until it is moved by a POST to `clock` of the
    /// addresses; a folder that was left later is refused, one that was left earlier is moved on.
    #[arg(long, value_parser = crate::stack::clock::parse)]
    pub now: Option<DateTime<Utc>>,
    /// Use this server instead of the sandbox's Salesforce.
    #[arg(long)]
    pub salesforce_url: Option<String>,
    /// Use this server instead of the sandbox's Xero.
    #[arg(long)]
    pub xero_url: Option<String>,
    /// Use this server instead of the sandbox's Xero identity server.
    #[arg(long)]
    pub xero_identity_url: Option<String>,
    /// Write the addresses to this file (JSON) when all is up.
    #[arg(long)]
    pub ready: Option<PathBuf>,
}

/// Which deployment a command works on.
#[derive(Debug, Args)]
pub struct Target {
    /// The file that `tieout up --ready` wrote; default: the AWS account of the environment.
    #[arg(long, env = "TIEOUT_STACK")]
    pub stack: Option<PathBuf>,
}

/// A period of an entity.
#[derive(Debug, Args)]
pub struct Which {
    /// The entity's id.
    #[arg(long)]
    pub entity: String,
    /// The month, YYYY-MM.
    #[arg(long)]
    pub period: String,
    /// Your id under `people` in tieout.toml.
    #[arg(long)]
    pub by: String,
    #[command(flatten)]
    pub target: Target,
}

/// Steps of a close.
#[derive(Debug, Subcommand)]
pub enum Close {
    /// Compute what has to be posted, and store it as a proposal.
    Plan(Which),
    /// Approve a proposal by its hash. Its preparer may not.
    Approve {
        /// The hash that `plan` printed.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        hash: String,
        #[command(flatten)]
        which: Which,
    },
    /// Post the approved proposal and close the period.
    Post(Which),
    /// List the periods of an entity with their states.
    Status {
        /// The entity's id.
        #[arg(long)]
        entity: String,
        #[command(flatten)]
        target: Target,
    },
}

/// Contracts.
#[derive(Debug, Subcommand)]
pub enum Contract {
    /// List contracts with their orders and documents.
    List {
        /// The entity's id; default: all.
        #[arg(long)]
        entity: Option<String>,
        /// The customer's id in the CRM; default: all.
        #[arg(long)]
        customer: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Show the whole life of one.
    Show {
        /// The contract's id, the number of one of its invoices or credit notes, or the CRM's id of the customer or of a deal.
        #[arg(value_name = "ID|NUMBER|CUSTOMER")]
        contract: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Settle the doubt of a contract: it stands as it was booked, changes as its deal was edited, or ends.
    ///
    /// What an accepted edit adds is drafted as an invoice; what falls away, and what was billed beyond an end, as credit notes. Typed again,
    /// the command finishes what was left.
    #[command(group = clap::ArgGroup::new("how").required(true))]
    Settle {
        /// Its id, the number of one of its documents, or its customer.
        #[arg(value_name = "ID|NUMBER|CUSTOMER")]
        contract: String,
        /// It stands: what was left out is recognised.
        #[arg(long, group = "how")]
        keep: bool,
        /// The edited deal is an amendment; the first day under the new terms, YYYY-MM-DD.
        #[arg(long, group = "how", value_name = "DAY")]
        accept: Option<NaiveDate>,
        /// It ends; the first day without the service, YYYY-MM-DD.
        #[arg(long, group = "how", value_name = "DAY")]
        end: Option<NaiveDate>,
        /// Your id under `people` in tieout.toml; you need the right to prepare.
        #[arg(long)]
        by: String,
        /// Why, for whoever asks later.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
}

/// Acts on cases.
#[derive(Debug, Subcommand)]
pub enum Worklist {
    /// List open cases, the oldest first: what each is about, what is wrong, whose move it is, what to do.
    List {
        /// The entity's id; cases whose entity is unknown are shown too. Default: all.
        #[arg(long)]
        entity: Option<String>,
        /// Also those that are snoozed.
        #[arg(long)]
        all: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Show a case with both versions, and what became of earlier ones under its key.
    Show {
        /// The key that `list` shows.
        key: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Close a case by decision: the same findings are not filed again.
    Resolve {
        /// The key that `list` shows.
        key: String,
        /// Your id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        /// Why.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
    /// Say whose move a case is.
    Assign {
        /// The key that `list` shows.
        key: String,
        /// The person's id under `people` in tieout.toml.
        #[arg(long)]
        to: String,
        /// Your id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        target: Target,
    },
    /// Hide a case from the list until a day, or until something else is found.
    Snooze {
        /// The key that `list` shows.
        key: String,
        /// The first day on which it is listed again, YYYY-MM-DD.
        #[arg(long)]
        until: NaiveDate,
        /// Your id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        /// Why.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
}

/// Acts on dead letters.
#[derive(Debug, Subcommand)]
pub enum Failures {
    /// List them with their causes.
    List {
        #[command(flatten)]
        target: Target,
    },
    /// Show one with its message.
    Show {
        /// The message id that `list` shows.
        message: String,
        #[command(flatten)]
        target: Target,
    },
    /// Send one back to its queue.
    Replay {
        /// The message id that `list` shows.
        message: String,
        /// Your id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        target: Target,
    },
    /// Delete one; the act is recorded.
    Discard {
        /// The message id that `list` shows.
        message: String,
        /// Your id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        target: Target,
    },
}
