//! The meaning of a message: which elements belong where, and the few that are read.

use chrono::{DateTime, Utc};

use crate::ids::RecordId;
use crate::salesforce::ids::{OrganisationId, sent_record_id};

use super::error::OutboundError;
use super::scanner::{Element, Namespace, Scanner, Token};
use super::walk::{ORGANISATION, expect, expect_namespace, unexpected};
use super::{ID_LENGTH_MAX, NOTIFICATIONS_MAX, Notification, NotificationId, OPPORTUNITY, Object, Reported, TEXT_SIZE_MAX_BYTES};

/// The longest API name of an object with its namespace and suffix, in characters.
const OBJECT_NAME_LENGTH_MAX: usize = 80;

pub(super) fn read(text: &str, organisation: &OrganisationId) -> Result<Vec<Notification>, OutboundError> {
    let mut message = Message {
        scanner: Scanner::new(text)?,
        organisation,
    };
    match message.scanner.next()? {
        Token::Open(root) => expect(&root, Namespace::Soap, "Envelope", "the document")?,
        Token::Close | Token::Text(_) | Token::End => return Err(OutboundError::Missing("Envelope")),
    }
    let notifications = message.envelope()?;
    match message.scanner.next()? {
        Token::End => Ok(notifications),
        Token::Open(_) | Token::Close | Token::Text(_) => Err(OutboundError::Truncated),
    }
}

struct Message<'i> {
    scanner: Scanner<'i>,
    organisation: &'i OrganisationId,
}

impl<'i> Message<'i> {
    fn envelope(&mut self) -> Result<Vec<Notification>, OutboundError> {
        let mut notifications = None;
        while let Some(child) = self.scanner.child("Envelope")? {
            if child.is(Namespace::Soap, "Header") {
                self.scanner.skip()?;
                continue;
            }
            expect(&child, Namespace::Soap, "Body", "Envelope")?;
            let found = self.body()?;
            set_once(&mut notifications, found, "Body", "Envelope")?;
        }
        notifications.ok_or(OutboundError::Missing("Body"))
    }

    fn body(&mut self) -> Result<Vec<Notification>, OutboundError> {
        let mut notifications = None;
        while let Some(child) = self.scanner.child("Body")? {
            expect(&child, Namespace::Outbound, "notifications", "Body")?;
            if notifications.is_some() {
                return Err(unexpected(&child, "Body"));
            }
            notifications = Some(self.notifications()?);
        }
        notifications.ok_or(OutboundError::Missing("notifications"))
    }

    fn notifications(&mut self) -> Result<Vec<Notification>, OutboundError> {
        const PARENT: &str = "notifications";
        let mut organisation_seen = false;
        let mut notifications = Vec::new();
        while let Some(child) = self.scanner.child(PARENT)? {
            expect_namespace(&child, Namespace::Outbound, PARENT)?;
            match child.name() {
                ORGANISATION if organisation_seen => return Err(OutboundError::SecondOrganisation),
                ORGANISATION => {
                    organisation_seen = true;
                    let id = self.scanner.text(ORGANISATION, ID_LENGTH_MAX)?;
                    if !id.is_some_and(|id| self.organisation.matches(&id)) {
                        return Err(OutboundError::OtherOrganisation);
                    }
                }
                "Notification" if notifications.len() == NOTIFICATIONS_MAX => {
                    return Err(OutboundError::TooManyNotifications);
                }
                "Notification" => notifications.push(self.notification()?),
                // ActionId, SessionId, EnterpriseUrl, PartnerUrl, and whatever Salesforce may add.
                _ => self.scanner.skip()?,
            }
        }
        if !organisation_seen {
            return Err(OutboundError::Missing(ORGANISATION));
        }
        if notifications.is_empty() {
            return Err(OutboundError::Missing("Notification"));
        }
        Ok(notifications)
    }

