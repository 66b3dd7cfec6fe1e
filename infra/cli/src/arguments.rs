//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tieout_accounting::explain::Span;

/// Salesforce, Xero and the books in between: from closed-won to the journal.
#[derive(Debug, Parser)]
#[command(name = "tieout", version, about, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a group's quarter on this machine, and tie the books out.
    Demo {
        /// The folder that keeps everything; a new one beside the build without it. A demo that was stopped goes on.
        #[arg(long)]
        data: Option<PathBuf>,
        /// The group; the one in this repository without it.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Keep the whole stack running on this machine, and print its addresses.
    Up(Up),
    /// List every mistake in a tieout.toml, with line numbers.
    Doctor {
        /// The file.
        #[arg(default_value = "tieout.toml")]
        file: PathBuf,
    },
    /// Explain a contract's story: revenue and balances by month, what was decided and why, rates, workings, journal entries.
    ///
    /// Without a choice the text is a summary; long lists are counted. A choice of period, product or document shows them whole.
    /// Exit code 0: explained, or as expected; 1: the story is refused, or differs from what it expects; 2: it cannot be read, or
    /// has no such period, product or document.
    Explain(Explain),
    /// Plan, approve and post the close of an entity.
    #[command(subcommand)]
    Close(Close),
    /// What failed five times.
    #[command(subcommand)]
    Failures(Failures),
    /// What waits for a person, with what is wrong and how to mend it.
    Exceptions {
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
    /// Compare deals, contracts, invoices, schedules and ledger, to the cent.
    TieOut {
        /// The entity; all without it.
        #[arg(long)]
        entity: Option<String>,
        /// Through which month, YYYY-MM.
        #[arg(long)]
        period: String,
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
    /// Store the refresh token that connecting Xero gave; it is read from standard input.
    ConnectXero {
        /// Where the stack is.
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
    /// Compare with `expect`, and fail on any difference.
    #[arg(long, conflicts_with_all = ["period", "obligation", "document"])]
    pub check: bool,
}

/// The stack on this machine.
#[derive(Debug, Args)]
pub struct Up {
    /// The folder that keeps everything.
    #[arg(long, default_value = ".tieout")]
    pub data: PathBuf,
    /// The group; the one in this repository without it.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Another server in Salesforce's place.
    #[arg(long)]
    pub salesforce_url: Option<String>,
    /// Another server in Xero's place.
    #[arg(long)]
    pub xero_url: Option<String>,
    /// Another server in the place of Xero's identity server.
    #[arg(long)]
    pub xero_identity_url: Option<String>,
    /// Where to write the addresses, once all is up.
    #[arg(long)]
    pub ready: Option<PathBuf>,
}

/// Which deployment a command works on.
#[derive(Debug, Args)]
pub struct Target {
    /// The addresses that `tieout up` wrote; without it the AWS account of the environment.
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
    /// Who you are: an id under `people` in tieout.toml.
    #[arg(long)]
    pub by: String,
    /// Where the stack is.
    #[command(flatten)]
    pub target: Target,
}

/// Steps of a close.
#[derive(Debug, Subcommand)]
pub enum Close {
    /// Compute what is to be posted, and propose it.
    Plan(Which),
    /// Approve a proposal by its hash; for another person than its preparer.
    Approve {
        /// The hash that `plan` printed.
        #[arg(long)]
        hash: String,
        /// The period.
        #[command(flatten)]
        which: Which,
    },
    /// Post what was approved, and close the period.
    Post(Which),
    /// All periods of an entity and where they stand.
    Status {
        /// The entity's id.
        #[arg(long)]
        entity: String,
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
}

/// Acts on dead letters.
#[derive(Debug, Subcommand)]
pub enum Failures {
    /// All of them, with their causes.
    List {
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
    /// One of them, whole.
    Show {
        /// Its id.
        message: String,
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
    /// Send one back to its queue.
    Replay {
        /// Its id.
        message: String,
        /// Who you are: an id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
    /// Throw one away.
    Discard {
        /// Its id.
        message: String,
        /// Who you are: an id under `people` in tieout.toml.
        #[arg(long)]
        by: String,
        /// Where the stack is.
        #[command(flatten)]
        target: Target,
    },
}
