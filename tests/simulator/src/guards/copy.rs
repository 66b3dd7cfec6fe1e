//! A copy of the workspace, in which the source can be edited and built without touching the original.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::edit::{Edit, EditError};

/// What is not copied.
const LEFT_OUT: [&str; 2] = [".git", "target"];

/// A copy of the workspace, built with the same profile and into the same folder as this program, so that dependencies are not built again.
#[derive(Debug)]
pub struct Copy {
    original: PathBuf,
    sources: PathBuf,
    target: PathBuf,
    /// `release`, or `debug` for the profile `dev`.
    profile: PathBuf,
}

/// Why no binary comes out of the copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// An edit does not fit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The edited copy does not build.
    #[error("the edited copy does not build: {0}")]
    Build(ExitStatus),
}

impl Copy {
    /// The copy of the workspace at `original`. It is made by [`Copy::simulate`].
    ///
    /// # Errors
    /// Where this program is not in a folder of cargo's.
    pub fn new(original: &Path) -> Result<Self, CopyError> {
        let program = std::env::current_exe().map_err(at(Path::new("this program")))?;
        let mut folders = program.ancestors().skip(1);
        match (folders.next(), folders.next()) {
            (Some(profile), Some(target)) => Ok(Self {
                original: original.to_owned(),
                sources: target.join("guards"),
                target: target.to_owned(),
                profile: profile.to_owned(),
            }),
            _ => Err(at(&program)(io::ErrorKind::NotFound.into())),
        }
    }

    /// Brings the copy up to date, applies `edits`, and builds its `simulate`. Gives the path of the binary.
    ///
    /// # Errors
    /// Where the copy cannot be made, edited, built or run.
    pub fn simulate(&self, edits: &[Edit]) -> Result<PathBuf, CopyError> {
        mirror(&self.original, &self.sources)?;
        for edit in edits {
            let path = self.sources.join(edit.file);
            let edited = edit.edited(&self.sources)?;
            std::fs::write(&path, edited).map_err(|source| CopyError::File { path, source })?;
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args(["build", "--locked", "-p", "tieout-simulator", "--bin", "simulate"])
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.sources);
        if self.profile.ends_with("release") {
            build.arg("--release");
        }
        let status = build.status().map_err(at(&self.sources))?;
        if status.success() {
            Ok(self.profile.join("simulate"))
        } else {
            Err(CopyError::Build(status))
        }
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> CopyError + '_ {
    |source| CopyError::File {
        path: path.to_owned(),
        source,
    }
}

/// Makes `to` the same as `from`. A file that is the same already is not written again, so that cargo does not build it again.
fn mirror(from: &Path, to: &Path) -> Result<(), CopyError> {
    std::fs::create_dir_all(to).map_err(at(to))?;
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| OsStr::new(left_out) == name) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(&name));
        names.insert(name);
        if entry.file_type().map_err(at(&source))?.is_dir() {
            mirror(&source, &target)?;
            continue;
        }
        let text = std::fs::read(&source).map_err(at(&source))?;
        if std::fs::read(&target).ok().as_ref() != Some(&text) {
            std::fs::write(&target, text).map_err(at(&target))?;
        }
    }
    for entry in std::fs::read_dir(to).map_err(at(to))? {
        let entry = entry.map_err(at(to))?;
        if !names.contains(&entry.file_name()) {
            let path = entry.path();
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
            removed.map_err(at(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_has_what_the_original_has_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for path in ["from/a/b", "from/target", "to/old"] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        for (path, text) in [
            ("from/a/b/same", "1"),
            ("from/target/left", "2"),
            ("to/gone", "3"),
            ("to/old/gone", "4"),
        ] {
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        mirror(&from, &to).unwrap();
        let written = || std::fs::metadata(to.join("a/b/same")).unwrap().modified().unwrap();
        let first = written();
        mirror(&from, &to).unwrap();
        assert_eq!(written(), first);
        assert_eq!(std::fs::read_to_string(to.join("a/b/same")).unwrap(), "1");
        for gone in ["target", "gone", "old"] {
            assert!(!to.join(gone).exists(), "{gone}");
        }
    }
}
