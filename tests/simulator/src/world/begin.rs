//! The beginning of a world: empty table, empty queues, an organisation of Xero for each entity.

use std::sync::{Arc, Mutex, OnceLock};

use chrono::{DateTime, Utc};
use serde_json::json;
use tieout::stack::sandbox::{organisation, salesforce_settings, xero_settings};
use tieout::stack::{DEALS_QUEUE, INVOICES_QUEUE, TABLE, secrets};
use tieout_local::sqs::{AttributeMap, Sqs, queue_arn};
use tieout_local::stack::dead_letter_queue_name;
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::SharedClock;
use tieout_platform::config::{Checked, Config};
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tieout_sandbox::docs::Docs;
use tieout_sandbox::salesforce::Salesforce;
use tieout_sandbox::xero::{WebhookTarget, Xero};
use tieout_store::Store;
use tieout_workflow::start::XERO_CONNECTION;
use tokio::sync::Notify;

use super::{Fleet, Logs, Routers, SQS, World, lock, webhooks};
use crate::Options;
use crate::dice::{Dice, SeededIds};
use crate::faults::Mix;
use crate::table::Table;
use crate::time::SimClock;
use crate::trace::Trace;
use crate::wire::{Lifetime, Wire};

/// The group's configuration, as the repository has it.
const CONFIG: &str = include_str!("../../../../tieout.toml");
/// Receptions before a message is a dead letter; the same as in the template.
const RECEPTIONS_MAX: u32 = 5;
/// How long dead letters are kept: as long as SQS can, 14 days, in seconds.
const RETENTION_S: u64 = 1_209_600;

/// A world cannot be made: the simulator itself is broken.
#[derive(Debug, thiserror::Error)]
#[error("the world cannot begin: {0}")]
pub struct Unmade(String);

impl Unmade {
    fn from(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The address of a queue.
pub(super) fn queue_url(name: &str) -> String {
    tieout_local::sqs::queue_url(&format!("http://{SQS}"), name)
}

/// The configuration of a seed.
fn configured(mix: &Mix) -> Result<Checked, Unmade> {
    static PARSED: OnceLock<Option<Checked>> = OnceLock::new();
    let parsed = PARSED.get_or_init(|| Config::check(CONFIG).ok());
    let mut checked = parsed.clone().ok_or_else(|| Unmade("tieout.toml has mistakes".to_owned()))?;
    if let Some(calls) = mix.day_calls {
        checked.config.xero.calls_per_day_max = calls;
    }
    Ok(checked)
}

impl World {
    /// Makes the world of a seed.
    ///
    /// # Errors
    /// Where the simulator itself is broken.
    pub async fn begin(seed: u64, mix: Mix, base: DateTime<Utc>, options: &Options) -> Result<Arc<Self>, Unmade> {
        let config = configured(&mix)?;
        let clock = SimClock::starting_at(base);
        let shared: SharedClock = clock.clone();
        let sqs = Sqs::open(None, shared.clone()).map_err(Unmade::from)?;
        let slot = Arc::new(OnceLock::new());
        let docs = || Docs::in_memory().map_err(Unmade::from);
        let mut settings = salesforce_settings(&config.config, docs()?, shared.clone());
        settings.poster = Some(webhooks::salesforce_poster(slot.clone()));
        settings.endpoint = Some(webhooks::SALESFORCE_ENDPOINT.to_owned());
        let salesforce = Salesforce::open(settings, &config.config.salesforce.url).map_err(Unmade::from)?;
        let poster = webhooks::xero_poster(slot.clone());
        let xero = Xero::open(xero_settings(docs()?, shared), &config.config.xero.url, poster).map_err(Unmade::from)?;
        for entity in &config.config.entities {
            let mut organisation = organisation(&config.config, entity);
            if let Some(calls) = mix.day_calls {
                organisation.daily_limit = calls;
            }
            xero.create_organisation(organisation).map_err(Unmade::from)?;
        }
        let world = Arc::new(Self {
            routers: Routers {
                salesforce: salesforce.router(),
                xero: xero.router(),
            },
            config,
            clock,
            ids: Arc::new(SeededIds::new(seed)),
            sqs,
            secrets: secrets::all(),
            salesforce,
            xero,
            fleet: Fleet::default(),
            logs: Logs::default(),
            table: Mutex::new(Table::new(mix.page_items_max, mix.forgets_tokens)),
            mix: Mutex::new(Mix::calm()),
            dice: Mutex::new(Dice::new(seed, "faults")),
            trace: Mutex::new(Trace::new(options.whole_trace)),
            requests: 0.into(),
            events: 0.into(),
            stopped: false.into(),
            alarm: false.into(),
            queue_bells: std::array::from_fn(|_| Notify::new()),
            vendor_bells: std::array::from_fn(|_| Notify::new()),
            routes: OnceLock::new(),
            considered: Mutex::default(),
            crash: Mutex::default(),
            disabled: options.disabled,
        });
        // It is set once, here.
        let _ = slot.set(Arc::downgrade(&world));
        world.make_queues(mix.visibility_s).map_err(Unmade::from)?;
        world.make_table().await?;
        let target = WebhookTarget {
            url: webhooks::XERO_ENDPOINT.to_owned(),
            key: secrets::XERO_WEBHOOK_KEY.to_owned(),
        };
        world.xero.set_webhook(target).map_err(Unmade::from)?;
        *lock(&world.mix) = mix;
        Ok(world)
    }

    fn make_queues(&self, visibility_s: u64) -> Result<(), tieout_local::sqs::SqsError> {
        for name in [DEALS_QUEUE, INVOICES_QUEUE] {
            let letters = dead_letter_queue_name(name);
            let fifo = ("FifoQueue".to_owned(), "true".to_owned());
            let kept = ("MessageRetentionPeriod".to_owned(), RETENTION_S.to_string());
            self.sqs.create_queue(&letters, &AttributeMap::from([fifo.clone(), kept.clone()]))?;
            let policy = json!({ "deadLetterTargetArn": queue_arn(&letters), "maxReceiveCount": RECEPTIONS_MAX });
            let own = [
                fifo,
                kept,
                ("RedrivePolicy".to_owned(), policy.to_string()),
                ("VisibilityTimeout".to_owned(), visibility_s.to_string()),
            ];
            self.sqs.create_queue(name, &AttributeMap::from(own))?;
        }
        Ok(())
    }

    /// The refresh token that a person's consent would have given.
    async fn make_table(self: &Arc<Self>) -> Result<(), Unmade> {
        let wire = Wire::new(self, Arc::new(Lifetime::new("setup", 0)));
        let settings = AwsSettings {
            ids: self.ids.clone(),
            ..AwsSettings::local(&format!("http://{}", super::DYNAMODB), wire)
        };
        let store = Store::new(&settings, TABLE.to_owned(), self.clock.clone());
        let token = StoredToken {
            refresh_token: Secret::new(secrets::XERO_REFRESH_TOKEN),
            access_token: None,
            version: 0,
        };
        let vault: &dyn TokenVault = &store;
        vault.rotate(XERO_CONNECTION, token).await.map_err(Unmade::from)?;
        Ok(())
    }
}
