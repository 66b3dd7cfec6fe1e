//! The entrance: tokens, tenants, limits, idempotency keys, faults, languages.

use super::*;

#[tokio::test]
async fn tokens_are_given_rotated_and_refused() {
    let bench = Bench::new().await;
    for (form, error) in [
        ("grant_type=client_credentials&client_id=id&client_secret=wrong", "invalid_client"),
        ("grant_type=client_credentials", "invalid_client"),
        ("grant_type=password&client_id=id&client_secret=secret", "unsupported_grant_type"),
        (
            "grant_type=refresh_token&refresh_token=none&client_id=id&client_secret=secret",
            "invalid_grant",
        ),
    ] {
        let refused = bench.token(form).await;
        assert_eq!((refused.status, refused.json()), (400, json!({"error": error})), "{form}");
    }
    let url = format!("{}/connect/token", bench.xero.url());
    let basic = bench
        .http
        .post(url)
        .basic_auth("id", Some("secret"))
        .body("grant_type=client_credentials");
    let basic = answer(basic).await.unwrap().json();
    assert_eq!((&basic["expires_in"], basic.get("refresh_token")), (&json!(1800), None));
    let refresh = |token: &str| format!("grant_type=refresh_token&refresh_token={token}&client_id=id&client_secret=secret");
    let pair = bench.token(&refresh("consented")).await.json();
    let second = pair["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(second, "consented");
    bench.clock.advance(Duration::from_secs(29 * 60));
    assert_eq!(bench.token(&refresh("consented")).await.status, 200, "within the grace");
    bench.clock.advance(Duration::from_secs(60));
    assert_eq!(bench.token(&refresh("consented")).await.json(), json!({"error": "invalid_grant"}));
    assert_eq!(bench.token(&refresh(&second)).await.status, 200);
}

#[tokio::test]
async fn who_may_call_which_organisation() {
    let bench = Bench::new().await;
    let token = bench.bearer().await;
    bench.xero.add_custom_connection("one", "s", OTHER);
    let own = bench
        .token("grant_type=client_credentials&client_id=one&client_secret=s")
        .await
        .json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let try_it = async |token: Option<&str>, tenant: Option<&str>| {
        let mut request = bench.http.get(format!("{}/api.xro/2.0/Organisation", bench.xero.url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(tenant) = tenant {
            request = request.header("Xero-Tenant-Id", tenant);
        }
        answer(request).await.unwrap()
    };
    for (token, tenant, status) in [
        (Some(token.as_str()), Some(TENANT), 200),
        (Some(&token), Some("nobody"), 403),
        (Some(&token), None, 403),
        (Some(&own), None, 200),
        (Some(&own), Some(""), 200),
        (Some(&own), Some(TENANT), 403),
        (None, Some(TENANT), 401),
        (Some("made-up"), Some(TENANT), 401),
    ] {
        let got = try_it(token, tenant).await;
        assert_eq!(got.status, status, "{tenant:?}");
        match status {
            403 => assert_eq!(got.json()["detail"], json!("AuthenticationUnsuccessful"), "keys in lower case"),
            401 => assert_eq!(got.json()["Detail"], json!("AuthenticationUnsuccessful")),
            _ => {}
        }
    }
    bench.clock.advance(Duration::from_secs(1_800));
    let expired = try_it(Some(&token), Some(TENANT)).await;
    assert_eq!(expired.status, 401);
    assert!(expired.json()["Detail"].as_str().unwrap().starts_with("TokenExpired"));
    assert_eq!(
        bench.call("GET", "Journals", Value::Null).await.json()["Detail"],
        json!("AuthorizationUnsuccessful")
    );
    assert_eq!(bench.call("GET", "Widgets", Value::Null).await.status, 404);
}

#[tokio::test]
async fn sixty_in_a_minute_and_so_many_in_a_day() {
    let bench = Bench::new().await;
    let get = async || bench.call_now("GET", "Organisation", &Value::Null, &[]).await.unwrap();
    for left in (0..60).rev() {
        let passed = get().await;
        assert_eq!(passed.status, 200);
        assert_eq!(passed.header("x-minlimit-remaining"), Some(left.to_string().as_str()));
    }
    bench.clock.advance(Duration::from_secs(20));
    let refused = get().await;
    assert_eq!(
        (
            refused.status,
            refused.header("x-rate-limit-problem"),
            refused.header("retry-after")
        ),
        (429, Some("minute"), Some("40"))
    );
    let other = bench
        .call_now("GET", "Organisation", &Value::Null, &[("xero-tenant-id", OTHER)])
        .await
        .unwrap();
    assert_eq!(other.status, 200, "each tenant has its own minute");
    bench.clock.advance(Duration::from_secs(40));
    assert_eq!(get().await.status, 200);
    bench
        .xero
        .create_organisation(Organisation {
            daily_limit: 62,
            ..organisation()
        })
        .unwrap();
    assert_eq!(get().await.header("x-daylimit-remaining"), Some("0"));
    let day = get().await;
    assert_eq!(
        (day.status, day.header("x-rate-limit-problem"), day.header("retry-after")),
        (429, Some("day"), Some("86340"))
    );
    bench.clock.advance(Duration::from_secs(86_340));
    assert_eq!(get().await.status, 200);
}

#[tokio::test]
async fn five_at_once() {
    let bench = Bench::new().await;
    bench
        .xero
        .fail_next(5, FaultOn::Any, Fault::SlowReply { delay_ms: 10_000 })
        .unwrap();
    let slow = async || bench.call_now("GET", "Organisation", &Value::Null, &[]).await.unwrap().status;
    let watch = async || {
        // Whoever is sixth is refused at once; then the clock lets the five go.
        loop {
            let sixth = bench.call_now("GET", "Organisation", &Value::Null, &[]).await.unwrap();
            if sixth.status == 429 {
                assert_eq!(
                    (sixth.header("x-rate-limit-problem"), sixth.header("retry-after")),
                    (Some("concurrent"), None)
                );
                bench.clock.advance(Duration::from_secs(11));
                return;
            }
        }
    };
    // The probes may take a slow slot themselves, so they are started when the five are in.
    let five = futures::future::join_all((0..5).map(|_| slow()));
    let waiting = async {
        while bench.xero.shared.world().faults.len() > 0 {
            tokio::task::yield_now().await;
        }
        watch().await;
    };
    let (statuses, ()) = futures::future::join(five, waiting).await;
    assert_eq!(statuses, [200; 5]);
}

#[tokio::test]
async fn an_idempotency_key_is_kept_for_six_minutes() {
    let bench = Bench::new().await;
    let put = async |key: &str, body: Value| bench.try_call("PUT", "Invoices", &body, &[("idempotency-key", key)]).await.unwrap();
    let first = put("k", draft("I-1")).await;
    let again = put("k", draft("I-1")).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(bench.xero.list_invoices(TENANT).len(), 1);
    let other = put("k", draft("I-2")).await;
    assert_eq!(
        (other.status, other.json()["Message"].clone()),
        (400, json!("Idempotency Key: k is used with a different request."))
    );
    let elsewhere = bench
        .try_call(
            "PUT",
            "Invoices",
            &draft("I-1"),
            &[("idempotency-key", "k"), ("xero-tenant-id", OTHER)],
        )
        .await
        .unwrap();
    assert_eq!(
        elsewhere.status, 400,
        "another tenant's key is another key, and there is no tax type OUTPUT2 there"
    );
    let bad = put("e", with(draft("I-3"), json!({"Contact": null}))).await;
    bench.xero.set_lock_date(TENANT, Lock::Period, None).unwrap();
    assert_eq!(
        put("e", with(draft("I-3"), json!({"Contact": null}))).await.text,
        bad.text,
        "refusals are kept too"
    );
    assert_eq!(put(&"x".repeat(129), draft("I-4")).await.status, 400);
    assert_eq!(put(&"x".repeat(128), draft("I-4")).await.status, 200);
    bench.clock.advance(Duration::from_secs(360));
    assert_eq!(
        put("k", draft("I-1")).await.messages(),
        "Invoice # must be unique.",
        "after six minutes it is a new request"
    );
}

#[tokio::test]
async fn faults_strike_before_or_after_the_effect() {
    let bench = Bench::new().await;
    let minute = LimitProblem::Minute;
    for (place, (fault, status, took_effect)) in [
        (Fault::Status5xx { status: 500 }, Some(500), false),
        (Fault::DropReplyAfterEffect, None, true),
        (Fault::DropRequest, None, false),
        (Fault::HtmlBody, Some(502), false),
        (Fault::TruncatedJson, Some(200), true),
        (Fault::TooMany429 { problem: minute }, Some(429), false),
    ]
    .into_iter()
    .enumerate()
    {
        let number = format!("X-{place}");
        bench.xero.fail_next(1, FaultOn::Writes, fault).unwrap();
        assert_eq!(bench.call("GET", "Invoices", Value::Null).await.status, 200, "a read passes by");
        let got = bench
            .try_call("PUT", "Invoices", &draft(&number), &[("idempotency-key", &number)])
            .await;
        assert_eq!(got.as_ref().map(|got| got.status), status, "{fault:?}");
        assert_eq!(
            bench.xero.list_invoices(TENANT).iter().any(|view| view.number == number),
            took_effect,
            "{fault:?}"
        );
        if fault == Fault::TruncatedJson {
            assert!(serde_json::from_str::<Value>(&got.unwrap().text).is_err());
        }
        let again = bench
            .try_call("PUT", "Invoices", &draft(&number), &[("idempotency-key", &number)])
            .await
            .unwrap();
        assert_eq!(again.status, 200, "{fault:?}: the same request with its key ends well");
        assert_eq!(
            bench.xero.list_invoices(TENANT).iter().filter(|view| view.number == number).count(),
            1
        );
    }
    bench.xero.outage(true).unwrap();
    assert_eq!(bench.call("GET", "Invoices", Value::Null).await.status, 503);
    bench.xero.clear_faults().unwrap();
    assert_eq!(bench.call("GET", "Invoices", Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_caller_that_does_not_ask_for_json_gets_xml() {
    let bench = Bench::new().await;
    let body = with(draft("L"), json!({"Contact": {"Name": ""}}));
    let xml = bench.try_call("PUT", "Invoices", &body, &[("accept", "*/*")]).await.unwrap();
    assert_eq!((xml.status, xml.header("content-type")), (400, Some("text/xml; charset=utf-8")));
    assert!(
        xml.text
            .contains("<Message>A Contact must be specified for this type of transaction</Message>"),
        "{}",
        xml.text
    );
}

#[tokio::test]
async fn settings_are_shown() {
    let bench = Bench::new().await;
    let accounts = bench.get("Accounts?where=Code%3D%3D%22850%22").await;
    assert_eq!(
        (&accounts["Accounts"][0]["Class"], &accounts["Accounts"][0]["Status"]),
        (&json!("LIABILITY"), &json!("ACTIVE"))
    );
    let rates = bench.get("TaxRates").await;
    assert_eq!(rates["TaxRates"][1]["EffectiveRate"].to_string(), "20.0000");
    assert_eq!(
        bench.get("TrackingCategories").await["TrackingCategories"][0]["Options"][1]["Name"],
        json!("South")
    );
    assert_eq!(bench.get("Currencies").await["Currencies"].as_array().unwrap().len(), 3);
    let system = bench.get("Accounts?where=SystemAccount%3D%3D%22DEBTORS%22").await;
    assert_eq!(system["Accounts"][0]["Code"], json!("610"));
}
