//! The shared budget over the table, by several processes at once.

use std::time::Duration;

use futures::future::join_all;
use tieout_platform::vendor::{Budget, CallLimits, Feedback, Grant, Lease, Priority};
use tieout_store::Store;

use crate::harness::{Fault, Local};

const LIMITS: CallLimits = CallLimits {
    minute: 8,
    at_once: 3,
    day: 1_000,
};

async fn take(store: &Store) -> Option<Lease> {
    match store.take("uk", LIMITS, Priority::Normal).await.unwrap() {
        Grant::Granted(lease) => Some(lease),
        Grant::Wait(wait) => {
            assert!(!wait.is_zero());
            None
        }
    }
}

#[tokio::test]
async fn processes_side_by_side_never_get_more_than_the_limits() {
    let local = Local::start().await;
    let processes: Vec<Store> = (0..4).map(|_| local.another()).collect();
    let mut granted = Vec::new();
    let mut open: Vec<Lease> = Vec::new();
    for round in 0..40 {
        let asked = join_all((0..8).map(|number| take(&processes[number % 4]))).await;
        let got: Vec<_> = asked.into_iter().flatten().collect();
        granted.push((round, got.len()));
        open.extend(got);
        assert!(open.len() <= 3, "{} at once", open.len());
        let minute: usize = granted.iter().filter(|(then, _)| round - then < 6).map(|(_, count)| count).sum();
        assert!(minute <= 8, "{minute} in a minute");
        let back = open.drain(..open.len().min(2 + round % 2));
        join_all(
            back.enumerate()
                .map(|(number, lease)| processes[number].give_back(lease, Feedback::default())),
        )
        .await;
        local.pass(10);
    }
    let total: usize = granted.iter().map(|(_, count)| count).sum();
    assert!(total >= 40, "the budget is used: {total}");
}

#[tokio::test]
async fn one_process_alone_pays_two_writes_a_call() {
    let local = Local::start().await;
    let store = local.store.clone();
    let lease = take(&store).await.unwrap();
    store.give_back(lease, Feedback::default()).await.unwrap();
    local.calls();
    let lease = take(&store).await.unwrap();
    store.give_back(lease, Feedback::default()).await.unwrap();
    assert_eq!(local.calls(), ["PutItem", "PutItem"]);
}

#[tokio::test]
async fn a_process_that_died_gives_its_places_back_by_time() {
    let local = Local::start().await;
    let store = local.store.clone();
    for _ in 0..3 {
        assert!(take(&store).await.is_some());
    }
    assert!(take(&store).await.is_none());
    local.pass(69);
    assert!(take(&local.another()).await.is_none());
    local.pass(1);
    assert!(take(&store).await.is_some());
}

#[tokio::test]
async fn a_pause_holds_for_all_and_organisations_are_apart() {
    let local = Local::start().await;
    let (one, other) = (local.store.clone(), local.another());
    let lease = take(&one).await.unwrap();
    let feedback = Feedback {
        retry_after: Some(Duration::from_secs(30)),
        ..Feedback::default()
    };
    one.give_back(lease, feedback).await.unwrap();
    let answer = other.take("uk", LIMITS, Priority::Close).await.unwrap();
    assert_eq!(answer, Grant::Wait(Duration::from_secs(30)));
    assert!(matches!(
        other.take("us", LIMITS, Priority::Close).await.unwrap(),
        Grant::Granted(_)
    ));
    local.pass(30);
    assert!(take(&other).await.is_some());
}

#[tokio::test]
async fn a_lost_answer_costs_no_second_place() {
    let local = Local::start().await;
    let store = local.store.clone();
    for times in [1, 4] {
        local.faulty.plan("PutItem", Fault::AnswerLost, times);
        assert!(take(&store).await.is_some());
    }
    assert!(take(&store).await.is_some(), "two places were taken, not more");
    assert!(take(&store).await.is_none());
}
