//! The customer's contact in the entity's ledger: matched by number, else by name, else created; never guessed.

use tieout_crm::deal::Customer;
use tieout_ledger::{ContactId, ContactMatch, Ledger, LedgerError, NewContact};
use tieout_platform::config::Entity;
use tieout_platform::effect::{EffectError, EffectKey, Intent, Performer, Permit, State};
use tieout_platform::failure::Failure;

use crate::deployment::Deployment;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::contact_effect;
use crate::parking::Reason;

/// The customer's contact, as far as it is known before anything is stored.
#[derive(Debug, Clone)]
pub enum Found {
    /// It is there.
    There(ContactId),
    /// There is none yet.
    Missing,
    /// A person has to say which one it is.
    Obstacle(Reason, Finding),
}

/// Looks for the contact.
///
/// # Errors
/// Those of the ledger.
pub async fn find(deployment: &Deployment, entity: &Entity, customer: &Customer) -> Result<Found, WorkflowError> {
    let ledger = deployment.ledger(entity)?.as_ref();
    Ok(found(ledger, &entity.id, customer, matched(ledger, customer).await?))
}

fn found(ledger: &dyn Ledger, entity: &str, customer: &Customer, matched: ContactMatch) -> Found {
    let (name, key) = (ledger.name(), ledger.capabilities().contact_key);
    match matched {
        ContactMatch::Matched(contact) => Found::There(contact.id),
        ContactMatch::None => Found::Missing,
        ContactMatch::Archived { contact, .. } => {
            let action = match key {
                Some(key) => format!("restore it in {name}, or give the {key} {} to the contact to use", customer.id),
                None => format!("restore it in {name}"),
            };
            let problem = format!("is the customer's, and archived in the ledger of {entity}");
            Found::Obstacle(Reason::ContactArchived, Finding::new("Contact", contact.id, problem, action))
        }
        ContactMatch::Ambiguous(contacts) => {
            let action = match key {
                Some(key) => format!("set the {key} {} on the right one in {name}", customer.id),
                None => format!("leave the customer's name to the right one in {name}"),
            };
            let ids: Vec<&str> = contacts.iter().map(|contact| contact.id.as_str()).collect();
            let problem = format!("could each be the customer in the ledger of {entity}");
            Found::Obstacle(Reason::ContactAmbiguous, Finding::new("Contact", ids.join(", "), problem, action))
        }
    }
}

/// The contact that was `found`, created where there is none.
///
/// # Errors
/// Those of the ledger and of the effect.
pub async fn ensure(deployment: &Deployment, entity: &Entity, customer: &Customer, found: &Found) -> Result<ContactId, WorkflowError> {
    let ledger = deployment.ledger(entity)?.as_ref();
    let key = contact_effect(ledger, &customer.id);
    if let Found::There(contact) = found
        && !is_under_way(deployment, &key).await?
    {
        return Ok(contact.clone());
    }
    let new = NewContact {
        name: customer.name.clone(),
        number: customer.id.to_string(),
        email: None,
        currency: None,
    };
    let intent = Intent {
        key,
        target: ledger.target(),
        body: ledger.contact_body(&new),
    };
    let creation = Creation { ledger, customer };
    let reference = match perform(deployment, &intent, &creation).await {
        Ok(settled) => settled.reference().to_owned(),
        // The customer was called otherwise then; it is the customer's contact all the same.
        Err(EffectError::DoneDifferently { reference, .. }) => reference,
        Err(error) => return Err(error.into()),
    };
    ContactId::parse(&reference).map_err(|error| WorkflowError::Unreadable {
        what: format!("effect {}", intent.key),
        why: error.to_string(),
    })
}

/// Whether a creation was sent whose outcome is not recorded: it may be what was found, and has to be settled as such.
async fn is_under_way(deployment: &Deployment, key: &EffectKey) -> Result<bool, WorkflowError> {
    let effect = deployment.store.effect(key).await?;
    Ok(effect.is_some_and(|effect| matches!(effect.record.state, State::Attempted { .. })))
}

async fn matched(ledger: &dyn Ledger, customer: &Customer) -> Result<ContactMatch, LedgerError> {
    ledger.find_contact(&customer.id.to_string(), &customer.name).await
}

struct Creation<'a> {
    ledger: &'a dyn Ledger,
    customer: &'a Customer,
}

impl Performer for Creation<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        Ok(self.ledger.create_contact(permit).await?.record.to_string())
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        Ok(match matched(self.ledger, self.customer).await? {
            ContactMatch::Matched(contact) => Some(contact.id.to_string()),
            _ => None,
        })
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests;
