//! Adding an obligation to a contract: how it is earned, and with which others its position is netted.

use super::contradictions::refuse_contradictions;
use super::obligation::{Earn, Obligation, Segment};
use super::records::EstimateShare;
use super::selling_price::Basis;
use super::state::{Booked, State};
use super::terms::{agreed_price, is_metered, service_of};
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{ObligationTerms, Satisfied};
use crate::limits::MAX_OBLIGATIONS;
use crate::policy::Method;
use crate::schedule::{Schedule, Service, Spread};

impl State<'_> {
    pub(super) fn add_obligation(
        &mut self,
        terms: &ObligationTerms,
        (amount, ssp): (i128, i128),
        stated: i128,
        group: usize,
    ) -> Result<usize, Refusal> {
        if self.obligations.len() >= MAX_OBLIGATIONS {
            return Err(Refusal::new(
                "obligations",
                &terms.id,
                format!("is beyond {MAX_OBLIGATIONS} obligations"),
                "split the contract",
            ));
        }
        refuse_contradictions(terms, self.method_of(terms))?;
        let metered = is_metered(terms);
        let mut service = service_of(terms)?;
        if let (Some(service), Some(_)) = (&mut service, &self.world.book.fiscal) {
            service.fiscal.clone_from(&self.world.book.fiscal);
        }
        let earn = self.earn_of(terms, service.as_ref(), amount)?;
        let measure = match &earn {
            Earn::Over(spread) => spread.schedule().measure(),
            _ => Some(Ratio::ONE),
        };
        let by_value = terms.satisfied == Satisfied::ByUsage && terms.quantity.is_none();
        let quantity = if by_value { terms.price } else { terms.quantity };
        let basis = Basis::new(ssp, quantity, measure.ok_or_else(|| Refusal::too_large("schedule", &terms.id))?);
        let group = if metered { self.new_group(true) } else { group };
        let place = self.obligations.len();
        self.obligations.push(Obligation {
            terms: terms.clone(),
            group,
            ssp,
            stated,
            service,
            segments: vec![Segment { amount, earn }],
            metered,
            metered_sum: rust_decimal::Decimal::ZERO,
            metered_adjustment: 0,
            metered_before: 0,
            units: rust_decimal::Decimal::ZERO,
            quantity,
            progress: Ratio::ZERO,
            included: 0,
            not_included: 0,
            of_whole: EstimateShare::default(),
            settled: 0,
            ended: false,
            original: false,
            recognised: 0,
            row: None,
            recognised_base: 0,
            billed: 0,
            gross_billed: 0,
            measured_on: self.world.today,
            progress_set_on: None,
            documents: Booked::default(),
            booked: Booked::default(),
            unearned_loss: 0,
            cancel_credited: 0,
            due_earned: None,
            highest: agreed_price(terms, stated, amount),
            before_doubt: self.doubt.map(|_| 0),
            basis,
            restarts: Vec::new(),
        });
        self.by_id.insert(terms.id.clone(), place);
        self.group(group)?.members.push(place);
        Ok(place)
    }

    /// How `amount` is earned by these terms.
    fn earn_of(&self, terms: &ObligationTerms, service: Option<&Service>, amount: i128) -> Result<Earn, Refusal> {
        Ok(match terms.satisfied {
            Satisfied::OverTime => {
                let service = service.ok_or_else(|| {
                    Refusal::new(
                        "obligations",
                        &terms.id,
                        "is satisfied over time and has no start and end",
                        "write the first and last day of service",
                    )
                })?;
                let schedule =
                    Schedule::new(self.method_of(terms), service).map_err(|refusal| refusal.within(&format!("obligation {}", terms.id)))?;
                Earn::Over(Spread::new(amount, schedule, &self.world.book.policy)?)
            }
            Satisfied::MaterialRight => Earn::Waiting,
            _ => Earn::Measured { from: Ratio::ZERO },
        })
    }

    pub(super) fn method_of(&self, terms: &ObligationTerms) -> Method {
        let default = if terms.weights.is_some() {
            Method::User
        } else {
            self.world.book.policy.method
        };
        terms.method.unwrap_or(default)
    }
}
