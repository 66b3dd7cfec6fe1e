//! A function with a missing setting exits before its first poll, names it in one line and shows no secret.

use std::collections::BTreeMap;

use tieout_platform::runtime::variables::{Function, Source};

use super::process::Process;
use super::world::{World, assert_no_secret};

async fn check(function: Function, variables: &BTreeMap<&'static str, String>, words: &[&str]) {
    let (status, lines) = Process::refused(function, variables).await;
    let what = format!("{} {words:?}: {}", function.name(), lines.join("\n"));
    assert!(!status.success(), "{what}");
    assert_eq!(lines.len(), 1, "{what}");
    assert!(words.iter().all(|word| lines[0].contains(word)), "{what}");
    assert!(lines[0].contains("the function does not start"), "{what}");
    assert_no_secret(&lines);
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let world = World::new().await;
    for function in Function::ALL {
        // The path of the configuration and the log level have defaults.
        let needed = function
            .variables()
            .filter(|variable| variable.source == Source::Template && !["TIEOUT_CONFIG", "TIEOUT_LOG"].contains(&variable.name));
        for variable in needed {
            // Empty is the same as missing; one function is enough for that.
            let mut values = vec![None];
            if function == Function::XeroWebhook {
                values.push(Some(""));
            }
            for value in values {
                let mut variables = world.variables(function);
                variables.remove(variable.name);
                variables.extend(value.map(|value| (variable.name, value.to_owned())));
                check(function, &variables, &[variable.name, "missing or empty", "template.yaml"]).await;
            }
        }
    }
}

#[tokio::test]
async fn an_empty_secret_stops_each_function_that_needs_it() {
    let world = World::new().await;
    for function in Function::ALL {
        for variable in function.variables().filter(|variable| variable.name.starts_with("TIEOUT_SECRET_")) {
            let mut variables = world.variables(function);
            variables.insert(variable.name, "empty".to_owned());
            check(function, &variables, &["empty"]).await;
            variables.insert(variable.name, "not-there".to_owned());
            check(function, &variables, &["not-there"]).await;
        }
    }
}

#[tokio::test]
async fn an_invalid_configuration_stops_each_function() {
    let world = World::new().await;
    let file = world.folder.path().join("invalid.toml");
    let invalid = world.config.text.replace("currency = \"GBP\"", "currency = \"GBX\"");
    std::fs::write(&file, invalid).unwrap();
    for function in Function::ALL {
        let mut variables = world.variables(function);
        variables.insert("TIEOUT_CONFIG", file.display().to_string());
        check(function, &variables, &["mistake", "GBX", "tieout doctor"]).await;
        variables.insert("TIEOUT_CONFIG", "/nowhere/tieout.toml".to_owned());
        check(function, &variables, &["/nowhere/tieout.toml cannot be read", "TIEOUT_CONFIG"]).await;
    }
}
