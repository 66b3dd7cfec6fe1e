//! Exact fractions of 128 bits; whatever does not fit is a failure of the test, not a rounding.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    pub over: i128,
    pub under: i128,
}

pub fn whole(number: i128) -> Fraction {
    Fraction { over: number, under: 1 }
}

pub fn fraction(over: i128, under: i128) -> Fraction {
    let (mut a, mut b) = (over.abs(), under.abs());
    while b > 0 {
        (a, b) = (b, a % b);
    }
    let divisor = a.max(1) * under.signum();
    Fraction {
        over: over / divisor,
        under: under / divisor,
    }
}

/// A decimal number as text.
pub fn decimal(text: &str) -> Fraction {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{before}{after}").parse().unwrap();
    fraction(digits, 10i128.pow(after.len() as u32))
}

fn product(left: i128, right: i128) -> i128 {
    left.checked_mul(right).expect("a fraction of 128 bits")
}

impl Fraction {
    pub fn plus(self, other: Self) -> Self {
        let sum = product(self.over, other.under).checked_add(product(other.over, self.under));
        fraction(sum.expect("a fraction of 128 bits"), product(self.under, other.under))
    }

    pub fn minus(self, other: Self) -> Self {
        self.plus(other.times(whole(-1)))
    }

    pub fn times(self, other: Self) -> Self {
        let (left, right) = (fraction(self.over, other.under), fraction(other.over, self.under));
        fraction(product(left.over, right.over), product(left.under, right.under))
    }

    pub fn by(self, other: Self) -> Self {
        self.times(fraction(other.under, other.over))
    }

    /// To a billionth, where exactness serves nothing: how selling prices weigh.
    pub fn fine(self) -> Self {
        fraction(self.times(whole(1_000_000_000)).rounded(false), 1_000_000_000)
    }

    pub fn is_positive(self) -> bool {
        self.over > 0
    }

    pub fn floor(self) -> i128 {
        self.over.div_euclid(self.under)
    }

    /// Toward zero.
    pub fn truncated(self) -> i128 {
        self.over / self.under
    }

    /// To the nearest whole number, a half away from zero or to the even neighbour.
    pub fn rounded(self, even: bool) -> i128 {
        let (size, sign) = (
            Fraction {
                over: self.over.abs(),
                ..self
            },
            self.over.signum(),
        );
        let (down, rest) = (size.floor(), size.over.rem_euclid(size.under));
        let up = match (2 * rest).cmp(&size.under) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => !even || down % 2 == 1,
        };
        sign * (down + i128::from(up))
    }
}

/// Whole parts of a whole by weights: each gets its quota's floor, those with the largest rests one more, the earlier first.
pub fn parts(total: i128, weights: &[Fraction]) -> Vec<i128> {
    let zero = whole(0);
    let mut weights: Vec<Fraction> = weights
        .iter()
        .map(|weight| if weight.is_positive() { *weight } else { zero })
        .collect();
    if weights.iter().all(|weight| *weight == zero) {
        weights.fill(whole(1));
    }
    let sum = weights.iter().fold(zero, |sum, weight| sum.plus(*weight));
    let quotas: Vec<Fraction> = weights.iter().map(|weight| whole(total.abs()).times(weight.by(sum))).collect();
    let mut parts: Vec<i128> = quotas.iter().map(|quota| quota.floor()).collect();
    let mut missing = total.abs() - parts.iter().sum::<i128>();
    let mut taken = vec![false; parts.len()];
    while missing > 0 {
        let rest = |index: usize| quotas[index].minus(whole(quotas[index].floor()));
        let free = (0..parts.len()).filter(|index| !taken[*index]);
        let most = free
            .reduce(|best, index| if rest(index).minus(rest(best)).is_positive() { index } else { best })
            .unwrap();
        taken[most] = true;
        parts[most] += 1;
        missing -= 1;
    }
    parts.into_iter().map(|part| part * total.signum()).collect()
}
