//! The standard objects and fields that the sandbox has (developer.salesforce.com, Object Reference).

use super::{Access, Children, Field, FieldKind, SObject, currency};

/// The stages of an opportunity, with their probability in percent: the set of a new organisation.
pub(in crate::salesforce) const STAGES: [(&str, u32); 10] = [
    ("Prospecting", 10),
    ("Qualification", 10),
    ("Needs Analysis", 20),
    ("Value Proposition", 50),
    ("Id. Decision Makers", 60),
    ("Perception Analysis", 70),
    ("Proposal/Price Quote", 75),
    ("Negotiation/Review", 90),
    ("Closed Won", 100),
    ("Closed Lost", 0),
];

pub(super) fn standard_objects(currencies: Option<&[String]>) -> Vec<SObject> {
    let mut objects = vec![
        opportunity(),
        line_item(),
        account(),
        product(),
        pricebook_entry(),
        user(),
        organisation(),
    ];
    for object in &mut objects {
        object.fields.extend(system_fields());
    }
    if let Some(currencies) = currencies {
        let iso = || FieldKind::Picklist(currencies.to_vec());
        for object in &mut objects {
            match object.name {
                "Organization" => object.fields.push(read("DefaultCurrencyIsoCode", iso())),
                "User" => {
                    object.fields.push(read("DefaultCurrencyIsoCode", iso()));
                    object.fields.push(read("CurrencyIsoCode", iso()));
                }
                "OpportunityLineItem" => object.fields.push(read("CurrencyIsoCode", iso())),
                _ => object.fields.push(write("CurrencyIsoCode", iso())),
            }
        }
        objects.push(currency_type());
    }
    objects
}

fn read(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        kind,
        access: Access::ReadOnly,
        required: false,
        external_id: false,
    }
}

fn write(name: &str, kind: FieldKind) -> Field {
    Field {
        access: Access::Write,
        ..read(name, kind)
    }
}

fn needed(name: &str, kind: FieldKind) -> Field {
    Field {
        required: true,
        ..write(name, kind)
    }
}

fn on_create(name: &str, kind: FieldKind) -> Field {
    Field {
        access: Access::Create,
        ..read(name, kind)
    }
}

fn to(object: &str) -> FieldKind {
    FieldKind::Reference(object.to_owned())
}

fn number(precision: u32, scale: u32, name: &'static str) -> FieldKind {
    FieldKind::Number { precision, scale, name }
}

fn system_fields() -> Vec<Field> {
    vec![
        read("Id", FieldKind::Id),
        read("IsDeleted", FieldKind::Boolean),
        read("CreatedDate", FieldKind::DateTime),
        read("CreatedById", to("User")),
        read("LastModifiedDate", FieldKind::DateTime),
        read("LastModifiedById", to("User")),
        read("SystemModstamp", FieldKind::DateTime),
    ]
}

fn opportunity() -> SObject {
    let stages = STAGES.iter().map(|(stage, _)| (*stage).to_owned()).collect();
    SObject {
        name: "Opportunity",
        prefix: "006",
        fields: vec![
            needed("Name", FieldKind::Text(120)),
            write("AccountId", to("Account")),
            write("Amount", currency()),
            needed("CloseDate", FieldKind::Date),
            needed("StageName", FieldKind::Picklist(stages)),
            write("Probability", number(3, 0, "percent")),
            read("ExpectedRevenue", currency()),
            read("IsWon", FieldKind::Boolean),
            read("IsClosed", FieldKind::Boolean),
            read("HasOpportunityLineItem", FieldKind::Boolean),
            read("TotalOpportunityQuantity", number(18, 2, "double")),
            write("Type", FieldKind::Text(255)),
            write("LeadSource", FieldKind::Text(255)),
            write("NextStep", FieldKind::Text(255)),
            write("Description", FieldKind::Text(32_000)),
            write("OwnerId", to("User")),
        ],
        children: vec![Children {
            name: "OpportunityLineItems",
            object: "OpportunityLineItem",
            field: "OpportunityId",
        }],
    }
}

