//! `template.yaml` and what it includes, as JSON: `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt A.B` becomes `{"Fn::GetAtt": "A.B"}`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;
use tieout_platform::runtime::variables::Function;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn template(path: &str) -> Value {
    let yaml: Yaml = serde_yaml_ng::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    plain(yaml)
}

pub fn main_template() -> Value {
    template("template.yaml")
}

/// All templates by path, the main one first.
pub fn all_templates() -> Vec<(String, Value)> {
    let mut paths: Vec<String> = std::fs::read_dir(root().join("infra"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("infra/{name}"))
        .collect();
    paths.sort();
    paths.insert(0, "template.yaml".to_owned());
    paths.into_iter().map(|path| (path.clone(), template(&path))).collect()
}

/// The resources of `template` that are of `kind`, by their logical id.
pub fn resources<'t>(template: &'t Value, kind: &'t str) -> impl Iterator<Item = (&'t str, &'t Value)> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
}

/// The logical id of a function: `deal-worker` is `DealWorker`.
pub fn logical_id(function: Function) -> String {
    let words = function.name().split('-');
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// The properties of a function, over those of `Globals`.
pub fn function(template: &Value, function: Function) -> Value {
    let mut properties = template["Globals"]["Function"].clone();
    lay_over(&mut properties, &template["Resources"][logical_id(function)]["Properties"]);
    properties
}

/// A value or a list of values, as a list.
pub fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// As SAM merges: objects key by key, lists one after the other, anything else replaced.
fn lay_over(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(over)) => base.extend(over.iter().cloned()),
        (base, over) => *base = over.clone(),
    }
}

fn plain(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = match tag.trim_start_matches('!') {
                "Ref" => "Ref".to_owned(),
                "Condition" => "Condition".to_owned(),
                function => format!("Fn::{function}"),
            };
            json!({ name: plain(tagged.value) })
        }
        Yaml::Mapping(mapping) => {
            let pairs = mapping
                .into_iter()
                .map(|(key, value)| (key.as_str().unwrap().to_owned(), plain(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(plain).collect()),
        other => serde_json::to_value(other).unwrap(),
    }
}
