//! A query checked against the schema: every name known, every comparison of fitting types.

use super::ast::{Expr, Item, Literal, Op, Order, Select};
use crate::salesforce::error::ApiError;
use crate::salesforce::ids::to_18;
use crate::salesforce::schema::{Children, FieldKind, SObject, Schema, relationship_name};

/// A query whose names mean something.
#[derive(Debug, Clone)]
pub(in crate::salesforce) struct Bound {
    pub(in crate::salesforce) object: String,
    pub(super) items: Vec<Column>,
    pub(super) filter: Option<Test>,
    pub(super) order: Vec<(Path, Order)>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
    /// The query's own words.
    pub(in crate::salesforce) text: String,
    /// `SELECT COUNT()`.
    pub(in crate::salesforce) count_only: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Column {
    Path(Path),
    Children(Children, Box<Bound>),
}

/// From the record over lookups, such as `AccountId` and then `OwnerId`, to a field.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// Each lookup field with the name under which its record is shown.
    pub(super) lookups: Vec<(String, String)>,
    pub(super) field: String,
    pub(super) kind: FieldKind,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare(Path, Op, Literal),
    In { path: Path, values: Vec<Literal>, negated: bool },
}

/// Gives a parsed query its meaning, or `INVALID_TYPE`, `INVALID_FIELD`, `INVALID_QUERY_FILTER_OPERATOR`.
pub(in crate::salesforce) fn bind(schema: &Schema, select: &Select) -> Result<Bound, ApiError> {
    let object = schema.object(&select.object).ok_or_else(|| {
        let message = format!("sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.", select.object);
        ApiError::call(400, "INVALID_TYPE", message)
    })?;
    bind_to(schema, object, select)
}

fn bind_to(schema: &Schema, object: &SObject, select: &Select) -> Result<Bound, ApiError> {
    let count_only = select.items.contains(&Item::Count);
    if count_only && select.items.len() > 1 {
        return Err(ApiError::call(
            400,
            "MALFORMED_QUERY",
            "COUNT() must be the only element in the SELECT list",
        ));
    }
    let mut items = Vec::new();
    for item in &select.items {
        match item {
            Item::Count => {}
            Item::Path(path) => items.push(Column::Path(path_to(schema, object, path)?)),
            Item::Children(inner) => {
                let children = relation(object, &inner.object)?;
                let inner_object = schema.object(children.object).ok_or_else(ApiError::not_found)?;
                items.push(Column::Children(children, Box::new(bind_to(schema, inner_object, inner)?)));
            }
        }
    }
    let order = select
        .order
        .iter()
        .map(|order| Ok((path_to(schema, object, &order.path)?, order.clone())))
        .collect::<Result<_, ApiError>>()?;
    Ok(Bound {
        object: object.name.to_owned(),
        items,
        filter: select.filter.as_ref().map(|filter| test(schema, object, filter)).transpose()?,
        order,
        limit: select.limit,
        offset: select.offset,
        text: select.text.clone(),
        count_only,
    })
}

fn relation(object: &SObject, name: &str) -> Result<Children, ApiError> {
    object
        .children
        .iter()
        .find(|children| children.name.eq_ignore_ascii_case(name))
        .cloned()
        .ok_or_else(|| {
            let message = format!("Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.");
            ApiError::call(400, "INVALID_TYPE", message)
        })
}

fn path_to(schema: &Schema, object: &SObject, path: &[String]) -> Result<Path, ApiError> {
    let Some((last, parents)) = path.split_last() else {
        return Err(ApiError::not_found());
    };
    let mut object = object;
    let mut lookups = Vec::new();
    for (step, parent) in parents.iter().enumerate() {
        // `Opportunity.Name FROM Opportunity` names the object itself.
        if step == 0 && parent.eq_ignore_ascii_case(object.name) && object.parent(parent).is_none() {
            continue;
        }
        let (field, to) = object.parent(parent).ok_or_else(|| {
            let message = format!("Didn't understand relationship '{parent}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.");
            ApiError::call(400, "INVALID_FIELD", message)
        })?;
        lookups.push((field.name.clone(), relationship_name(&field.name)));
        object = schema.object(to).ok_or_else(ApiError::not_found)?;
    }
    let field = object.field(last).ok_or_else(|| {
        let message = format!("\n{}\n^\nERROR at Row:1:Column:8\nNo such column '{last}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.", path.join("."), object.name);
        ApiError::call(400, "INVALID_FIELD", message)
    })?;
    Ok(Path {
        lookups,
        field: field.name.clone(),
        kind: field.kind.clone(),
    })
}

fn test(schema: &Schema, object: &SObject, expr: &Expr) -> Result<Test, ApiError> {
    let all = |parts: &[Expr]| -> Result<Vec<Test>, ApiError> { parts.iter().map(|part| test(schema, object, part)).collect() };
    Ok(match expr {
        Expr::All(parts) => Test::All(all(parts)?),
        Expr::Any(parts) => Test::Any(all(parts)?),
        Expr::Not(inner) => Test::Not(Box::new(test(schema, object, inner)?)),
        Expr::Compare(path, op, literal) => {
            let path = path_to(schema, object, path)?;
            let literal = fitting(&path, literal)?;
            Test::Compare(path, *op, literal)
        }
        Expr::In { path, values, negated } => {
            let path = path_to(schema, object, path)?;
            let values = values.iter().map(|value| fitting(&path, value)).collect::<Result<_, _>>()?;
            Test::In {
                path,
                values,
                negated: *negated,
            }
        }
    })
}

/// The literal, when the field can be compared with it; ids of 15 characters become 18.
fn fitting(path: &Path, literal: &Literal) -> Result<Literal, ApiError> {
    let wanted = match (&path.kind, literal) {
        (_, Literal::Null)
        | (FieldKind::Boolean, Literal::Flag(_))
        | (FieldKind::Number { .. }, Literal::Number(_))
        | (FieldKind::Date, Literal::Date(_))
        | (FieldKind::DateTime, Literal::Instant(_))
        | (FieldKind::Text(_) | FieldKind::Url | FieldKind::Picklist(_), Literal::Text(_)) => {
            return Ok(literal.clone());
        }
        (FieldKind::Id | FieldKind::Reference(_), Literal::Text(id)) => {
            return to_18(id).map(Literal::Text).ok_or_else(|| {
                let message = format!("invalid ID field: {id}");
                ApiError::call(400, "INVALID_QUERY_FILTER_OPERATOR", message)
            });
        }
        (FieldKind::Boolean, _) => "boolean",
        (FieldKind::Number { name, .. }, _) => *name,
        (FieldKind::Date, _) => "date",
        (FieldKind::DateTime, _) => "dateTime",
        _ => "string",
    };
    let quotes = match wanted {
        "string" => "should be enclosed in quotes",
        _ => "should not be enclosed in quotes",
    };
    let message = format!(
        "value of filter criterion for field '{}' must be of type {wanted} and {quotes}",
        path.field
    );
    Err(ApiError::call(400, "INVALID_FIELD", message))
}
