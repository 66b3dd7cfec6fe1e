//! The queue server killed while it is sent messages: what it acknowledged is there afterwards, once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::{call, client, example};
use serde_json::json;

const QUEUE: &str = "http://127.0.0.1:1/000000000000/q.fifo";
const SENDERS: usize = 4;
const KILLED_AFTER: usize = 100;

fn start(server: &Path, file: &Path) -> (Child, String) {
    let mut command = Command::new(server);
    command.arg("0").arg(file).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

/// Sends until the server is gone; gives what was acknowledged.
async fn send(url: String, sender: usize, acked: tokio::sync::mpsc::Sender<String>) {
    let client = client();
    for number in 0.. {
        let body = format!("{sender}-{number}");
        let message = json!({
            "QueueUrl": QUEUE, "MessageBody": body, "MessageGroupId": sender.to_string(), "MessageDeduplicationId": body,
        });
        let request = client.post(&url).header("x-amz-target", "AmazonSQS.SendMessage");
        match request.body(message.to_string()).send().await {
            Ok(response) if response.status().is_success() => acked.send(body).await.unwrap(),
            _ => return,
        }
    }
}

#[tokio::test]
async fn a_killed_server_loses_nothing_that_it_acknowledged() {
    let Some(server) = example("sqs_server") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sqs.sqlite");
    let (mut child, url) = start(&server, &file);
    let queue = json!({ "QueueName": "q.fifo", "Attributes": { "FifoQueue": "true" } });
    assert_eq!(call(&url, "AmazonSQS.CreateQueue", &queue).await.0, 200);
    let (acks, mut acked) = tokio::sync::mpsc::channel(KILLED_AFTER);
    for sender in 0..SENDERS {
        tokio::spawn(send(url.clone(), sender, acks.clone()));
    }
    drop(acks);
    let mut sent = BTreeSet::new();
    while let Some(body) = acked.recv().await {
        sent.insert(body);
        if sent.len() == KILLED_AFTER {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();

    let (mut child, url) = start(&server, &file);
    let mut found = Vec::new();
    loop {
        let ten = json!({ "QueueUrl": QUEUE, "MaxNumberOfMessages": 10 });
        let (_, answer, _) = call(&url, "AmazonSQS.ReceiveMessage", &ten).await;
        let messages = answer["Messages"].as_array().unwrap().clone();
        if messages.is_empty() {
            break;
        }
        for message in messages {
            found.push(message["Body"].as_str().unwrap().to_owned());
            let handle = json!({ "QueueUrl": QUEUE, "ReceiptHandle": message["ReceiptHandle"] });
            assert_eq!(call(&url, "AmazonSQS.DeleteMessage", &handle).await.0, 200);
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let distinct: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(distinct.len(), found.len(), "nothing twice");
    assert!(sent.len() >= KILLED_AFTER && sent.is_subset(&distinct));
    assert!(distinct.len() <= sent.len() + SENDERS, "at most one each was not acknowledged");
}
