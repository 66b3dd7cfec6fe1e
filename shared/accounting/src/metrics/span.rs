//! In which months a line counts, after what ended it, what follows it and what is known of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::line::{LineKey, Recurrence, RecurringLine};
use super::method::Method;
use super::switches::{Chain, ChurnAt, Counted, Gaps, Switches, Usage};
use crate::{Period, Refusal};

/// Months from the first to the last; without a last one they go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Months {
    pub(super) first: Period,
    pub(super) last: Option<Period>,
}

impl Months {
    pub(super) fn contains(self, month: Period) -> bool {
        self.first <= month && self.last.is_none_or(|last| month <= last)
    }

    fn of(first: Period, last: Option<Period>) -> Option<Self> {
        last.is_none_or(|last| first <= last).then_some(Self { first, last })
    }
}

/// A line with the months in which a method counts it.
#[derive(Debug, Clone)]
pub(super) struct Counting<'a> {
    pub(super) line: &'a RecurringLine,
    pub(super) live: Option<Months>,
    pub(super) trial: Option<Months>,
    /// After its end, while its renewal is awaited.
    pub(super) lapsed: Option<Months>,
    /// Days of service, filled gaps included.
    pub(super) begin: NaiveDate,
    pub(super) served: Option<NaiveDate>,
    /// Index of the line that follows it.
    pub(super) successor: Option<usize>,
    /// Index of the line that it follows.
    pub(super) follows: Option<usize>,
}

impl RecurringLine {
    /// Last day of service, as agreed or ended before.
    pub(super) fn last_served(&self, switches: &Switches) -> Option<NaiveDate> {
        let before = |day: NaiveDate| day.pred_opt().unwrap_or(day);
        let noticed = match switches.churn_at {
            ChurnAt::ServiceEnd => None,
            ChurnAt::Notice => self.notice.map(before),
            ChurnAt::DayAfterNotice => self.notice,
        };
        [self.end, self.cancelled.map(before), noticed].into_iter().flatten().min()
    }

    fn recurs(&self, usage: Usage) -> bool {
        match self.recurrence {
            Recurrence::Subscription => true,
            Recurrence::Commitment => usage != Usage::Out,
            Recurrence::Usage => usage == Usage::In,
            Recurrence::OneOff => false,
        }
    }

    /// The last month that notice leaves to it.
    fn until_notice(&self, method: &Method) -> Option<Period> {
        let notice = self.notice.filter(|notice| method.knows(*notice))?;
        let switches = &method.switches;
        let month = match switches.churn_at {
            ChurnAt::DayAfterNotice => Period::of(notice.succ_opt().unwrap_or(notice)),
            ChurnAt::Notice => Period::of(notice),
            ChurnAt::ServiceEnd if switches.commitment.notice_out() => Period::of(notice),
            ChurnAt::ServiceEnd => return None,
        };
        Some(month.previous())
    }
}

/// The lines that a method counts, in the order in which they are given.
///
/// # Errors
/// A line that cannot be, two of one key, or one that follows a line which is not there.
pub(super) fn counting<'a>(lines: &'a [RecurringLine], method: &Method) -> Result<Vec<Counting<'a>>, Refusal> {
    let switches = &method.switches;
    let of_method = |line: &&RecurringLine| line.basis == switches.basis && line.recurs(switches.usage) && method.knows(line.signed);
    let chosen: Vec<&RecurringLine> = lines.iter().filter(of_method).collect();
    let all: BTreeMap<&LineKey, NaiveDate> = lines.iter().map(|line| (&line.key, line.start)).collect();
    let mut by_key: BTreeMap<&LineKey, usize> = BTreeMap::new();
    for (index, line) in chosen.iter().enumerate() {
        line.check()?;
        if by_key.insert(&line.key, index).is_some() {
            let problem = "is the key of two lines";
            return Err(Refusal::new("lines", &line.key, problem, "give each line of a contract its own id"));
        }
        if let Some(follows) = &line.follows {
            match all.get(follows) {
                None => {
                    let problem = format!("is followed by {} and is no line", line.key);
                    return Err(Refusal::new(
                        "lines",
                        follows,
                        problem,
                        "add the line, or leave out what it follows",
                    ));
                }
                // So that no chain is a circle.
                Some(earlier) if *earlier >= line.start => {
                    let problem = format!("does not start after {follows}, which it follows");
                    return Err(Refusal::new(
                        "lines",
                        &line.key,
                        problem,
                        "correct the dates, or leave out what it follows",
                    ));
                }
                Some(_) => {}
            }
        }
    }
    let mut counting: Vec<Counting<'a>> = chosen.iter().map(|line| Counting::new(line, switches)).collect();
    if switches.chain == Chain::Linked {
        for (index, line) in chosen.iter().enumerate() {
            let Some(earlier) = line.follows.as_ref().and_then(|follows| by_key.get(follows)).copied() else {
                continue;
            };
            link(&mut counting, earlier, index, switches);
        }
    }
    let begins: BTreeMap<(&str, NaiveDate), usize> = counting
        .iter()
        .enumerate()
        .map(|(index, counted)| ((counted.line.key.customer.as_str(), counted.begin), index))
        .collect();
    let replaced: Vec<bool> = counting
        .iter()
        .enumerate()
        .map(|(index, counted)| counted.is_replaced(index, &begins))
        .collect();
    for (counted, replaced) in counting.iter_mut().zip(replaced) {
        counted.count(method, replaced);
    }
    replace_followed(&mut counting);
    for index in 0..counting.len() {
        let lapsed = counting.get(index).and_then(|counted| counted.lapse(&counting, switches));
        if let Some(counted) = counting.get_mut(index) {
            counted.lapsed = lapsed;
        }
    }
    Ok(counting)
}

