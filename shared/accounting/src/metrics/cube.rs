//! The cube: what each line counts in each month, from the first month of any line through a last one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::exact::Exact;
use super::line::{LineKey, Price, RecurringLine};
use super::method::{Method, RateUsed};
use super::rates::Translator;
use super::span::{Counting, counting};
use super::switches::{Annual, Grain, Merges, Ramp, SameMonth, Switches};
use super::value::{Worth, term};
use super::{MONTHS_PER_YEAR, movement::Unit, rates};
use crate::ids::CustomerId;
use crate::limits::MAX_TERM_MONTHS;
use crate::rates::Rates;
use crate::{Money, Period, Refusal};

/// Two accounts that became one.
///
/// ```
/// use tieout_accounting::metrics::Merge;
/// let merge = Merge { from: "Acme Ltd".into(), into: "Acme plc".into() };
/// assert_ne!(merge.from, merge.into);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    pub from: CustomerId,
    pub into: CustomerId,
}

/// What figures are made from.
///
/// ```
/// use tieout_accounting::{metrics::Portfolio, rates::Rates};
/// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
/// assert!(nothing.lines.is_empty());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Portfolio<'a> {
    pub lines: &'a [RecurringLine],
    pub merges: &'a [Merge],
    /// Reporting currency for one unit of another.
    pub rates: &'a Rates,
}

/// Which of the two.
///
/// ```
/// use tieout_accounting::metrics::Measure;
/// assert_ne!(Measure::Mrr, Measure::Arr);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Mrr,
    Arr,
}

/// A part of a figure, in minor units of the reporting currency.
///
/// ```
/// use tieout_accounting::metrics::{LineKey, Part};
/// let part = Part { key: LineKey::new("Acme", "C1", "plan"), amount: 100_00 };
/// assert_eq!(part.key.customer.as_str(), "Acme");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub key: LineKey,
    pub amount: i64,
}

/// A figure with its parts, which sum to it, and what it was made with.
///
/// ```
/// use tieout_accounting::metrics::{Method, Portfolio, Switches};
/// use tieout_accounting::{rates::Rates, Currency, Period};
/// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
/// let january = Period::parse("2026-01")?;
/// let figure = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?.mrr(january)?;
/// assert_eq!((figure.amount.minor, figure.customers, figure.average_per_customer()), (0, 0, None));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    pub amount: Money,
    /// By key.
    pub parts: Vec<Part>,
    /// Customers with an amount.
    pub customers: usize,
    pub method: Method,
    pub rates: Vec<RateUsed>,
}

impl Figure {
    /// The amount over the number of customers, rounded once; none where there is no customer.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Every, Interval, LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let line = |customer, minor| {
    ///     let price = Price::Each(Money::new(minor, gbp), Every::one(Interval::Month));
    ///     RecurringLine::new(LineKey::new(customer, "C", "plan"), price, day("2026-01-01"), None)
    /// };
    /// let lines = [line("a", 100_00), line("b", 50_00), line("c", 50_00)];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let january = Period::parse("2026-01")?;
    /// let mrr = portfolio.cube(&Method::new(Switches::default(), gbp), january)?.mrr(january)?;
    /// assert_eq!(mrr.average_per_customer().map(Money::to_major_string).as_deref(), Some("66.67"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn average_per_customer(&self) -> Option<Money> {
        let customers = i128::try_from(self.customers).ok().filter(|customers| *customers > 0)?;
        let minor = crate::arithmetic::mul_div(i128::from(self.amount.minor), 1, customers, crate::money::Rounding::HalfAway)?;
        Some(Money::new(i64::try_from(minor).ok()?, self.amount.currency))
    }
}

/// What a line counts in a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Index of the line.
    pub(super) line: usize,
    /// In the line's currency.
    pub(super) local: Exact,
    pub(super) mrr: i64,
    pub(super) arr: Exact,
}

/// A month of the cube.
#[derive(Debug, Clone, Default)]
pub(super) struct Month {
    pub(super) live: Vec<Cell>,
    /// Gone and not lost yet, with what they last counted.
    pub(super) lapsed: Vec<Cell>,
    pub(super) trial: Vec<Cell>,
    /// A rate that is missing: the month has no figures, and still tells who had revenue.
    missing: Option<Refusal>,
}

