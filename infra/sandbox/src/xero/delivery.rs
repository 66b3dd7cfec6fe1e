//! Sends webhooks: signs, posts, judges the answer; dances the intent-to-receive dance before the first event.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use sha2::Sha256;

use super::server::Shared;
use super::webhooks::WebhookTarget;
use super::world::new_id;
use crate::docs::DocsError;

/// A receiver must answer within this.
const TIMEOUT_S: u64 = 5;
/// Posts of the dance: those with an odd place are signed wrongly.
const DANCE_POSTS: usize = 4;

/// base64(HMAC-SHA256(UTF-8 of the key, body)).
pub(super) fn signature(key: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The client that posts; it follows no redirects, as a webhook does not.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(TIMEOUT_S))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// One pump step: the dance if it is owed, then every delivery that is due now, one after the other.
///
/// Gives how many deliveries were accepted.
pub(super) async fn deliver_due(shared: &Shared, client: &reqwest::Client) -> Result<usize, DocsError> {
    let target = shared.world().webhooks.target.clone();
    let Some(target) = target else { return Ok(0) };
    let owes_dance = shared.world().webhooks.owes_dance(shared.clock.now());
    if owes_dance {
        let passed = dance(client, &target).await;
        let mut world = shared.world();
        world.webhooks.danced(passed, shared.clock.now());
        world.save_webhooks()?;
    }
    let due = {
        let mut world = shared.world();
        let due = world.webhooks.due(shared.clock.now());
        if !due.is_empty() {
            world.save_webhooks()?;
        }
        due
    };
    let mut accepted_count = 0;
    for delivery in due {
        let body = delivery.body(&entropy());
        let accepted = post(client, &target, &body, true).await == Some(StatusCode::OK);
        accepted_count += usize::from(accepted);
        let mut world = shared.world();
        world.webhooks.answered(delivery.id, accepted, shared.clock.now());
        world.save_webhooks()?;
    }
    Ok(accepted_count)
}

/// Rightly signed posts must be answered 200, those with one altered character 401.
async fn dance(client: &reqwest::Client, target: &WebhookTarget) -> bool {
    for place in 0..DANCE_POSTS {
        let right = place % 2 == 0;
        // The real one writes these spaces.
        let body = format!(
            "{{\"events\":[],\"firstEventSequence\": 0,\"lastEventSequence\": 0, \"entropy\": \"{}\"}}",
            entropy()
        );
        let wanted = if right { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        if post(client, target, &body, right).await != Some(wanted) {
            tracing::warn!(place, "the intent-to-receive dance failed");
            return false;
        }
    }
    true
}

/// Posts a body; none when the connection failed, or the answer has a body or a cookie, which Xero forbids.
async fn post(client: &reqwest::Client, target: &WebhookTarget, body: &str, right: bool) -> Option<StatusCode> {
    let mut signature = signature(&target.key, body.as_bytes());
    if !right {
        let other = if signature.starts_with('/') { 'B' } else { '/' };
        signature = std::iter::once(other).chain(signature.chars().skip(1)).collect();
    }
    let request = client
        .post(&target.url)
        .header("x-xero-signature", signature)
        .header("content-type", "application/json; charset=utf-8")
        .body(body.to_owned());
    let response = request.send().await.ok()?;
    let status = response.status();
    let has_cookie = response.headers().contains_key(http::header::SET_COOKIE);
    let answer = response.bytes().await.ok()?;
    (answer.is_empty() && !has_cookie).then_some(status)
}

/// Twenty capital letters.
fn entropy() -> String {
    let digits = new_id().replace('-', "");
    let letter = |digit: char| char::from(b'A' + u8::try_from(digit.to_digit(16).unwrap_or(0)).unwrap_or(0));
    digits.chars().take(20).map(letter).collect()
}
