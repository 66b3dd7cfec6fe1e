//! The stack and the deal that the benches of a deal play.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use tieout::stack::{Options, Stack};
use tieout_local::data_folder::DataFolder;
use tieout_platform::clock::ManualClock;
use tieout_platform::config::Config;
use tieout_platform::http::SharedConnector;
use tieout_sandbox::salesforce::{NewLine, NewOpportunity};

/// A stack of the demo's group over `data`, whose requests go through `connector`.
pub async fn start(data: PathBuf, clock: Arc<ManualClock>, connector: SharedConnector) -> Stack {
    let text = include_str!("../../../../tieout.toml");
    let options = Options {
        data: Some(DataFolder::open(&data).expect("a folder")),
        config: Config::check(text).expect("the demo's configuration"),
        clock,
        time_limits: None,
        sweep: "rate(1 day)",
        salesforce_url: None,
        xero_url: None,
        xero_identity_url: None,
        connector: Some(connector),
    };
    Stack::start(options).await.expect("a stack")
}

/// A deal of three lines.
pub fn opportunity(number: usize, account_id: String) -> NewOpportunity {
    NewOpportunity {
        name: format!("Deal {number}"),
        account_id,
        close_date: date(2026, 1, 15),
        stage: None,
        currency: Some("USD".to_owned()),
        amount: None,
        fields: serde_json::Map::new(),
        lines: (0..3)
            .map(|line| NewLine {
                product: "Platform".to_owned(),
                product_code: Some("PLATFORM".to_owned()),
                quantity: 1.into(),
                unit_price: (1_000 + line).into(),
                service_date: Some(date(2026, 2, 1)),
                end_date: Some(date(2027, 1, 31)),
                ..NewLine::default()
            })
            .collect(),
    }
}

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}
