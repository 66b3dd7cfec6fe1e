//! Modifications of the reference model, 606-10-25-12 and 25-13(a) and (b).

use chrono::NaiveDate;
use serde_json::Value;

use super::Model;
use super::fraction::{Fraction, decimal, parts, whole};
use super::obligation::{Basis, Way, day, minor};
use super::shape::Shape;

/// An obligation that shares what remains of a price.
struct Member {
    index: usize,
    earned: i128,
    rest: i128,
    weight: Fraction,
    named: bool,
}

/// The parts of a pool by selling prices. Who is not named and comes within a minor unit of what it had keeps exactly that.
fn shares_of(pool: i128, members: &[Member]) -> Vec<i128> {
    let of = |members: &[&Member], pool: i128| parts(pool, &members.iter().map(|member| member.weight).collect::<Vec<_>>());
    let all: Vec<&Member> = members.iter().collect();
    let shares = of(&all, pool);
    let stays = |member: &Member, share: i128| !member.named && (share - member.rest).abs() <= 1;
    let others: Vec<&Member> = members
        .iter()
        .zip(&shares)
        .filter(|(member, share)| !stays(member, **share))
        .map(|(member, _)| member)
        .collect();
    let kept: i128 = members
        .iter()
        .zip(&shares)
        .filter(|(member, share)| stays(member, **share))
        .map(|(member, _)| member.rest)
        .sum();
    if members.iter().all(|member| !member.named) || kept > pool {
        return shares;
    }
    let mut left = of(&others, pool - kept).into_iter();
    let share = |(member, share): (&Member, &i128)| if stays(member, *share) { member.rest } else { left.next().unwrap() };
    members.iter().zip(&shares).map(share).collect()
}

impl Model {
    pub(super) fn modified(&mut self, event: &Value) -> Option<()> {
        let none = Vec::new();
        let list = |key: &str| event.get(key).and_then(Value::as_array).unwrap_or(&none);
        let (add, changes) = (list("add"), list("change"));
        let removed: Vec<usize> = list("remove").iter().map(|id| self.index(id)).collect();
        let change = minor(&event["price_change"], self.decimals);
        let stated: Vec<i128> = self.obligations.iter().map(|obligation| obligation.stated).collect();
        let priced: Vec<Value> = changes
            .iter()
            .filter(|terms| !self.obligations[self.index(&terms["obligation"])].metered)
            .cloned()
            .collect();
        match event["treatment"].as_str().unwrap_or(self.by_rule(add, changes, &removed, change)) {
            "separate" => self.separate(add, &priced, change)?,
            "prospective" => self.prospective(add, &priced, &removed, change)?,
            "catch_up" => self.catch_up(add, &priced, &removed, change),
            _ => return None,
        }
        self.restate(&stated, &priced, &removed, change);
        Some(())
    }

    /// Keeps stated prices in step with a change that states none; where nobody knows whose it is, the allocated price is the one known.
    fn restate(&mut self, before: &[i128], changes: &[Value], removed: &[usize], change: i128) {
        let added: i128 = self.obligations.iter().skip(before.len()).map(|obligation| obligation.stated).sum();
        let mut left = change - added;
        let mut unstated = Vec::new();
        for terms in changes {
            let index = self.index(&terms["obligation"]);
            match terms.get("price") {
                Some(price) => left -= minor(price, self.decimals) - before[index],
                None => unstated.push(index),
            }
        }
        match unstated.as_slice() {
            [only] if removed.is_empty() => self.obligations[*only].stated = before[*only] + left,
            _ => unstated
                .iter()
                .for_each(|index| self.obligations[*index].stated = self.obligations[*index].price()),
        }
        if changes.is_empty() && removed.is_empty() && left != 0 {
            self.obligations
                .iter_mut()
                .filter(|of| !of.metered)
                .for_each(|of| of.stated = of.price());
        }
    }

