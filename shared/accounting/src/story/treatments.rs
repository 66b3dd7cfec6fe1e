//! The treatments in the order in which the story tells the modifications; a contract is computed in the order of their dates.
//!
//! Example: a price rise of June is written first, one of February, entered later, second: the list begins with June's.

use std::collections::VecDeque;

use super::Story;
use crate::Refusal;
use crate::contract::Contract;
use crate::event::{Event, EventKind, Treatment};

impl Story {
    /// One treatment for each modification.
    pub(super) fn treatments(&self, contracts: &[Contract]) -> Result<Vec<Treatment>, Refusal> {
        let mut queues = Vec::new();
        for (contract, (_, events)) in contracts.iter().zip(self.events_by_contract()?) {
            let told: Vec<Event> = events.into_iter().filter(is_modification).collect();
            let mut places: Vec<usize> = (0..told.len()).collect();
            places.sort_by_key(|place| told.get(*place).map(|event| event.on));
            let mut by_story: Vec<(usize, Treatment)> = places.into_iter().zip(contract.treatments().iter().copied()).collect();
            by_story.sort_by_key(|(place, _)| *place);
            let treatments = by_story.into_iter().map(|(_, treatment)| treatment);
            queues.push(told.into_iter().zip(treatments).collect::<VecDeque<_>>());
        }
        let next = |event: &Event| {
            let queue = queues
                .iter_mut()
                .find(|queue| queue.front().is_some_and(|(told, _)| told == event))?;
            queue.pop_front().map(|(_, treatment)| treatment)
        };
        Ok(self.events.iter().filter(|event| is_modification(event)).filter_map(next).collect())
    }
}

fn is_modification(event: &Event) -> bool {
    matches!(event.kind, EventKind::Modified(_))
}
