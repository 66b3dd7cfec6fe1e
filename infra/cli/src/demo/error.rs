//! Why the demo cannot go on.

use tieout_local::data_folder::FolderError;
use tieout_sandbox::salesforce::ApiError;
use tieout_sandbox::xero::ControlError;
use tieout_workflow::WorkflowError;

use crate::stack::StackError;
use crate::stack::clock::ClockError;

/// Why the demo cannot go on. What the books say is no error but its result.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The stack.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The sandbox's Salesforce refuses an act of the script.
    #[error("the demo's seller is refused: {0}")]
    Salesforce(#[from] ApiError),
    /// The sandbox's Xero refuses an act of the script.
    #[error("the demo's finance is refused: {0}")]
    Xero(#[from] ControlError),
    /// A use case.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    /// The table.
    #[error(transparent)]
    Store(#[from] tieout_store::StoreError),
    /// The dead letters.
    #[error(transparent)]
    Queue(#[from] tieout_queue::QueueError),
    /// Another demo or stack uses the data folder, or nobody can.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The data folder's clock.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A file in the data folder, or where the report goes.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The accounting refuses to compute a report.
    #[error(transparent)]
    Refused(#[from] tieout_accounting::Refusal),
    /// Something is missing that the demo needs.
    #[error("the demo needs {0}")]
    Missing(String),
}
