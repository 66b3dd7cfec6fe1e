//! What the script has done already, kept in the data folder: a demo that was killed plays nothing twice.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

const FILE: &str = "demo-acts";

/// The acts that are done. What can be seen in Salesforce or Xero is looked up there instead.
#[derive(Debug)]
pub struct Acts {
    file: File,
    done: BTreeSet<String>,
}

impl Acts {
    /// Opens the list in `data`, with what an earlier run did.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(data: &Path) -> std::io::Result<Self> {
        let path = data.join(FILE);
        let done = match std::fs::read_to_string(&path) {
            // The last line may be half: its act is done again, as each may be.
            Ok(text) => text
                .split_inclusive('\n')
                .filter_map(|line| line.strip_suffix('\n'))
                .map(str::to_owned)
                .collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(b"\n")?;
        Ok(Self { file, done })
    }

    /// Whether it is done.
    pub fn is_done(&self, act: &str) -> bool {
        self.done.contains(act)
    }

    /// Notes that it is done.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn note(&mut self, act: &str) -> std::io::Result<()> {
        self.file.write_all(format!("{act}\n").as_bytes())?;
        self.done.insert(act.to_owned());
        Ok(())
    }
}
