//! A small SOQL: what Tieout and a person with curl ask, with the refusals of the real one.
//!
//! Parsed by [`parser`], checked against the schema by [`bind`], evaluated by [`run`]. What the real one knows and this one does not
//! (aggregates, date functions, semi-joins, `LIKE`) is refused as `MALFORMED_QUERY`.

mod ast;
mod bind;
mod compare;
mod lexer;
mod parser;
mod run;
#[cfg(test)]
mod tests;

pub(super) use bind::{Bound, bind};
pub(super) use parser::parse;
pub(super) use run::{Source, matches, project, select};
