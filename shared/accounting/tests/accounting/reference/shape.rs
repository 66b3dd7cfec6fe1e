//! How a price is spread: the weights of docs/accounting.md, Schedules, counted day by day and second by second.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::fraction::{Fraction, fraction, whole};

pub const DAY_SECONDS: i128 = 86_400;

/// A service, both ends included, with the seconds that are missing at its ends, and the weight of each month.
#[derive(Clone, Debug)]
pub struct Shape {
    pub start: NaiveDate,
    pub end: NaiveDate,
    pub late: i128,
    pub early: i128,
    /// Its periods are no months: how far it has come on a day is counted in days, not in shares of months.
    pub weekly: bool,
    /// How a month is counted, and the first day from which the months of a term are.
    method: String,
    anchor: NaiveDate,
    /// First day of each month with its share.
    pub months: Vec<(NaiveDate, Fraction)>,
    /// How much service it is, in the method's own units: days, months, seconds.
    pub measure: Fraction,
}

pub fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap()
}

pub fn next_month(day: NaiveDate) -> NaiveDate {
    first_of(day) + Months::new(1)
}

pub fn last_of(day: NaiveDate) -> NaiveDate {
    next_month(day) - Days::new(1)
}

fn touched(start: NaiveDate, end: NaiveDate) -> Vec<NaiveDate> {
    let mut months = vec![first_of(start)];
    while next_month(months[months.len() - 1]) <= end {
        months.push(next_month(months[months.len() - 1]));
    }
    months
}

impl Shape {
    pub fn new(method: &str, start: NaiveDate, end: NaiveDate, (late, early): (i128, i128)) -> Self {
        let mut shape = Self {
            start,
            end,
            late,
            early,
            weekly: method == "fiscal_445",
            method: method.to_owned(),
            anchor: start,
            months: Vec::new(),
            measure: whole(0),
        };
        let months = touched(start, end);
        let weighed = |weight: &dyn Fn(NaiveDate) -> Fraction| months.iter().map(|month| (*month, weight(*month))).collect::<Vec<_>>();
        let weights = match method {
            "daily" | "instant" => weighed(&|month| whole(shape.served(month, last_of(month)))),
            "equal_touched" => weighed(&|_| whole(1)),
            "prorata_month" => weighed(&|month| fraction(shape.served(month, last_of(month)), i128::from(last_of(month).day()))),
            "ends_by_time" => weighed(&|month| shape.ends_by_time(month, &months)),
            "thirty_360" => weighed(&|month| whole(shape.of_thirty(month))),
            "equal_anniversary" => shape.term().into_iter().map(|month| (month, whole(1))).collect(),
            "mid_month" => shape.counted(),
            "half_month" => shape.halves(),
            "fiscal_445" => shape.weeks(),
            other => panic!("{other}"),
        };
        shape.measure = match method {
            // Its weights are shares of its own whole.
            "ends_by_time" => whole(shape.served(start, end)),
            _ => weights.iter().fold(whole(0), |sum, (_, weight)| sum.plus(*weight)),
        };
        shape.months = shares(weights);
        shape
    }

    /// Given shares of months.
    pub fn given(weights: Vec<(NaiveDate, Fraction)>) -> Self {
        let (start, end) = (weights[0].0, last_of(weights[weights.len() - 1].0));
        let find = |month: NaiveDate| weights.iter().find(|(of, _)| *of == month).map_or(whole(0), |(_, weight)| *weight);
        let months: Vec<(NaiveDate, Fraction)> = touched(start, end).into_iter().map(|month| (month, find(month))).collect();
        Self {
            start,
            end,
            late: 0,
            early: 0,
            weekly: false,
            method: String::new(),
            anchor: start,
            measure: months.iter().fold(whole(0), |sum, (_, weight)| sum.plus(*weight)),
            months: shares(months),
        }
    }

    /// Seconds of service from a day through another.
    fn served(&self, from: NaiveDate, through: NaiveDate) -> i128 {
        let mut seconds = 0;
        let mut day = from.max(self.start);
        while day <= through.min(self.end) {
            seconds += DAY_SECONDS;
            seconds -= if day == self.start { self.late } else { 0 };
            seconds -= if day == self.end { self.early } else { 0 };
            day = day + Days::new(1);
        }
        seconds
    }

    fn ends_by_time(&self, month: NaiveDate, months: &[NaiveDate]) -> Fraction {
        let all = self.served(self.start, self.end);
        let part = |month: NaiveDate| fraction(self.served(month, last_of(month)), all);
        let (first, last) = (months[0], months[months.len() - 1]);
        if months.len() < 3 || month == first || month == last {
            return part(month);
        }
        whole(1).minus(part(first)).minus(part(last)).by(whole(months.len() as i128 - 2))
    }

    fn of_thirty(&self, month: NaiveDate) -> i128 {
        self.thirty_through(month, self.end)
    }

    /// Days of thirty of a month through a day.
    fn thirty_through(&self, month: NaiveDate, through: NaiveDate) -> i128 {
        let end = self.end.min(through);
        if end < self.start.max(month) {
            return 0;
        }
        let thirty = |day: NaiveDate| {
            if day.month() == 2 && day == last_of(day) {
                30
            } else {
                i128::from(day.day().min(30))
            }
        };
        let from = if first_of(self.start) == month { thirty(self.start) } else { 1 };
        let to = if first_of(end) == month { thirty(end) } else { 30 };
        (to - from + 1).max(0)
    }

