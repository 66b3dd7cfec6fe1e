//! What is to be seen in the end, in words without ids and instants, so that a run into trouble can be compared with an undisturbed one.

use serde_json::Value;

use crate::world::World;

/// Documents, journals, what the CRM shows, and where periods stand.
pub(super) fn state(world: &World) -> Vec<String> {
    let mut lines = Vec::new();
    for entity in &world.config.config.entities {
        let tenant = &entity.xero_tenant;
        for document in world
            .xero
            .list_invoices(tenant)
            .into_iter()
            .chain(world.xero.list_credit_notes(tenant))
        {
            lines.push(format!(
                "{} {} of {}: {} {}, paid {}, credited {}",
                entity.id,
                document.number,
                document.contact_name,
                document.status,
                document.total,
                document.amount_paid,
                document.amount_credited
            ));
        }
        for journal in world.xero.list_journals(tenant) {
            lines.push(format!(
                "{} {} {}: {} {:?}",
                entity.id, journal.date, journal.narration, journal.status, journal.lines
            ));
        }
        lines.push(format!("{}: {:?}", entity.id, world.periods(&entity.id)));
    }
    for deal in world.salesforce.list("Opportunity") {
        let id = deal.get("Id").and_then(Value::as_str).unwrap_or_default();
        let mut shown = world.salesforce.written_back(id);
        shown.remove("Tieout_Invoice_Link__c");
        lines.push(format!("{id}: {shown:?}"));
    }
    lines
}
