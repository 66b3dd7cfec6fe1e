//! Xero's limits; those that the configuration is checked against come from its section. `docs/vendors/xero.md` names the
//! sources.

pub use tieout_platform::config::xero::{CALLS, LINE_TRACKING_MAX};
use tieout_platform::vendor::CallLimits;

use crate::capabilities::{Capabilities, JournalCurrency};

/// Decimals of amounts, in every currency.
pub const AMOUNT_DECIMALS: u32 = 2;
/// Decimals of unit prices and quantities with `unitdp=4`.
pub const UNIT_DECIMALS: u32 = 4;
/// The longest description of a line, in characters.
pub const DESCRIPTION_LENGTH_MAX: usize = 4_000;
/// The longest `Reference` of a document, in characters.
pub const REFERENCE_LENGTH_MAX: usize = 255;
/// Xero names no limit of lines; it advises against requests above 3.5 MB, and a line takes at most 18 KB
/// ([`DESCRIPTION_LENGTH_MAX`] characters of four bytes, and its other fields).
pub const DOCUMENT_LINES_MAX: usize = 190;
/// Documents in one call, as Xero advises.
pub const BATCH_MAX: usize = 50;

/// What Xero can do, with `calls` to one organisation.
pub(super) fn capabilities(calls: CallLimits) -> Capabilities {
    Capabilities {
        drafts: true,
        document_lines_max: DOCUMENT_LINES_MAX,
        batch_max: BATCH_MAX,
        journal_currency: JournalCurrency::Base,
        contact_key: Some("ContactNumber"),
        line_tracking_max: LINE_TRACKING_MAX,
        amount_decimals: AMOUNT_DECIMALS,
        unit_decimals: UNIT_DECIMALS,
        calls,
    }
}
