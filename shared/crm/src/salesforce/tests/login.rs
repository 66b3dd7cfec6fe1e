//! Tokens: requested once, renewed after 401, signed correctly.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::*;

const EXPIRED: &str = r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
const EMPTY: &str = r#"{"totalSize":0,"done":true,"records":[]}"#;
const KEY: &str = include_str!("not_a_secret_key.pem");
const PUBLIC_KEY: &str = include_str!("not_a_secret_key.pub.pem");

fn form(request: &Request) -> Vec<(String, String)> {
    let text = std::str::from_utf8(request.body()).unwrap();
    text.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn jwt_settings(key: &str) -> SalesforceSettings {
    SalesforceSettings {
        login: Login::JwtBearer {
            client_id: "the-app".to_owned(),
            username: "tieout@northwind.example".to_owned(),
            audience: "https://login.salesforce.com".to_owned(),
            private_key_pem: Secret::new(key),
        },
        ..settings()
    }
}

#[tokio::test]
async fn one_token_serves_many_calls() {
    let (client, script) = client([ok(EMPTY), ok(EMPTY)]);
    assert!(script.asked().is_empty(), "built without I/O");
    client.read_deal(&id()).await.unwrap();
    client.read_deal(&id()).await.unwrap();
    let asked = script.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].uri(), "https://northwind.my.salesforce.com/services/oauth2/token");
    let wanted = [
        ("grant_type", "client_credentials"),
        ("client_id", "the-app"),
        ("client_secret", CANARY),
    ];
    assert_eq!(form(&asked[0]), wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let renewed = TOKEN.replace("canary-token", "second-token");
    let (client, script) = client([End::Answer(401, EXPIRED.to_owned()), ok(renewed), ok(EMPTY), ok(EMPTY)]);
    client.read_deal(&id()).await.unwrap();
    client.read_deal(&id()).await.unwrap();
    let asked = script.asked();
    assert_eq!(asked.len(), 5, "{:?}", script.lines());
    assert_eq!(asked[3].headers()["authorization"], "Bearer second-token");
    assert_eq!(asked[4].headers()["authorization"], "Bearer second-token");

    // By its code under another status, as an object, and without any words.
    let object = EXPIRED.trim_matches(['[', ']']).to_owned();
    for (status, body) in [
        (403, EXPIRED.to_owned()),
        (400, object),
        (401, String::new()),
        (401, "<html>".to_owned()),
    ] {
        let (client, script) = super::client([End::Answer(status, body), ok(TOKEN), ok(EMPTY)]);
        client.read_deal(&id()).await.unwrap();
        assert_eq!(script.asked().len(), 4, "{status}: {:?}", script.lines());
    }

    let (client, script) = super::client([
        End::Answer(401, EXPIRED.to_owned()),
        ok(TOKEN),
        End::Answer(401, EXPIRED.to_owned()),
    ]);
    let error = client.read_deal(&id()).await.unwrap_err();
    assert_eq!(
        tieout_platform::failure::Classified::class(&error),
        tieout_platform::failure::Class::Transient { after: None }
    );
    assert_eq!(script.asked().len(), 4);
}

#[tokio::test]
async fn two_calls_at_once_ask_for_one_token() {
    let (client, script) = client([ok(EMPTY), ok(EMPTY)]);
    let record = id();
    let (one, other) = tokio::join!(client.read_deal(&record), client.read_deal(&record));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test]
async fn an_assertion_is_signed_for_two_minutes() {
    let (client, script) = client_with(jwt_settings(KEY), vec![ok(TOKEN), ok(EMPTY)]);
    client.read_deal(&id()).await.unwrap();
    let form = form(&script.asked()[0]);
    assert_eq!(
        form[0],
        ("grant_type".to_owned(), "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned())
    );
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&["https://login.salesforce.com"]);
    let key = DecodingKey::from_rsa_pem(PUBLIC_KEY.as_bytes()).unwrap();
    let claims = jsonwebtoken::decode::<Value>(&form[1].1, &key, &validation).unwrap().claims;
    assert_eq!(
        (claims["iss"].as_str(), claims["sub"].as_str()),
        (Some("the-app"), Some("tieout@northwind.example"))
    );
    assert_eq!(claims["exp"].as_i64(), Some(1_795_341_720));
}

#[tokio::test]
async fn an_invalid_key_is_named() {
    let (client, script) = client_with(jwt_settings("canary-secret"), Vec::new());
    let error = client.read_deal(&id()).await.unwrap_err();
    assert!(matches!(error, CrmError::Setting { name: "private key", .. }));
    assert!(!format!("{error:?} {client:?}").contains(CANARY));
    assert!(script.asked().is_empty());
}
