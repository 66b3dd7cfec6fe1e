//! Tests that look at the whole: style, who knows whom, the template, the shipped binaries, hostile input.

pub mod hostile;
