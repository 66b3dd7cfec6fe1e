//! Answers of Xero and Salesforce: four bytes that choose, then a body that is mutated as JSON and as bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tieout_tests::adversarial::vendor_reply(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, size_max: usize, seed: u32| {
    tieout_fuzz::mutate_json(data, size, size_max, seed, 4)
});
