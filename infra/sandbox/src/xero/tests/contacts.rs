//! Contacts: uniqueness, archives, look-ups.

use super::*;

#[tokio::test]
async fn what_xero_refuses() {
    let bench = Bench::new().await;
    let acme = json!({"Name": "Acme Ltd", "ContactNumber": "001A"});
    let made = bench.write("PUT", "Contacts", acme).await;
    let taken = "The contact name ACME LTD is already assigned to another contact. \
        The contact name must be unique across all active contacts.";
    let number = "Another contact has this contact number. Please enter a different contact number.";
    let long_number = json!({"Name": "Long", "ContactNumber": "9".repeat(51)});
    let status = json!({"Name": "Odd", "ContactStatus": "GONE"});
    for (body, messages) in [
        (json!({"Name": "ACME LTD"}), taken),
        (json!({"Name": "Other", "ContactNumber": "001A"}), number),
        (json!({"ContactNumber": "002B"}), "The contact name must be specified."),
        (
            json!({"Name": "x".repeat(256)}),
            "The Name field cannot be longer than 255 characters.",
        ),
        (long_number, "The ContactNumber field cannot be longer than 50 characters."),
        (status, "ContactStatus 'GONE' is not valid"),
        (
            json!({"Name": "Odd", "ContactID": OTHER}),
            "The specified ContactID could not be found",
        ),
    ] {
        bench.refused("PUT", "Contacts", body, messages).await;
    }
    let renamed = json!({"Name": "Acme Limited", "ContactNumber": "001A"});
    let same = bench.write("POST", "Contacts", renamed).await;
    assert_eq!(same["ContactID"], made["ContactID"], "a POST finds it by its number");
}

#[tokio::test]
async fn an_archived_contact_is_of_no_use_until_it_is_restored() {
    let bench = Bench::new().await;
    let made = bench.write("PUT", "Contacts", json!({"Name": "Acme"})).await;
    let id = made["ContactID"].as_str().unwrap();
    let path = format!("Contacts/{id}");
    bench.write("POST", &path, json!({"ContactStatus": "ARCHIVED"})).await;
    let archived = "The contact 'Acme' is archived. You must un-archive it before it can be used.";
    let invoice = |contact: Value| with(draft("I"), json!({"Contact": contact}));
    bench.refused("PUT", "Contacts", json!({"Name": "Acme"}), archived).await;
    bench
        .refused("POST", &path, json!({"EmailAddress": "a@example.com"}), archived)
        .await;
    bench.refused("PUT", "Invoices", invoice(json!({"ContactID": id})), archived).await;
    bench.refused("PUT", "Invoices", invoice(json!({"Name": "Acme"})), archived).await;
    bench.write("POST", &path, json!({"ContactStatus": "ACTIVE"})).await;
    bench.write("PUT", "Invoices", invoice(json!({"ContactID": id}))).await;
}

#[tokio::test]
async fn contacts_are_found_in_each_way() {
    let bench = Bench::new().await;
    for (name, number, archived) in [
        ("Acme Ltd", "001A", false),
        ("Beta GmbH", "001B", false),
        ("Gone Inc", "001C", true),
    ] {
        let made = bench
            .write(
                "PUT",
                "Contacts",
                json!({"Name": name, "ContactNumber": number, "EmailAddress": format!("{number}@x.org")}),
            )
            .await;
        if archived {
            bench.xero.archive_contact(TENANT, made["ContactID"].as_str().unwrap(), "").unwrap();
        }
    }
    for (path, names) in [
        ("Contacts?order=Name", "Acme Ltd, Beta GmbH"),
        ("Contacts?order=Name&includeArchived=true", "Acme Ltd, Beta GmbH, Gone Inc"),
        ("Contacts?where=ContactNumber%3D%3D%22001B%22", "Beta GmbH"),
        ("Contacts?where=ContactNumber%3D%3D%22001C%22", ""),
        ("Contacts?where=ContactNumber%3D%3D%22001C%22&includeArchived=true", "Gone Inc"),
        ("Contacts?where=Name%3D%3D%22acme%20ltd%22", "Acme Ltd"),
        ("Contacts?searchTerm=gmbh", "Beta GmbH"),
        ("Contacts?searchTerm=001a@x", "Acme Ltd"),
        ("Contacts/001A", "Acme Ltd"),
        ("Contacts?page=2&pageSize=1&order=Name", "Beta GmbH"),
    ] {
        let list = bench.get(path).await;
        let got: Vec<&str> = list["Contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["Name"].as_str().unwrap())
            .collect();
        assert_eq!(got.join(", "), names, "{path}");
    }
    assert_eq!(bench.call("GET", "Contacts/nobody", Value::Null).await.status, 404);
}
