//! Outbound messages: their form, their repeats, their losses.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::salesforce::inner::members;

const ACK: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><notificationsResponse xmlns=\"http://soap.sforce.com/2005/09/outbound\"><Ack>true</Ack></notificationsResponse></s:Body></s:Envelope>";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/salesforce/", $name, ".xml"))
    };
}

/// What arrived, and what is answered next: an ack when nothing is planned.
#[derive(Default)]
struct Receiver {
    bodies: Mutex<Vec<String>>,
    answers: Mutex<VecDeque<Posted>>,
}

impl Receiver {
    fn poster(self: &Arc<Self>) -> Poster {
        let receiver = Arc::clone(self);
        Arc::new(move |_, body| {
            receiver.bodies.lock().unwrap().push(body);
            let answer = receiver.answers.lock().unwrap().pop_front();
            Box::pin(async move { answer.unwrap_or_else(|| Ok((200, ACK.to_owned()))) })
        })
    }

    fn answer(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push_back(Ok((status, body.to_owned())));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.bodies.lock().unwrap())
    }
}

async fn world(receiver: &Arc<Receiver>, rules: Vec<OutboundRule>) -> World {
    let poster = receiver.poster();
    World::with(|config| {
        config.endpoint = Some("https://tieout.example/hook".to_owned());
        config.poster = Some(poster);
        config.outbound = rules;
    })
    .await
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

fn accounts(fields: &[&str]) -> OutboundRule {
    OutboundRule {
        object: "Account".to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        condition: None,
        trigger: Trigger::EverySave,
    }
}

fn add_account(world: &World) -> String {
    let account = NewAccount {
        name: "Acme".to_owned(),
        ..NewAccount::default()
    };
    world.salesforce.add_account(account).unwrap()
}

#[tokio::test]
async fn a_message_has_the_shape_of_real_ones() {
    let receiver = Arc::new(Receiver::default());
    let poster = receiver.poster();
    let world = World::with(|config| {
        config.organisation_id = "00D9K000004TQuz".to_owned();
        config.endpoint = Some("https://tieout.example/hook".to_owned());
        config.poster = Some(poster);
        config.outbound = vec![accounts(&["LastModifiedDate", "Industry", "CreatedDate"])];
    })
    .await;
    for (expected, now, industry) in [
        (fixture!("account_created"), "2026-10-13T21:07:19Z", None),
        (fixture!("account_null_omitted"), "2026-10-14T18:31:02Z", None),
        (fixture!("account_field_populated"), "2026-10-14T18:44:26Z", Some("Forestry")),
    ] {
        world.clock.set(now.parse().unwrap());
        match industry {
            None => drop(add_account(&world)),
            Some(industry) => {
                let account = world.salesforce.list("Account").pop().unwrap();
                let change = members(json!({ "Industry": industry }));
                world.salesforce.edit(account["Id"].as_str().unwrap(), change).unwrap();
            }
        }
        assert_eq!(world.salesforce.deliver_due().await, 1);
        let mut expected = expected.to_owned();
        let sent = receiver.take().remove(0);
        for (open, close) in [("<ActionId>", "<"), ("<Notification>\n    <Id>", "<"), ("<sf:Id>", "<")] {
            let (theirs, ours) = (between(&expected, open, close)[0].to_owned(), between(&sent, open, close)[0]);
            assert_eq!(to_18(ours).as_deref(), Some(ours));
            expected = expected.replace(&theirs, ours);
        }
        assert_eq!(sent.trim_end(), expected.trim_end(), "{now}");
    }
}

#[tokio::test]
async fn values_are_those_of_the_moment_of_sending() {
    let receiver = Arc::new(Receiver::default());
    let world = world(&receiver, vec![OutboundRule::every_opportunity()]).await;
    let (_, deal) = world.deal();
    world
        .salesforce
        .edit(&deal.id, members(json!({ "Name": "A <b> & \"c\"" })))
        .unwrap();
    assert_eq!(world.salesforce.waiting_notifications(), 2);
    assert_eq!(world.salesforce.deliver_due().await, 1);
    let sent = receiver.take().remove(0);
    assert_eq!(
        between(&sent, "<sf:Name>", "</sf:Name>"),
        ["A &lt;b&gt; &amp; \"c\""; 2],
        "both saves show the same"
    );
    assert_eq!(between(&sent, "<sf:Amount>", "<"), ["62006.0"; 2]);
    assert_eq!(between(&sent, "<sf:IsWon>", "<"), ["false"; 2]);
    assert!(sent.contains("<SessionId xsi:nil=\"true\"/>"));
    // A change of a line is a save of its deal; a deletion makes no message and empties those that wait.
    world
        .salesforce
        .edit_line(&deal.line_ids[0], members(json!({ "Quantity": 1 })))
        .unwrap();
    world.salesforce.delete(&deal.id).unwrap();
    assert_eq!(world.salesforce.deliver_due().await, 1);
    let sent = receiver.take().remove(0);
    assert!(
        sent.contains("<sObject xsi:type=\"sf:Opportunity\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\"/>"),
        "{sent}"
    );
    assert_eq!(world.salesforce.waiting_notifications(), 0);
}

#[tokio::test]
async fn rules_choose_the_saves() {
    for (trigger, wanted) in [(Trigger::EverySave, 3), (Trigger::WhenMet, 2)] {
        let receiver = Arc::new(Receiver::default());
        let rule = OutboundRule {
            trigger,
            ..OutboundRule::won_opportunities()
        };
        let world = world(&receiver, vec![rule]).await;
        let (_, deal) = world.deal();
        world.salesforce.close_won(&deal.id).unwrap();
        world.salesforce.edit(&deal.id, members(json!({ "NextStep": "x" }))).unwrap();
        world.salesforce.reopen(&deal.id).unwrap();
        world.salesforce.close_won(&deal.id).unwrap();
        assert_eq!(world.salesforce.waiting_notifications(), wanted, "{trigger:?}");
    }
}

#[tokio::test]
async fn a_hundred_notifications_make_a_message() {
    let receiver = Arc::new(Receiver::default());
    let world = world(&receiver, vec![accounts(&["Name"])]).await;
    for number in 0..201 {
        world
            .salesforce
            .add_account(NewAccount {
                name: format!("A{number}"),
                ..NewAccount::default()
            })
            .unwrap();
    }
    assert_eq!(world.salesforce.deliver_due().await, 3);
    let mut counts: Vec<usize> = receiver
        .take()
        .iter()
        .map(|body| between(body, "<Notification>", "<").len())
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 100, 100]);
}

