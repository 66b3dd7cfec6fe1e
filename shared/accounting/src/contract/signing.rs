//! `signed`: the promises, the transaction price and its allocation (606-10-32).
//!
//! Example: 13,500.00 for a platform of 12,000.00 and an onboarding of 3,000.00 alone: 10,800.00 and 2,700.00.

use super::allocation::{Bundled, Promise, allocate};
use super::group::Group;
use super::state::State;
use super::terms::is_metered;
use crate::Refusal;
use crate::event::{ObligationTerms, Signed, Ssp};
use crate::journal::Rule;
use crate::money::major;
use crate::policy::FxRate;

impl State<'_> {
    pub(super) fn signed(&mut self, signed: &Signed) -> Result<(), Refusal> {
        if self.world.foreign() && self.world.book.policy.fx_rate == FxRate::Contract {
            self.world.contract_rate = Some(self.world.rate(None)?);
        }
        self.customer.clone_from(&signed.customer);
        self.world.financing_rate = signed.financing_rate.filter(|_| self.world.book.policy.financing);
        if signed.obligations.is_empty() {
            return Err(Refusal::new(
                "obligations",
                "obligations",
                "is empty",
                "write at least one obligation",
            ));
        }
        self.new_group(false);
        let total = signed.price.map(|price| self.minor(price, "price")).transpose()?;
        let bundles = self.bundles(signed)?;
        let added = self.promise(&signed.obligations, total, &bundles, 0)?;
        for place in added {
            self.obligation(place)?.original = true;
        }
        self.compare_stated(&[]);
        self.allocation = self.allocated();
        let words = self.allocation_in_words(signed);
        self.note(words, Rule::Allocation);
        Ok(())
    }

    /// The allocation with its arithmetic.
    fn allocation_in_words(&self, signed: &Signed) -> String {
        let currency = self.world.currency;
        let shown = |amount: i128| major(amount, currency);
        let priced = || self.obligations.iter().filter(|obligation| !obligation.metered);
        let prices: i128 = priced().map(|obligation| obligation.price()).sum();
        let alone: i128 = priced().map(|obligation| obligation.ssp).sum();
        let residual = signed.obligations.iter().any(|terms| matches!(terms.ssp, Ssp::Residual { .. }));
        let plain = signed.bundles.is_empty() && !residual;
        let one = |obligation: &super::obligation::Obligation| match prices == alone || !plain {
            true => format!("{} {}", obligation.id(), shown(obligation.price())),
            false => format!(
                "{} {} x {} / {} = {}",
                obligation.id(),
                shown(prices),
                shown(obligation.ssp),
                shown(alone),
                shown(obligation.price())
            ),
        };
        let parts = priced().map(one).collect::<Vec<_>>().join(", ");
        if parts.is_empty() {
            return "nothing is allocated: each unit is recognised at its price as it is used".to_owned();
        }
        match (plain, prices == alone) {
            (true, true) => format!("the stated prices are the stand-alone selling prices, so each product keeps its own: {parts}"),
            (true, false) => format!(
                "the price of {} is shared by the stand-alone selling prices of {}, the largest remainder first: {parts}",
                shown(prices),
                shown(alone)
            ),
            (false, _) => format!(
                "a bundle's discount belongs to the bundle, a residual to what has no selling price of its own; of {}: {parts}",
                shown(prices)
            ),
        }
    }

    /// Adds obligations that share a price; gives their indices, in the order of their ids.
    pub(super) fn promise(
        &mut self,
        terms: &[ObligationTerms],
        total: Option<i128>,
        bundles: &[Bundled],
        group: usize,
    ) -> Result<Vec<usize>, Refusal> {
        let mut seen = std::collections::BTreeSet::new();
        // By id and not as listed, so that no figure depends on the order of names.
        let mut by_id: Vec<(usize, &ObligationTerms)> = terms.iter().enumerate().collect();
        by_id.sort_by_key(|(_, terms)| &terms.id);
        let mut promises = Vec::new();
        let mut stated = Vec::new();
        let mut sum = Some(0i128);
        let mut priced = Vec::new();
        for (place, terms) in by_id.iter().copied() {
            if self.by_id.contains_key(&terms.id) || !seen.insert(&terms.id) {
                return Err(Refusal::new(
                    "obligations",
                    &terms.id,
                    "is the id of two obligations",
                    "give each its own id",
                ));
            }
            if is_metered(terms) {
                continue;
            }
            let price = self.stated_price(terms)?;
            self.note_agent(terms, price)?;
            if price.is_none() && total.is_none() {
                return Err(Refusal::new(
                    "obligations",
                    &terms.id,
                    "has no price",
                    "write its price, or the contract's price and its ssp",
                ));
            }
            let ssp = self.selling_price(terms, price)?;
            sum = sum.zip(price).map(|(sum, price)| sum + price);
            stated.push(price.unwrap_or(0));
            promises.push(Promise { id: terms.id.clone(), ssp });
            priced.push(place);
        }
        let remap = |bundle: &Bundled| Bundled {
            members: bundle
                .members
                .iter()
                .filter_map(|member| priced.iter().position(|place| place == member))
                .collect(),
            price: bundle.price,
        };
        let bundles: Vec<Bundled> = bundles.iter().map(remap).collect();
        // Each has a price where the contract has none.
        let total = total.or(sum).ok_or_else(|| Refusal::unknown("signed: price", self.id.as_str()))?;
        self.refuse_price_of_nobody(total, promises.is_empty())?;
        let shares = allocate(total, &promises, &bundles)?;
        let mut places = Vec::new();
        for (place, terms) in by_id {
            // What is metered has no share and no price.
            let (share, stated) = match priced.iter().position(|priced| *priced == place) {
                None => ((0, 0), 0),
                Some(at) => {
                    let found = shares.get(at).copied().zip(stated.get(at).copied());
                    found.ok_or_else(|| Refusal::unknown("promise", at))?
                }
            };
            places.push(self.add_obligation(terms, share, stated, group)?);
        }
        Ok(places)
    }

    /// Refuses a price below zero, and one that no promise can have: what is metered costs what is used.
    fn refuse_price_of_nobody(&self, total: i128, only_metered: bool) -> Result<(), Refusal> {
        let place = if self.obligations.is_empty() { "price" } else { "price_change" };
        let (problem, remedy) = match total {
            0 => return Ok(()),
            ..0 => (
                "is below zero, and nothing that is promised costs less than nothing",
                "lower the price of what the customer has: name it under change",
            ),
            _ if only_metered => (
                "belongs to nothing that is promised: what is metered costs what is used",
                "write 0.00 or leave it out, or add an obligation with a price",
            ),
            _ => return Ok(()),
        };
        Err(Refusal::new(place, major(total, self.world.currency), problem, remedy))
    }

    /// The transaction price of each obligation that has one.
    pub(super) fn allocated(&self) -> std::collections::BTreeMap<crate::ids::ObligationId, i128> {
        let priced = self.obligations.iter().filter(|obligation| !obligation.metered);
        priced.map(|obligation| (obligation.id().clone(), obligation.price())).collect()
    }

    pub(super) fn new_group(&mut self, metered: bool) -> usize {
        self.groups.push(Group::new(metered, &self.world));
        self.groups.len() - 1
    }

    fn bundles(&self, signed: &Signed) -> Result<Vec<Bundled>, Refusal> {
        let mut bundles = Vec::new();
        for bundle in &signed.bundles {
            let mut members = Vec::new();
            for id in &bundle.obligations {
                let place = signed.obligations.iter().position(|terms| terms.id == *id);
                let place =
                    place.ok_or_else(|| Refusal::new("bundles", id, "is not an obligation of the contract", "write the id of one"))?;
                if matches!(signed.obligations.get(place), Some(terms) if matches!(terms.ssp, Ssp::Residual { .. }) || is_metered(terms)) {
                    return Err(Refusal::new(
                        "bundles",
                        id,
                        "has no selling price of its own",
                        "bundle obligations with an ssp",
                    ));
                }
                if members.contains(&place) || bundles.iter().any(|other: &Bundled| other.members.contains(&place)) {
                    return Err(Refusal::new("bundles", id, "is in two bundles", "write it in one"));
                }
                members.push(place);
            }
            bundles.push(Bundled {
                members,
                price: self.minor(bundle.price, "bundles")?,
            });
        }
        Ok(bundles)
    }
}
