//! Guards disabled in the source: an exact text, found exactly once, and what stands there without the guard.

use std::path::Path;

/// One change of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// From the root of the workspace.
    pub file: &'static str,
    /// What stands there; it has to be there exactly once.
    pub search: &'static str,
    /// What stands there without the guard.
    pub replace: &'static str,
}

/// An edit that no longer fits the source.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file cannot be read or written.
    #[error("{file}: {source}")]
    File {
        /// From the root of the workspace.
        file: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The text is not there exactly once.
    #[error("{file} holds {search:?} {count} times, not once: adjust tests/simulator/src/guards/rows.rs")]
    Count {
        /// From the root of the workspace.
        file: &'static str,
        /// The text.
        search: &'static str,
        /// How often it is there.
        count: usize,
    },
}

impl Edit {
    /// The text of the file under `root` after the edit.
    ///
    /// # Errors
    /// Where the file cannot be read, or the text is not there exactly once.
    pub fn edited(&self, root: &Path) -> Result<String, EditError> {
        let text = std::fs::read_to_string(root.join(self.file)).map_err(|source| self.file_error(source))?;
        match text.matches(self.search).count() {
            1 => Ok(text.replacen(self.search, self.replace, 1)),
            count => Err(EditError::Count {
                file: self.file,
                search: self.search,
                count,
            }),
        }
    }

    pub(super) fn file_error(&self, source: std::io::Error) -> EditError {
        EditError::File { file: self.file, source }
    }
}
