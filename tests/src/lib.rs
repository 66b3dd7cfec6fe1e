//! Tests that look at the whole: style, who knows whom, the template, the shipped binaries, the path from end to end.
