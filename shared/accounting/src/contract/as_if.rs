//! What a cancellation leaves to the rest, as if what is known of it today had been known on its day.
//!
//! A credit note that is written after the rest was changed, swapped or cancelled in its turn takes back what had gone on from hand to
//! hand since. So the contract is walked once more through today with the amount that is known now; the prices that come out are those
//! from today on, and what was recognised otherwise is caught up today. The end depends on what happened, not on when it was written.
//!
//! Example: 600.00 of a cancelled part go to b, 100.00 a month from July. In August c takes b's place with the 500.00 that are left. All
//! 600.00 are credited in September: b has 100.00 less and c 500.00, as if they had been credited in July.

use chrono::NaiveDate;

use super::claim::Claim;
use super::obligation::Obligation;
use super::state::State;
use super::walk::as_if;
use crate::Refusal;
use crate::event::Event;
use crate::journal::Rule;

/// How often the amount may change by what it changes, before it is left as it is.
const MAX_ROUNDS: usize = 4;
/// How often a contract is walked once more.
const MAX_WALKS: usize = 500;

/// What is known today of a part that was cancelled: what of its billing belongs to the rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Foreseen {
    on: NaiveDate,
    places: Vec<usize>,
    unearned: i128,
}

impl State<'_> {
    /// What of a claim is known from the beginning.
    pub(super) fn foreseen(&self, claim: &Claim) -> Option<i128> {
        let known = self.foreseen.as_ref()?;
        let same = |of: &&Foreseen| of.on == claim.on && of.places == claim.places;
        known.iter().find(same).map(|of| of.unearned)
    }

    /// Works out anew what some netting groups cost since their parts were cancelled. Whether that could be done: where the facts
    /// contradict what is known now, they stay as they are.
    pub(super) fn work_anew(&mut self, so_far: &[&Event], groups: &[usize]) -> Result<bool, Refusal> {
        let mut known = self.known_of_claims()?;
        for _ in 0..MAX_ROUNDS {
            self.walks += 1;
            if self.walks > MAX_WALKS {
                let problem = format!("changes what went on since a cancellation more than {MAX_WALKS} times");
                return Err(Refusal::new(self.id.as_str(), self.world.today, problem, "split the contract"));
            }
            let Ok(then) = as_if(&self.id, so_far, self.world.book, known.clone()) else {
                return Ok(false);
            };
            let now = then.known_of_claims()?;
            if now == known {
                return Ok(self.adopt(then, groups));
            }
            known = now;
        }
        Ok(false)
    }

    /// What is known of each part that was cancelled beside others, by day.
    fn known_of_claims(&self) -> Result<Vec<Foreseen>, Refusal> {
        let partial = self.claims.iter().chain(&self.past_claims).filter(|claim| claim.is_partial());
        let known = partial.map(|claim| {
            Ok(Foreseen {
                on: claim.on,
                places: claim.places.clone(),
                unearned: self.unearned_of(claim)?,
            })
        });
        let mut known = known.collect::<Result<Vec<_>, Refusal>>()?;
        known.sort();
        Ok(known)
    }

    /// Takes over what some groups cost. What was recognised, booked and billed is what happened and stays.
    fn adopt(&mut self, then: State<'_>, groups: &[usize]) -> bool {
        let same = |(mine, other): (&Obligation, &Obligation)| {
            let billed = (mine.billed, mine.unearned_loss) == (other.billed, other.unearned_loss);
            billed && mine.group == other.group && mine.ended == other.ended
        };
        if self.obligations.len() != then.obligations.len() || !self.obligations.iter().zip(&then.obligations).all(same) {
            return false;
        }
        for (place, (mine, other)) in self.obligations.iter_mut().zip(then.obligations).enumerate() {
            if !groups.contains(&mine.group) {
                continue;
            }
            self.dirty.push(place);
            *mine = Obligation {
                recognised: mine.recognised,
                recognised_base: mine.recognised_base,
                row: mine.row,
                documents: mine.documents,
                booked: mine.booked,
                highest: mine.highest.max(other.highest),
                ..other
            };
        }
        for (mine, others) in [(&mut self.claims, then.claims), (&mut self.past_claims, then.past_claims)] {
            mine.retain(|claim| !groups.contains(&claim.group));
            mine.extend(others.into_iter().filter(|claim| groups.contains(&claim.group)));
        }
        self.pool = then.pool;
        let words = "what is known now of a part that was cancelled counts from its cancellation on: what followed is worked out anew";
        self.note(words.to_owned(), Rule::PartCancelled);
        true
    }
}
