//! Who gets a session, and for how long.

use std::time::Duration;

use base64::Engine as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use super::*;

fn assertion(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
    let jwt = jsonwebtoken::encode(&Header::new(algorithm), claims, key).unwrap();
    format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={jwt}")
}

/// A form, the pair of a Basic header, the answer.
const FORMS: &str = r#"
    grant_type=client_credentials | tieout-local-client:tieout-local-secret | 200
    grant_type=client_credentials&client_id=tieout-local-client&client_secret=tieout-local-secret | ~ | 200
    grant_type=client_credentials | tieout-local-client:guess | 400 invalid_client
    grant_type=client_credentials&client_id=tieout-local-client&client_secret=guess | ~ | 400 invalid_client
    grant_type=client_credentials&client_id=other&client_secret=guess | ~ | 400 invalid_client_id
    grant_type=client_credentials | ~ | 400 invalid_client_id
    grant_type=password&username=a&password=b | ~ | 400 unsupported_grant_type
    grant_type=refresh_token&refresh_token=a | ~ | 400 unsupported_grant_type
    ~ | ~ | 400 unsupported_grant_type
    grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer | ~ | 400 invalid_grant
"#;

#[tokio::test]
async fn client_credentials_are_checked() {
    let world = World::new().await;
    let basic = |pair: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let good = basic("tieout-local-client:tieout-local-secret");
    for [form, pair, wanted] in rows(FORMS) {
        let authorization = (!pair.is_empty()).then(|| basic(pair));
        let authorization = authorization.as_deref();
        assert_eq!(world.post_form(form, authorization).await.verdict(), wanted, "{form}");
    }
    let answer = world.post_form("grant_type=client_credentials", Some(&good)).await.json();
    assert_eq!(answer["instance_url"], json!(world.salesforce.url));
    assert_eq!(answer["token_type"], json!("Bearer"));
    assert_eq!(answer["issued_at"], json!("1788910833000"));
    assert!(answer["access_token"].as_str().unwrap().starts_with("00Dxx0000001gPF!"));
    assert!(answer.get("refresh_token").is_none());
    let json = world.send("POST", "/services/oauth2/token", Some(&json!({}))).await.unwrap();
    assert_eq!(json.verdict(), "400 invalid_request");
}

/// Claims that are good for three minutes.
fn claims() -> Value {
    json!({
        "iss": "tieout-local-client",
        "sub": "tieout@sandbox.example",
        "aud": "https://login.salesforce.com",
        "exp": start_of_time().timestamp() + 180,
    })
}

#[tokio::test]
async fn assertions_are_checked() {
    let world = World::new().await;
    let key = EncodingKey::from_rsa_pem(JWT_PRIVATE_KEY.as_bytes()).unwrap();
    let now_s = start_of_time().timestamp();
    let good = claims();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    for (claims, wanted) in [
        (good.clone(), "200"),
        (with("aud", json!(world.salesforce.url)), "200"),
        (with("aud", json!(["https://test.salesforce.com"])), "200"),
        (
            with("aud", json!("https://elsewhere.example")),
            "400 invalid_grant: audience is invalid",
        ),
        (with("exp", json!(now_s + 181)), "400 invalid_grant: invalid assertion"),
        (with("exp", json!(now_s)), "400 invalid_grant: invalid assertion"),
        (with("exp", Value::Null), "400 invalid_grant: invalid assertion"),
        (with("iss", json!("somebody")), "400 invalid_client_id: client identifier invalid"),
        (
            with("sub", json!("nobody@sandbox.example")),
            "400 invalid_grant: user hasn't approved this consumer",
        ),
    ] {
        let answer = world.post_form(&assertion(Algorithm::RS256, &key, &claims), None).await;
        let why = answer.json()["error_description"].as_str().map(|why| format!(": {why}"));
        assert_eq!(answer.verdict() + &why.unwrap_or_default(), wanted, "{claims}");
    }
}

#[tokio::test]
async fn forged_assertions_are_refused() {
    let world = World::new().await;
    let key = EncodingKey::from_rsa_pem(JWT_PRIVATE_KEY.as_bytes()).unwrap();
    let good = claims();
    let forged = assertion(Algorithm::HS256, &EncodingKey::from_secret(JWT_PUBLIC_KEY.as_bytes()), &good);
    assert_eq!(world.post_form(&forged, None).await.verdict(), "400 invalid_grant");
    let mut tampered = assertion(Algorithm::RS256, &key, &good);
    tampered.replace_range(tampered.len() - 9..tampered.len() - 8, "~");
    assert_eq!(world.post_form(&tampered, None).await.verdict(), "400 invalid_grant");
    let without = World::with(|config| config.jwt_public_key_pem = None).await;
    let answer = without.post_form(&assertion(Algorithm::RS256, &key, &good), None).await;
    assert_eq!(answer.verdict(), "400 invalid_grant");
}

#[tokio::test]
async fn sessions_end() {
    let mut world = World::with(|config| config.session = Duration::from_secs(60)).await;
    assert_eq!(world.get("/limits").await.verdict(), "200");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.get("/limits").await.verdict(), "401 INVALID_SESSION_ID");
    world.log_in().await;
    assert_eq!(world.get("/limits").await.verdict(), "200");
    world.salesforce.expire_tokens().unwrap();
    assert_eq!(world.get("/limits").await.verdict(), "401 INVALID_SESSION_ID");
    let bare = read(world.http.get(format!("{}{BASE}/limits", world.salesforce.url)))
        .await
        .unwrap();
    assert_eq!(bare.verdict(), "401 INVALID_AUTH_HEADER");
    // The list of versions needs none.
    let versions = read(world.http.get(format!("{}/services/data", world.salesforce.url)))
        .await
        .unwrap();
    assert_eq!(versions.json()[0]["version"], json!("31.0"));
}
