//! Outbound messages of Salesforce.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tieout_tests::adversarial::outbound_message(bytes));
