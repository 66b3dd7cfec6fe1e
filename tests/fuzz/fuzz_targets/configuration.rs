//! Configurations, as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tieout_tests::adversarial::configuration(bytes));
