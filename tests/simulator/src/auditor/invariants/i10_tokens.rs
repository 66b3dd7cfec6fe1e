//! I10: one refresh of a rotating token is in flight, and the new token is stored before it is used.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::text;
use crate::auditor::seen::{Answer, Request, Table, Vendor};

/// Where the table keeps the tokens of Xero's connection.
const TOKEN: (&str, &str) = ("TOKEN#xero", "TOKEN");

/// How long a refresher holds the lock, by its own clock. Who is ahead sees it end early: then only the condition on the token's version
/// keeps the newest, and that what is used is stored.
const LOCK_S: i64 = 75;
/// How long it may take a refresher from the lock to the request: it reads the token in between, if need be more than once.
const LOCKED_BEFORE_S: i64 = 10;

/// Refreshes under way, and tokens that came of refreshes.
#[derive(Debug, Default)]
pub struct Tokens {
    /// By the request's number, when each left.
    under_way: BTreeMap<u64, DateTime<Utc>>,
    /// Access tokens that came with a new refresh token, each with that one.
    issued: BTreeMap<String, String>,
    /// Access tokens that were seen stored.
    stored: BTreeSet<String>,
}

fn refreshes(request: &Request) -> bool {
    request.vendor == Vendor::XeroIdentity && request.body.contains("grant_type=refresh_token")
}

impl Invariant for Tokens {
    fn name(&self) -> &'static str {
        "I10"
    }

    fn statement(&self) -> &'static str {
        "At most one refresh of the rotating token is in flight, and nobody uses what it gave before it is stored."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I10 and F13"
    }

    fn leaves(&mut self, request: &Request, history: &History, table: &dyn Table) -> Wrong {
        if refreshes(request) {
            let held = TimeDelta::seconds((LOCK_S - LOCKED_BEFORE_S).saturating_sub_unsigned(history.clocks_apart_s));
            let barred = self.under_way.values().any(|left| request.at < *left + held);
            self.under_way.insert(request.number, request.at);
            return match barred {
                true => vec![format!("{} refreshes of Xero's token are in flight", self.under_way.len())],
                false => Vec::new(),
            };
        }
        let Some(bearer) = request.bearer.as_ref().filter(|_| matches!(request.vendor, Vendor::Xero(_))) else {
            return Vec::new();
        };
        let Some(refresh_token) = self.issued.get(bearer).filter(|_| !self.stored.contains(bearer)) else {
            return Vec::new();
        };
        let stored = table.item(TOKEN.0, TOKEN.1).unwrap_or_default();
        if text(&stored, "access_token") == bearer || text(&stored, "refresh_token") == refresh_token {
            self.stored.insert(bearer.clone());
            return Vec::new();
        }
        vec!["an access token is used whose refresh token is stored nowhere".to_owned()]
    }

    fn answered(&mut self, request: &Request, answer: &Answer, _: &History) -> Wrong {
        if refreshes(request) {
            self.under_way.remove(&request.number);
            let body: Value = serde_json::from_str(&answer.vendor_body).unwrap_or_default();
            let (access, refresh) = (text(&body, "access_token"), text(&body, "refresh_token"));
            if !access.is_empty() && !refresh.is_empty() {
                self.issued.insert(access.to_owned(), refresh.to_owned());
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::tampered::{broken, company, well, world, xero};
    use serde_json::json;

    fn refresh(number: u64, second: i64) -> Request {
        Request {
            vendor: Vendor::XeroIdentity,
            path: "/connect/token".to_owned(),
            bearer: None,
            ..xero(number, second, "POST", "", "grant_type=refresh_token&refresh_token=old")
        }
    }

    #[test]
    fn a_token_is_stored_before_it_is_used() {
        for (stored, expected) in [("new", false), ("old", true)] {
            let mut auditor = Auditor::new(company());
            let request = refresh(1, 0);
            auditor.leaves(request.clone(), &world());
            auditor.answered(&well(&request, 1, &json!({"access_token": "access-1", "refresh_token": "new"})));
            let mut seen = world();
            seen.table
                .push(json!({"pk": TOKEN.0, "sk": TOKEN.1, "refresh_token": stored, "access_token": "access-0"}));
            auditor.leaves(xero(2, 2, "GET", "Organisation", ""), &seen);
            assert_eq!(broken(&auditor) == ["I10"], expected, "{stored}");
        }
    }

    #[test]
    fn two_refreshes_at_once_are_seen() {
        let cases = [
            (true, 0, 1, false),
            (false, 0, 64, true),
            (false, 0, 65, false),
            (false, 50, 14, true),
            (false, 50, 15, false),
        ];
        for (first_is_over, clocks_apart_s, second_after_s, expected) in cases {
            let mut auditor = Auditor::new(company());
            auditor.clocks_apart(clocks_apart_s);
            auditor.leaves(refresh(1, 0), &world());
            if first_is_over {
                auditor.answered(&well(&refresh(1, 0), 1, &json!({})));
            }
            auditor.leaves(refresh(2, second_after_s), &world());
            assert_eq!(broken(&auditor) == ["I10"], expected, "{clocks_apart_s} {second_after_s}");
        }
    }
}