/// Lines counted by month.
///
/// ```
/// use tieout_accounting::metrics::{LineKey, Method, Portfolio, Price, RecurringLine, Switches};
/// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
/// let gbp = Currency::parse("GBP")?;
/// let year = |customer, year: i32, minor| RecurringLine::new(
///     LineKey::new(customer, "C", &year.to_string()), Price::Term(Money::new(minor, gbp)),
///     day(&format!("{year}-01-01")), Some(day(&format!("{year}-12-31"))));
/// let lines = [year("Acme", 2026, 1200_00), year("Acme", 2027, 1560_00), year("Bolt", 2026, 600_00), year("Core", 2027, 240_00)];
/// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
/// let (december, january) = (Period::parse("2026-12")?, Period::parse("2027-01")?);
/// let cube = portfolio.cube(&Method::new(Switches::default(), gbp), january)?;
/// assert_eq!((cube.mrr(december)?.amount.minor, cube.arr(january)?.amount.minor), (150_00, 1_800_00));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cube<'a> {
    pub(super) method: Method,
    pub(super) counting: Vec<Counting<'a>>,
    pub(super) units: Vec<Unit>,
    pub(super) months: BTreeMap<Period, Month>,
    /// The months in which each had revenue.
    pub(super) active: BTreeMap<Unit, BTreeSet<Period>>,
    /// What lines count that begin and end between two snapshots, by line, where the method shows them.
    pub(super) passing: BTreeMap<usize, Cell>,
    rates: Vec<RateUsed>,
}

impl<'a> Portfolio<'a> {
    /// Counts the lines from the first month of any through `through`.
    ///
    /// # Errors
    /// A line that cannot be; one in another currency than the method's without a way to translate it; an amount beyond the range
    /// in which sums are exact; more than 1,200 months. A rate that is missing is refused where a figure of its month is asked for.
    ///
    /// ```
    /// use tieout_accounting::metrics::{LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let dollars = Price::Term(Money::parse_major("1200.00", Currency::parse("USD")?)?);
    /// let lines = [RecurringLine::new(LineKey::new("Acme", "C1", "plan"), dollars, day("2026-01-01"), Some(day("2026-12-31")))];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let pounds = Method::new(Switches::default(), Currency::parse("GBP")?);
    /// assert!(portfolio.cube(&pounds, Period::parse("2026-01")?).unwrap_err().to_string().contains("USD"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn cube(&self, method: &Method, through: Period) -> Result<Cube<'a>, Refusal> {
        let counting = counting(self.lines, method)?;
        let units = counting
            .iter()
            .map(|counted| self.unit(&counted.line.key, &method.switches))
            .collect();
        for counted in &counting {
            rates::check_currency(counted.line, method)?;
        }
        let mut translator = Translator {
            method: *method,
            rates: self.rates,
            used: BTreeSet::new(),
        };
        let starts = counting.iter().flat_map(|counted| [counted.live, counted.trial]).flatten();
        let first = starts.map(|months| months.first).min().unwrap_or(through);
        if through.since(first) >= MAX_TERM_MONTHS {
            let problem = format!("is more than {MAX_TERM_MONTHS} months after {first}, the first month of a line");
            return Err(Refusal::new("recurring revenue", through, problem, "correct the dates"));
        }
        let averages = match method.switches.ramp {
            Ramp::Step => BTreeMap::new(),
            Ramp::Average => ramp_averages(&counting)?,
        };
        let mut cube = Cube {
            method: *method,
            counting,
            units,
            months: BTreeMap::new(),
            active: BTreeMap::new(),
            passing: BTreeMap::new(),
            rates: Vec::new(),
        };
        for period in first.to(through) {
            let month = cube.count(period, &mut translator, &averages)?;
            for cell in month.live.iter().filter(|cell| !cell.local.is_zero()) {
                if let Some(unit) = cube.units.get(cell.line) {
                    cube.active.entry(unit.clone()).or_default().insert(period);
                }
            }
            cube.months.insert(period, month);
        }
        cube.lapse_whole_units();
        if method.switches.same_month == SameMonth::Both {
            cube.passing = cube.passing_cells(through, &mut translator)?;
        }
        cube.rates = translator.used.into_iter().collect();
        Ok(cube)
    }

    /// Whose movement a line is part of.
    fn unit(&self, key: &LineKey, switches: &Switches) -> Unit {
        let mut customer = key.customer.clone();
        if switches.merges == Merges::Followed {
            // As many steps as there are mergers: a circle ends.
            for _ in self.merges {
                match self.merges.iter().find(|merge| merge.from == customer) {
                    Some(merge) => customer = merge.into.clone(),
                    None => break,
                }
            }
        }
        let (contract, obligation) = match switches.grain {
            Grain::Customer => (None, None),
            Grain::Subscription => (Some(key.contract.clone()), None),
            Grain::Item => (Some(key.contract.clone()), Some(key.obligation.clone())),
        };
        Unit {
            customer,
            contract,
            obligation,
        }
    }
}

