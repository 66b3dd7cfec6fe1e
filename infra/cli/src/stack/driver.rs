//! The driver of a clock that stands still: what falls due on the way of a move happens at its instant and in its order, then the stack is quiet again.
//!
//! Where a function waits for Xero's limit of calls, the clock goes to the end of that wait; beyond the move's end the wait stays open and the move
//! ends beside it. Timers that fall due within such a wait (at most about a minute) fire when it is over.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot, watch};

use super::clock::{self, StandingClock, machine_sleep};
use super::{Stack, StackError};
use tieout_platform::clock::Clock as _;

/// The farthest move, in days: it is answered only when all that fell due has run.
pub const MOVE_DAYS_MAX: u64 = 93;
/// How often it is looked for what sellers and finance did, in the machine's time.
const IDLE_MS: u64 = 50;
/// Steps in which what is due does not move, until it counts as waiting.
const IDLE_STEPS_MAX: usize = 3;

/// Why a clock does not move.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    #[error("the clock stands at {now}, and {to} is before that: a clock never goes back")]
    Backwards { to: String, now: String },
    #[error("the clock stands at {now}, and {to} is more than {MOVE_DAYS_MAX} days after that")]
    TooFar { to: String, now: String, latest: String },
}

impl Refused {
    /// What to do instead.
    pub fn action(&self) -> String {
        match self {
            Self::Backwards { now, .. } => format!("give {now} or later, or start a stack with --now on a new folder"),
            Self::TooFar { latest, .. } => format!("give {latest} at the latest, and move again from there"),
        }
    }
}

/// What somebody asks of the clock.
#[derive(Debug)]
pub struct ClockRequest {
    /// Where it is to be moved; without an instant it stays, and what is due there runs.
    to: Option<DateTime<Utc>>,
    answer: oneshot::Sender<Result<DateTime<Utc>, Refused>>,
}

/// Asks for a move (for none, without an instant), and waits until the stack is quiet; where it stands then, or `None` where the stack has ended.
pub async fn ask(requests: &mpsc::Sender<ClockRequest>, to: Option<DateTime<Utc>>) -> Option<Result<DateTime<Utc>, Refused>> {
    let (answer, answered) = oneshot::channel();
    requests.send(ClockRequest { to, answer }).await.ok()?;
    answered.await.ok()
}

impl Stack {
    /// Runs on a clock that stands still, until `stop` says so: what needs no time happens at once, what needs it waits for the next of `requests`.
    ///
    /// # Errors
    /// Where a service fails.
    pub async fn stand(
        &self,
        clock: &StandingClock,
        requests: mpsc::Receiver<ClockRequest>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), StackError> {
        let mut driver = ClockDriver {
            stack: self,
            clock,
            requests,
            current: None,
            idle_steps: 0,
        };
        tokio::select! {
            ended = driver.run() => ended,
            // Whatever is cut off here is done again at the next start, as after a crash.
            _ = stop.wait_for(|stop| *stop) => Ok(()),
        }
    }
}

struct ClockDriver<'a> {
    stack: &'a Stack,
    clock: &'a StandingClock,
    requests: mpsc::Receiver<ClockRequest>,
    current: Option<Current>,
    idle_steps: usize,
}

/// The move under way.
struct Current {
    to: DateTime<Utc>,
    answer: oneshot::Sender<Result<DateTime<Utc>, Refused>>,
    /// Whether a whole step was made since it was asked for.
    looked: bool,
}

impl ClockDriver<'_> {
    async fn run(&mut self) -> Result<(), StackError> {
        loop {
            if self.step().await? > 0 {
                self.idle_steps = 0;
                continue;
            }
            match &self.current {
                Some(current) if current.looked => self.advance()?,
                Some(_) => {}
                None => tokio::select! {
                    biased;
                    Some(asked) = self.requests.recv() => self.begin(asked),
                    () = machine_sleep(Duration::from_millis(IDLE_MS)) => {}
                },
            }
        }
    }

    /// One step of the stack, in which the clock moves where the step waits for it and may.
    async fn step(&mut self) -> Result<usize, StackError> {
        if let Some(current) = &mut self.current {
            current.looked = true;
        }
        let stack = self.stack;
        let mut step = std::pin::pin!(stack.step());
        loop {
            let watches = self.current.is_some() || self.clock.stuck().is_none();
            tokio::select! {
                biased;
                moved = &mut step => {
                    self.clock.rested();
                    return moved;
                }
                Some(asked) = self.requests.recv(), if self.current.is_none() => self.begin(asked),
                until = stack.stuck(self.clock), if watches => self.wait_over(until)?,
            }
        }
    }

    fn begin(&mut self, asked: ClockRequest) {
        let ClockRequest { to, answer } = asked;
        if answer.is_closed() {
            // Who asked is gone, perhaps to ask again.
            return;
        }
        let now = self.clock.now();
        let to = to.unwrap_or(now);
        match check(now, to) {
            Ok(()) => {
                self.idle_steps = 0;
                self.current = Some(Current { to, answer, looked: false });
            }
            Err(refused) => {
                let _ = answer.send(Err(refused));
            }
        }
    }

    /// The step does nothing but wait until `until`.
    fn wait_over(&mut self, until: DateTime<Utc>) -> Result<(), StackError> {
        let end = self.current.as_ref().map(|current| current.to);
        match end {
            Some(end) if until <= end => {
                self.clock.note_stuck(None);
                self.jump(until)
            }
            Some(end) => {
                self.clock.note_stuck(Some(until));
                self.jump(end)?;
                self.end();
                Ok(())
            }
            None => {
                self.clock.note_stuck(Some(until));
                Ok(())
            }
        }
    }

    /// Nothing moves now: goes to what falls due next, or to the end of the move.
    fn advance(&mut self) -> Result<(), StackError> {
        let Some(end) = self.current.as_ref().map(|current| current.to) else {
            return Ok(());
        };
        let now = self.clock.now();
        let due = self.stack.falls_due()?;
        if due.iter().any(|at| *at <= now) && self.idle_steps < IDLE_STEPS_MAX {
            self.idle_steps += 1;
            return Ok(());
        }
        self.idle_steps = 0;
        match due.into_iter().filter(|at| *at > now && *at <= end).min() {
            Some(at) => self.jump(at),
            None if end > now => self.jump(end),
            None => {
                self.end();
                Ok(())
            }
        }
    }

    fn jump(&self, to: DateTime<Utc>) -> Result<(), StackError> {
        self.clock.jump(to).map_err(StackError::clock)
    }

    fn end(&mut self) {
        if let Some(current) = self.current.take() {
            let _ = current.answer.send(Ok(self.clock.now()));
        }
    }
}

/// Whether a clock at `now` may be moved to `to`.
fn check(now: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), Refused> {
    let latest = clock::latest(now, MOVE_DAYS_MAX);
    let shown = clock::shown;
    if to < now {
        return Err(Refused::Backwards {
            to: shown(to),
            now: shown(now),
        });
    }
    if to > latest {
        return Err(Refused::TooFar {
            to: shown(to),
            now: shown(now),
            latest: shown(latest),
        });
    }
    Ok(())
}