    /// Reading 9.
    fn by_rule(&self, add: &[Value], changed: &[Value], removed: &[usize], change: i128) -> &'static str {
        let mut kinds: Vec<&str> = Vec::new();
        let of = |change: &Value| {
            let obligation = &self.obligations[self.index(&change["obligation"])];
            let more = change.get("quantity").or(change.get("progress")).is_some();
            let delivered = ["at_point", "by_delivery"].contains(&obligation.kind.as_str()) && obligation.progress == whole(1) && !more;
            if obligation.catches_up || delivered {
                "catch_up"
            } else {
                "prospective"
            }
        };
        if !add.is_empty() {
            let priced: Vec<&Value> = add.iter().filter(|terms| terms.get("price").is_some()).collect();
            let price = |terms: &&Value| minor(&terms["price"], self.decimals);
            let at_ssp = priced
                .iter()
                .all(|terms| terms["distinct"] != false && terms.get("ssp").is_none_or(|ssp| minor(ssp, self.decimals) == price(terms)));
            let whole_price = !changed.is_empty() || priced.iter().map(price).sum::<i128>() == change;
            kinds.push(if at_ssp && whole_price { "separate" } else { "prospective" });
        }
        kinds.extend(changed.iter().map(of));
        kinds.extend(removed.first().map(|_| "prospective"));
        if kinds.is_empty() {
            let open = self
                .obligations
                .iter()
                .filter(|obligation| !obligation.ended && !obligation.metered);
            kinds.push(if open.into_iter().all(|obligation| obligation.catches_up) {
                "catch_up"
            } else {
                "prospective"
            });
        }
        if kinds.iter().all(|kind| *kind == kinds[0]) {
            kinds[0]
        } else {
            "mixed"
        }
    }

    fn end_removed(&mut self, removed: &[usize]) -> i128 {
        let mut left = 0;
        for index in removed {
            let earned = self.earned(*index, self.yesterday());
            if !self.obligations[*index].metered {
                left += self.obligations[*index].price() - earned;
            }
            self.obligations[*index].end(earned);
        }
        left
    }

    fn separate(&mut self, add: &[Value], changes: &[Value], change: i128) -> Option<()> {
        if !add.is_empty() {
            let group = self.new_group();
            self.obligation(add, Some(change), group);
            return Some(());
        }
        for terms in changes {
            let index = self.index(&terms["obligation"]);
            self.obligations[index].service?; // more of what has shares of its own: not known here
            let (weight, (remains, _)) = (self.weight(index, None), self.remains(index, None));
            let shape = self.changed_shape(index, terms, self.today);
            self.obligations[index].pieces.insert(0, (change, Way::Over(shape)));
            let (today, decimals) = (self.today, self.decimals);
            self.obligations[index].new_terms(terms, today, decimals);
            self.new_basis(index, whole(weight.floor() + change), remains);
        }
        Some(())
    }

    /// The service to the new or old end, not before a day.
    fn changed_shape(&self, index: usize, terms: &Value, earliest: NaiveDate) -> Shape {
        let obligation = &self.obligations[index];
        let (start, end, late, early) = obligation.service.unwrap();
        let from = terms.get("start").map_or(start, day).max(earliest);
        let to = terms.get("end").map_or(end, day);
        let late = if from > start || terms.get("start").is_some() { 0 } else { late };
        let early = if terms.get("end").is_some() { 0 } else { early };
        Shape::new(&obligation.method, from, to, (late, early))
    }

    /// The contract that obligations belong to; those of several, changed together, are one from now on.
    fn group_of(&mut self, named: &[usize]) -> usize {
        let mut groups: Vec<usize> = named
            .iter()
            .filter(|index| !self.obligations[**index].metered)
            .map(|index| self.obligations[*index].group)
            .collect();
        groups.sort_unstable();
        let yesterday = self.yesterday();
        let remains = |of: &&super::Obligation| !of.ended && !of.metered && of.undelivered(yesterday).is_positive();
        let Some(first) = groups.first().copied() else {
            return self.obligations.iter().find(remains).map_or(0, |obligation| obligation.group);
        };
        for obligation in self.obligations.iter_mut().filter(|of| groups.contains(&of.group)) {
            obligation.group = first;
        }
        first
    }

    /// What the rest is sold for alone, under its new terms: the old price of a unit and of a unit of service, times what remains.
    pub(super) fn weight(&self, index: usize, terms: Option<&Value>) -> Fraction {
        let decimals = self.decimals;
        if let Some(ssp) = terms.and_then(|terms| terms.get("ssp")) {
            return whole(minor(ssp, decimals));
        }
        let (remains, units) = self.remains(index, terms);
        let obligation = &self.obligations[index];
        let basis = obligation.basis;
        let of_units = match (units, basis.units) {
            (Some(units), Some(before)) if before.is_positive() => units.by(before),
            _ => whole(1),
        };
        let of_service = if obligation.counts_units() {
            whole(1)
        } else {
            remains.by(basis.measure)
        };
        basis.ssp.times(of_units).times(of_service).fine()
    }

    /// How much service, or which share, remains from today on, and of how many units.
    fn remains(&self, index: usize, terms: Option<&Value>) -> (Fraction, Option<Fraction>) {
        let today = self.today;
        let number = |key: &str| terms.and_then(|terms| terms.get(key)).map(|value| decimal(value.as_str().unwrap()));
        let obligation = &self.obligations[index];
        let units = number("quantity").or(obligation.quantity);
        match obligation.pieces.last() {
            Some((_, Way::Over(shape))) => {
                let shape = match terms {
                    Some(terms) if !obligation.given => self.changed_shape(index, terms, NaiveDate::MIN),
                    _ => shape.clone(),
                };
                let over = !whole(1).minus(shape.so_far(today - chrono::Days::new(1))).is_positive();
                (if over { whole(0) } else { shape.from(today).measure }, units)
            }
            Some((_, Way::Measured(_))) if obligation.counts_units() => {
                let left = units.unwrap().minus(obligation.units);
                (whole(1), Some(if left.is_positive() { left } else { whole(0) }))
            }
            Some((_, Way::Measured(_))) => (whole(1).minus(number("progress").unwrap_or(obligation.progress)), units),
            _ => (whole(0), units),
        }
    }

    fn prospective(&mut self, add: &[Value], changes: &[Value], removed: &[usize], change: i128) -> Option<()> {
        let changed = |model: &Self, index: usize| changes.iter().find(|terms| model.index(&terms["obligation"]) == index);
        let named: Vec<usize> = changes.iter().map(|terms| self.index(&terms["obligation"])).collect();
        let named: Vec<usize> = named.into_iter().chain(removed.iter().copied()).collect();
        let group = self.group_of(&named);
        let mut pool = change + self.end_removed(removed);
        let mut members: Vec<Member> = Vec::new();
        for index in 0..self.obligations.len() {
            let yesterday = self.yesterday();
            let obligation = &self.obligations[index];
            let (terms, undelivered) = (changed(self, index), obligation.undelivered(yesterday));
            let remains = obligation.ssp != 0 && undelivered.is_positive();
            if obligation.group != group || obligation.ended || obligation.metered || terms.is_none() && !remains {
                continue;
            }
            let (weight, earned) = (self.weight(index, terms), self.earned(index, yesterday));
            let rest = self.obligations[index].price() - earned;
            pool += rest;
            members.push(Member {
                index,
                earned,
                rest,
                weight,
                named: terms.is_some(),
            });
        }
        for index in self.obligation(add, Some(0), group) {
            if !self.obligations[index].metered {
                let weight = whole(self.obligations[index].ssp);
                members.push(Member {
                    index,
                    earned: 0,
                    rest: 0,
                    weight,
                    named: true,
                });
            }
        }
        if members.is_empty() {
            // What is left over belongs to obligations that have ended: not known here.
            self.emptied.push(group);
            return (pool == 0).then_some(());
        }
        members.sort_by_key(|member| self.obligations[member.index].id.clone());
        let parts = shares_of(pool, &members);
        for (member, part) in members.iter().zip(parts) {
            let terms = changed(self, member.index);
            let (remains, _) = self.remains(member.index, terms);
            self.goes_on(member.index, member.earned, part, terms);
            if terms.is_some_and(|terms| terms.get("ssp").is_some()) {
                self.new_basis(member.index, member.weight, remains);
            }
        }
        Some(())
    }

    /// A selling price given for the rest is that of its units and service.
    fn new_basis(&mut self, index: usize, ssp: Fraction, remains: Fraction) {
        let obligation = &mut self.obligations[index];
        let left = obligation.quantity.map(|quantity| match obligation.counts_units() {
            true => quantity.minus(obligation.units),
            false => quantity,
        });
        if remains.is_positive() && left.is_none_or(|left| left.is_positive()) {
            obligation.basis = Basis {
                ssp,
                units: left,
                measure: remains,
            };
        }
    }

    /// Freezes what was earned and gives the rest its new price and terms.
    pub(super) fn goes_on(&mut self, index: usize, earned: i128, rest: i128, terms: Option<&Value>) {
        let (today, decimals) = (self.today, self.decimals);
        if terms.is_none() && self.obligations[index].price() == earned + rest {
            return;
        }
        if let Some(terms) = terms {
            self.obligations[index].new_terms(terms, today, decimals);
        }
        let over = self.obligations[index].is_over();
        let way = match (terms, self.obligations[index].pieces.last()) {
            (Some(terms), _) if over && !self.obligations[index].given => {
                let shape = self.changed_shape(index, terms, NaiveDate::MIN);
                let obligation = &mut self.obligations[index];
                obligation.service = Some((shape.start, shape.end, shape.late, shape.early));
                Way::Over(shape.from(today))
            }
            (_, Some((_, Way::Over(shape)))) => Way::Over(shape.from(today)),
            _ => Way::Measured(self.obligations[index].progress),
        };
        self.obligations[index].pieces = vec![(earned, Way::Done), (rest, way)];
    }

    fn catch_up(&mut self, add: &[Value], changes: &[Value], removed: &[usize], change: i128) {
        let mut change = change + self.end_removed(removed);
        let open: Vec<usize> = (0..self.obligations.len())
            .filter(|index| !self.obligations[*index].ended && !self.obligations[*index].metered)
            .collect();
        let caught: Vec<usize> = open.iter().copied().filter(|index| self.obligations[*index].catches_up).collect();
        let mut targets: Vec<usize> = changes.iter().map(|terms| self.index(&terms["obligation"])).collect();
        if targets.is_empty() {
            targets = if caught.is_empty() { open } else { caught };
        }
        targets.sort_by_key(|index| self.obligations[*index].id.clone());
        for index in if add.is_empty() {
            Vec::new()
        } else {
            self.obligation(add, None, 0)
        } {
            change -= self.obligations[index].price();
        }
        let terms_of = |index: usize| changes.iter().find(|terms| self.index(&terms["obligation"]) == index);
        let by_price = |before: fn(&super::Obligation) -> i128| -> Option<Vec<i128>> {
            let of = |index: &usize| Some(minor(terms_of(*index)?.get("price")?, self.decimals) - before(&self.obligations[*index]));
            let shares: Vec<i128> = targets.iter().map(of).collect::<Option<_>>()?;
            (shares.iter().sum::<i128>() == change).then_some(shares)
        };
        let by_ssp = || {
            parts(
                change,
                &targets.iter().map(|index| whole(self.obligations[*index].ssp)).collect::<Vec<_>>(),
            )
        };
        let shares = match by_price(|of| of.stated).or_else(|| by_price(super::Obligation::price)) {
            Some(shares) => shares,
            None if targets.is_empty() => Vec::new(),
            None => by_ssp(),
        };
        for (index, part) in targets.into_iter().zip(shares) {
            if let Some(terms) = changes.iter().find(|terms| self.index(&terms["obligation"]) == index) {
                self.obligations[index].new_terms(terms, self.today, self.decimals);
                self.stretch(index, terms);
            }
            self.obligations[index].catch_up(part);
        }
    }

    /// New dates: the last piece is spread anew from its first day.
    fn stretch(&mut self, index: usize, terms: &Value) {
        let obligation = &mut self.obligations[index];
        if terms.get("start").is_none() && terms.get("end").is_none() {
            return;
        }
        let Some((_, Way::Over(shape))) = obligation.pieces.last_mut() else {
            return;
        };
        let (start, end) = (terms.get("start").map_or(shape.start, day), terms.get("end").map_or(shape.end, day));
        *shape = Shape::new(&obligation.method, start, end, (0, 0));
        obligation.service = Some((start, end, 0, 0));
    }
}
