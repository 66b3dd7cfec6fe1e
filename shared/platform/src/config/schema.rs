//! The keys of `tieout.toml` and their kinds: the types of `model.rs` as data, so that all mistakes are found at once. A test compares
//! the two.

use super::billing::{ALIGNMENTS, FREQUENCIES, TIMINGS};
use super::orders::DEAL_KINDS;
use super::presets::PRESETS;
use super::xero;

/// The most entities of a group: tables and dashboards are made for ten.
pub const ENTITIES_MAX: usize = 10;
/// The most rules; each is tried for each deal.
pub const RULES_MAX: usize = 200;
pub const PRODUCTS_MAX: usize = 5_000;
pub const PEOPLE_MAX: usize = 500;
/// The longest payment term.
pub const DUE_DAYS_MAX: u32 = 365;
/// The last day on which a close may be proposed; each month has it.
pub const CLOSE_DAY_MAX: u32 = 28;
/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Text,
    /// A whole number from … to ….
    Whole(u32, u32),
    Truth,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// From … to … of the same.
    List(&'static Shape, usize, usize),
    /// Names that the user chooses, each with a text.
    Names,
    /// Names that the user chooses, each with one of these words.
    NamesOf(&'static [&'static str]),
    /// A table with these keys.
    Table(&'static [Key]),
}

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) required: bool,
    /// What its value may be.
    pub(super) shape: Shape,
    /// What to write, shown in findings.
    pub(super) example: &'static str,
}

const fn must(name: &'static str, shape: Shape, example: &'static str) -> Key {
    Key {
        name,
        required: true,
        shape,
        example,
    }
}

pub(super) const fn may(name: &'static str, shape: Shape, example: &'static str) -> Key {
    Key {
        name,
        required: false,
        shape,
        example,
    }
}

use Shape::{List, Names, NamesOf, OneOf, Table, Text, Truth, Whole};

const METHODS: Shape = OneOf(&["daily", "prorata_month", "equal_touched", "equal_anniversary"]);

/// The whole file.
pub(super) static FILE: Shape = Table(&[
    must("group", Table(GROUP), "[group]"),
    must("salesforce", Table(SALESFORCE), "[salesforce]"),
    may("xero", Table(xero::KEYS), "[xero]"),
    must("entities", List(&Table(ENTITY), 1, ENTITIES_MAX), "[[entities]]"),
    must("rules", List(&Table(RULE), 1, RULES_MAX), "[[rules]]"),
    may("products", List(&Table(PRODUCT), 0, PRODUCTS_MAX), "[[products]]"),
    may("people", List(&Table(PERSON), 0, PEOPLE_MAX), "[[people]]"),
]);

const GROUP: &[Key] = &[must("name", Text, "name = \"Northwind Group\"")];

const SALESFORCE: &[Key] = &[
    must(
        "organisation_id",
        Text,
        "organisation_id = \"00D…\", from Setup > Company Information",
    ),
    must("url", Text, "url = \"https://northwind.my.salesforce.com\""),
    may("api_version", Text, "api_version = \"62.0\""),
    may(
        "login",
        OneOf(&["client_credentials", "jwt_bearer"]),
        "login = \"client_credentials\"",
    ),
    may("username", Text, "username = \"tieout@northwind.example\""),
    may("audience", Text, "audience = \"https://login.salesforce.com\""),
    may("multi_currency", Truth, "multi_currency = true"),
    may("currency", Text, "currency = \"GBP\""),
    must("client_certificate", Table(CLIENT_CERTIFICATE), "[salesforce.client_certificate]"),
    may("preset", OneOf(PRESETS), "preset = \"plain\""),
    may("line_fields", Table(LINE_FIELDS), "[salesforce.line_fields]"),
    may("orders", Table(ORDERS), "[salesforce.orders]"),
    may("billing", Table(BILLING), "[salesforce.billing]"),
    may("write_back", Table(WRITE_BACK), "[salesforce.write_back]"),
];

const CLIENT_CERTIFICATE: &[Key] = &[
    may("required", Truth, "required = true"),
    may("subject", Text, "subject = \"CN=…\""),
    may("issuer", Text, "issuer = \"CN=…\""),
];

const LINE_FIELDS: &[Key] = &[
    may("start", Text, "start = \"ServiceDate\""),
    may("end", Text, "end = \"End_Date__c\""),
    may("term_months", Text, "term_months = \"Term_Months__c\""),
];

/// Values of one field that mean the same.
const VALUES_MAX: usize = 20;

