//! What the targets share: mutations that keep JSON JSON.

use serde_json::Value;
use tieout_tests::adversarial::mutations::mutate;

/// Mutates the JSON document that begins after `head` bytes; three times of four, and where it is none, leaves it to libFuzzer.
pub fn mutate_json(data: &mut [u8], size: usize, size_max: usize, seed: u32, head: usize) -> usize {
    let document = data.get(head..size).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let Some(mut document) = document.filter(|_| !seed.is_multiple_of(4)) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, size_max);
    };
    for round in 0..=seed % 3 {
        mutate(&mut document, seed.wrapping_add(round.wrapping_mul(7_919)));
    }
    let text = document.to_string().into_bytes();
    let end = head + text.len();
    match data.get_mut(head..end).filter(|_| end <= size_max) {
        Some(place) => {
            place.copy_from_slice(&text);
            end
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, size_max),
    }
}
