//! Tokens: kept, renewed, and rotated by one refresher at a time.

use std::sync::Arc;

use serde_json::json;
use tieout_ledger::Ledger;
use tieout_ledger::{InvoiceId, LedgerError};
use tieout_platform::failure::{Class, Classified};
use tieout_platform::vendor::StoredToken;

use crate::samples::invoice_json;
use crate::support::{Answer, ID, MemoryVault, Script, TARGET, Write, client, client_with, login, ok, refresh_login, stored, write};

fn found() -> Answer {
    ok(json!({"Invoices": [invoice_json()]}).to_string())
}

fn expired() -> Answer {
    let body = json!({"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 11/22/2026"});
    Answer::Reply(401, Vec::new(), body.to_string())
}

fn issued(access: &str, refresh: &str) -> Answer {
    ok(json!({"access_token": access, "expires_in": 1800, "refresh_token": refresh}).to_string())
}

fn refused(error: &str) -> Answer {
    Answer::Reply(400, Vec::new(), json!({"error": error}).to_string())
}

async fn read(xero: &Arc<dyn Ledger>) -> Result<(), LedgerError> {
    xero.invoice(&InvoiceId::parse(ID).unwrap()).await.map(|_| ())
}

fn bearers(script: &Script) -> Vec<String> {
    let calls = script.calls();
    let bearer = |call: &tieout_platform::http::Request| call.headers()["authorization"].to_str().unwrap().to_owned();
    calls.iter().map(bearer).collect()
}

#[tokio::test]
async fn client_credentials_are_asked_once_for_many_calls() {
    let script = Script::new([found(), found()]);
    let xero = client(&script);
    read(&xero).await.unwrap();
    read(&xero.clone()).await.unwrap();
    let logins = script.logins();
    assert_eq!(logins.len(), 1);
    let form = String::from_utf8(logins[0].body().to_vec()).unwrap();
    assert!(
        form.starts_with("grant_type=client_credentials&scope=accounting.invoices%20accounting.contacts%20"),
        "{form}"
    );
    assert_eq!(logins[0].headers()["authorization"], "Basic Y2xpZW50OnNlY3JldA==");
    assert_eq!(logins[0].uri().to_string(), "https://identity.xero.test/connect/token");
}