impl Cube<'_> {
    fn count(&self, period: Period, translator: &mut Translator<'_>, averages: &BTreeMap<usize, Exact>) -> Result<Month, Refusal> {
        let mut month = Month::default();
        for (index, counted) in self.counting.iter().enumerate() {
            let within = |months: Option<super::span::Months>| months.is_some_and(|months| months.contains(period));
            if within(counted.live) || within(counted.trial) {
                let mut worth = counted.line.worth(period, &self.method.switches)?;
                if let Some(average) = averages.get(&index) {
                    let arr = average.scaled(MONTHS_PER_YEAR, 1)?;
                    worth = Worth { mrr: *average, arr };
                }
                let rate = translator.rate(counted.line, period).unwrap_or_else(|refusal| {
                    month.missing.get_or_insert(refusal);
                    rust_decimal::Decimal::ZERO
                });
                let cell = self.cell(index, worth, rate)?;
                let to = if within(counted.live) { &mut month.live } else { &mut month.trial };
                to.push(cell);
            } else if within(counted.lapsed)
                && let Some((last, cell)) = self.last_cell(index, period)
            {
                month.missing = month.missing.take().or_else(|| last.missing.clone());
                month.lapsed.push(cell);
            }
        }
        Ok(month)
    }

    fn cell(&self, line: usize, worth: Worth, rate: rust_decimal::Decimal) -> Result<Cell, Refusal> {
        let from = self.counting.get(line).map(|counted| counted.line.price.money().currency);
        let exponent = |currency: crate::Currency| 10i128.pow(currency.exponent());
        let (num, den) = (exponent(self.method.currency), from.map_or(1, exponent));
        let translated = |amount: Exact| {
            if rate == rust_decimal::Decimal::ONE && num == den {
                Ok(amount)
            } else {
                amount.times(rate)?.scaled(num, den)
            }
        };
        let mrr = translated(worth.mrr)?.rounded()?;
        let arr = match self.method.switches.annual {
            Annual::Exact => translated(worth.arr)?,
            Annual::TwelveTimesRounded => Exact::of(i128::from(mrr), MONTHS_PER_YEAR, 1)?,
        };
        Ok(Cell {
            line,
            local: worth.mrr,
            mrr,
            arr,
        })
    }

    /// What each line counts that ended within the cube's months.
    fn passing_cells(&self, through: Period, translator: &mut Translator<'_>) -> Result<BTreeMap<usize, Cell>, Refusal> {
        let mut passing = BTreeMap::new();
        for (index, counted) in self.counting.iter().enumerate() {
            let ended = counted
                .served
                .is_some_and(|served| counted.begin <= served && Period::of(served) <= through);
            if ended {
                let month = Period::of(counted.begin);
                let worth = counted.line.worth(month, &self.method.switches)?;
                let rate = translator.rate(counted.line, month)?;
                passing.insert(index, self.cell(index, worth, rate)?);
            }
        }
        Ok(passing)
    }

    /// What a line counted last before a month.
    fn last_cell(&self, line: usize, before: Period) -> Option<(&Month, Cell)> {
        let last = self.counting.get(line)?.live?.last?.min(before.previous());
        let month = self.months.get(&last)?;
        let index = month.live.binary_search_by_key(&line, |cell| cell.line).ok()?;
        Some((month, *month.live.get(index)?))
    }

    /// Where a customer is lost only after several months without revenue, it is lapsed until then.
    fn lapse_whole_units(&mut self) {
        let after = i32::from(self.method.switches.lost_after.get());
        if after == 1 {
            return;
        }
        let mut last: BTreeMap<Unit, (Period, Vec<Cell>, Option<Refusal>)> = BTreeMap::new();
        for (period, month) in &mut self.months {
            let mut now: BTreeMap<&Unit, Vec<Cell>> = BTreeMap::new();
            for cell in month.live.iter().chain(&month.lapsed) {
                if let Some(unit) = self.units.get(cell.line) {
                    now.entry(unit).or_default().push(*cell);
                }
            }
            for (unit, (active, cells, missing)) in &last {
                if !now.contains_key(unit) && period.since(*active) < after {
                    month.missing = month.missing.take().or_else(|| missing.clone());
                    month.lapsed.extend(cells);
                }
            }
            for (unit, cells) in now {
                last.insert(unit.clone(), (*period, cells, month.missing.clone()));
            }
        }
    }

    /// MRR of a month, each line rounded once; nothing before the first month or after the last one of the cube.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Method, Portfolio, Switches};
    /// use tieout_accounting::{rates::Rates, Currency, Period};
    /// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// let january = Period::parse("2026-01")?;
    /// assert!(nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?.mrr(january)?.parts.is_empty());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn mrr(&self, period: Period) -> Result<Figure, Refusal> {
        self.figure(self.live(period)?, Measure::Mrr)
    }

    /// ARR of a month: by the method twelve times the exact MRR, its sum rounded once and the parts by the largest remainder.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let add_on = Price::Term(Money::parse_major("2750.00", gbp)?);
    /// let lines = [RecurringLine::new(LineKey::new("Alder", "C1", "add-on"), add_on, day("2026-04-01"), Some(day("2026-12-31")))];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let april = Period::parse("2026-04")?;
    /// let cube = portfolio.cube(&Method::new(Switches::default(), gbp), april)?;
    /// assert_eq!(cube.mrr(april)?.amount.to_major_string(), "305.56");
    /// assert_eq!(cube.arr(april)?.amount.to_major_string(), "3666.67"); // not 12 x 305.56 = 3,666.72
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn arr(&self, period: Period) -> Result<Figure, Refusal> {
        self.figure(self.live(period)?, Measure::Arr)
    }

    /// What lines in a free trial would count, which is in no other figure.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Every, Interval, LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let price = Price::Each(Money::new(100_00, gbp), Every::one(Interval::Month));
    /// let mut line = RecurringLine::new(LineKey::new("Acme", "C1", "plan"), price, day("2026-01-01"), None);
    /// line.trial_end = Some(day("2026-02-28"));
    /// let lines = [line];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let (february, march) = (Period::parse("2026-02")?, Period::parse("2026-03")?);
    /// let cube = portfolio.cube(&Method::new(Switches::default(), gbp), march)?;
    /// assert_eq!((cube.trial(february)?.amount.minor, cube.mrr(february)?.amount.minor), (100_00, 0));
    /// assert_eq!((cube.trial(march)?.amount.minor, cube.mrr(march)?.amount.minor), (0, 100_00));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn trial(&self, period: Period) -> Result<Figure, Refusal> {
        self.figure(self.month(period)?.map_or(&[], |month| &month.trial), Measure::Mrr)
    }

    /// What is gone and not lost yet: terms that ended and whose renewal is awaited, customers without revenue for less than the
    /// months after which they are lost.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Gaps, LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let price = Price::Term(Money::new(1_200_00, gbp));
    /// let mut line = RecurringLine::new(LineKey::new("Late", "C1", "plan"), price, day("2025-03-01"), Some(day("2026-02-28")));
    /// line.awaits_renewal = true;
    /// let lines = [line];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let march = Period::parse("2026-03")?;
    /// let method = Method::new(Switches { gaps: Gaps::Lapsed { months: 2 }, ..Switches::default() }, gbp);
    /// assert_eq!(portfolio.cube(&method, march)?.lapsed(march)?.amount.minor, 100_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn lapsed(&self, period: Period) -> Result<Figure, Refusal> {
        self.figure(self.month(period)?.map_or(&[], |month| &month.lapsed), Measure::Mrr)
    }

    /// A month; none outside the months of the cube, refused where a rate is missing.
    pub(super) fn month(&self, period: Period) -> Result<Option<&Month>, Refusal> {
        let month = self.months.get(&period);
        match month.and_then(|month| month.missing.clone()) {
            Some(missing) => Err(missing.within(&period.to_string())),
            None => Ok(month),
        }
    }

    /// What each line counts in a month; empty outside the months of the cube.
    pub(super) fn live(&self, period: Period) -> Result<&[Cell], Refusal> {
        Ok(self.month(period)?.map_or(&[], |month| &month.live))
    }

    /// Minor units of each cell, in the reporting currency.
    pub(super) fn amounts(&self, cells: &[Cell], measure: Measure) -> Result<Vec<i64>, Refusal> {
        match measure {
            Measure::Mrr => Ok(cells.iter().map(|cell| cell.mrr).collect()),
            Measure::Arr => Exact::apportioned(&cells.iter().map(|cell| cell.arr).collect::<Vec<_>>()),
        }
    }

    pub(super) fn figure(&self, cells: &[Cell], measure: Measure) -> Result<Figure, Refusal> {
        let amounts = self.amounts(cells, measure)?;
        let too_large = || Refusal::too_large("recurring revenue", self.method.currency);
        let amount = amounts
            .iter()
            .try_fold(0i64, |sum, amount| sum.checked_add(*amount))
            .ok_or_else(too_large)?;
        let counts = cells.iter().zip(&amounts).filter(|(_, amount)| **amount != 0);
        let customers: BTreeSet<&CustomerId> = counts
            .filter_map(|(cell, _)| self.units.get(cell.line))
            .map(|unit| &unit.customer)
            .collect();
        Ok(Figure {
            amount: Money::new(amount, self.method.currency),
            customers: customers.len(),
            parts: self.parts(cells, &amounts),
            method: self.method,
            rates: self.rates.clone(),
        })
    }

    pub(super) fn parts(&self, cells: &[Cell], amounts: &[i64]) -> Vec<Part> {
        let part = |(cell, amount): (&Cell, &i64)| {
            let key = self.counting.get(cell.line)?.line.key.clone();
            Some(Part { key, amount: *amount })
        };
        let mut parts: Vec<Part> = cells.iter().zip(amounts).filter_map(part).filter(|part| part.amount != 0).collect();
        parts.sort_by(|left, right| left.key.cmp(&right.key));
        parts
    }

    /// The method of all its figures.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Method, Portfolio, Switches};
    /// use tieout_accounting::{rates::Rates, Currency, Period};
    /// let method = Method::new(Switches::default(), Currency::parse("GBP")?);
    /// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// assert_eq!(nothing.cube(&method, Period::parse("2026-01")?)?.method(), &method);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Rates that were used.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Method, Portfolio, Switches};
    /// use tieout_accounting::{rates::Rates, Currency, Period};
    /// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), Period::parse("2026-01")?)?;
    /// assert!(cube.rates().is_empty());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn rates(&self) -> &[RateUsed] {
        &self.rates
    }
}

/// The average of each ramp: lines that follow each other and were signed on one day, by the months of their terms.
fn ramp_averages(counting: &[Counting<'_>]) -> Result<BTreeMap<usize, Exact>, Refusal> {
    let step_of = |index: usize| {
        let counted = counting.get(index)?;
        let before = counting.get(counted.follows?)?;
        (before.line.signed == counted.line.signed).then_some(counted.follows?)
    };
    let mut ramps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..counting.len() {
        let mut root = index;
        while let Some(earlier) = step_of(root) {
            root = earlier;
        }
        ramps.entry(root).or_default().push(index);
    }
    let mut averages = BTreeMap::new();
    for steps in ramps.into_values().filter(|steps| steps.len() > 1) {
        let (mut amount, mut months) = (0i128, 0i128);
        for counted in steps.iter().filter_map(|step| counting.get(*step)) {
            if let (Price::Term(price), Some(end)) = (counted.line.price, counted.line.end) {
                amount += i128::from(price.minor);
                months += term(counted.line.start, end);
            }
        }
        if months > 0 {
            let average = Exact::of(amount, super::value::MONTH_PARTS, months)?;
            averages.extend(steps.into_iter().map(|step| (step, average)));
        }
    }
    Ok(averages)
}
