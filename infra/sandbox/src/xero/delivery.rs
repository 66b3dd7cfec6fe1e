//! Sends webhooks: signs, posts, judges the answer; dances the intent-to-receive dance before the first event.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::future::BoxFuture;
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

/// Carries one webhook to its receiver and gives the answer; none where there was none. The simulator puts its own in the network's place.
pub type Poster = Arc<dyn Fn(http::Request<Bytes>) -> BoxFuture<'static, Option<http::Response<Bytes>>> + Send + Sync>;

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

/// The network, as Xero uses it for webhooks.
pub(super) fn over_network(client: reqwest::Client) -> Poster {
    Arc::new(move |request| {
        let client = client.clone();
        Box::pin(async move {
            let mut response = client.execute(request.try_into().ok()?).await.ok()?;
            let mut answer = http::Response::new(Bytes::new());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = std::mem::take(response.headers_mut());
            *answer.body_mut() = response.bytes().await.ok()?;
            Some(answer)
        })
    })
}

/// One pump step: the dance if it is owed, then every delivery that is due now, one after the other.
///
/// Gives how many deliveries were accepted.
pub(super) async fn deliver_due(shared: &Shared, poster: &Poster) -> Result<usize, DocsError> {
    let target = shared.world().webhooks.target.clone();
    let Some(target) = target else { return Ok(0) };
    let owes_dance = shared.world().webhooks.owes_dance(shared.clock.now());
    if owes_dance {
        let passed = dance(poster, &target).await;
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
        let accepted = post(poster, &target, &body, true).await == Some(StatusCode::OK);
        accepted_count += usize::from(accepted);
        let mut world = shared.world();
        world.webhooks.answered(delivery.id, accepted, shared.clock.now());
        world.save_webhooks()?;
    }
    Ok(accepted_count)
}

/// Rightly signed posts must be answered 200, those with one altered character 401.
async fn dance(poster: &Poster, target: &WebhookTarget) -> bool {
    for place in 0..DANCE_POSTS {
        let right = place % 2 == 0;
        // The real one writes these spaces.
        let body = format!(
            "{{\"events\":[],\"firstEventSequence\": 0,\"lastEventSequence\": 0, \"entropy\": \"{}\"}}",
            entropy()
        );
        let wanted = if right { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        if post(poster, target, &body, right).await != Some(wanted) {
            tracing::warn!(place, "the intent-to-receive dance failed");
            return false;
        }
    }
    true
}

/// Posts a body; none when the connection failed, or the answer has a body or a cookie, which Xero forbids.
async fn post(poster: &Poster, target: &WebhookTarget, body: &str, right: bool) -> Option<StatusCode> {
    let mut signature = signature(&target.key, body.as_bytes());
    if !right {
        let other = if signature.starts_with('/') { 'B' } else { '/' };
        signature = std::iter::once(other).chain(signature.chars().skip(1)).collect();
    }
    let request = http::Request::post(&target.url)
        .header("x-xero-signature", signature)
        .header("content-type", "application/json; charset=utf-8")
        .body(Bytes::from(body.to_owned()));
    let answer = poster(request.ok()?).await?;
    let has_cookie = answer.headers().contains_key(http::header::SET_COOKIE);
    (answer.body().is_empty() && !has_cookie).then_some(answer.status())
}

/// Twenty capital letters.
fn entropy() -> String {
    let digits = new_id().replace('-', "");
    let letter = |digit: char| char::from(b'A' + u8::try_from(digit.to_digit(16).unwrap_or(0)).unwrap_or(0));
    digits.chars().take(20).map(letter).collect()
}
