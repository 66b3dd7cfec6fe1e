//! How recurring revenue moved from one month to another, customer by customer.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cube::{Cell, Cube, Measure, Part};
use super::exact::Exact;
use super::method::{Method, RateUsed};
use super::switches::{FxRow, Reactivation, SameMonth};
use crate::ids::{ContractId, CustomerId, ObligationId};
use crate::{Currency, Period, Refusal};

/// Whose movement is one: a customer, one of its contracts or one line, as the grain has it.
///
/// ```
/// use tieout_accounting::metrics::Unit;
/// let unit = Unit { customer: "Acme".into(), contract: None, obligation: None };
/// assert_eq!(unit.customer.as_str(), "Acme");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unit {
    pub customer: CustomerId,
    pub contract: Option<ContractId>,
    pub obligation: Option<ObligationId>,
}

/// The movement of one, or of all, in minor units of the reporting currency; what lowers it is below zero.
///
/// ```
/// use tieout_accounting::metrics::Movement;
/// let grown = Movement { opening: 100, expansion: 30, fx: -5, closing: 125, ..Movement::default() };
/// assert_eq!(grown.change(), Some(25));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    pub opening: i64,
    /// From those who never had any before, or not within the window of reactivation.
    pub new: i64,
    /// From those who come back.
    pub reactivation: i64,
    /// More from those who had some.
    pub expansion: i64,
    /// Less from those who still have some.
    pub contraction: i64,
    /// All from those who have none any more.
    pub churn: i64,
    /// Ended and not lost yet; taken back when it is lost after all.
    pub lapsed: i64,
    /// What had lapsed and was renewed.
    pub renewed_late: i64,
    /// The effect of rates alone.
    pub fx: i64,
    pub closing: i64,
    /// The part of the expansion that is a step signed together with the one before.
    pub escalation: i64,
}

impl Movement {
    fn parts(&self) -> [i64; 8] {
        [
            self.new,
            self.reactivation,
            self.expansion,
            self.contraction,
            self.churn,
            self.lapsed,
            self.renewed_late,
            self.fx,
        ]
    }

    /// The sum of the movements, which is closing less opening; none beyond 64 bits.
    ///
    /// ```
    /// use tieout_accounting::metrics::Movement;
    /// assert_eq!(Movement { new: 20, churn: -50, ..Movement::default() }.change(), Some(-30));
    /// ```
    pub fn change(&self) -> Option<i64> {
        self.parts().iter().try_fold(0i64, |sum, part| sum.checked_add(*part))
    }

    fn add(&mut self, other: &Self) -> Option<()> {
        let pairs = [
            (&mut self.opening, other.opening),
            (&mut self.new, other.new),
            (&mut self.reactivation, other.reactivation),
            (&mut self.expansion, other.expansion),
            (&mut self.contraction, other.contraction),
            (&mut self.churn, other.churn),
            (&mut self.lapsed, other.lapsed),
            (&mut self.renewed_late, other.renewed_late),
            (&mut self.fx, other.fx),
            (&mut self.closing, other.closing),
            (&mut self.escalation, other.escalation),
        ];
        for (sum, amount) in pairs {
            *sum = sum.checked_add(amount)?;
        }
        Some(())
    }
}

/// A movement with the lines behind it.
///
/// ```
/// use tieout_accounting::metrics::{Movement, MovementRow, Unit};
/// let unit = Unit { customer: "Acme".into(), contract: None, obligation: None };
/// let row = MovementRow { unit, movement: Movement::default(), lapsed_before: 0, opening: Vec::new(), closing: Vec::new() };
/// assert!(row.opening.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementRow {
    pub unit: Unit,
    pub movement: Movement,
    /// Lapsed at the opening and not lost yet: it stands with the opening where retention is counted.
    pub lapsed_before: i64,
    pub opening: Vec<Part>,
    pub closing: Vec<Part>,
}

/// Movements by unit, and their sum.
///
/// ```
/// use tieout_accounting::metrics::{Measure, Method, Portfolio, Switches};
/// use tieout_accounting::{rates::Rates, Currency, Period};
/// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
/// let january = Period::parse("2026-01")?;
/// let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?;
/// assert!(cube.movements(january.previous(), january, Measure::Mrr)?.rows.is_empty());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movements {
    pub from: Period,
    pub to: Period,
    pub measure: Measure,
    /// By unit; those without any amount are left out.
    pub rows: Vec<MovementRow>,
    pub total: Movement,
    pub method: Method,
    pub rates: Vec<RateUsed>,
}

