//! What the parser makes of any text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::salesforce::schema::Schema;

#[test]
fn mistakes_are_placed() {
    for (query, wanted) in [
        (
            "SELECT Id\nFROM Opportunity WHERE Name == 'x'",
            "Row:2:Column:30\nunexpected token: '='",
        ),
        ("SELECT Id FROM Opportunity WHERE Name = 'x", "unterminated"),
        ("SELECT Id FROM Opportunity é", "unexpected token: 'é'"),
    ] {
        let error = parse(query).unwrap_err();
        assert_eq!(error.code, "MALFORMED_QUERY");
        assert!(error.message.contains(wanted), "{}", error.message);
    }
}

#[test]
fn a_nested_query_keeps_its_own_words() {
    let schema = Schema::new(None, &[]);
    let query = parse("SELECT Id, ( SELECT Id FROM OpportunityLineItems ORDER BY SortOrder ) FROM Opportunity").unwrap();
    let bound = bind(&schema, &query).unwrap();
    assert!(format!("{bound:?}").contains("\"SELECT Id FROM OpportunityLineItems ORDER BY SortOrder\""));
}
