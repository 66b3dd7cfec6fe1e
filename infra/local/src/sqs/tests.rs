//! Time, order and waiting, on a clock that the test moves.
#![allow(clippy::unwrap_used)]

use super::*;
