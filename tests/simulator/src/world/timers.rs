//! What the schedule wakes: the sweep, and the close of each entity each morning.

use std::sync::Arc;

use serde_json::json;
use tieout_platform::clock::Clock;
use tieout_platform::runtime::Function;

use super::World;

impl World {
    /// The sweep's timer fires: not at all, once, or twice.
    pub async fn sweep(self: &Arc<Self>) {
        self.fire(Function::Sweep, None).await;
    }

    /// The timer of an entity's month-end fires.
    pub async fn month_end(self: &Arc<Self>, entity: &str) {
        self.fire(Function::MonthEnd, Some(entity)).await;
    }

    async fn fire(self: &Arc<Self>, function: Function, entity: Option<&str>) {
        let mix = self.mix();
        let (lost, doubled) = {
            let mut dice = self.dice();
            (dice.chance(mix.timer_lost), dice.chance(mix.timer_doubled))
        };
        if lost {
            self.step(function.name(), format_args!("the timer does not fire"));
            return;
        }
        let event = json!({ "entity": entity, "time": self.clock.now().to_rfc3339() });
        let first = self.invoke(function, event.clone());
        let answers = if doubled {
            let (first, second) = futures::future::join(first, self.invoke(function, event)).await;
            vec![first, second]
        } else {
            vec![first.await]
        };
        self.show_logs();
        self.step(function.name(), format_args!("{entity:?}: {answers:?}"));
    }
}
