//! Presets: where the packages that sell subscriptions keep what an order does. What `tieout.toml` says itself goes before.

use serde::Deserialize;
use toml::{Table, Value};

/// Where orders are described.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// By fields of the opportunity and its lines.
    #[default]
    Plain,
    /// By Salesforce CPQ: the primary quote says the kind, the quote's lines their days; lines of an amendment are the difference.
    Cpq,
}

/// The words of `tieout.toml`.
pub(super) const PRESETS: &[&str] = &["plain", "cpq"];

/// Tables of `[salesforce]`.
const CPQ: &str = r#"
[line_fields]
start = "SBQQ__QuoteLine__r.SBQQ__EffectiveStartDate__c"
end = "SBQQ__QuoteLine__r.SBQQ__EffectiveEndDate__c"

[orders]
kind = "SBQQ__PrimaryQuote__r.SBQQ__Type__c"
amends = "SBQQ__AmendedContract__r.SBQQ__Opportunity__c"
renews = "SBQQ__RenewedContract__r.SBQQ__Opportunity__c"
effective = "SBQQ__PrimaryQuote__r.SBQQ__StartDate__c"

[orders.kinds]
Quote = "new"
Amendment = "amendment"
Renewal = "renewal"
"#;

/// Adds what the preset of `file` says to the keys that the file leaves out.
pub(super) fn fill_in(file: &mut Value) {
    let Some(salesforce) = file.get_mut("salesforce").and_then(Value::as_table_mut) else {
        return;
    };
    let preset = match salesforce.get("preset").and_then(Value::as_str) {
        Some("cpq") => CPQ,
        _ => return,
    };
    // A text of ours that cannot be read adds nothing; a test reads each.
    let Ok(preset) = preset.parse::<Table>() else { return };
    for (name, keys) in preset {
        let own = salesforce.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if let (Some(own), Value::Table(keys)) = (own.as_table_mut(), keys) {
            for (key, value) in keys {
                own.entry(key).or_insert(value);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_says_goes_before_its_preset() {
        let mut file: Value =
            "[salesforce]\npreset = \"cpq\"\n[salesforce.orders]\neffective = \"Start__c\"\nkinds = { Quote = \"win_back\" }\n"
                .parse::<Table>()
                .unwrap()
                .into();
        fill_in(&mut file);
        let salesforce = &file["salesforce"];
        let rows = [
            (&salesforce["orders"]["effective"], "Start__c"),
            (&salesforce["orders"]["amends"], "SBQQ__AmendedContract__r.SBQQ__Opportunity__c"),
            (&salesforce["orders"]["kinds"]["Quote"], "win_back"),
            (&salesforce["line_fields"]["end"], "SBQQ__QuoteLine__r.SBQQ__EffectiveEndDate__c"),
        ];
        for (found, expected) in rows {
            assert_eq!(found.as_str(), Some(expected));
        }
        // A table of values is the file's alone: values that it leaves out have no meaning.
        assert_eq!(salesforce["orders"]["kinds"].as_table().unwrap().len(), 1);
    }

    #[test]
    fn plain_adds_nothing() {
        for text in ["[salesforce]\n", "[salesforce]\npreset = \"plain\"\n", "[group]\n"] {
            let mut file: Value = text.parse::<Table>().unwrap().into();
            let before = file.clone();
            fill_in(&mut file);
            assert_eq!(file, before, "{text}");
        }
    }
}
