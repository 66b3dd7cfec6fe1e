//! The periods of a plan: from the anchor in whole months, or those of the calendar.

use chrono::{Datelike, Months, NaiveDate};

use crate::Refusal;

use super::{Alignment, MAX_DOCUMENTS};

/// A period, both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
}

impl Span {
    pub(super) fn days(self) -> i128 {
        i128::from((self.last - self.first).num_days() + 1)
    }

    /// What both have in common.
    pub(super) fn within(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }
}

/// The periods of `months` that `service` touches, whole.
pub(super) fn periods(service: Span, months: u32, alignment: Alignment) -> Result<Vec<Span>, Refusal> {
    let origin = match alignment {
        Alignment::Anchored => service.first,
        Alignment::Calendar => {
            let month = service.first.month0() / months * months;
            NaiveDate::from_ymd_opt(service.first.year(), month + 1, 1).ok_or_else(|| too_far(service.first))?
        }
    };
    let mut periods = Vec::new();
    let mut first = origin;
    while first <= service.last {
        let count = u32::try_from(periods.len() + 1).unwrap_or(u32::MAX);
        if periods.len() == MAX_DOCUMENTS {
            let problem = format!("needs more than the {MAX_DOCUMENTS} documents of a plan");
            return Err(Refusal::new(
                "service",
                service.last,
                problem,
                "bill less often, or split the order",
            ));
        }
        // Each from the origin: counted from the one before, the end of a short month would stay.
        let next = months
            .checked_mul(count)
            .and_then(|months| origin.checked_add_months(Months::new(months)));
        let next = next.ok_or_else(|| too_far(service.last))?;
        let last = next.pred_opt().ok_or_else(|| too_far(service.last))?;
        periods.push(Span { first, last });
        first = next;
    }
    Ok(periods)
}

fn too_far(day: NaiveDate) -> Refusal {
    Refusal::new("service", day, "is outside the calendar", "correct the year")
}
