//! Messages as they were captured, and the answers that Salesforce documents.

use super::*;

#[test]
fn captured_messages_are_read_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/salesforce");
    if !std::path::Path::new(folder).is_dir() {
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: {folder} is not there");
        }
        return;
    }
    let rows = [
        (
            "amp_batch_update_contacts.xml",
            "00Dxx0000001gPF",
            vec![
                ("Contact", "003xx000004TmiQAAS"),
                ("Contact", "003xx000004TmiRAAS"),
                ("Contact", "003xx000004TmiSAAS"),
            ],
        ),
        ("amp_create_account.xml", "00Dxx0000001gPF", vec![("Account", "001xx000003DGb2AAG")]),
        (
            "amp_field_populated.xml",
            "00Dxx0000001gPF",
            vec![("Account", "001xx000003DGb4AAG")],
        ),
        (
            "amp_null_field_omitted.xml",
            "00Dxx0000001gPF",
            vec![("Account", "001xx000003DGb4AAG")],
        ),
        (
            "shape_opportunity_single_line.xml",
            "00D7F00000107Xs",
            vec![("Opportunity", RECORD)],
        ),
    ];
    for (file, organisation, wanted) in rows {
        let body = std::fs::read(format!("{folder}/{file}")).unwrap();
        let got = parse(&body, &OrganisationId::parse(organisation).unwrap()).unwrap();
        let short: Vec<_> = got
            .iter()
            .map(|one| (one.object.as_str(), one.record.as_ref().unwrap().as_str()))
            .collect();
        assert_eq!(short, wanted, "{file}");
        assert!(got.iter().all(|one| one.id.is_some()), "{file}");
        let other = OrganisationId::parse("00D000000000001").unwrap();
        assert_eq!(parse(&body, &other), Err(OutboundError::OtherOrganisation), "{file}");
    }
    let body = std::fs::read(format!("{folder}/reject_doctype_entity.xml")).unwrap();
    assert_eq!(parse(&body, &organisation()), Err(OutboundError::Doctype));
    for taken in [true, false] {
        let wanted = std::fs::read_to_string(format!("{folder}/expected_ack_{taken}.xml")).unwrap();
        assert_eq!(essence(ack(taken)), essence(&wanted));
    }
}

/// An answer without what XML says does not matter here: mark, white space between tags, namespaces that nothing uses.
fn essence(answer: &str) -> String {
    let unused = [
        " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"",
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
    ];
    let text = unused.iter().fold(answer.trim_start_matches('\u{feff}').to_owned(), |text, name| {
        text.replace(name, "")
    });
    text.split('>').map(str::trim).collect::<Vec<_>>().join(">")
}
