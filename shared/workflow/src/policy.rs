//! The policy of an entity's books, and whether they would take a contract.

use rust_decimal::Decimal;
use tieout_accounting::billing;
use tieout_accounting::event::EventKind;
use tieout_accounting::ids::ContractId;
use tieout_accounting::policy::{Method, Policy, RevenueCoding};
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::{Book, Contract, Currency, Event, Refusal};
use tieout_platform::config::{Alignment, Coding, Entity, Frequency, Method as ConfiguredMethod, Timing};
use tieout_store::StoredContract;

/// Whether the accounting takes a contract of these events; asked before they are stored, as nothing that is stored can be taken back.
///
/// # Errors
/// The accounting's refusal: place, value and remedy.
pub fn would_stand(entity: &Entity, contract: &ContractId, events: &[Event]) -> Result<(), Refusal> {
    // Whether it stands does not hang on the rate, and the ledger may not have named one yet.
    let foreign = events.iter().filter_map(|event| match &event.kind {
        EventKind::Signed(signed) => Some(RateLine {
            on: events.iter().map(|event| event.on).min()?,
            currency: signed.currency?,
            rate: Decimal::ONE,
        }),
        _ => None,
    });
    let book = Book {
        policy: policy(entity),
        rates: Rates::new(foreign)?,
        ..Book::new(Currency::parse(&entity.currency)?)
    };
    Contract::from_events(contract, events, &book).map(drop)
}

/// As [`would_stand`], for a contract that is stored and what is to be appended to it.
///
/// # Errors
/// The accounting's refusal: place, value and remedy.
pub fn would_still_stand(entity: &Entity, contract: &StoredContract, new: &[Event]) -> Result<(), Refusal> {
    let stored = contract.events.iter().map(|stored| stored.event.clone());
    let events: Vec<Event> = stored.chain(new.iter().cloned()).collect();
    would_stand(entity, &contract.outline.head.contract, &events)
}

/// What `tieout.toml` says of the entity, in the accounting's terms.
pub fn policy(entity: &Entity) -> Policy {
    Policy {
        method: method(entity.close.method),
        revenue_coding: match entity.invoices.coding {
            Coding::Liability => RevenueCoding::Liability,
            Coding::Revenue => RevenueCoding::Revenue,
        },
        ..Policy::default()
    }
}

/// How revenue is spread, in the accounting's terms.
pub fn method(configured: ConfiguredMethod) -> Method {
    match configured {
        ConfiguredMethod::Daily => Method::Daily,
        ConfiguredMethod::ProrataMonth => Method::ProrataMonth,
        ConfiguredMethod::EqualTouched => Method::EqualTouched,
        ConfiguredMethod::EqualAnniversary => Method::EqualAnniversary,
    }
}

/// How often is billed, in the accounting's terms.
pub fn frequency(configured: Frequency) -> billing::Frequency {
    match configured {
        Frequency::Once => billing::Frequency::Once,
        Frequency::Monthly => billing::Frequency::Monthly,
        Frequency::Quarterly => billing::Frequency::Quarterly,
        Frequency::HalfYearly => billing::Frequency::HalfYearly,
        Frequency::Annual => billing::Frequency::Annual,
    }
}

/// On which side of a period is billed, in the accounting's terms.
pub fn timing(configured: Timing) -> billing::Timing {
    match configured {
        Timing::Advance => billing::Timing::Advance,
        Timing::Arrears => billing::Timing::Arrears,
    }
}

/// Where periods begin, in the accounting's terms.
pub fn alignment(configured: Alignment) -> billing::Alignment {
    match configured {
        Alignment::Anchored => billing::Alignment::Anchored,
        Alignment::Calendar => billing::Alignment::Calendar,
    }
}
