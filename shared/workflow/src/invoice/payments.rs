//! Payments of an invoice: what the ledger shows against what is stored.
//!
//! A ledger gives a payment that is deleted and entered again another id. So what is stored above what the ledger shows covers new payments of
//! the same invoice first; an event is stored only for the rest. Nothing of this is stored: each time it follows from the ledger and the events,
//! so that what is stored is the most that the ledger ever showed, whichever messages come, and however often.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_ledger::Payment;

/// How the keys of payments begin, behind the invoice's id.
pub const PAID: &str = "paid/";

/// What was stored of one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// All of it, in the invoice's currency.
    pub amount: Decimal,
    /// In so many events.
    pub parts: usize,
    /// The date of the first of them.
    pub on: NaiveDate,
}

/// What is to be stored of a payment.
#[derive(Debug, PartialEq, Eq)]
pub struct NewPart<'a> {
    pub payment: &'a Payment,
    /// What it is stored under, behind the invoice's id.
    pub key: String,
    /// More than zero, in the invoice's currency.
    pub amount: Decimal,
}

/// What is stored of a payment, and neither in the ledger under its id nor made up for by others.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing<'a> {
    pub id: &'a str,
    pub stored: Paid,
    /// More than zero, at most what is stored.
    pub amount: Decimal,
}

/// Gives what is to be stored, or else what is missing: there are never both.
pub fn compare<'a>(shown: &'a [Payment], stored: &'a BTreeMap<String, Paid>) -> (Vec<NewPart<'a>>, Vec<Missing<'a>>) {
    let mut missing: Vec<Missing> = stored.iter().filter_map(|(id, paid)| above_shown(id, *paid, shown)).collect();
    missing.sort_by_key(|missing| (missing.stored.on, missing.id));
    let mut parts: Vec<NewPart> = shown.iter().filter_map(|payment| above_stored(payment, stored)).collect();
    parts.sort_by_key(|part| (part.payment.date, part.payment.id.as_str()));
    // The same amount again is the same payment entered again; only then is one taken for a part of another.
    for is_same in [true, false] {
        for part in &mut parts {
            for missing in &mut missing {
                if is_same && missing.amount != part.amount {
                    continue;
                }
                let covered = missing.amount.min(part.amount);
                missing.amount -= covered;
                part.amount -= covered;
            }
        }
    }
    parts.retain(|part| !part.amount.is_zero());
    missing.retain(|missing| !missing.amount.is_zero());
    (parts, missing)
}

fn above_shown<'a>(id: &'a str, stored: Paid, shown: &[Payment]) -> Option<Missing<'a>> {
    let shown = shown.iter().find(|payment| payment.id.as_str() == id).map(|payment| payment.amount);
    let amount = stored.amount - shown.unwrap_or_default();
    (amount > Decimal::ZERO).then_some(Missing { id, stored, amount })
}

