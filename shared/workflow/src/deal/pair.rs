//! Which line of the ledger's invoice bills which line of the deal: the ledger gives its lines ids and no memory of where they came from.
//!
//! A draft that is found again after a crash may have been edited meanwhile, so the place alone is no proof: the text decides first, and the
//! place only among lines that are left over on both sides in the same number.

use tieout_ledger::Line;
use tieout_store::LineMap;

/// For each of our descriptions, in order, the line of the ledger that came from it.
fn pair<'a>(ours: &[&str], theirs: &'a [Line]) -> Vec<Option<&'a Line>> {
    let mut free: Vec<&Line> = theirs.iter().collect();
    let mut pairs: Vec<Option<&Line>> = ours
        .iter()
        .map(|description| {
            let place = free.iter().position(|line| line.description == *description)?;
            Some(free.remove(place))
        })
        .collect();
    let missing = pairs.iter().filter(|pair| pair.is_none()).count();
    if missing == free.len() {
        let mut left = free.into_iter();
        pairs.iter_mut().filter(|pair| pair.is_none()).for_each(|pair| *pair = left.next());
    }
    pairs
}

/// Which line of the ledger came from which of ours, each given by its obligation and its text.
pub fn map<'a>(ours: impl Iterator<Item = (&'a str, &'a str)>, theirs: &[Line]) -> Vec<LineMap> {
    let (obligations, texts): (Vec<&str>, Vec<&str>) = ours.unzip();
    let pairs = pair(&texts, theirs).into_iter().zip(obligations).zip(&texts);
    let map = |((theirs, obligation), text): ((Option<&Line>, &str), &&str)| LineMap {
        line: theirs.and_then(|line| line.line_id.as_ref()).map(|id| id.as_str().to_owned()),
        obligation: obligation.to_owned(),
        description: (*text).to_owned(),
    };
    pairs.map(map).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn lines(descriptions: &[&str]) -> Vec<Line> {
        let line = |description: &&str| Line {
            line_id: None,
            description: (*description).to_owned(),
            quantity: None,
            unit_amount: None,
            line_amount: Decimal::ONE,
            tax_amount: Decimal::ZERO,
            tax_type: None,
            account_code: None,
            tracking: Vec::new(),
        };
        descriptions.iter().map(line).collect()
    }

    fn check(name: &str, ours: &[&str], theirs: &[&str], wanted: &[Option<usize>]) {
        let theirs = lines(theirs);
        let place = |line: &Line| theirs.iter().position(|their| std::ptr::eq(their, line)).unwrap();
        let places: Vec<Option<usize>> = pair(ours, &theirs).into_iter().map(|found| found.map(place)).collect();
        assert_eq!(places, wanted, "{name}");
    }

    #[test]
    fn the_text_decides_and_the_place_only_where_nothing_else_is_left() {
        check("as sent", &["a", "b"], &["a", "b"], &[Some(0), Some(1)]);
        check("sorted anew", &["a", "b"], &["b", "a"], &[Some(1), Some(0)]);
        check("one taken out", &["a", "b", "c"], &["b", "c"], &[None, Some(0), Some(1)]);
        check(
            "one text changed",
            &["a", "b", "c"],
            &["a", "other", "c"],
            &[Some(0), Some(1), Some(2)],
        );
        check(
            "one changed, one added: nobody knows",
            &["a", "b"],
            &["a", "x", "y"],
            &[Some(0), None],
        );
        check("the same text twice", &["a", "a"], &["a", "a"], &[Some(0), Some(1)]);
    }
}