/// What a unit counts at one end of a movement.
#[derive(Debug, Default)]
struct Side {
    live: Vec<(Cell, i64)>,
    lapsed: Vec<(Cell, i64)>,
}

impl Side {
    fn sum(cells: &[(Cell, i64)]) -> Option<i64> {
        cells.iter().try_fold(0i64, |sum, (_, amount)| sum.checked_add(*amount))
    }

    /// Live and lapsed by currency: exactly in it, and in the reporting currency.
    fn by_currency(&self, cube: &Cube<'_>) -> Result<BTreeMap<Currency, (Exact, i64)>, Refusal> {
        let mut sums: BTreeMap<Currency, (Exact, i64)> = BTreeMap::new();
        for (cell, amount) in self.live.iter().chain(&self.lapsed) {
            let Some(counted) = cube.counting.get(cell.line) else { continue };
            let (local, sum) = sums.entry(counted.line.price.money().currency).or_insert((Exact::ZERO, 0));
            *local = local.plus(cell.local)?;
            *sum = sum.checked_add(*amount).ok_or_else(|| too_large(*amount))?;
        }
        Ok(sums)
    }
}

fn too_large(amount: i64) -> Refusal {
    Refusal::too_large("movements", amount)
}

impl Cube<'_> {
    /// Movements from one month to a later one.
    ///
    /// # Errors
    /// A month after the last one of the cube, or before `from`; a sum beyond 64 bits; a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{LineKey, Measure, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let year = |customer, year: i32, minor| RecurringLine::new(
    ///     LineKey::new(customer, "C", &year.to_string()), Price::Term(Money::new(minor, gbp)),
    ///     day(&format!("{year}-01-01")), Some(day(&format!("{year}-12-31"))));
    /// let lines = [year("Acme", 2026, 1200_00), year("Acme", 2027, 1560_00), year("Bolt", 2026, 600_00), year("Core", 2027, 240_00)];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let (december, january) = (Period::parse("2026-12")?, Period::parse("2027-01")?);
    /// let cube = portfolio.cube(&Method::new(Switches::default(), gbp), january)?;
    /// let moved = cube.movements(december, january, Measure::Mrr)?;
    /// assert_eq!((moved.total.opening, moved.total.closing), (150_00, 150_00));
    /// assert_eq!((moved.total.new, moved.total.expansion, moved.total.churn), (20_00, 30_00, -50_00));
    /// assert_eq!(moved.rows[1].opening[0].key, LineKey::new("Bolt", "C", "2026")); // what is gone
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn movements(&self, from: Period, to: Period, measure: Measure) -> Result<Movements, Refusal> {
        let through = self.months.keys().next_back().copied().unwrap_or(to);
        if to <= from || to > through {
            let problem = format!("is not after {from} and at most {through}, the last month that was counted");
            return Err(Refusal::new("movements", to, problem, "count further, or choose other months"));
        }
        let mut opening = self.side(from, measure)?;
        let mut closing = self.side(to, measure)?;
        let between = match self.method.switches.same_month {
            SameMonth::Ignored => BTreeMap::new(),
            SameMonth::Both => self.came_and_went(from, to, measure)?,
        };
        let names: BTreeSet<&Unit> = opening.keys().chain(closing.keys()).chain(between.keys()).copied().collect();
        let mut total = Movement::default();
        let mut rows = Vec::new();
        for unit in names {
            let (was, is) = (opening.remove(unit).unwrap_or_default(), closing.remove(unit).unwrap_or_default());
            let mut movement = self.movement(unit, (from, &was), (to, &is))?;
            if let Some(passed) = between.get(unit) {
                let absent = [&was, &is].iter().all(|side| side.live.is_empty() && side.lapsed.is_empty());
                self.pass(unit, &mut movement, (*passed, absent), to)?;
            }
            if movement.change() != movement.closing.checked_sub(movement.opening) {
                let problem = format!("is the closing of {}, its movements do not lead there", unit.customer);
                return Err(Refusal::new(
                    "movements",
                    movement.closing,
                    problem,
                    "report this as a defect of the engine",
                ));
            }
            total.add(&movement).ok_or_else(|| too_large(movement.closing))?;
            rows.push(MovementRow {
                unit: unit.clone(),
                movement,
                lapsed_before: Side::sum(&was.lapsed).ok_or_else(|| too_large(0))?,
                opening: self.parts_of(&was),
                closing: self.parts_of(&is),
            });
        }
        Ok(Movements {
            from,
            to,
            measure,
            rows,
            total,
            method: self.method,
            rates: self.rates().to_vec(),
        })
    }

    fn parts_of(&self, side: &Side) -> Vec<Part> {
        let (cells, amounts): (Vec<Cell>, Vec<i64>) = side.live.iter().copied().unzip();
        self.parts(&cells, &amounts)
    }

    fn side(&self, period: Period, measure: Measure) -> Result<BTreeMap<&Unit, Side>, Refusal> {
        let mut sides: BTreeMap<&Unit, Side> = BTreeMap::new();
        let Some(month) = self.month(period)? else { return Ok(sides) };
        for (cells, lapsed) in [(&month.live, false), (&month.lapsed, true)] {
            for (cell, amount) in cells.iter().zip(self.amounts(cells, measure)?) {
                if let Some(unit) = self.units.get(cell.line).filter(|_| amount != 0) {
                    let side = sides.entry(unit).or_default();
                    if lapsed { &mut side.lapsed } else { &mut side.live }.push((*cell, amount));
                }
            }
        }
        Ok(sides)
    }

    fn movement(&self, unit: &Unit, (from, was): (Period, &Side), (to, is): (Period, &Side)) -> Result<Movement, Refusal> {
        let sum = |cells: &[(Cell, i64)]| Side::sum(cells).ok_or_else(|| too_large(0));
        let (opening, closing) = (sum(&was.live)?, sum(&is.live)?);
        let had = opening.checked_add(sum(&was.lapsed)?).ok_or_else(|| too_large(opening))?;
        let has = closing.checked_add(sum(&is.lapsed)?).ok_or_else(|| too_large(closing))?;
        let mut movement = Movement {
            opening,
            closing,
            ..Movement::default()
        };
        let mut change = has - had;
        if had != 0 && has != 0 && self.method.switches.fx_row == FxRow::Apart {
            change = self.at_opening_rates(was, is)?;
            movement.fx = has - had - change;
        }
        let part = match (had, has) {
            (0, 0) => return Ok(movement),
            (0, _) if self.comes_back(unit, is, from, to) => &mut movement.reactivation,
            (0, _) => &mut movement.new,
            (_, 0) => &mut movement.churn,
            _ if change > 0 => &mut movement.expansion,
            _ => &mut movement.contraction,
        };
        *part = change;
        self.lapse(&mut movement, was, is);
        movement.escalation = self.escalation(was, is)?.clamp(0, movement.expansion);
        Ok(movement)
    }

    /// What the change in each currency is worth at its opening value; a currency that is new to the customer, at its closing one.
    fn at_opening_rates(&self, was: &Side, is: &Side) -> Result<i64, Refusal> {
        let (before, after) = (was.by_currency(self)?, is.by_currency(self)?);
        let mut change = 0i64;
        for currency in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let nothing = (Exact::ZERO, 0);
            let (had, worth) = before.get(currency).copied().unwrap_or(nothing);
            let (has, now) = after.get(currency).copied().unwrap_or(nothing);
            let own = *currency == self.method.currency;
            let part = if own || had.is_zero() {
                now - worth
            } else {
                has.minus(had)?.share_of(had, worth)?
            };
            change = change.checked_add(part).ok_or_else(|| too_large(part))?;
        }
        Ok(change)
    }

    /// What lapsed in between, and what had lapsed and was renewed or lost.
    fn lapse(&self, movement: &mut Movement, was: &Side, is: &Side) {
        let holds = |cells: &[(Cell, i64)], line: usize| cells.iter().any(|(cell, _)| cell.line == line);
        for (_, amount) in is.lapsed.iter().filter(|(cell, _)| !holds(&was.lapsed, cell.line)) {
            movement.lapsed -= amount;
        }
        for (cell, amount) in was.lapsed.iter().filter(|(cell, _)| !holds(&is.lapsed, cell.line)) {
            let successor = self.counting.get(cell.line).and_then(|counted| counted.successor);
            let renewed = successor.map_or(!is.live.is_empty(), |successor| holds(&is.live, successor));
            let part = if renewed {
                &mut movement.renewed_late
            } else {
                &mut movement.lapsed
            };
            *part += amount;
        }
        // A line may lapse at another worth than before, where rates moved.
        let of = |cells: &[(Cell, i64)], line: usize| cells.iter().find(|(cell, _)| cell.line == line).map(|(_, amount)| *amount);
        for (cell, amount) in &is.lapsed {
            if let Some(before) = of(&was.lapsed, cell.line) {
                movement.lapsed -= amount - before;
            }
        }
    }

    /// Steps that were signed together with what they follow, and are more.
    fn escalation(&self, was: &Side, is: &Side) -> Result<i64, Refusal> {
        let step = |(cell, amount): &(Cell, i64)| {
            let counted = self.counting.get(cell.line)?;
            let signed = counted.line.signed;
            let mut follows = counted.follows;
            while let Some((index, before)) = follows.and_then(|index| Some((index, self.counting.get(index)?))) {
                if before.line.signed != signed {
                    break;
                }
                if let Some((_, had)) = was.live.iter().find(|(cell, _)| cell.line == index) {
                    return Some((amount - had).max(0));
                }
                follows = before.follows;
            }
            None
        };
        let sum = is.live.iter().filter_map(step).try_fold(0i64, i64::checked_add);
        sum.ok_or_else(|| too_large(0))
    }

    /// Whether a unit without revenue at `from` had some before, within the window.
    fn comes_back(&self, unit: &Unit, is: &Side, from: Period, to: Period) -> bool {
        let Some(last) = self.active.get(unit).and_then(|months| months.range(..from).next_back().copied()) else {
            return false;
        };
        match self.method.switches.reactivation {
            Reactivation::Ever => true,
            Reactivation::Never => false,
            Reactivation::WithinMonths { months } => to.since(last) <= i32::from(months),
            Reactivation::WithinDays { days } => {
                let begins = is.live.iter().filter_map(|(cell, _)| self.counting.get(cell.line));
                let ended = self.counting.iter().zip(&self.units).filter(|(_, of)| *of == unit);
                let begin = begins.map(|counted| counted.begin).min();
                let ended = ended
                    .filter_map(|(counted, _)| counted.served)
                    .filter(|served| begin.is_some_and(|begin| *served < begin));
                begin
                    .zip(ended.max())
                    .is_some_and(|(begin, ended)| (begin - ended).num_days() <= i64::from(days) + 1)
            }
        }
    }

    /// What began and ended between two months and counts in neither, by unit.
    fn came_and_went(&self, from: Period, to: Period, measure: Measure) -> Result<BTreeMap<&Unit, i64>, Refusal> {
        let mut passed: BTreeMap<&Unit, i64> = BTreeMap::new();
        for (index, cell) in &self.passing {
            let (Some(counted), Some(unit)) = (self.counting.get(*index), self.units.get(*index)) else {
                continue;
            };
            let within = counted.begin > from.last_day() && counted.served.is_some_and(|served| served <= to.last_day());
            let counts = counted.live.is_some_and(|live| live.contains(from) || live.contains(to));
            if !within || counts {
                continue;
            }
            let amount: i64 = self.amounts(&[*cell], measure)?.iter().sum();
            let sum = passed.entry(unit).or_default();
            *sum = sum.checked_add(amount).ok_or_else(|| too_large(amount))?;
        }
        Ok(passed)
    }

    fn pass(&self, unit: &Unit, movement: &mut Movement, (passed, absent): (i64, bool), to: Period) -> Result<(), Refusal> {
        let back = self.comes_back(unit, &Side::default(), to, to);
        let (came, went) = match (absent, back) {
            (true, true) => (&mut movement.reactivation, &mut movement.churn),
            (true, false) => (&mut movement.new, &mut movement.churn),
            (false, _) => (&mut movement.expansion, &mut movement.contraction),
        };
        *came = came.checked_add(passed).ok_or_else(|| too_large(passed))?;
        *went = went.checked_sub(passed).ok_or_else(|| too_large(passed))?;
        Ok(())
    }
}
