//! Terms that contradict each other are refused before anything is computed from one of them.
//!
//! For example a `start` beside a `start_at`, shares beside the method `daily`.

use crate::Refusal;
use crate::event::{ObligationTerms, Satisfied};
use crate::policy::Method;

/// Refuses terms of an obligation that cannot all be meant.
pub(super) fn refuse_contradictions(terms: &ObligationTerms, method: Method) -> Result<(), Refusal> {
    let refuse = |key: &str, value: &dyn ToString, problem: String, remedy: &str| {
        let place = format!("obligation {}: {key}", terms.id);
        Err(Refusal::new(place, value.to_string(), problem, remedy))
    };
    let by_instants = terms.start_at.is_some() || terms.end_before.is_some();
    if by_instants && (terms.start.is_some() || terms.end.is_some()) {
        let problem = "stands beside start or end".to_owned();
        return refuse("start_at", &"start_at", problem, "write the days or the instants, not both");
    }
    if by_instants && !matches!(method, Method::Instant | Method::EndsByTime | Method::Daily) {
        let problem = format!("is an instant, which the method {} does not know", method.name());
        return refuse("start_at", &"start_at", problem, "write start and end, or the method instant");
    }
    if terms.weights.is_some() && method != Method::User {
        let problem = format!("are shares beside the method {}", method.name());
        return refuse("weights", &"weights", problem, "remove them, or write the method user");
    }
    if terms.weights.is_none() && method == Method::User && terms.satisfied == Satisfied::OverTime {
        let problem = "is missing for the method user".to_owned();
        return refuse("weights", &"weights", problem, "write one share for each period, summing to 1");
    }
    let in_units = matches!(terms.satisfied, Satisfied::ByDelivery | Satisfied::ByUsage);
    if let Some(quantity) = terms.quantity.filter(|quantity| in_units && quantity.is_zero()) {
        return refuse(
            "quantity",
            &quantity,
            "promises nothing".to_owned(),
            "write the units promised, or leave it out",
        );
    }
    Ok(())
}
