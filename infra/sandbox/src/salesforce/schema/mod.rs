//! Which objects and fields the organisation has, and what each field takes.

mod objects;

pub(super) use objects::STAGES;
use objects::standard_objects;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// The record's own id.
    Id,
    /// The id of a record of the named object.
    Reference(String),
    /// Text of at most so many characters.
    Text(usize),
    /// A web address of at most 255 characters.
    Url,
    /// One of these values, nothing else.
    Picklist(Vec<String>),
    /// True or false, never null.
    Boolean,
    /// An amount or a number of so many digits, and so many of them after the point.
    Number {
        /// All digits.
        precision: u32,
        /// Digits after the point.
        scale: u32,
        /// What `describe` calls it: `currency`, `double`, `percent` or `int`.
        name: &'static str,
    },
    /// A day.
    Date,
    /// An instant, in whole seconds.
    DateTime,
}

/// Who may set a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Salesforce alone.
    ReadOnly,
    /// A caller, when the record is made.
    Create,
    /// A caller, at any time.
    Write,
}

/// A field of an object.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its API name, such as `StageName` or `Tieout_Invoice_Number__c`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Who may set it.
    pub access: Access,
    /// Whether a record needs it.
    pub required: bool,
    /// Whether records can be found and upserted by it.
    pub external_id: bool,
}

/// A field that the caller adds to an object.
#[derive(Debug, Clone)]
pub struct CustomField {
    /// The object's API name.
    pub object: String,
    /// The field's API name, which ends in `__c`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether records can be found and upserted by it.
    pub external_id: bool,
}

impl CustomField {
    /// A plain field.
    pub fn new(object: &str, name: &str, kind: FieldKind) -> Self {
        Self {
            object: object.to_owned(),
            name: name.to_owned(),
            kind,
            external_id: false,
        }
    }

    /// The same, as an external id.
    pub fn external_id(self) -> Self {
        Self { external_id: true, ..self }
    }
}

/// A one-to-many relationship, read by a nested query.
#[derive(Debug, Clone)]
pub(super) struct Children {
    /// Its name in the nested `FROM`.
    pub name: &'static str,
    /// The object of the many.
    pub object: &'static str,
    /// Their field that points at the one.
    pub field: &'static str,
}

/// An object: a table.
#[derive(Debug, Clone)]
pub(super) struct SObject {
    /// Its API name.
    pub name: &'static str,
    /// The first three characters of its ids.
    pub prefix: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What nested queries can read.
    pub children: Vec<Children>,
}

impl SObject {
    /// The field of this name, in any case.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The field behind a relationship's name, such as `AccountId` behind `Account`, and the object that it leads to.
    pub(super) fn parent(&self, relationship: &str) -> Option<(&Field, &str)> {
        self.fields.iter().find_map(|field| match &field.kind {
            FieldKind::Reference(to) if relationship_name(&field.name).eq_ignore_ascii_case(relationship) => Some((field, to.as_str())),
            _ => None,
        })
    }
}

/// All objects.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    objects: Vec<SObject>,
}

impl Schema {
    /// The standard objects, Tieout's fields and those of the caller. Without multi-currency neither `CurrencyIsoCode` nor `CurrencyType` exists.
    pub(super) fn new(currencies: Option<&[String]>, custom: &[CustomField]) -> Self {
        let mut objects = standard_objects(currencies);
        for added in tieout_fields().iter().chain(custom) {
            if let Some(object) = objects.iter_mut().find(|object| object.name == added.object)
                && object.field(&added.name).is_none()
            {
                object.fields.push(Field {
                    name: added.name.clone(),
                    kind: added.kind.clone(),
                    access: Access::Write,
                    required: false,
                    external_id: added.external_id,
                });
            }
        }
        Self { objects }
    }

    /// The object of this name, in any case.
    pub(super) fn object(&self, name: &str) -> Option<&SObject> {
        self.objects.iter().find(|object| object.name.eq_ignore_ascii_case(name))
    }

    /// The object whose ids begin as this one does.
    pub(super) fn object_of_id(&self, id: &str) -> Option<&SObject> {
        self.objects.iter().find(|object| id.starts_with(object.prefix))
    }
}

/// `Account` for `AccountId`, `Billing_Entity__r` for `Billing_Entity__c`.
pub(super) fn relationship_name(field: &str) -> String {
    match field.strip_suffix("__c") {
        Some(custom) => format!("{custom}__r"),
        None => field.strip_suffix("Id").unwrap_or(field).to_owned(),
    }
}

/// An amount of 18 digits, two after the point.
pub fn currency() -> FieldKind {
    FieldKind::Number {
        precision: 18,
        scale: 2,
        name: "currency",
    }
}

/// What Tieout reads and writes beside the standard fields.
fn tieout_fields() -> Vec<CustomField> {
    let mut fields = vec![
        CustomField::new("Opportunity", "Tieout_Invoice_Number__c", FieldKind::Text(255)),
        CustomField::new("Opportunity", "Tieout_Invoice_Status__c", FieldKind::Text(255)),
        CustomField::new("Opportunity", "Tieout_Amount_Due__c", currency()),
        CustomField::new("Opportunity", "Tieout_Amount_Paid__c", currency()),
        CustomField::new("Opportunity", "Tieout_Invoice_Link__c", FieldKind::Url),
    ];
    let months = FieldKind::Number {
        precision: 3,
        scale: 0,
        name: "double",
    };
    fields.push(CustomField::new("OpportunityLineItem", "Term_Months__c", months));
    for object in ["Opportunity", "OpportunityLineItem"] {
        fields.push(CustomField::new(object, "Start_Date__c", FieldKind::Date));
        fields.push(CustomField::new(object, "End_Date__c", FieldKind::Date));
    }
    fields
}
