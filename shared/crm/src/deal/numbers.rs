//! Whole numbers as text, so that rules meet one form of number only.

use serde::Serializer;

/// Writes `7` as `"7"`, nothing as `null`.
#[expect(clippy::ref_option, reason = "the form that serde asks for")]
pub(super) fn as_text<S: Serializer>(number: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.collect_str(number),
        None => serializer.serialize_none(),
    }
}
