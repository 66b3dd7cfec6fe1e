//! Every environment variable that the code reads, and who reads it; a test compares this list with the template.

/// The functions of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Outbound messages in.
    SalesforceWebhook,
    /// Xero's webhooks in.
    XeroWebhook,
    /// Deals to contracts and drafts.
    DealWorker,
    /// Documents to events and write-backs.
    InvoiceWorker,
    /// What no message told.
    Sweep,
    /// What falls due by a billing plan.
    Billing,
    /// The close.
    MonthEnd,
}

use Function::{Billing, DealWorker, InvoiceWorker, MonthEnd, SalesforceWebhook, Sweep, XeroWebhook};

impl Function {
    /// All of them.
    pub const ALL: [Self; 7] = [SalesforceWebhook, XeroWebhook, DealWorker, InvoiceWorker, Sweep, Billing, MonthEnd];

    /// The name of its folder, its binary and its metrics.
    pub const fn name(self) -> &'static str {
        match self {
            SalesforceWebhook => "salesforce-webhook",
            XeroWebhook => "xero-webhook",
            DealWorker => "deal-worker",
            InvoiceWorker => "invoice-worker",
            Sweep => "sweep",
            Billing => "billing",
            MonthEnd => "month-end",
        }
    }

    /// The variables that it reads.
    pub fn variables(self) -> impl Iterator<Item = &'static Variable> {
        VARIABLES.iter().copied().filter(move |variable| variable.read_by.contains(&self))
    }
}

/// Who sets a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Lambda itself; a template may not.
    Lambda,
    /// `template.yaml`.
    Template,
    /// The local stack and tests; never a template.
    Local,
}

/// An environment variable.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Who sets it.
    pub source: Source,
    /// The functions that read it; the command line may read all.
    pub read_by: &'static [Function],
    /// What to write there.
    pub meaning: &'static str,
}

const EVERY: &[Function] = &Function::ALL;
const WITH_LEDGER: &[Function] = &[DealWorker, InvoiceWorker, Sweep, MonthEnd];
const WITH_TABLE: &[Function] = &[DealWorker, InvoiceWorker, Sweep, Billing, MonthEnd];
const WITH_QUEUE: &[Function] = &[SalesforceWebhook, XeroWebhook, DealWorker, InvoiceWorker, Sweep, Billing];

macro_rules! variables {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $source:ident, $read_by:expr, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: Variable = Variable {
            name: $name, source: Source::$source, read_by: $read_by, meaning: $meaning,
        };)*
        /// All of them.
        pub const VARIABLES: &[&Variable] = &[$(&$constant),*];
    };
}

variables! {
    AWS_REGION = "AWS_REGION", Lambda, EVERY, "The region, for instance `eu-west-2`.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", Lambda, EVERY, "The role's key id.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", Lambda, EVERY, "The role's secret key.";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", Lambda, EVERY, "The role's session.";
    AWS_LAMBDA_RUNTIME_API = "AWS_LAMBDA_RUNTIME_API", Lambda, EVERY, "Where events come from; its absence says that this is not Lambda.";
    TIEOUT_CONFIG = "TIEOUT_CONFIG", Template, EVERY, "The path of `tieout.toml`, by default beside the binary in the package.";
    TIEOUT_LOG = "TIEOUT_LOG", Template, EVERY, "What is logged: `info`, or levels by target such as `info,tieout_workflow=debug`.";
    TIEOUT_TABLE = "TIEOUT_TABLE", Template, WITH_TABLE, "The name of the table.";
    TIEOUT_DEALS_QUEUE_URL = "TIEOUT_DEALS_QUEUE_URL", Template, &[SalesforceWebhook, DealWorker, Sweep, Billing], "The queue of deals.";
    TIEOUT_INVOICES_QUEUE_URL = "TIEOUT_INVOICES_QUEUE_URL", Template, &[XeroWebhook, InvoiceWorker, Sweep], "The queue of ledger documents.";
    TIEOUT_SECRET_SALESFORCE_WEBHOOK = "TIEOUT_SECRET_SALESFORCE_WEBHOOK", Template, &[SalesforceWebhook], "The ARN of the secret {path}.";
    TIEOUT_SECRET_XERO_WEBHOOK = "TIEOUT_SECRET_XERO_WEBHOOK", Template, &[XeroWebhook], "The ARN of the secret {keys}.";
    TIEOUT_SECRET_SALESFORCE = "TIEOUT_SECRET_SALESFORCE", Template, &[DealWorker, InvoiceWorker, Sweep], "The ARN of the secret {client_id, client_secret or private_key_pem}.";
    TIEOUT_SECRET_XERO = "TIEOUT_SECRET_XERO", Template, WITH_LEDGER, "The ARN of the secret {client_id, client_secret}.";
    TIEOUT_ENDPOINT_DYNAMODB = "TIEOUT_ENDPOINT_DYNAMODB", Local, WITH_TABLE, "Another server in DynamoDB's place.";
    TIEOUT_ENDPOINT_SQS = "TIEOUT_ENDPOINT_SQS", Local, WITH_QUEUE, "Another server in SQS's place.";
    TIEOUT_ENDPOINT_SECRETS = "TIEOUT_ENDPOINT_SECRETS", Local, EVERY, "Another server in Secrets Manager's place.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variable_is_there_once_and_read_by_somebody() {
        let names: BTreeSet<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
        assert_eq!(names.len(), VARIABLES.len());
        for variable in VARIABLES {
            assert!(!variable.read_by.is_empty(), "{}", variable.name);
            let ours = variable.name.starts_with("TIEOUT_");
            assert_eq!(ours, variable.source != Source::Lambda, "{}", variable.name);
        }
        let names: Vec<&str> = SalesforceWebhook.variables().map(|variable| variable.name).collect();
        assert!(
            names.contains(&"TIEOUT_DEALS_QUEUE_URL") && !names.contains(&"TIEOUT_TABLE"),
            "{names:?}"
        );
    }
}
