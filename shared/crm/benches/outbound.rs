//! Verify and parse of an outbound message with 100 notifications: bound 1 ms.

#![allow(missing_docs, clippy::expect_used)]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tieout_crm::salesforce::ids::OrganisationId;
use tieout_crm::salesforce::outbound::{NOTIFICATIONS_MAX, parse};

fn message() -> String {
    let mut text = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>"#,
        r#"<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D7F00000107XsUAI</OrganizationId><ActionId>04k7F0000008V3hQAE</ActionId><SessionId xsi:nil="true"/>"#,
        r#"<EnterpriseUrl>https://ap5.salesforce.com/services/Soap/c/47.0/00D7F00000107Xs</EnterpriseUrl><PartnerUrl>https://ap5.salesforce.com/services/Soap/u/47.0/00D7F00000107Xs</PartnerUrl>"#,
    ));
    for number in 0..NOTIFICATIONS_MAX {
        let _ = write!(
            text,
            concat!(
                r#"<Notification><Id>04l7F0000000{:03}</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>0067F0000000{:03}</sf:Id>"#,
                r#"<sf:AccountId>0017F000007ydJmQAI</sf:AccountId><sf:Amount>120000.0</sf:Amount><sf:CloseDate>2026-11-03</sf:CloseDate><sf:LastModifiedDate>2026-11-03T00:41:57.000Z</sf:LastModifiedDate>"#,
                r#"<sf:Name>Express Logistics &amp; SLA</sf:Name><sf:StageName>Closed Won</sf:StageName></sObject></Notification>"#,
            ),
            number, number
        );
    }
    text.push_str("</notifications></soapenv:Body></soapenv:Envelope>");
    text
}

fn outbound(criterion: &mut Criterion) {
    let body = message();
    let organisation = OrganisationId::parse("00D7F00000107Xs").expect("an id");
    assert_eq!(
        parse(body.as_bytes(), &organisation).map(|found| found.len()),
        Ok(NOTIFICATIONS_MAX)
    );
    criterion.bench_function("outbound message, 100 notifications (bound 1 ms)", |bencher| {
        bencher.iter(|| parse(black_box(body.as_bytes()), &organisation));
    });
}

criterion_group!(benches, outbound);
criterion_main!(benches);
