//! Outbound messages of Salesforce.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tieout_tests::hostile::outbound_message(bytes));