/// A payment stays as it is, but money in advance that was set against the invoice in part may be set against it with more.
fn above_stored<'a>(payment: &'a Payment, stored: &BTreeMap<String, Paid>) -> Option<NewPart<'a>> {
    let id = payment.id.as_str();
    let (before, key) = match stored.get(id) {
        None => (Decimal::ZERO, format!("{PAID}{id}")),
        Some(paid) => (paid.amount, format!("{PAID}{id}/{}", paid.parts + 1)),
    };
    let amount = payment.amount - before;
    (amount > Decimal::ZERO).then_some(NewPart { payment, key, amount })
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use tieout_ledger::PaymentId;

    use super::*;

    /// Payments by id and cents, as the ledger shows them at one time.
    type Shown = &'static [(&'static str, i64)];

    fn payment((id, cents): (&str, i64)) -> Payment {
        Payment {
            id: PaymentId::parse(id).expect("an id"),
            date: NaiveDate::default(),
            amount: Decimal::new(cents, 2),
            rate_to_base: None,
        }
    }

    /// Follows the ledger as a worker does: stores what is new, and gives what is missing at the end, in cents.
    fn follow(seen: &[Shown], stored: &mut BTreeMap<String, Paid>) -> i64 {
        let mut missing_now = Decimal::ZERO;
        for shown in seen {
            let shown: Vec<Payment> = shown.iter().copied().map(payment).collect();
            let (parts, missing) = compare(&shown, stored);
            assert!(parts.is_empty() || missing.is_empty(), "{parts:?} {missing:?}");
            missing_now = missing.iter().map(|missing| missing.amount).sum();
            let new: Vec<_> = parts.iter().map(|part| (part.payment.id.to_string(), part.amount)).collect();
            for (id, amount) in new {
                let paid = stored.entry(id).or_insert(Paid {
                    amount: Decimal::ZERO,
                    parts: 0,
                    on: NaiveDate::default(),
                });
                paid.amount += amount;
                paid.parts += 1;
            }
        }
        i64::try_from((missing_now * Decimal::ONE_HUNDRED).normalize().mantissa()).expect("small")
    }

    fn cents(stored: &BTreeMap<String, Paid>) -> Decimal {
        stored.values().map(|paid| paid.amount).sum::<Decimal>() * Decimal::ONE_HUNDRED
    }

    /// What is stored and what is missing after the ledger showed each of `seen`.
    fn check(name: &str, seen: &[Shown], stored_cents: i64, missing_cents: i64) {
        let mut stored = BTreeMap::new();
        assert_eq!(follow(seen, &mut stored), missing_cents, "{name}: missing");
        assert_eq!(cents(&stored), Decimal::from(stored_cents), "{name}: stored");
        let before = stored.clone();
        let last = &seen[seen.len() - 1..];
        assert_eq!(follow(last, &mut stored), missing_cents, "{name}: missing, read again");
        assert_eq!(stored, before, "{name}: read again");
        // With any of the messages in between lost: the most that was seen is stored, by the sum of each row alone.
        for mask in 0_usize..1 << (seen.len() - 1) {
            let kept: Vec<Shown> = (0..seen.len())
                .filter(|index| *index == seen.len() - 1 || mask >> index & 1 == 1)
                .map(|index| seen[index])
                .collect();
            let mut sums = kept.iter().map(|shown| shown.iter().map(|(_, cents)| cents).sum::<i64>());
            let (most, now) = (sums.clone().max().unwrap_or_default(), sums.next_back().unwrap_or_default());
            let mut stored = BTreeMap::new();
            assert_eq!(follow(&kept, &mut stored), most - now, "{name}: missing, of {kept:?}");
            assert_eq!(cents(&stored), Decimal::from(most), "{name}: stored, of {kept:?}");
        }
    }

    #[test]
    fn a_payment_is_counted_once_whatever_its_id() {
        check("none", &[&[]], 0, 0);
        check("new", &[&[("a", 10_000)]], 10_000, 0);
        check("of nothing", &[&[("a", 0)]], 0, 0);
        check("grown twice", &[&[("a", 10_000)], &[("a", 15_000)], &[("a", 15_001)]], 15_001, 0);
        check("shrunk", &[&[("a", 10_000)], &[("a", 9_999)]], 10_000, 1);
        check("deleted", &[&[("a", 10_000)], &[]], 10_000, 10_000);
        check("deleted and entered again", &[&[("a", 10_000)], &[], &[("b", 10_000)]], 10_000, 0);
        check("with less", &[&[("a", 10_000)], &[], &[("b", 6_000)]], 10_000, 4_000);
        check("with more", &[&[("a", 10_000)], &[], &[("b", 15_000)]], 15_000, 0);
        check(
            "in two parts",
            &[&[("a", 10_000)], &[("b", 6_000)], &[("b", 6_000), ("c", 8_000)]],
            14_000,
            0,
        );
        check("two as one", &[&[("a", 4_000), ("b", 6_000)], &[("c", 10_000)]], 10_000, 0);
        check(
            "set against it with less, and another",
            &[&[("a", 10_000)], &[("a", 4_000), ("b", 6_000)]],
            10_000,
            0,
        );
        check(
            "again and again",
            &[&[("a", 10_000)], &[("b", 10_000)], &[], &[("c", 10_000)]],
            10_000,
            0,
        );
        check("one more beside it", &[&[("a", 10_000)], &[("b", 10_000), ("c", 2_000)]], 12_000, 0);
        check(
            "the first is back beside the second",
            &[&[("a", 10_000)], &[("b", 10_000)], &[("a", 10_000), ("b", 10_000)]],
            20_000,
            0,
        );
    }

    #[test]
    fn what_is_stored_and_missing_is_named() {
        let stored = |id: &str, cents: i64, parts: usize| {
            let paid = Paid {
                amount: Decimal::new(cents, 2),
                parts,
                on: NaiveDate::default(),
            };
            (id.to_owned(), paid)
        };
        let before = BTreeMap::from([stored("a", 4_000, 1), stored("b", 10_000, 2)]);
        // The same amount first: what is missing of b is not taken from a.
        let shown = [payment(("c", 10_000))];
        let (parts, missing) = compare(&shown, &before);
        let missing: Vec<_> = missing.iter().map(|missing| (missing.id, missing.amount)).collect();
        assert_eq!((parts.len(), missing), (0, vec![("a", Decimal::new(4_000, 2))]));
        let shown = [payment(("a", 4_000)), payment(("b", 12_000)), payment(("c", 500))];
        let (parts, _) = compare(&shown, &before);
        let keys: Vec<_> = parts.iter().map(|part| (part.key.clone(), part.amount)).collect();
        let expected = [("paid/b/3", 2_000), ("paid/c", 500)];
        assert_eq!(keys, expected.map(|(key, cents)| (key.to_owned(), Decimal::new(cents, 2))));
    }
}
