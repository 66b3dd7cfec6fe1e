//! For which obligation's service the contract liability of a netting group is held.
//!
//! Each obligation holds what was billed of it and is not earned. Where another of the group is earned ahead of its bill, the
//! group shows less, and each share falls in proportion. What is billed beyond the price of an obligation is for what is unbilled
//! of the others, the earliest service first.
//!
//! Example: 600.00 for 2026 is unbilled, 1,000.00 for 2027 was billed in December 2025: the liability of 1,000.00 is all for 2027.

use chrono::NaiveDate;

use super::state::State;
use crate::Refusal;
use crate::arithmetic::split;

/// An obligation of a group: what it holds, and what of its price is still to be earned.
struct Member {
    index: usize,
    start: Option<NaiveDate>,
    /// Billed and not earned.
    own: i128,
    rest: i128,
}

impl State<'_> {
    /// The parts of a group's liability by obligation, in minor units of the contract's currency; their sum is `liability`.
    pub(super) fn liability_by_obligation(&self, group: usize, liability: i128) -> Result<Vec<(usize, i128)>, Refusal> {
        let of = self.groups.get(group).ok_or_else(|| Refusal::unknown("netting group", group))?;
        let indices = of.members.as_slice();
        if let [only] = indices {
            return Ok(vec![(*only, liability)]);
        }
        let mut members: Vec<Member> = indices.iter().map(|index| self.member(*index)).collect::<Result<_, _>>()?;
        members.sort_by_key(|member| (member.start, self.obligations.get(member.index).map(|obligation| obligation.id())));
        let too_large = || Refusal::too_large(self.id.as_str(), liability);
        let mut held: Vec<i128> = members.iter().map(|member| member.own.min(member.rest)).collect();
        let mut beyond = liability - held.iter().sum::<i128>();
        if beyond < 0 {
            held = split(liability, &held).ok_or_else(too_large)?;
            beyond = 0;
        }
        for (held, member) in held.iter_mut().zip(&members) {
            let more = (member.rest - *held).clamp(0, beyond);
            *held += more;
            beyond -= more;
        }
        let surplus: Vec<i128> = members.iter().map(|member| (member.own - member.rest).max(0)).collect();
        let surplus = split(beyond, &surplus).ok_or_else(too_large)?;
        let parts = members.iter().zip(held.iter().zip(surplus));
        Ok(parts.map(|(member, (held, more))| (member.index, held + more)).collect())
    }

    fn member(&self, index: usize) -> Result<Member, Refusal> {
        let obligation = self.obligation_at(index)?;
        let own = (obligation.billed - obligation.recognised).max(0);
        let rest = match obligation.metered {
            true => own,
            false => (obligation.price() - obligation.recognised).max(0),
        };
        let start = obligation.service.as_ref().map(|service| service.start);
        Ok(Member { index, start, own, rest })
    }

    /// First and last day of service of what was signed at the beginning, as it was signed.
    pub(super) fn term_as_signed(&self) -> Option<(NaiveDate, NaiveDate)> {
        let signed = self.obligations.iter().filter(|obligation| obligation.original);
        let days = signed.filter_map(|obligation| obligation.terms.start.zip(obligation.terms.end));
        days.reduce(|(start, end), (from, to)| (start.min(from), end.max(to)))
    }
}
