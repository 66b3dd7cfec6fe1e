//! Salesforce's record ids: 15 characters that are told apart by case, and 18 that need not be.
//!
//! The last three of the 18 say which of the 15 are capitals: one character for each group of five, whose bits are set by the
//! group's capitals, the first character being the lowest bit (developer.salesforce.com, "ID Field Type").

const SHORT_LENGTH: usize = 15;
const LONG_LENGTH: usize = 18;
const GROUP: usize = 5;
const SUFFIX_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What stands between an object's prefix and the number: the pod that made the record.
const POD: &str = "Ti0";
const NUMBER_LENGTH: usize = 9;

/// The 18-character form of an id of 15 or 18 characters; nothing when it is neither, or when its suffix is wrong.
///
/// An id of 18 characters may come all in capitals or all in small letters, as the real one allows: the suffix restores it.
pub fn to_18(id: &str) -> Option<String> {
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match id.len() {
        SHORT_LENGTH => Some(format!("{id}{}", suffix(id))),
        LONG_LENGTH => {
            let (body, given) = id.split_at(SHORT_LENGTH);
            if suffix(body) == given {
                return Some(id.to_owned());
            }
            // Written in one case, as spreadsheets do; in mixed case a suffix that does not fit means a spoilt id.
            let one_case = id == id.to_ascii_lowercase() || id == id.to_ascii_uppercase();
            let restored = restore_case(body, &given.to_ascii_uppercase()).filter(|_| one_case)?;
            let suffix = suffix(&restored);
            suffix.eq_ignore_ascii_case(given).then(|| restored + &suffix)
        }
        _ => None,
    }
}

/// The 15-character form of an id of 15 or 18 characters.
pub fn to_15(id: &str) -> Option<String> {
    to_18(id).map(|id| id.chars().take(SHORT_LENGTH).collect())
}

/// The id of the `number`th record of the object with this three-character prefix.
pub(super) fn mint(prefix: &str, number: u64) -> String {
    let mut digits = vec![b'0'; NUMBER_LENGTH];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        let index = usize::try_from(rest % 62).unwrap_or(0);
        *digit = BASE62.get(index).copied().unwrap_or(b'0');
        rest /= 62;
    }
    let body = format!("{prefix}{POD}{}", String::from_utf8_lossy(&digits));
    let suffix = suffix(&body);
    body + &suffix
}

fn suffix(body: &str) -> String {
    body.as_bytes()
        .chunks(GROUP)
        .map(|group| {
            let bits = group
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0_usize, |bits, (place, _)| bits | (1 << place));
            char::from(SUFFIX_ALPHABET.get(bits).copied().unwrap_or(b'A'))
        })
        .collect()
}

fn restore_case(body: &str, suffix: &str) -> Option<String> {
    let mut restored = String::with_capacity(LONG_LENGTH);
    for (group, letter) in body.as_bytes().chunks(GROUP).zip(suffix.bytes()) {
        let bits = SUFFIX_ALPHABET.iter().position(|known| *known == letter)?;
        for (place, byte) in group.iter().enumerate() {
            let capital = bits & (1 << place) != 0;
            restored.push(char::from(match capital {
                true => byte.to_ascii_uppercase(),
                false => byte.to_ascii_lowercase(),
            }));
        }
    }
    Some(restored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_both_lengths_are_understood_and_wrong_ones_are_not() {
        for (given, wanted) in [
            // Real ones, from the captured payloads.
            ("0067F000003pmdW", Some("0067F000003pmdWQAQ")),
            ("0067F000003pmdWQAQ", Some("0067F000003pmdWQAQ")),
            ("0067f000003pmdwqaq", Some("0067F000003pmdWQAQ")),
            ("0067F000003PMDWQAQ", Some("0067F000003pmdWQAQ")),
            ("001ak00000OKNPH", Some("001ak00000OKNPHAA5")),
            ("006ak00000OQ4Rx", Some("006ak00000OQ4RxAAL")),
            ("00D7F00000107Xs", Some("00D7F00000107XsUAI")),
            ("04l7F000008aeAy", Some("04l7F000008aeAyQAI")),
            // A wrong suffix, a wrong length, a wrong character, nothing.
            ("0067F000003pmdWQAA", None),
            ("0067F000003pmd", None),
            ("0067F000003pmd-", None),
            ("", None),
        ] {
            assert_eq!(to_18(given).as_deref(), wanted, "{given}");
        }
        assert_eq!(mint("006", 62), to_18("006Ti0000000010").unwrap_or_default());
        assert_eq!(to_15("0067F000003pmdWQAQ").as_deref(), Some("0067F000003pmdW"));
    }
}
