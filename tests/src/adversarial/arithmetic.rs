//! Money, schedules, allocation and currency, with values drawn from the input.

use super::draw::Draw;
use super::{histories, money, schedules};

/// Most calculations of one input.
const CALCULATIONS_MAX: usize = 16;

pub fn arithmetic(bytes: &[u8]) {
    let mut draw = Draw(bytes);
    for _ in 0..CALCULATIONS_MAX {
        if draw.is_empty() {
            return;
        }
        match draw.byte() % 4 {
            0 => money::money(&mut draw),
            1 | 2 => schedules::schedules(&mut draw),
            _ => histories::history(&mut draw),
        }
    }
}
