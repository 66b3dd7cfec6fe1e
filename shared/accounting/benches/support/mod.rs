//! The contracts of `generate.py` (seed 606), made here: Python's Mersenne Twister in Rust, so that the bench needs no file.
//! With 100,000 contracts: 1,415,509 rows, 250,875,240,396 minor units in all, 6,728,351,643 in 2026-06.

use chrono::{Days, Months, NaiveDate};

/// A row of the generator's file.
#[derive(Debug, Clone, Copy)]
pub struct Generated {
    pub id: usize,
    pub entity: usize,
    pub currency: usize,
    pub amount: i64,
    pub start: NaiveDate,
    pub end: NaiveDate,
}

/// Names of the currencies, by their place.
pub const CURRENCIES: [&str; 3] = ["USD", "GBP", "EUR"];

/// The first `count` contracts.
pub fn contracts(count: usize) -> Vec<Generated> {
    let mut random = Random::seeded(606);
    let base = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let row = |id: usize| {
        let start = base + Days::new(u64::from(random.below(1096)));
        let months = [1, 3, 6, 12, 12, 12, 24, 36][random.below(8) as usize];
        let end = start + Months::new(months) - Days::new(1);
        let entity = random.below(8) as usize;
        let currency = random.below(3) as usize;
        let amount = 10_000 + i64::from(random.below(4_990_000));
        Generated {
            id,
            entity,
            currency,
            amount,
            start,
            end,
        }
    };
    (0..count).map(row).collect()
}

/// MT19937 as Python seeds and draws it.
struct Random {
    state: [u32; 624],
    place: usize,
}

impl Random {
    fn seeded(seed: u32) -> Self {
        let mut state = [0u32; 624];
        state[0] = 19_650_218;
        for place in 1..624 {
            state[place] = 1_812_433_253u32
                .wrapping_mul(state[place - 1] ^ (state[place - 1] >> 30))
                .wrapping_add(place as u32);
        }
        let mut place = 1;
        for _ in 0..624 {
            state[place] = (state[place] ^ (state[place - 1] ^ (state[place - 1] >> 30)).wrapping_mul(1_664_525)).wrapping_add(seed);
            place += 1;
            if place == 624 {
                state[0] = state[623];
                place = 1;
            }
        }
        for _ in 0..623 {
            state[place] =
                (state[place] ^ (state[place - 1] ^ (state[place - 1] >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(place as u32);
            place += 1;
            if place == 624 {
                state[0] = state[623];
                place = 1;
            }
        }
        state[0] = 0x8000_0000;
        Self { state, place: 624 }
    }

    fn next(&mut self) -> u32 {
        if self.place == 624 {
            for place in 0..624 {
                let mixed = (self.state[place] & 0x8000_0000) | (self.state[(place + 1) % 624] & 0x7fff_ffff);
                self.state[place] = self.state[(place + 397) % 624] ^ (mixed >> 1) ^ if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            }
            self.place = 0;
        }
        let mut drawn = self.state[self.place];
        self.place += 1;
        drawn ^= drawn >> 11;
        drawn ^= (drawn << 7) & 0x9d2c_5680;
        drawn ^= (drawn << 15) & 0xefc6_0000;
        drawn ^ (drawn >> 18)
    }

    /// As `randrange(limit)`: as many bits as the limit has, again while too large.
    fn below(&mut self, limit: u32) -> u32 {
        let bits = 32 - limit.leading_zeros();
        loop {
            let drawn = self.next() >> (32 - bits);
            if drawn < limit {
                return drawn;
            }
        }
    }
}
