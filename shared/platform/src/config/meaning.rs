//! The doctor's second pass: what the values mean, alone and together.

mod choices;
mod entities;
mod people;
mod salesforce;

use std::collections::BTreeSet;

use super::finding::quoted;
use super::forms::address_problem;
use super::model::Config;
use super::shape::{Mistake, Shaped};
use super::xero::LINE_TRACKING_MAX;

/// Checks all values whose form is right; adds to the mistakes of the first pass.
pub(super) fn check(config: &Config, shaped: &mut Shaped) {
    let mut report = Report { shaped };
    if config.group.name.trim().is_empty() {
        report.at("group.name", "is empty", "write the group's name");
    }
    salesforce::check(&config.salesforce, &mut report);
    address(&mut report, "xero.url", &config.xero.url);
    address(&mut report, "xero.identity_url", &config.xero.identity_url);
    entities::check(&config.entities, &mut report);
    choices::check(config, &mut report);
    people::check(config, &mut report);
}

/// Where findings of the second pass go.
pub(super) struct Report<'s> {
    shaped: &'s mut Shaped,
}

impl Report<'_> {
    /// Adds a finding, unless the first pass lost what it is about.
    fn at(&mut self, path: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        if self.lost(path) {
            return;
        }
        self.shaped.mistakes.push(Mistake {
            offset: self.place(path),
            path: path.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
            missing: false,
        });
    }

    /// Whether the first pass put a placeholder at `path`, above it or below it.
    fn lost(&self, path: &str) -> bool {
        let within = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.shaped.lost.iter().any(|lost| within(lost, path) || within(path, lost))
    }

    /// Whether the first pass lost the key `name` of any item of the list `list`.
    fn lost_any(&self, list: &str, name: &str) -> bool {
        let suffix = format!("].{name}");
        let of_list = |lost: &String| lost.strip_prefix(list).is_some_and(|rest| rest.starts_with('['));
        let bare = |lost: &String| lost.ends_with(']') || lost.ends_with(&suffix);
        self.shaped.lost.iter().any(|lost| lost == list || (of_list(lost) && bare(lost)))
    }

    /// Where the key is; where it is not in the file, its table.
    fn place(&self, path: &str) -> usize {
        let mut outer = path;
        loop {
            if let Some(offset) = self.shaped.offsets.get(outer) {
                return *offset;
            }
            outer = outer.rfind(['.', '[']).and_then(|at| outer.get(..at)).unwrap_or_default();
        }
    }
}

fn address(report: &mut Report<'_>, path: &str, text: &str) {
    if let Some((problem, remedy)) = address_problem(text) {
        report.at(path, format!("{} {problem}", quoted(text)), remedy);
    }
}

/// Each of `values` once.
fn unique<'v>(report: &mut Report<'_>, list: &str, name: &str, values: impl Iterator<Item = &'v str>) {
    let mut seen = BTreeSet::new();
    for (index, value) in values.enumerate() {
        if !value.is_empty() && !seen.insert(value.to_lowercase()) {
            let path = format!("{list}[{index}].{name}");
            report.at(&path, format!("{} is used twice", quoted(value)), "rename or delete one");
        }
    }
}

fn tracking<'n>(report: &mut Report<'_>, path: &str, names: impl Iterator<Item = (&'n String, &'n String)>) {
    let mut count = 0;
    for (category, option) in names {
        count += 1;
        if category.trim().is_empty() || option.trim().is_empty() {
            report.at(
                path,
                "has an empty name",
                "write a category and an option with their names in the ledger",
            );
        }
    }
    if count > LINE_TRACKING_MAX {
        let remedy = format!("at most {LINE_TRACKING_MAX} tracking categories are allowed; remove the others");
        report.at(path, format!("has {count} categories"), remedy);
    }
}