    /// The months of the term: as many as are started from its first day on, the k-th named k - 1 months after the first.
    fn term(&self) -> Vec<NaiveDate> {
        let mut months = vec![first_of(self.start)];
        while self.start + Months::new(months.len() as u32) <= self.end {
            months.push(first_of(self.start) + Months::new(months.len() as u32));
        }
        months
    }

    /// By the first day of service and by the first day after it: up to the 15th its month, else the next.
    fn counted(&self) -> Vec<(NaiveDate, Fraction)> {
        let by = |day: NaiveDate| if day.day() > 15 { next_month(day) } else { first_of(day) };
        let (mut month, after) = (by(self.start), by(self.end + Days::new(1)));
        let mut months = Vec::new();
        while month < after {
            months.push(month);
            month = next_month(month);
        }
        if months.is_empty() {
            months.push(first_of(self.start));
        }
        months.into_iter().map(|month| (month, whole(1))).collect()
    }

    fn halves(&self) -> Vec<(NaiveDate, Fraction)> {
        let mut months = self.term();
        months.push(next_month(months[months.len() - 1]));
        let last = months.len() - 1;
        let weight = |index: usize| if index == 0 || index == last { 1 } else { 2 };
        months
            .into_iter()
            .enumerate()
            .map(|(index, month)| (month, whole(weight(index))))
            .collect()
    }

    /// Each day in its period of four, four or five weeks of the calendar year.
    fn weeks(&self) -> Vec<(NaiveDate, Fraction)> {
        let mut months: Vec<(NaiveDate, Fraction)> = Vec::new();
        let mut day = self.start;
        while day <= self.end {
            let mut left = day.ordinal0();
            let mut month = 1;
            for weeks in [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4] {
                if left >= weeks * 7 {
                    left -= weeks * 7;
                    month += 1;
                } else {
                    break;
                }
            }
            let month = NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap();
            match months.last_mut().filter(|(of, _)| *of == month) {
                Some((_, days)) => *days = days.plus(whole(1)),
                None => months.push((month, whole(1))),
            }
            day = day + Days::new(1);
        }
        months
    }

    /// What is served of a month's share through a day of it: by seconds of service, or by days where the month has no service.
    pub fn part(&self, month: NaiveDate, day: NaiveDate) -> Fraction {
        if self.method == "thirty_360" {
            return fraction(self.thirty_through(month, day), self.of_thirty(month));
        }
        if self.method == "equal_anniversary" {
            return self.part_of_term(month, day);
        }
        let all = self.served(month, last_of(month));
        if all > 0 {
            fraction(self.served(month, day), all)
        } else {
            fraction(i128::from(day.day()), i128::from(last_of(month).day()))
        }
    }

    /// The month of the term that is named after a month begins on a day of it, and ends in the next one.
    fn part_of_term(&self, month: NaiveDate, day: NaiveDate) -> Fraction {
        let mut count = 0;
        while first_of(self.anchor) + Months::new(count) < month {
            count += 1;
        }
        let (from, next) = (self.anchor + Months::new(count), self.anchor + Months::new(count + 1));
        let days = |through: NaiveDate| {
            let of_term = |day: &NaiveDate| *day >= from && *day < next && *day >= self.start && *day <= self.end;
            from.iter_days().take_while(|day| *day <= through).filter(of_term).count() as i128
        };
        fraction(days(day), days(next).max(1))
    }

    /// The share of the whole that is served through a day.
    pub fn through(&self, day: NaiveDate) -> Fraction {
        let mut share = whole(0);
        for (month, weight) in &self.months {
            if day >= last_of(*month) {
                share = share.plus(*weight);
            } else if day >= *month {
                share = share.plus(weight.times(self.part(*month, day)));
            }
        }
        share
    }

    /// The share that is served through a day when something happens on the next.
    pub fn so_far(&self, day: NaiveDate) -> Fraction {
        match self.weekly {
            true => fraction(self.served(self.start, day), self.served(self.start, self.end)),
            false => self.through(day),
        }
    }

    /// What is left from a day on, as a whole of its own.
    pub fn from(&self, day: NaiveDate) -> Self {
        let before = day - Days::new(1);
        if self.weekly {
            return Self::new("fiscal_445", self.start.max(day), self.end, (0, 0));
        }
        let mut left = self.clone();
        if !self.through(before).is_positive() {
            return left;
        }
        for (month, weight) in &mut left.months {
            if before >= last_of(*month) {
                *weight = whole(0);
            } else if before >= *month {
                *weight = weight.times(whole(1).minus(self.part(*month, before)));
            }
        }
        left.measure = match self.method.as_str() {
            "ends_by_time" => whole(self.served(day, self.end)),
            _ => self.measure.times(whole(1).minus(self.through(before))),
        };
        left.late = if day > self.start { 0 } else { self.late };
        left.start = left.start.max(day);
        left.months.retain(|(month, weight)| weight.is_positive() || *month > before);
        left.months = shares(left.months);
        left
    }
}

fn shares(weights: Vec<(NaiveDate, Fraction)>) -> Vec<(NaiveDate, Fraction)> {
    let sum = weights.iter().fold(whole(0), |sum, (_, weight)| sum.plus(*weight));
    weights.into_iter().map(|(month, weight)| (month, weight.by(sum))).collect()
}
