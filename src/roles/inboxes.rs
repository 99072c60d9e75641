//! `plaudit inbox …`: a team's shared mailboxes, from the command line. A server that runs on the same folder does it.

use std::io::{self, IsTerminal as _};

use super::say;
use super::users::{confirm, do_it};
use crate::cli::{
    AddAgent, AgentRole, CreateInbox, DeleteInbox, EraseCustomer, InboxRole, RemoveAgent, SetInbox,
};
use crate::config::Config;
use crate::control::{Instruction, ListedInbox, Outcome};

/// Runs one of them to its end, and says what is true now.
pub(super) fn run(config: &Config, role: InboxRole) -> anyhow::Result<()> {
    match role {
        InboxRole::Create(CreateInbox { handle, name, agent }) => {
            let done = format!("Made the inbox @{handle}; @{agent} answers for it and is its admin.");
            do_it(config, Instruction::CreateInbox { handle, name, agent })?;
            say(&done);
        }
        InboxRole::List => {
            if let Outcome::Inboxes { inboxes } = do_it(config, Instruction::ListInboxes)? {
                list(&inboxes);
            }
        }
        InboxRole::Agent(AgentRole::Add(AddAgent { inbox, handle, admin })) => {
            let now = if admin { "an admin of" } else { "an agent of" };
            let done = format!("@{handle} is {now} @{inbox} now.");
            do_it(config, Instruction::AddAgent { inbox, handle, admin })?;
            say(&done);
        }
        InboxRole::Agent(AgentRole::Remove(RemoveAgent { inbox, handle })) => {
            let done = format!("@{handle} answers for @{inbox} no more.");
            do_it(config, Instruction::RemoveAgent { inbox, handle })?;
            say(&done);
        }
        InboxRole::Set(SetInbox { handle, retention_days: days, keep: _ }) => {
            let done = match days {
                Some(days) => format!("@{handle} keeps messages and notes for {days} days."),
                None => format!("@{handle} keeps messages and notes for ever."),
            };
            do_it(config, Instruction::SetRetention { inbox: handle, days })?;
            say(&done);
        }
        InboxRole::Erase(EraseCustomer { handle, phone, yes }) => {
            if !yes && io::stdin().is_terminal() {
                let what = format!("Erase the customer {phone} of @{handle}?");
                confirm(&what, &handle, io::stdin().lock(), io::stderr())?;
            }
            do_it(config, Instruction::EraseCustomer { inbox: handle, phone })?;
            say("The customer is erased; what the provider has of it is erased by the running server.");
        }
        InboxRole::Delete(DeleteInbox { handle, yes }) => {
            if !yes && io::stdin().is_terminal() {
                let what = format!("Delete the inbox @{handle}?");
                confirm(&what, &handle, io::stdin().lock(), io::stderr())?;
            }
            let done = format!("The inbox @{handle} is deleted. What was said stays with its customers.");
            do_it(config, Instruction::DeleteInbox { handle })?;
            say(&done);
        }
    }
    Ok(())
}

fn list(inboxes: &[ListedInbox]) {
    if inboxes.is_empty() {
        say("There is no inbox yet: plaudit inbox create HANDLE --agent HANDLE");
    }
    for ListedInbox { handle, name, admins, agents } in inboxes {
        let all = |handles: &[String]| {
            let handles: Vec<String> = handles.iter().map(|handle| format!("@{handle}")).collect();
            if handles.is_empty() { "nobody".to_owned() } else { handles.join(", ") }
        };
        say(&format!("@{handle} ({name})  admins: {}  agents: {}", all(admins), all(agents)));
    }
}
