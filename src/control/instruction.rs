//! What an operator may ask for, what becomes of it, and how it is carried out: by a running server, or by the command
//! line itself where there is none.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::app::sessions::SignUp;
use crate::domain::Result;

/// What an operator may ask for. Without `Debug`: it may hold a password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Instruction {
    /// Make a member.
    Create {
        /// Its handle.
        handle: String,
        /// Its name; the handle if there is none.
        name: Option<String>,
        /// Its password.
        password: String,
    },
    /// Make a member a moderator, or no longer.
    Promote {
        /// Whom.
        handle: String,
        /// Whether it is one from now on.
        on: bool,
    },
    /// Suspend a member, or let it in again.
    Suspend {
        /// Whom.
        handle: String,
        /// Whether it is suspended from now on.
        on: bool,
    },
    /// Give a member another password.
    ResetPassword {
        /// Whom.
        handle: String,
        /// The password.
        password: String,
    },
    /// Delete a member and what it did.
    Delete {
        /// Whom.
        handle: String,
    },
    /// Say what is counted; `plaudit load` asks.
    Stats,
}

/// What became of an instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done, and on disk.
    Done,
    /// What is counted since the start.
    Stats {
        /// How often the database was read for live snapshots.
        snapshot_reads: u64,
    },
    /// It is not, and nothing was changed.
    Refused {
        /// As in every refusal.
        code: String,
        /// What was wrong and what is allowed.
        message: String,
    },
}

impl From<Result<Self>> for Outcome {
    fn from(result: Result<Self>) -> Self {
        match result {
            Ok(outcome) => outcome,
            Err(error) => Self::Refused { code: error.code().to_owned(), message: error.to_string() },
        }
    }
}

/// Does what an operator asks for. There are no rights to check: whoever gets here could write to the database.
pub async fn carry_out(app: &App, instruction: Instruction) -> Result<Outcome> {
    let done = match instruction {
        Instruction::Create { handle, name, password } => {
            app.create_member(SignUp { handle, password, name }).await.map(drop)
        }
        Instruction::Promote { handle, on } => app.promote(&handle, on).await.map(drop),
        Instruction::Suspend { handle, on } => app.suspend(&handle, on).await.map(drop),
        Instruction::ResetPassword { handle, password } => {
            app.reset_password(&handle, password).await.map(drop)
        }
        Instruction::Delete { handle } => app.delete_user(&handle).await.map(drop),
        Instruction::Stats => return Ok(Outcome::Stats { snapshot_reads: app.snapshot_reads() }),
    };
    done.map(|()| Outcome::Done)
}

impl Instruction {
    /// What it asks for, without what is secret.
    pub fn describe(&self) -> String {
        match self {
            Self::Create { handle, .. } => format!("create {handle}"),
            Self::Promote { handle, on } => format!("promote {handle} {on}"),
            Self::Suspend { handle, on } => format!("suspend {handle} {on}"),
            Self::ResetPassword { handle, .. } => format!("reset-password {handle}"),
            Self::Delete { handle } => format!("delete {handle}"),
            Self::Stats => "stats".to_owned(),
        }
    }
}
