//! The table itself, for the local stack and tests; on AWS the template makes it, encrypted and with point-in-time recovery.

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};

use crate::error::StoreError;
use crate::fault::Fault;
use crate::{INDEX, Store};

impl Store {
    /// Makes the table and its index, where they are not there; the same again changes nothing.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let (client, name) = (self.table.client(), self.table.name());
        let refused = |source: aws_sdk_dynamodb::error::BuildError| StoreError::Refused {
            operation: "CreateTable",
            key: name.to_owned(),
            source: Box::new(source),
        };
        let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for attribute in ["pk", "sk", "g1pk", "g1sk"] {
            let definition = AttributeDefinition::builder()
                .attribute_name(attribute)
                .attribute_type(ScalarAttributeType::S);
            request = request.attribute_definitions(definition.build().map_err(refused)?);
        }
        let [hash, range] = key_schema("pk", "sk");
        request = request.key_schema(hash.map_err(refused)?).key_schema(range.map_err(refused)?);
        let [hash, range] = key_schema("g1pk", "g1sk");
        let index = GlobalSecondaryIndex::builder()
            .index_name(INDEX)
            .key_schema(hash.map_err(refused)?)
            .key_schema(range.map_err(refused)?)
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .map_err(refused)?;
        match request.global_secondary_indexes(index).send().await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) => Ok(()),
            Err(error) => Err(Fault::of(error).into_error("CreateTable", name)),
        }
    }
}

type Built = Result<KeySchemaElement, aws_sdk_dynamodb::error::BuildError>;

fn key_schema(hash: &str, range: &str) -> [Built; 2] {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
}
