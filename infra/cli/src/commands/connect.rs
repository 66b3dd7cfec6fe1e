//! `tieout connect-xero`.

use std::io::{Read, Write};

use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tieout_workflow::WorkflowError;
use tieout_workflow::start::XERO_CONNECTION;

use crate::arguments::Target;
use crate::error::CliError;
use crate::target;

/// Xero's refresh tokens are 43 characters today.
const TOKEN_LENGTH_MAX_BYTES: u64 = 4_096;

pub async fn run(which: &Target, out: &mut impl Write) -> Result<bool, CliError> {
    let mut token = String::new();
    std::io::stdin().take(TOKEN_LENGTH_MAX_BYTES + 1).read_to_string(&mut token)?;
    if token.len() as u64 > TOKEN_LENGTH_MAX_BYTES {
        return Err(CliError::LongToken {
            bytes_max: TOKEN_LENGTH_MAX_BYTES,
        });
    }
    let token = token.trim();
    if token.is_empty() {
        return Err(CliError::NoToken);
    }
    let deployment = target::deployment(which).await?;
    let vault: &dyn TokenVault = &deployment.store;
    let stored = vault.read(XERO_CONNECTION).await.map_err(WorkflowError::Outside)?;
    let stored = StoredToken {
        refresh_token: Secret::new(token),
        access_token: None,
        version: stored.map_or(0, |stored| stored.version + 1),
    };
    let taken = vault.rotate(XERO_CONNECTION, stored).await.map_err(WorkflowError::Outside)?;
    let words = if taken {
        "refresh token stored"
    } else {
        "another token was stored at the same time; try again"
    };
    writeln!(out, "{words}")?;
    Ok(taken)
}