/// Links a line to the one that it follows; a gap that is to be filled is.
fn link(counting: &mut [Counting<'_>], earlier: usize, later: usize, switches: &Switches) {
    let ended = counting.get(earlier).and_then(|counted| counted.served);
    if let Some(counted) = counting.get_mut(earlier) {
        counted.successor = Some(later);
    }
    let Some(counted) = counting.get_mut(later) else { return };
    counted.follows = Some(earlier);
    if let (Gaps::Filled { months }, Some(resumed)) = (switches.gaps, ended.and_then(|ended| ended.succ_opt()))
        && resumed < counted.begin
        && Period::of(counted.begin).since(Period::of(resumed)) <= i32::from(months)
    {
        counted.begin = resumed;
    }
}

/// A line counts no longer from the first month of the one that follows it.
fn replace_followed(counting: &mut [Counting<'_>]) {
    let firsts: Vec<Option<Period>> = counting.iter().map(|counted| counted.live.map(|live| live.first)).collect();
    for counted in counting {
        let replaced = counted.successor.and_then(|successor| firsts.get(successor).copied().flatten());
        if let (Some(live), Some(replaced)) = (counted.live, replaced) {
            let last = live.last.map_or(replaced.previous(), |last| last.min(replaced.previous()));
            counted.live = Months::of(live.first, Some(last));
        }
    }
}

impl<'a> Counting<'a> {
    fn new(line: &'a RecurringLine, switches: &Switches) -> Self {
        let after_trial = line.trial_end.and_then(|trial_end| trial_end.succ_opt());
        Self {
            line,
            live: None,
            trial: None,
            lapsed: None,
            begin: after_trial.map_or(line.start, |after| after.max(line.start)),
            served: line.last_served(switches),
            successor: None,
            follows: None,
        }
    }

    /// Whether another line of the customer begins on the day after its end.
    fn is_replaced(&self, index: usize, begins: &BTreeMap<(&str, NaiveDate), usize>) -> bool {
        let next = self.served.and_then(|served| served.succ_opt());
        next.is_some_and(|next| {
            begins
                .get(&(self.line.key.customer.as_str(), next))
                .is_some_and(|other| *other != index)
        })
    }

    fn count(&mut self, method: &Method, replaced: bool) {
        let (line, switches) = (self.line, &method.switches);
        let within = self.served.is_none_or(|served| self.begin <= served);
        self.live = within.then(|| self.months(self.begin, self.served, switches, replaced)).flatten();
        if let (Some(live), true) = (&mut self.live, switches.commitment.signed_in()) {
            live.first = live.first.min(Period::of(line.signed));
        }
        self.trial = line.trial_end.and_then(|trial_end| {
            let last = self.served.map_or(trial_end, |served| served.min(trial_end));
            let months = (line.start <= last)
                .then(|| self.months(line.start, Some(last), switches, false))
                .flatten()?;
            let before = self.live.map(|live| live.first.previous());
            Months::of(months.first, months.last.into_iter().chain(before).min())
        });
        if let Some(until) = line.until_notice(method) {
            let cut = |months: Months| Months::of(months.first, Some(months.last.map_or(until, |last| last.min(until))));
            self.live = self.live.and_then(cut);
            self.trial = self.trial.and_then(cut);
        }
    }

    /// The months of days of service by the rule.
    fn months(&self, begin: NaiveDate, served: Option<NaiveDate>, switches: &Switches, replaced: bool) -> Option<Months> {
        let first = Period::of(begin);
        let Some(served) = served else {
            let first = if switches.counted == Counted::FirstDay && begin > first.first_day() {
                first.next()
            } else {
                first
            };
            return Months::of(first, None);
        };
        let last = Period::of(served);
        let before_end = if served < last.last_day() { last.previous() } else { last };
        match switches.counted {
            Counted::StartMonthFull => {
                let agreed = self.line.end == Some(served);
                let own_month = before_end < first && agreed && first == last;
                Months::of(first, Some(if own_month { first } else { before_end }))
            }
            Counted::Touched if replaced => Months::of(first, Some(before_end)),
            Counted::Touched | Counted::ShareOfDays => Months::of(first, Some(last)),
            Counted::LastDay => Months::of(first, Some(before_end)),
            Counted::FirstDay if begin > first.first_day() => Months::of(first.next(), Some(last)),
            Counted::FirstDay => Months::of(first, Some(last)),
        }
    }

    /// The months after its last one in which its renewal is awaited.
    fn lapse(&self, counting: &[Counting<'_>], switches: &Switches) -> Option<Months> {
        let (Gaps::Lapsed { months }, Some(last)) = (switches.gaps, self.live.and_then(|live| live.last)) else {
            return None;
        };
        if self.line.cancelled.is_some() || self.line.notice.is_some() {
            return None;
        }
        let renewed = self
            .successor
            .and_then(|successor| counting.get(successor)?.live)
            .map(|live| live.first);
        let limit = last.plus(i32::from(months));
        match renewed {
            Some(renewed) if renewed <= limit.next() => Months::of(last.next(), Some(renewed.previous())),
            _ if self.line.awaits_renewal => Months::of(last.next(), Some(limit)),
            _ => None,
        }
    }
}
