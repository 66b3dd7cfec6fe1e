//! The limits under any interleaving: the property that the shared budget exists for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

const LIMITS: CallLimits = CallLimits {
    minute: 6,
    at_once: 3,
    day: 40,
};

fn at(ms: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(ms)
}

#[derive(Debug, Clone)]
enum Step {
    Take(Priority),
    /// The oldest or newest lease comes back, with or without news.
    GiveBack {
        newest: bool,
        feedback: Feedback,
    },
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let priority = prop_oneof![Just(Priority::Background), Just(Priority::Normal), Just(Priority::Close)];
    let feedback = (proptest::option::of(0u32..8), proptest::option::of(0u64..90)).prop_map(|(minute, after)| Feedback {
        minute_remaining: minute,
        day_remaining: None,
        retry_after: after.map(Duration::from_secs),
    });
    let step = prop_oneof![
        6 => priority.prop_map(Step::Take),
        3 => (any::<bool>(), feedback).prop_map(|(newest, feedback)| Step::GiveBack { newest, feedback }),
        3 => (0i64..30_000).prop_map(Step::Pass),
        1 => (0i64..20_000_000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn never_more_than_the_limits(steps in steps()) {
        let (mut state, mut now) = (State::default(), 0i64);
        let mut granted: Vec<(i64, Priority)> = Vec::new();
        let mut open: Vec<(String, i64)> = Vec::new();
        let mut paused_until = 0i64;
        for (number, step) in steps.into_iter().enumerate() {
            // What is stored is what goes on.
            state = State::from_json(&state.to_json()).unwrap();
            match step {
                Step::Pass(ms) => now += ms,
                Step::GiveBack { newest, feedback } => {
                    if open.is_empty() { continue; }
                    let (id, _) = if newest { open.pop().unwrap() } else { open.remove(0) };
                    state.give_back(&id, at(now), feedback, LIMITS);
                    if let Some(after) = feedback.retry_after {
                        paused_until = paused_until.max(now + i64::try_from(after.as_millis()).unwrap());
                    }
                }
                Step::Take(priority) => {
                    let id = number.to_string();
                    if state.take(&id, at(now), priority, LIMITS) != Answer::Granted { continue; }
                    granted.push((now, priority));
                    open.retain(|(_, until)| *until > now);
                    open.push((id, now + LEASE_MS));
                    prop_assert!(now >= paused_until, "granted during a pause");
                    prop_assert!(open.len() <= 3, "more than three at once");
                    let minute = granted.iter().filter(|(then, _)| now - then < 60_000).count();
                    prop_assert!(minute <= 6, "{minute} in a minute");
                    let today: Vec<_> = granted.iter().filter(|(then, _)| then / DAY_MS == now / DAY_MS).collect();
                    let most = match priority { Priority::Background => 32, Priority::Normal => 38, Priority::Close => 40 };
                    prop_assert!(today.len() <= most, "{} today for {priority:?}", today.len());
                }
            }
        }
    }

    #[test]
    fn waiting_as_told_ends_in_a_grant(burst in 1usize..20) {
        let (mut state, mut now) = (State::default(), 0i64);
        for number in 0..burst {
            let id = number.to_string();
            let mut tries = 0;
            while let Answer::Wait(wait) = state.take(&id, at(now), Priority::Close, LIMITS) {
                now += i64::try_from(wait.as_millis()).unwrap();
                tries += 1;
                prop_assert!(tries < 3, "a wait that does not end");
            }
            state.give_back(&id, at(now), Feedback::default(), LIMITS);
        }
    }
}

#[test]
fn feedback_is_believed() {
    #[track_caller]
    fn check(feedback: Feedback, priority: Priority, wait_ms: u64) {
        let mut state = State::default();
        assert_eq!(state.take("a", at(0), Priority::Normal, LIMITS), Answer::Granted);
        state.give_back("a", at(0), feedback, LIMITS);
        let expected = match wait_ms {
            0 => Answer::Granted,
            ms => Answer::Wait(Duration::from_millis(ms)),
        };
        assert_eq!(state.take("b", at(0), priority, LIMITS), expected, "{feedback:?}");
    }
    let minute = |remaining| Feedback {
        minute_remaining: Some(remaining),
        ..Feedback::default()
    };
    let day = |remaining| Feedback {
        day_remaining: Some(remaining),
        ..Feedback::default()
    };
    let day_ms = u64::try_from(DAY_MS).unwrap();
    check(Feedback::default(), Priority::Normal, 0);
    check(minute(0), Priority::Normal, 62_000);
    check(minute(1), Priority::Normal, 0);
    check(minute(60), Priority::Normal, 0);
    check(day(0), Priority::Close, day_ms);
    check(day(1), Priority::Close, 0);
    check(day(2), Priority::Normal, day_ms);
    check(day(3), Priority::Normal, 0);
    check(day(8), Priority::Background, day_ms);
    check(day(9), Priority::Background, 0);
    let pause = Feedback {
        retry_after: Some(Duration::from_secs(37)),
        ..Feedback::default()
    };
    check(pause, Priority::Close, 37_000);
}

#[test]
fn a_day_that_was_counted_too_high_comes_down() {
    let mut state = State {
        day_used: 40,
        ..State::default()
    };
    state.give_back(
        "gone",
        at(0),
        Feedback {
            day_remaining: Some(20),
            ..Feedback::default()
        },
        LIMITS,
    );
    assert_eq!(state.day_used, 23, "20 by their count, and three that may be under way");
}

#[test]
fn the_item_stays_below_one_write_unit() {
    // As many as fit: a ledger that allows more pays for a second write unit.
    let limits = CallLimits {
        minute: 60,
        at_once: 5,
        day: 5_000,
    };
    let mut state = State::default();
    for number in 0..60 {
        let id = format!("{number:012}");
        state.take(&id, at(1_790_000_000_000 + number * 1_000), Priority::Close, limits);
        if number < 55 {
            state.give_back(&id, at(1_790_000_000_000 + number * 1_000), Feedback::default(), limits);
        }
    }
    assert_eq!((state.minute.len(), state.leases.len()), (60, 5));
    assert!(state.to_json().to_string().len() < 900, "{}", state.to_json());
}
