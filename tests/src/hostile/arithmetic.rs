//! Arithmetic: money, schedules, allocation and currency, as far as bytes say.

use super::draw::Draw;
use super::{lives, money, schedules};

/// Most sums of one input.
const SUMS_MAX: usize = 16;

/// Does sums until the bytes end.
pub fn arithmetic(bytes: &[u8]) {
    let mut draw = Draw(bytes);
    for _ in 0..SUMS_MAX {
        if draw.is_empty() {
            return;
        }
        match draw.byte() % 4 {
            0 => money::money(&mut draw),
            1 | 2 => schedules::schedules(&mut draw),
            _ => lives::life(&mut draw),
        }
    }
}
