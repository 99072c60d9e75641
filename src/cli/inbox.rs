//! `plaudit inbox …`: a team's shared mailboxes, from the command line.

use clap::{Args, Subcommand};

use super::user::{handle, new_handle};
use crate::domain::user::normalize_name;

pub(super) const EXAMPLES: &str = "\
Examples:
  plaudit inbox create shop --name 'The Shop' --agent ana    customers write to @shop, @ana answers
  plaudit inbox agent add shop ben                           and @ben too
  plaudit inbox set shop --retention-days 90                 what is older goes by itself
  plaudit inbox list                                         every inbox and who answers for it
  plaudit inbox delete shop                                  nobody can write to it any more

Where a server runs on the same data folder it carries these out, so that open pages change at once; otherwise they
are done on the database itself. --data says which folder (or PLAUDIT_DATA, or the file of --config).";

const CREATE_EXAMPLES: &str = "\
Examples:
  plaudit inbox create shop --name 'The Shop' --agent ana
  plaudit inbox create help --agent ana --data /var/lib/plaudit

The first agent is an admin: it may say who else answers (PUT /api/inboxes/shop/agents/ben).";

const AGENT_EXAMPLES: &str = "\
Examples:
  plaudit inbox agent add shop ben           @ben answers for @shop
  plaudit inbox agent add shop ben --admin   and says who else does
  plaudit inbox agent remove shop ben        @ben loses the inbox at once; nobody has the cases of @ben";

const SET_EXAMPLES: &str = "\
Examples:
  plaudit inbox set shop --retention-days 90      what is older goes, within minutes, at the provider too
  plaudit inbox set shop --keep                   nothing goes by itself (as at first)

Messages and notes go, and a customer with only a number of whom nothing is left. There is no way back.";

const ERASE_EXAMPLES: &str = "\
Examples:
  plaudit inbox erase shop +15550111         at a terminal you are asked to type the inbox's handle once more
  plaudit inbox erase shop +15550111 --yes   never asks

Its number, its name, all that it and the agents wrote and what was noted go, at the provider too. If it wanted no more
texts, that alone is remembered, without the number.";

const DELETE_EXAMPLES: &str = "\
Examples:
  plaudit inbox delete shop                  at a terminal you are asked to type the handle once more
  plaudit inbox delete shop --yes            never asks

What was said stays with the customers; agents see it no more, and the handle is free after 30 days.";

/// `plaudit inbox …`.
#[derive(Debug, Subcommand)]
pub enum InboxRole {
    /// Make an inbox, and its first agent an admin of it
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateInbox),
    /// List the inboxes and who answers for them
    List,
    /// Say who answers for an inbox
    #[command(subcommand, after_help = AGENT_EXAMPLES)]
    Agent(AgentRole),
    /// Say how long an inbox keeps what is said
    #[command(after_help = SET_EXAMPLES)]
    Set(SetInbox),
    /// Erase a customer who has only a number; there is no way back
    #[command(after_help = ERASE_EXAMPLES)]
    Erase(EraseCustomer),
    /// Take an inbox away; there is no way back
    #[command(after_help = DELETE_EXAMPLES)]
    Delete(DeleteInbox),
}

/// `plaudit inbox create`.
#[derive(Debug, Args)]
pub struct CreateInbox {
    /// 2 to 30 characters of a to z, 0 to 9 and _
    #[arg(value_parser = new_handle)]
    pub handle: String,
    /// The name to show, 1 to 50 characters [default: the handle]
    #[arg(long, value_parser = normalize_name)]
    pub name: Option<String>,
    /// A member, who becomes its first agent and an admin
    #[arg(long, value_name = "HANDLE", value_parser = handle)]
    pub agent: String,
}

/// `plaudit inbox agent …`.
#[derive(Debug, Subcommand)]
pub enum AgentRole {
    /// Make a member an agent
    #[command(after_help = AGENT_EXAMPLES)]
    Add(AddAgent),
    /// Take an agent away
    #[command(after_help = AGENT_EXAMPLES)]
    Remove(RemoveAgent),
}

/// `plaudit inbox agent add`.
#[derive(Debug, Args)]
pub struct AddAgent {
    /// For which inbox
    #[arg(value_parser = handle)]
    pub inbox: String,
    /// Which member
    #[arg(value_parser = handle)]
    pub handle: String,
    /// It may say who else answers
    #[arg(long)]
    pub admin: bool,
}

/// `plaudit inbox agent remove`.
#[derive(Debug, Args)]
pub struct RemoveAgent {
    /// From which inbox
    #[arg(value_parser = handle)]
    pub inbox: String,
    /// Whom
    #[arg(value_parser = handle)]
    pub handle: String,
}

/// `plaudit inbox set`.
#[derive(Debug, Args)]
pub struct SetInbox {
    /// Which
    #[arg(value_parser = handle)]
    pub handle: String,
    /// How many days messages and notes are kept, 1 to 36500
    #[arg(long, required_unless_present = "keep", conflicts_with = "keep", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub retention_days: Option<u32>,
    /// Keep them for ever
    #[arg(long)]
    pub keep: bool,
}

/// `plaudit inbox erase`.
#[derive(Debug, Args)]
pub struct EraseCustomer {
    /// Of which inbox
    #[arg(value_parser = handle)]
    pub handle: String,
    /// The number, as +15550111 or as agents see it
    pub phone: String,
    /// Do not ask, even at a terminal
    #[arg(long)]
    pub yes: bool,
}

/// `plaudit inbox delete`.
#[derive(Debug, Args)]
pub struct DeleteInbox {
    /// Which
    #[arg(value_parser = handle)]
    pub handle: String,
    /// Do not ask, even at a terminal
    #[arg(long)]
    pub yes: bool,
}
