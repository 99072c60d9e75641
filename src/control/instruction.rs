//! What an operator may ask for, what becomes of it, and how it is carried out: by a running server, or by the command
//! line itself where there is none.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::app::sessions::SignUp;
use crate::domain::Result;
use crate::domain::inbox::{Agent, Inbox, Role};

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
    /// Make an inbox.
    CreateInbox {
        /// Its handle.
        handle: String,
        /// Its name; the handle if there is none.
        name: Option<String>,
        /// The first agent's handle.
        agent: String,
    },
    /// Say which inboxes there are.
    ListInboxes,
    /// Make a member an agent of an inbox.
    AddAgent {
        /// Of which.
        inbox: String,
        /// Whom.
        handle: String,
        /// Whether it may say who else answers.
        admin: bool,
    },
    /// Take an agent away.
    RemoveAgent {
        /// From which inbox.
        inbox: String,
        /// Whom.
        handle: String,
    },
    /// Say how long an inbox keeps what is said.
    SetRetention {
        /// Which.
        inbox: String,
        /// Days; none: for ever.
        days: Option<u32>,
    },
    /// Erase a customer who has only a number.
    EraseCustomer {
        /// Of which inbox.
        inbox: String,
        /// The number.
        phone: String,
    },
    /// Take an inbox away.
    DeleteInbox {
        /// Which.
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
    /// The inboxes.
    Inboxes {
        /// By handle.
        inboxes: Vec<ListedInbox>,
    },
    /// It is not, and nothing was changed.
    Refused {
        /// As in every refusal.
        code: String,
        /// What was wrong and what is allowed.
        message: String,
    },
}

/// An inbox, and the handles of those who answer for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedInbox {
    /// Its handle.
    pub handle: String,
    /// Its name.
    pub name: String,
    /// Those who may say who else answers.
    pub admins: Vec<String>,
    /// The others.
    pub agents: Vec<String>,
}

impl From<(Inbox, Vec<Agent>)> for ListedInbox {
    fn from((inbox, agents): (Inbox, Vec<Agent>)) -> Self {
        let (admins, agents): (Vec<Agent>, Vec<Agent>) =
            agents.into_iter().partition(|agent| agent.role == Role::Admin);
        let handles = |agents: Vec<Agent>| agents.into_iter().filter_map(|agent| agent.user.handle).collect();
        Self {
            handle: inbox.user.handle.unwrap_or_default(),
            name: inbox.user.name,
            admins: handles(admins),
            agents: handles(agents),
        }
    }
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
        Instruction::CreateInbox { handle, name, agent } => {
            app.create_inbox(&handle, name.as_deref(), &agent).await.map(drop)
        }
        Instruction::ListInboxes => {
            let inboxes = app.list_all_inboxes().await?.into_iter().map(ListedInbox::from).collect();
            return Ok(Outcome::Inboxes { inboxes });
        }
        Instruction::AddAgent { inbox, handle, admin } => {
            app.add_agent(&inbox, &handle, if admin { Role::Admin } else { Role::Agent }).await
        }
        Instruction::RemoveAgent { inbox, handle } => app.take_agent(&inbox, &handle).await,
        Instruction::SetRetention { inbox, days } => app.set_retention(&inbox, days).await,
        Instruction::EraseCustomer { inbox, phone } => app.erase_customer(&inbox, &phone).await,
        Instruction::DeleteInbox { handle } => app.delete_inbox(&handle).await,
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
            Self::CreateInbox { handle, agent, .. } => format!("create-inbox {handle} {agent}"),
            Self::ListInboxes => "list-inboxes".to_owned(),
            Self::AddAgent { inbox, handle, admin } => format!("add-agent {inbox} {handle} {admin}"),
            Self::RemoveAgent { inbox, handle } => format!("remove-agent {inbox} {handle}"),
            Self::SetRetention { inbox, days } => format!("set-retention {inbox} {days:?}"),
            // Nobody's number is in a log.
            Self::EraseCustomer { inbox, .. } => format!("erase-customer {inbox}"),
            Self::DeleteInbox { handle } => format!("delete-inbox {handle}"),
            Self::Stats => "stats".to_owned(),
        }
    }
}
