//! Whole events of API Gateway, mutated as JSON and as bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tieout_tests::adversarial::webhook_event(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, size_max: usize, seed: u32| {
    tieout_fuzz::mutate_json(data, size, size_max, seed, 0)
});
