//! Modifications of the naive model, 606-10-25-12 and 25-13(a) and (b).

use chrono::NaiveDate;
use serde_json::Value;

use super::Model;
use super::fraction::{Fraction, parts, whole};
use super::promise::{Way, day, minor};
use super::shape::Shape;

impl Model {
    pub(super) fn modified(&mut self, event: &Value) -> Option<()> {
        let none = Vec::new();
        let list = |key: &str| event.get(key).and_then(Value::as_array).unwrap_or(&none);
        let (add, changes) = (list("add"), list("change"));
        let removed: Vec<usize> = list("remove").iter().map(|id| self.place(id)).collect();
        let change = minor(&event["price_change"], self.decimals);
        match event["treatment"].as_str().unwrap_or(self.by_rule(add, changes, &removed, change)) {
            "separate" => self.separate(add, changes, change)?,
            "prospective" => self.prospective(add, changes, &removed, change),
            "catch_up" => self.catch_up(add, changes, &removed, change),
            _ => return None,
        }
        Some(())
    }

    /// Reading 9.
    fn by_rule(&self, add: &[Value], changed: &[Value], removed: &[usize], change: i128) -> &'static str {
        let mut kinds: Vec<&str> = Vec::new();
        let of = |change: &Value| {
            let promise = &self.promises[self.place(&change["obligation"])];
            let more = change.get("quantity").or(change.get("progress")).is_some();
            let delivered = ["at_point", "by_delivery"].contains(&promise.kind.as_str()) && promise.progress == whole(1) && !more;
            if promise.catches_up || delivered {
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
            let open = self.promises.iter().filter(|promise| !promise.ended && !promise.metered);
            kinds.push(if open.into_iter().all(|promise| promise.catches_up) {
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
        for place in removed {
            let earned = self.earned(*place, self.yesterday());
            left += self.promises[*place].price() - earned;
            self.promises[*place].end(earned);
        }
        left
    }

    fn separate(&mut self, add: &[Value], changes: &[Value], change: i128) -> Option<()> {
        if !add.is_empty() {
            let group = self.new_group();
            self.promise(add, Some(change), group);
            return Some(());
        }
        for terms in changes {
            let place = self.place(&terms["obligation"]);
            self.promises[place].service?; // more of what has shares of its own: not known here
            let shape = self.changed_shape(place, terms, self.today);
            self.promises[place].pieces.insert(0, (change, Way::Over(shape)));
        }
        Some(())
    }

    /// The service to the new or old end, not before a day.
    fn changed_shape(&mut self, place: usize, terms: &Value, earliest: NaiveDate) -> Shape {
        let promise = &mut self.promises[place];
        let (start, end, late, early) = promise.service.unwrap();
        let from = terms.get("start").map_or(start, day).max(earliest);
        let to = terms.get("end").map_or(end, day);
        let late = if from > start || terms.get("start").is_some() { 0 } else { late };
        let early = if terms.get("end").is_some() { 0 } else { early };
        Shape::new(&promise.method, from, to, (late, early))
    }

    fn prospective(&mut self, add: &[Value], changes: &[Value], removed: &[usize], change: i128) {
        let changed = |model: &Self, place: usize| changes.iter().find(|terms| model.place(&terms["obligation"]) == place);
        let named = changes
            .first()
            .map(|terms| self.place(&terms["obligation"]))
            .or(removed.first().copied());
        let group = named.map_or(0, |place| self.promises[place].group);
        let yesterday = self.yesterday();
        let mut pool = change + self.end_removed(removed);
        let mut members: Vec<(usize, i128, Fraction)> = Vec::new();
        for place in 0..self.promises.len() {
            let promise = &self.promises[place];
            let (terms, undelivered) = (changed(self, place), promise.undelivered(yesterday));
            let left = terms.is_some() || promise.ssp != 0 && undelivered.is_positive();
            if promise.group != group || promise.ended || promise.metered || !left {
                continue;
            }
            let given = terms.and_then(|terms| terms.get("ssp"));
            let weight = given.map_or(promise.ssp_now.times(undelivered).fine(), |ssp| whole(minor(ssp, self.decimals)));
            let earned = self.earned(place, yesterday);
            pool += promise.price() - earned;
            members.push((place, earned, weight));
        }
        for place in self.promise(add, Some(0), group) {
            if !self.promises[place].metered {
                members.push((place, 0, whole(self.promises[place].ssp)));
            }
        }
        members.sort_by_key(|(place, _, _)| self.promises[*place].id.clone());
        let weights: Vec<Fraction> = members.iter().map(|(_, _, weight)| *weight).collect();
        for ((place, earned, weight), part) in members.into_iter().zip(parts(pool, &weights)) {
            self.goes_on(place, earned, part, changed(self, place));
            self.promises[place].ssp_now = weight;
        }
    }

    /// Freezes what was earned and gives the rest its new price and terms.
    fn goes_on(&mut self, place: usize, earned: i128, rest: i128, terms: Option<&Value>) {
        let (today, decimals) = (self.today, self.decimals);
        if terms.is_none() && self.promises[place].price() == earned + rest {
            return;
        }
        if let Some(terms) = terms {
            self.promises[place].new_terms(terms, today, decimals);
        }
        let over = self.promises[place].is_over();
        let way = match (terms, self.promises[place].pieces.last()) {
            (Some(terms), _) if over && !self.promises[place].given => {
                let shape = self.changed_shape(place, terms, NaiveDate::MIN);
                let promise = &mut self.promises[place];
                promise.service = Some((shape.start, shape.end, shape.late, shape.early));
                Way::Over(shape.from(today))
            }
            (_, Some((_, Way::Over(shape)))) => Way::Over(shape.from(today)),
            _ => Way::Measured(self.promises[place].progress),
        };
        self.promises[place].pieces = vec![(earned, Way::Done), (rest, way)];
    }

    fn catch_up(&mut self, add: &[Value], changes: &[Value], removed: &[usize], change: i128) {
        let mut change = change + self.end_removed(removed);
        let open: Vec<usize> = (0..self.promises.len())
            .filter(|place| !self.promises[*place].ended && !self.promises[*place].metered)
            .collect();
        let caught: Vec<usize> = open.iter().copied().filter(|place| self.promises[*place].catches_up).collect();
        let mut targets: Vec<usize> = changes.iter().map(|terms| self.place(&terms["obligation"])).collect();
        if targets.is_empty() {
            targets = if caught.is_empty() { open } else { caught };
        }
        for place in if add.is_empty() { Vec::new() } else { self.promise(add, None, 0) } {
            change -= self.promises[place].price();
        }
        let stated =
            |terms: &Value| Some(minor(terms.get("price")?, self.decimals) - self.promises[self.place(&terms["obligation"])].stated);
        let stated: Option<Vec<i128>> = changes.iter().map(stated).collect();
        let by_ssp = || {
            parts(
                change,
                &targets.iter().map(|place| whole(self.promises[*place].ssp)).collect::<Vec<_>>(),
            )
        };
        let shares = match stated {
            Some(shares) if shares.len() == targets.len() && shares.iter().sum::<i128>() == change => shares,
            _ if targets.is_empty() => Vec::new(),
            _ => by_ssp(),
        };
        for (place, part) in targets.into_iter().zip(shares) {
            if let Some(terms) = changes.iter().find(|terms| self.place(&terms["obligation"]) == place) {
                self.promises[place].new_terms(terms, self.today, self.decimals);
                self.stretch(place, terms);
            }
            self.promises[place].reprice(part);
        }
    }

    /// New dates: the last piece is spread anew from its first day.
    fn stretch(&mut self, place: usize, terms: &Value) {
        let promise = &mut self.promises[place];
        if terms.get("start").is_none() && terms.get("end").is_none() {
            return;
        }
        let Some((_, Way::Over(shape))) = promise.pieces.last_mut() else {
            return;
        };
        let (start, end) = (terms.get("start").map_or(shape.start, day), terms.get("end").map_or(shape.end, day));
        *shape = Shape::new(&promise.method, start, end, (0, 0));
        promise.service = Some((start, end, 0, 0));
    }
}
