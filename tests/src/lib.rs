//! What tests and fuzz targets of the whole share: adversarial input, and fixtures.

pub mod adversarial;