fn line_item() -> SObject {
    SObject {
        name: "OpportunityLineItem",
        prefix: "00k",
        fields: vec![
            Field {
                required: true,
                ..on_create("OpportunityId", to("Opportunity"))
            },
            on_create("PricebookEntryId", to("PricebookEntry")),
            on_create("Product2Id", to("Product2")),
            read("ProductCode", FieldKind::Text(255)),
            read("Name", FieldKind::Text(376)),
            needed("Quantity", number(12, 2, "double")),
            write("UnitPrice", currency()),
            write("TotalPrice", currency()),
            read("Subtotal", currency()),
            read("ListPrice", currency()),
            write("Discount", number(5, 2, "percent")),
            write("ServiceDate", FieldKind::Date),
            write("Description", FieldKind::Text(255)),
            read("SortOrder", number(9, 0, "int")),
        ],
        children: Vec::new(),
    }
}

fn account() -> SObject {
    let mut fields = vec![
        needed("Name", FieldKind::Text(255)),
        write("AccountNumber", FieldKind::Text(40)),
        write("Type", FieldKind::Text(255)),
        write("Industry", FieldKind::Text(255)),
        write("Phone", FieldKind::Text(40)),
        write("Website", FieldKind::Url),
        write("Description", FieldKind::Text(32_000)),
        write("ParentId", to("Account")),
        write("OwnerId", to("User")),
    ];
    for side in ["Billing", "Shipping"] {
        for (part, length) in [("Street", 255), ("City", 40), ("State", 80), ("PostalCode", 20), ("Country", 80)] {
            fields.push(write(&format!("{side}{part}"), FieldKind::Text(length)));
        }
    }
    SObject {
        name: "Account",
        prefix: "001",
        fields,
        children: vec![Children {
            name: "Opportunities",
            object: "Opportunity",
            field: "AccountId",
        }],
    }
}

fn product() -> SObject {
    SObject {
        name: "Product2",
        prefix: "01t",
        fields: vec![
            needed("Name", FieldKind::Text(255)),
            write("ProductCode", FieldKind::Text(255)),
            write("Description", FieldKind::Text(4_000)),
            write("Family", FieldKind::Text(255)),
            write("IsActive", FieldKind::Boolean),
        ],
        children: Vec::new(),
    }
}

fn pricebook_entry() -> SObject {
    SObject {
        name: "PricebookEntry",
        prefix: "01u",
        fields: vec![
            read("Name", FieldKind::Text(255)),
            read("ProductCode", FieldKind::Text(255)),
            Field {
                required: true,
                ..on_create("Product2Id", to("Product2"))
            },
            needed("UnitPrice", currency()),
            write("IsActive", FieldKind::Boolean),
        ],
        children: Vec::new(),
    }
}

fn user() -> SObject {
    SObject {
        name: "User",
        prefix: "005",
        fields: vec![
            read("Name", FieldKind::Text(121)),
            read("Username", FieldKind::Text(80)),
            read("Email", FieldKind::Text(128)),
            read("IsActive", FieldKind::Boolean),
            read("TimeZoneSidKey", FieldKind::Text(40)),
        ],
        children: Vec::new(),
    }
}

fn organisation() -> SObject {
    SObject {
        name: "Organization",
        prefix: "00D",
        fields: vec![
            read("Name", FieldKind::Text(80)),
            read("IsSandbox", FieldKind::Boolean),
            read("InstanceName", FieldKind::Text(5)),
            read("OrganizationType", FieldKind::Text(40)),
            read("TimeZoneSidKey", FieldKind::Text(40)),
        ],
        children: Vec::new(),
    }
}

/// `ConversionRate`: units of this currency for one of the corporate currency.
fn currency_type() -> SObject {
    let mut fields = vec![
        read("IsoCode", FieldKind::Text(3)),
        read("ConversionRate", number(18, 6, "double")),
        read("DecimalPlaces", number(1, 0, "int")),
        read("IsActive", FieldKind::Boolean),
        read("IsCorporate", FieldKind::Boolean),
    ];
    fields.extend(system_fields());
    SObject {
        name: "CurrencyType",
        prefix: "01L",
        fields,
        children: Vec::new(),
    }
}
