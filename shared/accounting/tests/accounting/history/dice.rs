//! A small generator of numbers, so that a seed is a history.

pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides.max(1)
    }

    pub fn one_in(&mut self, of: u64) -> bool {
        self.roll(of) == 0
    }

    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.roll((most - least).max(0) as u64 + 1) as i64
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let index = self.roll(of.len() as u64) as usize;
        &of[index]
    }
}
