//! The demo: a group's quarter, played on the whole stack, and the books tied out at its end.
//!
//! The script knows no randomness. Each act looks first at what is so already, so a demo that was killed goes on where it was.

mod acts;
mod deals;
mod error;
mod finance;
mod news;
mod people;
mod play;
mod progress;
mod report;
mod script;
mod sellers;

use std::io::Write;
use std::path::PathBuf;

use chrono::{Days, NaiveDate};
use tieout_accounting::Period;
use tieout_local::data_folder::DataFolder;
use tieout_platform::config::Checked;
use tieout_platform::http::SharedConnector;
use tieout_store::PeriodState;

use crate::stack::clock::{self, AtRestart, StandingClock};
use crate::stack::{Options, Stack};
use acts::Acts;
use finance::Finance;
use news::News;
use play::{Play, morning};
use script::{Day, day};
use sellers::Sellers;

pub use error::DemoError;

/// The first day.
const FIRST: Day = (1, 1);
/// The last day: the third month-end is approved and posted.
const LAST: Day = (4, 7);
/// How many more days a demo may take that was killed on its way.
const EXTRA_DAYS: usize = 14;
/// The last month of the quarter.
const QUARTER_END: Day = (3, 31);
/// How often the sweep looks.
const SWEEP: &str = "rate(1 day)";

/// What a demo is played on.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// The folder that keeps everything. One that holds a demo that was killed is played on from there.
    pub data: PathBuf,
    /// `tieout.toml`, with entities for GBP, USD and EUR.
    pub config: Checked,
}

/// Plays the quarter and reports; `false` where anything does not tie, is parked or failed.
///
/// # Errors
/// Where the stack or the folder does not work.
pub async fn run(options: DemoOptions, out: &mut impl Write) -> Result<bool, DemoError> {
    run_over(options, None, out).await
}

/// The same over another connector beneath all functions, for tests that kill the demo at a request.
///
/// # Errors
/// As [`run`].
pub async fn run_over(options: DemoOptions, connector: Option<SharedConnector>, out: &mut impl Write) -> Result<bool, DemoError> {
    let folder = DataFolder::open(&options.data)?;
    let start = clock::saved(&options.data)?.map_or_else(|| morning(day(FIRST)), |saved| saved.at);
    let clock = StandingClock::new(&options.data, start, AtRestart::Runs);
    clock.keep()?;
    let stack = Stack::start(Options {
        data: Some(folder),
        config: options.config.clone(),
        clock: clock.clone(),
        time_limits: Some(clock.time_limits()),
        sweep: SWEEP,
        salesforce_url: None,
        xero_url: None,
        xero_identity_url: None,
        connector,
    })
    .await?;
    let (Some(salesforce), Some(xero)) = (stack.sandbox.salesforce.clone(), stack.sandbox.xero.clone()) else {
        return Err(DemoError::Missing("its own sandbox".to_owned()));
    };
    // What an interrupted run had ordered to go wrong is not wanted any more.
    salesforce.clear_faults()?;
    xero.clear_faults()?;
    writeln!(out, "{}: a quarter of {}\n", options.config.config.group.name, script::YEAR)?;
    let mut play = Play {
        stack: &stack,
        clock: &clock,
        sellers: Sellers::new(salesforce),
        finance: Finance::new(xero.clone(), &options.config.config),
        acts: Acts::open(&options.data)?,
        news: News::start(&stack.deployment).await?,
        out,
    };
    let mut today = start.date_naive();
    let mut extra = 0;
    while today <= day(LAST) || (extra < EXTRA_DAYS && !is_closed(&stack, day(QUARTER_END)).await?) {
        play.day(today).await?;
        extra += usize::from(today > day(LAST));
        today = today + Days::new(1);
    }
    let through = Period::of(day(QUARTER_END));
    let report = report::print(&stack, &xero, &options.config.config, through, out);
    stack.running(&clock, report).await?
}

/// Whether all entities have closed the month of that day.
async fn is_closed(stack: &Stack, on: NaiveDate) -> Result<bool, DemoError> {
    let period = Period::of(on).to_string();
    for entity in &stack.deployment.config.entities {
        let record = stack.deployment.store.period(&entity.id, &period).await?;
        if !record.is_some_and(|record| matches!(record.state, PeriodState::Closed { .. })) {
            return Ok(false);
        }
    }
    Ok(true)
}
