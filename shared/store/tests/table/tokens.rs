//! Rotating tokens: one refresher, and no token lost.

use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};

use crate::harness::{Fault, Local, at};

fn token(version: u64, access: bool) -> StoredToken {
    StoredToken {
        refresh_token: Secret::new(format!("r{version}")),
        access_token: access.then(|| (Secret::new(format!("a{version}")), at(1_800))),
        version,
    }
}

#[tokio::test]
async fn one_refresher_at_a_time() {
    let local = Local::start().await;
    let (store, other) = (&local.store, local.another());
    let (one, two) = tokio::join!(store.lock("ledger", "w1", at(0), at(60)), other.lock("ledger", "w2", at(0), at(60)));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one ^ two);
    let (winner, loser) = if one { ("w1", "w2") } else { ("w2", "w1") };
    // (holder, now, taken): the lock ends by itself, and its holder may take it again.
    for (holder, now, taken) in [(loser, 59, false), (winner, 59, true), (loser, 119, true), (winner, 120, false)] {
        let answer = store.lock("ledger", holder, at(now), at(now + 60)).await.unwrap();
        assert_eq!(answer, taken, "{holder} {now}");
    }
    store.unlock("ledger", winner).await.unwrap();
    assert!(
        !store.lock("ledger", winner, at(121), at(200)).await.unwrap(),
        "somebody else's lock is not freed"
    );
    store.unlock("ledger", loser).await.unwrap();
    assert!(store.lock("ledger", winner, at(121), at(200)).await.unwrap());
    assert!(TokenVault::read(store, "ledger").await.unwrap().is_none(), "a lock is not a token");
}

#[tokio::test]
async fn a_token_follows_the_one_before_it() {
    let local = Local::start().await;
    let store = &local.store;
    store.lock("ledger", "w1", at(0), at(60)).await.unwrap();
    // (version, stored): only the next one is.
    for (version, stored) in [(2, false), (1, true), (1, false), (3, false), (2, true), (1, false), (3, true)] {
        let answer = store.rotate("ledger", token(version, version != 3)).await.unwrap();
        assert_eq!(answer, stored, "{version}");
    }
    let read = TokenVault::read(store, "ledger").await.unwrap().unwrap();
    assert_eq!((read.refresh_token.expose(), read.version), ("r3", 3));
    assert!(read.access_token.is_none(), "the old access token went with the old refresh token");
    assert!(store.lock("ledger", "w2", at(1), at(60)).await.unwrap(), "rotation frees the lock");
    store.rotate("ledger", token(4, true)).await.unwrap();
    let (access, until) = TokenVault::read(store, "ledger").await.unwrap().unwrap().access_token.unwrap();
    assert_eq!((access.expose(), until), ("a4", at(1_800)));
}

#[tokio::test]
async fn a_rotation_whose_answer_was_lost_is_known_as_done() {
    let local = Local::start().await;
    for (version, times) in [(1, 1), (2, 4)] {
        local.faulty.plan("UpdateItem", Fault::AnswerLost, times);
        assert!(
            local.store.rotate("ledger", token(version, true)).await.unwrap(),
            "a new token must not be thrown away"
        );
    }
    let first = token(0, false);
    assert!(local.store.rotate("other", first).await.unwrap(), "a first token may be version 0");
    assert!(local.store.rotate("other", token(1, false)).await.unwrap());
}
