//! What a customer's contact in a ledger that knows no key of ours comes to.

use tieout_platform::clock::ManualClock;
use tieout_platform::effect::{MemoryRecords, Settled, perform};

use super::*;
use crate::memory_ledger::{Books, ContactsKnown, MemoryLedger};

fn customer() -> Customer {
    Customer {
        id: tieout_crm::RecordId::parse("0017F000007ydJmQAI").expect("an id"),
        name: "Express Logistics".to_owned(),
        country: None,
    }
}

fn ledger(contacts: ContactsKnown) -> MemoryLedger {
    MemoryLedger::new(Books {
        contacts,
        ..Books::default()
    })
}

#[tokio::test]
async fn a_person_is_asked_where_the_ledger_leaves_a_choice() {
    let rows = [
        (ContactsKnown::Nobody, None),
        (ContactsKnown::One, None),
        (
            ContactsKnown::Archived,
            Some((Reason::ContactArchived, "7", "restore it in Memory Books")),
        ),
        (
            ContactsKnown::Several,
            Some((
                Reason::ContactAmbiguous,
                "7, 8",
                "leave the customer's name to the right one in Memory Books",
            )),
        ),
    ];
    for (contacts, expected) in rows {
        let matched = matched(&ledger(contacts), &customer()).await.expect("an answer");
        let found = found(&ledger(contacts), "kw", &customer(), matched);
        let seen = match &found {
            Found::Obstacle(reason, finding) => Some((*reason, finding.value.as_str(), finding.remedy.as_str())),
            Found::There(_) | Found::Missing => None,
        };
        assert_eq!(seen, expected, "{contacts:?}");
    }
}

#[tokio::test]
async fn a_contact_is_created_under_the_ledgers_own_id() {
    let (ledger, customer) = (ledger(ContactsKnown::Nobody), customer());
    let new = NewContact {
        name: customer.name.clone(),
        number: customer.id.to_string(),
        email: None,
        currency: None,
    };
    let intent = Intent {
        key: contact_effect(&ledger, &customer.id),
        target: ledger.target(),
        body: ledger.contact_body(&new),
    };
    let creation = Creation {
        ledger: &ledger,
        customer: &customer,
    };
    let (records, clock) = (MemoryRecords::default(), ManualClock::new(Default::default()));
    let made = perform(&records, &*clock, &intent, &creation).await.expect("it is done");
    assert_eq!(made, Settled::Now("7".to_owned()));
    assert_eq!(intent.key.to_string(), "ledger/contact/4620816365/0017F000007ydJmQAI");
}