#[tokio::test]
async fn a_short_lived_token_is_not_kept_and_an_expired_one_is_renewed_once() {
    let brief = || ok(json!({"access_token": "brief", "expires_in": 60}).to_string());
    let script = Script::with_identity([found(), found()], [brief(), brief()]);
    let xero = client(&script);
    read(&xero).await.unwrap();
    read(&xero).await.unwrap();
    assert_eq!(script.logins().len(), 2, "a minute before its end a token is old");

    for (life, logins) in [
        ("", 1),
        (r#","expires_in":null"#, 1),
        (r#","expires_in":"1800""#, 1),
        (r#","expires_in":"60""#, 2),
    ] {
        let answer = || ok(format!(r#"{{"access_token":"a","token_type":"Bearer"{life}}}"#));
        let script = Script::with_identity([found(), found()], [answer(), answer()]);
        let xero = client(&script);
        read(&xero).await.unwrap();
        read(&xero).await.unwrap();
        assert_eq!(script.logins().len(), logins, "{life}");
    }

    let script = Script::with_identity([expired(), found()], [issued("one", ""), issued("two", "")]);
    read(&client(&script)).await.unwrap();
    assert_eq!(bearers(&script), ["Bearer one", "Bearer two"]);

    // Revoked, without words, and by a proxy: none of them says that the scopes are at fault.
    for body in [r#"{"Title":"Unauthorized","Detail":"AuthenticationUnsuccessful"}"#, "", "<html>"] {
        let refused = Answer::Reply(401, Vec::new(), body.to_owned());
        let script = Script::with_identity([refused, found()], [issued("one", ""), issued("two", "")]);
        read(&client(&script)).await.unwrap();
        assert_eq!(bearers(&script), ["Bearer one", "Bearer two"], "{body}");
    }

    let script = Script::with_identity([expired(), expired()], [issued("one", ""), issued("two", "")]);
    assert_eq!(read(&client(&script)).await.unwrap_err().class(), Class::Permanent);

    let script = Script::with_identity([expired(), found()], [issued("one", ""), issued("two", "")]);
    assert!(write(&client(&script), Write::Invoice, "{}", TARGET).await.is_ok());
    let keys: Vec<_> = script
        .calls()
        .iter()
        .map(|call| call.headers()["idempotency-key"].clone())
        .collect();
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_login_that_fails_changes_nothing_at_the_ledger() {
    for (answer, class, words) in [
        (refused("invalid_client"), Class::Permanent, "invalid_client"),
        (
            Answer::Reply(500, Vec::new(), String::new()),
            Class::Transient { after: None },
            "log in",
        ),
        (ok("<html>"), Class::Transient { after: None }, "log in"),
        (Answer::NotSent, Class::Transient { after: None }, "log in"),
        (Answer::Lost, Class::Transient { after: None }, "log in"),
    ] {
        let script = Script::with_identity([], [answer]);
        let made = write(&client(&script), Write::Invoice, "{}", TARGET).await;
        let (found, text) = made.unwrap_err();
        assert_eq!(found, class, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

fn safe(stored: Option<StoredToken>) -> Arc<MemoryVault> {
    let safe = MemoryVault::default();
    *safe.stored.lock().unwrap() = stored;
    Arc::new(safe)
}

#[tokio::test]
async fn a_refreshed_token_is_in_the_safe_before_it_is_used() {
    let vault = safe(Some(stored("old", 7)));
    let script = Script::with_identity([found(), found()], [issued("access", "new")]);
    let xero = client_with(&script, refresh_login(), Arc::default(), Arc::clone(&vault));
    read(&xero).await.unwrap();
    read(&xero).await.unwrap();
    let form = String::from_utf8(script.logins()[0].body().to_vec()).unwrap();
    assert_eq!(form, "grant_type=refresh_token&refresh_token=old");
    let kept = vault.stored.lock().unwrap().clone().unwrap();
    assert_eq!((kept.refresh_token.expose(), kept.version), ("new", 8));
    assert_eq!(*vault.steps.lock().unwrap(), ["lock true", "rotate true"]);

    // Another process takes the access token out of the safe and asks nobody.
    let script = Script::new([found()]);
    read(&client_with(&script, refresh_login(), Arc::default(), vault)).await.unwrap();
    assert!(script.logins().is_empty());
    assert_eq!(bearers(&script), ["Bearer access"]);
}

fn theirs() -> StoredToken {
    let until = "2026-11-22T01:00:00Z".parse().unwrap();
    StoredToken {
        access_token: Some((tieout_platform::secret::Secret::new("theirs"), until)),
        ..stored("theirs", 8)
    }
}

#[tokio::test]
async fn whoever_is_overtaken_uses_what_the_other_one_stored() {
    // Waiting for the lock; between our look and our lock; while we asked.
    for (busy, reads, identity, steps) in [
        (1, 1, vec![], &["lock false"][..]),
        (0, 1, vec![], &["lock true", "unlock"]),
        (0, 2, vec![refused("invalid_grant")], &["lock true", "unlock"]),
    ] {
        let vault = safe(Some(stored("old", 7)));
        *vault.busy.lock().unwrap() = busy;
        *vault.overtaken.lock().unwrap() = Some((reads, theirs()));
        let script = Script::with_identity([found()], identity);
        read(&client_with(&script, refresh_login(), Arc::default(), Arc::clone(&vault)))
            .await
            .unwrap();
        assert_eq!(bearers(&script), ["Bearer theirs"]);
        assert_eq!(*vault.steps.lock().unwrap(), steps);
    }
}

#[tokio::test]
async fn a_dead_refresh_token_a_held_lock_and_a_lost_answer_are_told_apart() {
    for (token, busy, identity, class, steps) in [
        (None, 0, vec![], Class::Permanent, 0),
        (Some(stored("old", 7)), 0, vec![refused("invalid_grant")], Class::Permanent, 2),
        (Some(stored("old", 7)), 0, vec![Answer::Lost], Class::Transient { after: None }, 2),
    ] {
        let vault = safe(token);
        *vault.busy.lock().unwrap() = busy;
        let script = Script::with_identity([], identity);
        let error = read(&client_with(&script, refresh_login(), Arc::default(), Arc::clone(&vault)))
            .await
            .unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert_eq!(vault.steps.lock().unwrap().len(), steps, "the lock is given back: {error}");
    }
    let vault = safe(Some(stored("old", 7)));
    *vault.busy.lock().unwrap() = u32::MAX;
    let script = Script::new([]);
    let error = read(&client_with(&script, refresh_login(), Arc::default(), vault))
        .await
        .unwrap_err();
    assert!(matches!(error, LedgerError::RefreshBusy { .. }), "{error}");
}

#[tokio::test]
async fn a_new_token_is_offered_to_a_failing_safe_again() {
    for (lost_answers, passes) in [(1, true), (2, true), (3, false)] {
        let vault = safe(Some(stored("old", 7)));
        *vault.lost_answers.lock().unwrap() = lost_answers;
        let script = Script::with_identity([found()], [issued("access", "new")]);
        let read = read(&client_with(&script, refresh_login(), Arc::default(), Arc::clone(&vault))).await;
        assert_eq!(read.is_ok(), passes, "{lost_answers}");
        assert_eq!(script.logins().len(), 1);
        if let Err(error) = read {
            assert_eq!(
                error.class(),
                Class::Transient { after: None },
                "a store's class is not the ledger's"
            );
        }
        let kept = vault.stored.lock().unwrap().clone().unwrap();
        assert_eq!((kept.refresh_token.expose(), kept.version), ("new", 8));
    }
}

#[test]
fn a_login_does_not_print_its_secret() {
    let printed = format!("{:?} {:?}", login(), refresh_login());
    assert!(!printed.contains("\"secret\"") && printed.contains("Secret(…)"), "{printed}");
}
