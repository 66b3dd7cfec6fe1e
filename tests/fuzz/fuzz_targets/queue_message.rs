//! Messages and batches of the queue, mutated as JSON and as bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tieout_tests::adversarial::queue_message(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, size_max: usize, seed: u32| {
    tieout_fuzz::mutate_json(data, size, size_max, seed, 0)
});
