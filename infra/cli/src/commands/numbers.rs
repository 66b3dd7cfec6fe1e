//! `tieout numbers`.

use std::io::Write;

use serde_json::json;
use tieout_accounting::ids::EntityId;
use tieout_store::{Fate, RegisteredNumber};
use tieout_workflow::WorkflowError;

use crate::arguments::Target;
use crate::error::CliError;
use crate::target;
use crate::words::counted;

pub async fn run(entity: Option<&str>, as_json: bool, which: &Target, out: &mut impl Write) -> Result<bool, CliError> {
    let deployment = target::deployment(which).await?;
    let entities: Vec<String> = match entity {
        Some(entity) => vec![deployment.entity(entity)?.id.clone()],
        None => deployment.config.entities.iter().map(|entity| entity.id.clone()).collect(),
    };
    let mut registers = Vec::new();
    for entity in entities {
        let register = deployment.store.register(&EntityId::new(entity.as_str())).await;
        registers.push((entity, register.map_err(WorkflowError::from)?));
    }
    if as_json {
        let all: Vec<_> = registers
            .iter()
            .flat_map(|(entity, register)| register.iter().map(|entry| as_object(entity, entry)))
            .collect();
        writeln!(out, "{}", json!(all))?;
        return Ok(true);
    }
    for (entity, register) in &registers {
        writeln!(out, "{entity}: {}", counted(register.len(), "number", "numbers"))?;
        for entry in register {
            writeln!(
                out,
                "  {:<25}  {:<12}  {:<24}  {}",
                entry.number,
                entry.kind.name().replace('_', " "),
                entry.contract,
                entry.fate
            )?;
        }
    }
    Ok(true)
}

fn as_object(entity: &str, entry: &RegisteredNumber) -> serde_json::Value {
    json!({
        "entity": entity,
        "number": entry.number,
        "kind": entry.kind.name(),
        "contract": entry.contract,
        "document": entry.ordinal,
        "fate": entry.fate.to_string(),
        "renumbered": match &entry.fate {
            Fate::InLedger { renumbered, .. } => renumbered.as_deref(),
            Fate::NotMade | Fate::TakenByAnother => None,
        },
    })
}
