//! The auditor: what must be true of the world, by a model of its own.
