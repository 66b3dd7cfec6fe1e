//! What became new since yesterday: cases that wait for a person, cases that were closed, months that were closed.

use std::collections::{BTreeMap, BTreeSet};

use tieout_store::PeriodState;
use tieout_workflow::Deployment;

use super::error::DemoError;

/// What was known yesterday.
#[derive(Debug, Default)]
pub struct News {
    /// Waiting cases by key, with their kind.
    waiting: BTreeMap<String, String>,
    /// Closed months, by entity.
    closed: BTreeSet<(String, String)>,
}

impl News {
    /// What is so already when a demo goes on.
    pub async fn start(deployment: &Deployment) -> Result<Self, DemoError> {
        let mut news = Self::default();
        news.look(deployment).await?;
        Ok(news)
    }

    /// Looks again; gives the news, one line each.
    pub async fn look(&mut self, deployment: &Deployment) -> Result<Vec<String>, DemoError> {
        let mut news = Vec::new();
        let parked = deployment.store.parked().await?;
        for case in parked.iter().filter(|case| self.waiting.get(&case.key) != Some(&case.kind)) {
            let message = &case.message;
            let (key, field, value) = (&case.key, &message.field, &message.value);
            let what = if key.ends_with(value.as_str()) {
                message.what.clone()
            } else {
                format!("{field}: {value} {}", message.what)
            };
            news.push(format!("work list: {} {what}; {}", key.replace('/', " "), message.remedy));
        }
        let waiting: BTreeMap<String, String> = parked.into_iter().map(|case| (case.key, case.kind)).collect();
        let settled = self.waiting.keys().filter(|key| !waiting.contains_key(*key));
        news.extend(settled.map(|key| format!("off the work list: {}", key.replace('/', " "))));
        self.waiting = waiting;
        for entity in &deployment.config.entities {
            for record in deployment.store.periods(&entity.id).await? {
                let month = (entity.id.clone(), record.period.clone());
                if matches!(record.state, PeriodState::Closed { .. }) && self.closed.insert(month) {
                    news.push(format!("{} {} is posted and closed", entity.id, record.period));
                }
            }
        }
        Ok(news)
    }
}
