//! Which entity bills a deal: CEL expressions from `tieout.toml`, compiled once, tried all for each deal.
//!
//! An expression sees one variable, `deal`: the facts that the CRM gave, as JSON. Texts, truths, lists and tables are what they are in
//! JSON. A number without a fraction is a CEL `int`; one with a fraction is a CEL `double`, which only compares: nothing that a rule
//! computes flows into an amount. A number with more than [`NUMBER_DIGITS_MAX`] significant digits would not survive that, so the
//! rule is broken by it rather than wrong. No function of a rule knows the time, chance or anything outside the deal.

mod expression;
mod facts;

use std::sync::Arc;

use cel::{Context, Env, ExecutionError, Program, Value};

use crate::config::Rule;

pub use expression::{CHAIN_MAX, DEPTH_MAX, EXPRESSION_LENGTH_MAX_CHARS, ExpressionError, LOOPS_MAX, check_expression};
pub use facts::NUMBER_DIGITS_MAX;

/// The variable that an expression sees.
pub const DEAL: &str = "deal";

/// Rules that are ready to choose.
pub struct Rules {
    environment: Arc<Env>,
    rules: Vec<Compiled>,
}

struct Compiled {
    name: String,
    entity: String,
    program: Program,
}

/// What the rules say about a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Exactly one matches.
    One {
        /// The rule's name, to be recorded.
        rule: String,
        /// The entity's id.
        entity: String,
    },
    /// None matches: the deal waits for a person.
    None,
    /// More than one matches, by name in the order of the file: the deal waits for a person.
    Several(Vec<String>),
    /// A rule cannot be decided for this deal; the others are not believed either.
    Broken {
        /// The rule's name.
        rule: String,
        /// Why, and how to fix it; without the deal's values.
        why: String,
    },
}

/// A rule that does not compile.
#[derive(Debug, thiserror::Error)]
#[error("the rule {rule:?} of tieout.toml: {source}")]
pub struct RuleError {
    /// The rule's name.
    pub rule: String,
    /// What is wrong with its expression.
    pub source: ExpressionError,
}

impl Rules {
    /// Compiles the rules; once, at init.
    ///
    /// # Errors
    /// The first rule that does not compile; `tieout doctor` lists all.
    pub fn compile(rules: &[Rule]) -> Result<Self, RuleError> {
        let compiled = rules.iter().map(|rule| {
            let program = expression::compile(&rule.when).map_err(|source| RuleError {
                rule: rule.name.clone(),
                source,
            })?;
            Ok(Compiled {
                name: rule.name.clone(),
                entity: rule.entity.clone(),
                program,
            })
        });
        Ok(Self {
            environment: Arc::new(Env::stdlib()),
            rules: compiled.collect::<Result<_, _>>()?,
        })
    }

    /// Tries all rules for a deal's facts, a JSON object; amounts are JSON numbers, dates ISO 8601 texts.
    pub fn choose(&self, deal: &serde_json::Value) -> Choice {
        let mut matching: Vec<&Compiled> = Vec::new();
        for rule in &self.rules {
            match self.matches(rule, deal) {
                Ok(true) => matching.push(rule),
                Ok(false) => {}
                Err(why) => {
                    return Choice::Broken {
                        rule: rule.name.clone(),
                        why,
                    };
                }
            }
        }
        match matching.as_slice() {
            [] => Choice::None,
            [one] => Choice::One {
                rule: one.name.clone(),
                entity: one.entity.clone(),
            },
            several => Choice::Several(several.iter().map(|rule| rule.name.clone()).collect()),
        }
    }

    fn matches(&self, rule: &Compiled, deal: &serde_json::Value) -> Result<bool, String> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        context.add_variable_from_value(DEAL, facts::value(DEAL, deal)?);
        match rule.program.execute(&context) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(other) => Err(format!(
                "it gives a {}, not true or false; compare it with something",
                other.type_of()
            )),
            Err(error) => Err(why(&error)),
        }
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.rules.iter().map(|rule| &rule.name);
        formatter.debug_list().entries(names).finish()
    }
}

/// In words, without the deal's values: some of the library's messages repeat them.
fn why(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => {
            format!("the deal has no {name}; fill it in, or ask has(deal.{name}) first")
        }
        ExecutionError::UndeclaredReference(name) => {
            format!("{name} is not known; write {DEAL}.{name}")
        }
        ExecutionError::NoSuchOverload(overload) => format!(
            "{} does not work on {}; a missing value is null, ask for it first",
            overload.function(),
            overload.argument_types().join(" and ")
        ),
        ExecutionError::ValuesNotComparable(left, right) => {
            format!("a {} does not compare with a {}", left.type_of(), right.type_of())
        }
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            format!("{operator} does not work on {} and {}", left.type_of(), right.type_of())
        }
        ExecutionError::IndexOutOfBounds(_) => "a list is shorter than the rule expects; ask size(…) first".to_owned(),
        ExecutionError::FunctionError { function, .. } => {
            format!("{function} cannot read this value")
        }
        _ => "the library cannot evaluate it for this deal; make the rule simpler".to_owned(),
    }
}

#[cfg(test)]
mod tests;