    fn notification(&mut self) -> Result<Notification, OutboundError> {
        const PARENT: &str = "Notification";
        let mut id = None;
        let mut record = None;
        while let Some(child) = self.scanner.child(PARENT)? {
            expect_namespace(&child, Namespace::Outbound, PARENT)?;
            match child.name() {
                "Id" => {
                    let text = self.scanner.text("Notification/Id", ID_LENGTH_MAX)?;
                    set_once(&mut id, text.map(notification_id).transpose()?, "Id", PARENT)?;
                }
                "sObject" => {
                    let found = self.record(&child)?;
                    set_once(&mut record, found, "sObject", PARENT)?;
                }
                ORGANISATION => return Err(OutboundError::SecondOrganisation),
                _ => self.scanner.skip()?,
            }
        }
        let record = record.unwrap_or_default();
        Ok(Notification {
            id: id.flatten(),
            object: record.object.unwrap_or(Object::Unstated),
            record: record.id.flatten(),
            reported: Reported {
                last_modified: record.last_modified.flatten(),
                system_modstamp: record.system_modstamp.flatten(),
                stage: record.stage.flatten(),
            },
        })
    }

    fn record(&mut self, element: &Element<'_>) -> Result<Record, OutboundError> {
        const PARENT: &str = "sObject";
        let mut record = Record {
            object: Some(self.object(element)?),
            ..Record::default()
        };
        while let Some(child) = self.scanner.child(PARENT)? {
            expect_namespace(&child, Namespace::Record, PARENT)?;
            match child.name() {
                "Id" => {
                    let text = self.scanner.text("sObject/Id", ID_LENGTH_MAX)?;
                    let id = text.map(|text| sent_record_id(&text)).transpose();
                    let id = id.map_err(|source| OutboundError::Id {
                        field: "sObject/Id",
                        source,
                    })?;
                    set_once(&mut record.id, id, "Id", PARENT)?;
                }
                "LastModifiedDate" => {
                    let at = self.scanner.instant("LastModifiedDate")?;
                    set_once(&mut record.last_modified, at, "LastModifiedDate", PARENT)?;
                }
                "SystemModstamp" => {
                    let at = self.scanner.instant("SystemModstamp")?;
                    set_once(&mut record.system_modstamp, at, "SystemModstamp", PARENT)?;
                }
                "StageName" => {
                    let stage = self.scanner.text("StageName", TEXT_SIZE_MAX_BYTES)?;
                    set_once(&mut record.stage, stage, "StageName", PARENT)?;
                }
                ORGANISATION => return Err(OutboundError::SecondOrganisation),
                _ => self.scanner.skip()?,
            }
        }
        Ok(record)
    }

    fn object(&self, element: &Element<'_>) -> Result<Object, OutboundError> {
        let Some((namespace, name)) = self.scanner.type_of(element)? else {
            return Ok(Object::Unstated);
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if namespace != Namespace::Record || !is_name || name.len() > OBJECT_NAME_LENGTH_MAX {
            return Err(OutboundError::Type);
        }
        Ok(if name == OPPORTUNITY {
            Object::Opportunity
        } else {
            Object::Other(name.into_owned())
        })
    }
}

/// An sObject while it is read; the outer `Option` is whether the element was there.
#[derive(Default)]
struct Record {
    object: Option<Object>,
    id: Option<Option<RecordId>>,
    last_modified: Option<Option<DateTime<Utc>>>,
    system_modstamp: Option<Option<DateTime<Utc>>>,
    stage: Option<Option<String>>,
}

fn notification_id(text: String) -> Result<NotificationId, OutboundError> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(OutboundError::Id {
            field: "Notification/Id",
            source: crate::salesforce::ids::IdError::Character,
        });
    }
    Ok(NotificationId(text))
}

fn set_once<T>(slot: &mut Option<T>, value: T, name: &str, parent: &'static str) -> Result<(), OutboundError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(OutboundError::Unexpected {
            name: name.to_owned(),
            parent,
        }),
    }
}
