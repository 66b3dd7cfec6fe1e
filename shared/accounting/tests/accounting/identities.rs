//! Identities over random contracts with random histories, long and short, in one currency and in two, with closes in between.
//!
//! `TIEOUT_HISTORIES` sets how many, `TIEOUT_SEED` the first seed. A failure prints its seed, the command that repeats it and the
//! shortest story that fails, which `tieout explain` reads.

use crate::history::Options;
use crate::history::runner::{over_histories, over_some_histories};
use crate::properties::{books, knowledge, positions, splits, sums};

const PLAIN: Options = Options {
    foreign: false,
    closes: false,
    metered: true,
    simple: false,
};
const PRICED: Options = Options { metered: false, ..PLAIN };
const FOREIGN: Options = Options { foreign: true, ..PLAIN };
const CLOSING: Options = Options { closes: true, ..PLAIN };
const FOREIGN_CLOSING: Options = Options { closes: true, ..FOREIGN };

#[test]
fn one_currency() {
    over_histories(
        "one_currency",
        PLAIN,
        &[
            (
                "recognised and remaining are the price",
                sums::recognised_and_remaining_are_the_price,
            ),
            ("all that is recognised is posted", sums::all_that_is_recognised_is_posted),
            ("debits are credits", sums::debits_are_credits),
            (
                "billed less recognised is the position",
                positions::billed_less_recognised_is_the_position,
            ),
            ("entries say what positions say", positions::entries_say_what_positions_say),
            ("rolls forward", positions::rolls_forward),
            ("no exchange differences", sums::no_exchange_differences),
            ("events survive the file", books::events_survive_the_file),
        ],
    );
}

#[test]
fn two_currencies() {
    over_histories(
        "two_currencies",
        FOREIGN,
        &[
            ("all that is recognised is posted", sums::all_that_is_recognised_is_posted),
            ("debits are credits", sums::debits_are_credits),
            ("entries say what positions say", positions::entries_say_what_positions_say),
            ("rolls forward", positions::rolls_forward),
            (
                "at a rate of one there is one currency",
                sums::at_a_rate_of_one_there_is_one_currency,
            ),
            ("events survive the file", books::events_survive_the_file),
        ],
    );
}

#[test]
fn remaining_obligations() {
    let identity = positions::remaining_is_liability_and_unbilled_less_asset;
    over_histories("remaining_obligations", PRICED, &[("RPO = liability + unbilled - asset", identity)]);
}

#[test]
fn periods_closed_and_reopened() {
    for options in [CLOSING, FOREIGN_CLOSING] {
        over_some_histories(
            2,
            "periods_closed_and_reopened",
            options,
            &[
                ("debits are credits", sums::debits_are_credits),
                ("events survive the file", books::events_survive_the_file),
                ("a closed period never changes", knowledge::a_closed_period_never_changes),
                ("what is late is still posted", knowledge::what_is_late_is_still_posted),
                (
                    "the order of arrival does not matter",
                    knowledge::the_order_of_arrival_does_not_matter,
                ),
            ],
        );
    }
}

#[test]
fn a_period_split() {
    for options in [PLAIN, FOREIGN] {
        over_some_histories(
            4,
            "a_period_split",
            options,
            &[
                ("by an event in its middle", splits::by_an_event_in_its_middle),
                ("by a fact recorded in two parts", splits::by_a_fact_recorded_in_two_parts),
            ],
        );
    }
    for options in [CLOSING, FOREIGN_CLOSING] {
        over_some_histories(
            4,
            "a_period_split",
            options,
            &[("by a close for each month", splits::by_a_close_for_each_month)],
        );
    }
}

#[test]
fn the_close() {
    let run_twice = books::a_close_run_twice_proposes_nothing_and_repairs_what_was_deleted;
    over_some_histories(10, "the_close", CLOSING, &[("run twice", run_twice)]);
}

#[test]
fn books_kept_month_by_month() {
    let kept = books::kept_month_by_month_they_end_where_the_contract_says;
    over_some_histories(20, "books_kept_month_by_month", CLOSING, &[("kept month by month", kept)]);
}