const ORDERS: &[Key] = &[
    may("kind", Text, "kind = \"Type\""),
    may("kinds", NamesOf(DEAL_KINDS), "kinds = { \"New Customer\" = \"new\" }"),
    may("amends", Text, "amends = \"Amends_Opportunity__c\""),
    may("renews", Text, "renews = \"Renews_Opportunity__c\""),
    may("effective", Text, "effective = \"Change_Effective_Date__c\""),
    may("last_day", Text, "last_day = \"Cancellation_Date__c\""),
    may("restated", Text, "restated = \"Amount_Is__c\""),
    may("restated_values", List(&Text, 1, VALUES_MAX), "restated_values = [\"New total\"]"),
    may("approval", Text, "approval = \"Approval_Status__c\""),
    may("approved_values", List(&Text, 1, VALUES_MAX), "approved_values = [\"Approved\"]"),
];

const BILLING: &[Key] = &[
    may("frequency", Text, "frequency = \"Billing_Frequency__c\""),
    may(
        "frequencies",
        NamesOf(FREQUENCIES),
        "frequencies = { \"Quarterly\" = \"quarterly\" }",
    ),
    may("timing", Text, "timing = \"Billing_Timing__c\""),
    may("timings", NamesOf(TIMINGS), "timings = { \"In arrears\" = \"arrears\" }"),
];

const WRITE_BACK: &[Key] = &[
    may("invoice_number", Text, "invoice_number = \"Tieout_Invoice_Number__c\""),
    may("invoice_status", Text, "invoice_status = \"Tieout_Invoice_Status__c\""),
    may("amount_due", Text, "amount_due = \"Tieout_Amount_Due__c\""),
    may("amount_paid", Text, "amount_paid = \"Tieout_Amount_Paid__c\""),
    may("invoice_link", Text, "invoice_link = \"Tieout_Invoice_Link__c\""),
];

const ENTITY: &[Key] = &[
    must("id", Text, "id = \"uk\""),
    must("name", Text, "name = \"Northwind Traders Ltd\""),
    must("currency", Text, "currency = \"GBP\""),
    must("time_zone", Text, "time_zone = \"Europe/London\""),
    must(
        "xero_tenant",
        Text,
        "xero_tenant = \"…\", the tenantId from GET https://api.xero.com/connections",
    ),
    must("accounts", Table(ACCOUNTS), "[entities.accounts]"),
    may("invoices", Table(INVOICES), "[entities.invoices]"),
    may("close", Table(CLOSE), "[entities.close]"),
];

const ACCOUNTS: &[Key] = &[
    must("revenue", Text, "revenue = \"200\""),
    must("contract_liability", Text, "contract_liability = \"850\""),
    must("contract_asset", Text, "contract_asset = \"615\""),
    may("accrued_receivable", Text, "accrued_receivable = \"616\""),
    may("refund_liability", Text, "refund_liability = \"851\""),
    may("fx", Text, "fx = \"499\""),
    may("credit_loss", Text, "credit_loss = \"470\""),
];

const INVOICES: &[Key] = &[
    may("number_prefix", Text, "number_prefix = \"INV-\""),
    may("credit_note_prefix", Text, "credit_note_prefix = \"CN-\""),
    may("coding", OneOf(&["liability", "revenue"]), "coding = \"liability\""),
    may("tax_type", Text, "tax_type = \"OUTPUT2\""),
    may("due_days", Whole(0, DUE_DAYS_MAX), "due_days = 30"),
    may("tracking", Names, "tracking = { Region = \"North\" }"),
    may("billing", OneOf(FREQUENCIES), "billing = \"once\""),
    may("billing_timing", OneOf(TIMINGS), "billing_timing = \"advance\""),
    may("billing_alignment", OneOf(ALIGNMENTS), "billing_alignment = \"anchored\""),
];

const CLOSE: &[Key] = &[
    may("method", METHODS, "method = \"daily\""),
    may("day", Whole(1, CLOSE_DAY_MAX), "day = 1"),
    may("approval", OneOf(&["required", "automatic"]), "approval = \"required\""),
    may(
        "summarise",
        OneOf(&["account", "tracking", "customer", "contract", "line"]),
        "summarise = \"account\"",
    ),
];

const RULE: &[Key] = &[
    must("name", Text, "name = \"UK and the rest\""),
    must("when", Text, "when = \"deal.currency == 'GBP'\""),
    must("entity", Text, "entity = \"uk\""),
];

const PRODUCT: &[Key] = &[
    must("code", Text, "code = \"PLATFORM\""),
    may("satisfied", OneOf(&["over_time", "at_point"]), "satisfied = \"over_time\""),
    may("method", METHODS, "method = \"daily\""),
    may("revenue_accounts", Names, "revenue_accounts = { uk = \"210\" }"),
    may("tax_types", Names, "tax_types = { uk = \"OUTPUT2\" }"),
    may("tracking", Names, "tracking = { Region = \"North\" }"),
];

const PERSON: &[Key] = &[
    must("id", Text, "id = \"amira\""),
    must("may", List(&OneOf(&["prepare", "approve", "operate"]), 1, 3), "may = [\"prepare\"]"),
];
