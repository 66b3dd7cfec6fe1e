//! The folder that keeps the state of a stack. Two stacks on one folder would give out the same ids twice, so it is locked.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Held locked as long as the process lives; what is in it is the process id of its holder.
const LOCK_FILE: &str = "lock";
/// Digits of a process id, and some room.
const PROCESS_ID_LENGTH_MAX: u64 = 20;

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot use the data folder {folder}: {source}; choose a folder that you may write to")]
    Unusable { folder: String, source: std::io::Error },
    #[error("the data folder {folder} is in use by another stack{process}; stop that one, or give this one a folder of its own by --data")]
    InUse {
        folder: String,
        /// In brackets, where it is known.
        process: String,
    },
}

/// A folder that is locked for this process until the last clone is dropped; the system unlocks it where the process is killed.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<File>,
}

impl DataFolder {
    /// Makes the folder if it is not there, and locks it.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let folder = || path.display().to_string();
        let unusable = |source| FolderError::Unusable { folder: folder(), source };
        std::fs::create_dir_all(path).map_err(unusable)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path.join(LOCK_FILE)).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::InUse {
                    folder: folder(),
                    process: holder(file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
        write!(file, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: Arc::new(file),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The process that holds the lock, as it wrote; nothing where that cannot be read, as on systems where locks keep readers out.
fn holder(file: File) -> String {
    let mut text = String::new();
    let read = file.take(PROCESS_ID_LENGTH_MAX).read_to_string(&mut text);
    match read.ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(process) => format!(" (process {process})"),
        None => String::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/for/it");
        let first = DataFolder::open(&path).unwrap();
        let clone = first.clone();
        drop(first);
        let refused = DataFolder::open(&path).unwrap_err().to_string();
        let expected = format!(
            "the data folder {} is in use by another stack (process {}); stop that one, or give this one a folder of its own by --data",
            path.display(),
            std::process::id()
        );
        assert_eq!(refused, expected);
        let other = DataFolder::open(&folder.path().join("other")).unwrap();
        assert!(other.path().ends_with("other"));
        drop(clone);
        assert_eq!(DataFolder::open(&path).unwrap().path(), path);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let refused = DataFolder::open(&file).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("cannot use the data folder {}", file.display())),
            "{refused}"
        );
    }
}