#[tokio::test]
async fn what_is_not_acked_is_sent_again_and_dropped_after_a_day() {
    let receiver = Arc::new(Receiver::default());
    let world = world(&receiver, vec![accounts(&["Name"])]).await;
    world
        .salesforce
        .add_account(NewAccount {
            name: "Acme".to_owned(),
            ..NewAccount::default()
        })
        .unwrap();
    for answer in ["OK", "", &ACK.replace("true", "false")] {
        receiver.answer(200, answer);
    }
    receiver.answer(503, ACK);
    let mut ids = Vec::new();
    let mut waits_s = Vec::new();
    for _ in 0..4 {
        assert_eq!(world.salesforce.deliver_due().await, 1);
        assert_eq!(world.salesforce.deliver_due().await, 0, "not before it is due");
        ids.extend(
            between(&receiver.take()[0], "<Notification>\n    <Id>", "<")
                .into_iter()
                .map(str::to_owned),
        );
        let due = world.salesforce.next_delivery_at().unwrap();
        waits_s.push((due - tieout_platform::clock::Clock::now(&*world.clock)).num_seconds());
        world.clock.set(due);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "a repeat has the same id");
    assert!((2..=5).contains(&waits_s[0]), "{waits_s:?}");
    assert_eq!(waits_s, [waits_s[0], waits_s[0] * 2, waits_s[0] * 4, waits_s[0] * 8]);
    assert_eq!(world.salesforce.deliver_due().await, 1);
    assert_eq!(
        world.salesforce.stats(),
        Stats {
            sent: 5,
            acked: 1,
            refused: 4,
            ..Stats::default()
        }
    );
    // Nobody answers for a day.
    world
        .salesforce
        .add_account(NewAccount {
            name: "Other".to_owned(),
            ..NewAccount::default()
        })
        .unwrap();
    let queued = tieout_platform::clock::Clock::now(&*world.clock);
    let mut attempts = 0;
    while let Some(due) = world.salesforce.next_delivery_at() {
        receiver.answers.lock().unwrap().push_back(Err("no route".to_owned()));
        world.clock.set(due);
        attempts += world.salesforce.deliver_due().await;
    }
    let gave_up_after_h = (tieout_platform::clock::Clock::now(&*world.clock) - queued).num_hours();
    assert!((24..=26).contains(&gave_up_after_h), "{gave_up_after_h}");
    assert!((18..=30).contains(&attempts), "{attempts}");
    assert_eq!(world.salesforce.stats().dropped, 1);
}

#[tokio::test]
async fn messages_are_lost_doubled_and_held_back() {
    let receiver = Arc::new(Receiver::default());
    let world = world(&receiver, vec![accounts(&["Name"])]).await;
    let add = || {
        world
            .salesforce
            .add_account(NewAccount {
                name: "Acme".to_owned(),
                ..NewAccount::default()
            })
            .unwrap()
    };
    world.salesforce.lose_next_messages(1).unwrap();
    world.salesforce.double_next_messages(1).unwrap();
    for wanted in [0, 2, 1] {
        add();
        assert_eq!(world.salesforce.deliver_due().await, wanted);
        let bodies = receiver.take();
        assert_eq!(bodies.len(), wanted);
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    }
    assert_eq!(world.salesforce.waiting_notifications(), 0);
    add();
    world.salesforce.outage(true).unwrap();
    assert_eq!(world.salesforce.deliver_due().await, 0);
    world.salesforce.outage(false).unwrap();
    world.salesforce.set_endpoint(None);
    assert_eq!(world.salesforce.deliver_due().await, 0);
    world.salesforce.set_endpoint(Some("https://tieout.example/other".to_owned()));
    assert_eq!(world.salesforce.deliver_due().await, 1);
}

#[tokio::test]
async fn messages_go_over_the_network_while_the_sandbox_runs() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook/secret", listener.local_addr().unwrap());
    let receiver = axum::Router::new().route(
        "/hook/secret",
        axum::routing::post(move |headers: axum::http::HeaderMap, body: String| async move {
            told.send((headers, body)).unwrap();
            ACK
        }),
    );
    tokio::spawn(async move { axum::serve(listener, receiver).await });
    let world = World::new().await;
    world.salesforce.set_endpoint(Some(url));
    let running = world.salesforce.clone();
    let task = tokio::spawn(async move { running.run().await });
    world.deal();
    let (headers, body) = heard.recv().await.unwrap();
    task.abort();
    assert_eq!(headers["content-type"], "text/xml; charset=UTF-8");
    assert_eq!(headers["soapaction"], "\"\"");
    assert!(body.contains("<OrganizationId>00Dxx0000001gPFEAY</OrganizationId>"));
}
