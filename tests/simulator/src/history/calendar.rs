//! When things happen: some months, in each some busy days, on each some acts and the timers.

use std::time::Duration;

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};

use super::act::{ACTS, Act};
use crate::dice::Dice;

/// The first January of a history.
const FIRST_YEAR: i32 = 2026;
/// A history begins in one of so many months: leap days and changes of summer time are among them.
const FIRST_MONTHS: u64 = 36;
/// The hour at which a day's timers fire, UTC.
const MORNING_H: u64 = 6;
/// The hours in which people act.
const DAY_H: u64 = 11;
/// Days between two looks at the dead letters.
const DEAD_LETTERS_EVERY_DAYS: usize = 5;
/// Days on which a month is closed, and looked after again.
const CLOSE_DAYS: [u64; 3] = [3, 5, 8];

/// Something at its time.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Act,
}

/// The plan of a history.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Everything in order.
    pub all: Vec<Planned>,
    /// When it is over.
    pub end: DateTime<Utc>,
}

/// The first instant of a seed.
pub fn first_instant(dice: &mut Dice) -> DateTime<Utc> {
    let month = u32::try_from(dice.between(0, FIRST_MONTHS - 1)).unwrap_or_default();
    let day = dice.between(1, 20);
    let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default();
    let date = first.checked_add_months(Months::new(month)).unwrap_or(first) + Days::new(day);
    date.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(5)
}

impl Calendar {
    /// The plan of a history that begins at `start`, over `months` months with about `acts` acts of people.
    pub fn draw(dice: &mut Dice, start: DateTime<Utc>, months: u32, acts: u64) -> Self {
        let mut days: Vec<NaiveDate> = vec![start.date_naive()];
        for month in 0..=months {
            let first = first_of(start, month);
            let busy = (0..dice.between(1, 3)).map(|_| first + Days::new(dice.between(0, 27)));
            days.extend(busy.collect::<Vec<_>>());
            if month > 0 {
                days.extend(CLOSE_DAYS.map(|day| first + Days::new(day)));
            }
        }
        let end = first_of(start, months) + Days::new(CLOSE_DAYS.into_iter().max().unwrap_or_default() + 1);
        days.retain(|day| *day >= start.date_naive() && *day < end);
        days.sort_unstable();
        days.dedup();
        let mut all = Vec::new();
        for day in &days {
            timers(dice, *day, &mut all);
        }
        // SQS keeps a dead letter for a fortnight: operations look well before that.
        all.extend(
            (start.date_naive().iter_days().step_by(DEAD_LETTERS_EVERY_DAYS))
                .take_while(|day| *day < end)
                .map(|day| Planned {
                    at: at(day, Duration::from_secs((MORNING_H + 1) * 3_600)),
                    what: Act::Redrive,
                }),
        );
        let table: Vec<(u32, Act)> = ACTS.to_vec();
        for _ in 0..acts {
            let Some(day) = dice.pick(&days).copied() else { break };
            let Some(what) = dice.weighed(&table) else { break };
            let within = Duration::from_secs(dice.between(MORNING_H * 3_600, (MORNING_H + DAY_H) * 3_600));
            all.push(Planned { at: at(day, within), what });
        }
        all.retain(|planned| planned.at > start);
        all.sort_by_key(|planned| planned.at);
        Self {
            all,
            end: at(end, Duration::ZERO),
        }
    }
}

impl Calendar {
    /// A plan of these acts, each at so many days and minutes after `start`.
    pub fn of(start: DateTime<Utc>, acts: &[(u64, u64, Act)]) -> Self {
        let one = |(days, minutes, what): &(u64, u64, Act)| Planned {
            at: at(start.date_naive() + Days::new(*days), Duration::from_secs(minutes * 60)),
            what: *what,
        };
        let all: Vec<Planned> = acts.iter().map(one).collect();
        let end = all.last().map_or(start, |last| last.at);
        Self { all, end }
    }
}

fn first_of(start: DateTime<Utc>, month: u32) -> NaiveDate {
    use chrono::Datelike as _;
    let first = start.date_naive().with_day(1).unwrap_or_default();
    first.checked_add_months(Months::new(month)).unwrap_or(first)
}

fn at(day: NaiveDate, within: Duration) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight + TimeDelta::from_std(within).unwrap_or_default()
}

/// The sweep some times a day, month-end once.
fn timers(dice: &mut Dice, day: NaiveDate, all: &mut Vec<Planned>) {
    let morning = Duration::from_secs(MORNING_H * 3_600);
    all.push(Planned {
        at: at(day, morning),
        what: Act::MonthEnd,
    });
    for _ in 0..dice.between(1, 2) {
        let within = Duration::from_secs(dice.between(0, 86_399));
        all.push(Planned {
            at: at(day, within),
            what: Act::Sweep,
        });
    }
}
