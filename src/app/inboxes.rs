//! Inboxes: who answers, what waits, who has it, and what the agents say among themselves.

use super::{App, Caller};
use crate::domain::inbox::{
    Agent, Case, CaseFilter, CaseOrder, Inbox, InboxFigures, Note, NoteTail, Reply, ReplyId, Role, Status,
    Waiting, check_shortcut, normalize_greeting, normalize_note,
};
use crate::domain::message::normalize_message;
use crate::domain::search::Query;
use crate::domain::user::{check_handle, normalize_name};
use crate::domain::{ConversationId, Cursor, Error, Limit, Order, Page, Result, Timestamp, UserId, text};
use crate::store::{Assignment, Created, InboxChange, NewInbox, NewNote};

/// Which cases are asked for.
#[derive(Debug, Clone, Default)]
pub struct CaseQuery {
    /// Those of this status.
    pub status: Option<Status>,
    /// `me`, `none`, or an agent's handle.
    pub assignee: Option<String>,
    /// Only the open ones that wait.
    pub waiting: bool,
    /// In which order.
    pub order: CaseOrder,
    /// What is searched for.
    pub q: Option<Query>,
}

impl App {
    /// Makes an inbox. For the operator.
    pub async fn create_inbox(&self, handle: &str, name: Option<&str>, agent: &str) -> Result<Inbox> {
        check_handle(handle)?;
        let name = normalize_name(name.unwrap_or(handle))?;
        let agent = self.get_member(agent).await?.id;
        let new = NewInbox { handle: handle.to_owned(), name, agent, at: self.clock.now() };
        self.store.create_inbox(new).await
    }

    /// All inboxes with their agents. For the operator.
    pub async fn list_all_inboxes(&self) -> Result<Vec<(Inbox, Vec<Agent>)>> {
        let mut all = Vec::new();
        for inbox in self.store.list_inboxes(None).await? {
            let agents = self.store.list_agents(inbox.user.id).await?;
            all.push((inbox, agents));
        }
        Ok(all)
    }

    /// Takes an inbox away. For the operator.
    pub async fn delete_inbox(&self, handle: &str) -> Result<()> {
        let inbox = self.find_inbox(handle).await?;
        self.store.delete_inbox(inbox.user.id, self.clock.now()).await
    }

    /// Makes a member an agent. For the operator.
    pub async fn add_agent(&self, inbox: &str, agent: &str, role: Role) -> Result<()> {
        let inbox = self.find_inbox(inbox).await?.user.id;
        self.store.set_agent(inbox, self.get_member(agent).await?.id, role).await
    }

    /// Takes an agent away. For the operator.
    pub async fn take_agent(&self, inbox: &str, agent: &str) -> Result<()> {
        let inbox = self.find_inbox(inbox).await?.user.id;
        let agent = self.get_agent(inbox, agent).await?;
        self.store.remove_agent(inbox, agent, self.clock.now()).await
    }

    /// An inbox, as everybody sees it.
    pub async fn find_inbox(&self, handle: &str) -> Result<Inbox> {
        self.store.find_inbox(handle).await?.ok_or(Error::no_inbox())
    }

    /// The inboxes that the caller answers for.
    pub async fn list_inboxes(&self, caller: &Caller) -> Result<Vec<Inbox>> {
        self.store.list_inboxes(Some(caller.member()?.user.id)).await
    }

    /// An inbox for one of its agents, who the agents are, and how many cases wait.
    pub async fn open_inbox(&self, caller: &Caller, handle: &str) -> Result<(Inbox, Vec<Agent>, Waiting)> {
        let (id, _) = self.answered(caller, handle).await?;
        let inbox = self.find_inbox(handle).await?;
        let agents = self.store.list_agents(id).await?;
        let waiting = self.store.find_waiting(&[id]).await?.pop().flatten().unwrap_or_default();
        Ok((inbox, agents, waiting))
    }

    /// The agents of an inbox, for one of them; nobody else learns of them.
    pub async fn find_agents(&self, caller: &Caller, inbox: UserId) -> Result<Option<Vec<Agent>>> {
        let Some(me) = caller.user() else { return Ok(None) };
        match self.store.find_role(inbox, me).await? {
            Some(_) => Ok(Some(self.store.list_agents(inbox).await?)),
            None => Ok(None),
        }
    }

    /// An admin changes what customers see of an inbox.
    pub async fn update_inbox(
        &self,
        caller: &Caller,
        handle: &str,
        name: Option<&str>,
        greeting: Option<&str>,
        show_agents: Option<bool>,
    ) -> Result<Inbox> {
        let inbox = self.administered(caller, handle).await?;
        let change = InboxChange {
            name: name.map(normalize_name).transpose()?,
            greeting: greeting.map(normalize_greeting).transpose()?,
            show_agents,
        };
        self.store.update_inbox(inbox, change).await
    }

    /// An admin makes a member an agent, or gives it another role.
    pub async fn set_agent(&self, caller: &Caller, inbox: &str, agent: &str, role: Role) -> Result<()> {
        let inbox = self.administered(caller, inbox).await?;
        self.store.set_agent(inbox, self.get_member(agent).await?.id, role).await
    }

    /// An admin takes an agent away.
    pub async fn remove_agent(&self, caller: &Caller, inbox: &str, agent: &str) -> Result<()> {
        let inbox = self.administered(caller, inbox).await?;
        let agent = self.get_agent(inbox, agent).await?;
        self.store.remove_agent(inbox, agent, self.clock.now()).await
    }

    /// An inbox's cases, newest activity first, or who waits longest.
    pub async fn list_cases(
        &self,
        caller: &Caller,
        inbox: &str,
        query: CaseQuery,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Case>> {
        let me = caller.member()?.user.id;
        let (inbox, _) = self.answered(caller, inbox).await?;
        let assignee = match query.assignee.as_deref() {
            None => None,
            Some("none") => Some(None),
            Some("me") => Some(Some(me)),
            Some(handle) => Some(Some(self.get_agent(inbox, handle).await?)),
        };
        let CaseQuery { status, waiting, order, q, .. } = query;
        let filter = CaseFilter { status, assignee, waiting, order };
        match q {
            Some(q) => self.store.search_cases(inbox, me, q, filter, after, limit).await,
            None => self.store.list_cases(inbox, me, filter, after, limit).await,
        }
    }

    /// A conversation as its inbox's agents see it.
    pub async fn get_case(&self, caller: &Caller, id: ConversationId) -> Result<Case> {
        let me = caller.member()?.user.id;
        self.store.find_case(id, me).await?.ok_or(Error::no_conversation())
    }

    /// Gives a case to an agent, or to nobody, if it is still whose the caller thought it was.
    pub async fn assign_case(
        &self,
        caller: &Caller,
        id: ConversationId,
        agent: Option<&str>,
        expect: Option<&str>,
    ) -> Result<Case> {
        let case = self.get_case(caller, id).await?;
        let agent = match agent {
            Some(handle) => Some(self.get_agent(case.inbox, handle).await?),
            None => None,
        };
        // Whoever is expected may be no agent any more: then it is not the assignee either.
        let expect = match expect {
            Some(handle) => Some(self.get_user(handle).await?.id),
            None => None,
        };
        let (by, at) = (caller.member()?.user.id, self.clock.now());
        self.store.assign_case(Assignment { conversation: id, by, agent, expect, at }).await
    }

    /// Opens, snoozes or closes a case.
    pub async fn set_case_status(
        &self,
        caller: &Caller,
        id: ConversationId,
        status: Status,
        until: Option<Timestamp>,
    ) -> Result<Case> {
        let me = caller.member()?.user.id;
        let now = self.clock.now();
        match (status, until) {
            (Status::Snoozed, None) => {
                return Err(Error::bad(
                    "until: a snoozed case needs a time; one that is past opens it at once.",
                ));
            }
            (Status::Snoozed, Some(_)) | (_, None) => {}
            (_, Some(_)) => return Err(Error::bad("until: only a snoozed case has it.")),
        }
        self.store.set_case_status(id, me, status, until, now).await
    }

    /// Opens the cases that were snoozed until now. Called every second.
    pub async fn wake_cases(&self) -> Result<()> {
        self.store.wake_cases(self.clock.now()).await
    }

    /// Writes a note on a case.
    pub async fn write_note(
        &self,
        caller: &Caller,
        id: ConversationId,
        note: &str,
        key: String,
    ) -> Result<Created<Note>> {
        let author = caller.member()?.user.id;
        let note = normalize_note(note)?;
        text::check_key(&key)?;
        self.rates.message(author)?;
        let new = NewNote { conversation: id, author, text: note, key, at: self.clock.now() };
        self.store.write_note(new).await
    }

    /// The notes of a case in this order.
    pub async fn list_notes(
        &self,
        caller: &Caller,
        id: ConversationId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Note>> {
        self.get_case(caller, id).await?;
        self.store.list_notes(id, order, after, limit).await
    }

    /// The newest notes of a case, and the place in their stream from which a page resumes.
    pub async fn read_notes(&self, caller: &Caller, id: ConversationId) -> Result<NoteTail> {
        self.get_case(caller, id).await?;
        self.store.read_note_tail(id).await?.ok_or(Error::no_conversation())
    }

    /// The texts that an inbox's agents have ready, by shortcut.
    pub async fn list_replies(&self, caller: &Caller, inbox: &str) -> Result<Vec<Reply>> {
        let (inbox, _) = self.answered(caller, inbox).await?;
        self.store.list_replies(inbox).await
    }

    /// An agent keeps a text for all of them.
    pub async fn create_reply(
        &self,
        caller: &Caller,
        inbox: &str,
        shortcut: String,
        text: &str,
    ) -> Result<Reply> {
        let (inbox, _) = self.answered(caller, inbox).await?;
        check_shortcut(&shortcut)?;
        self.store.create_reply(inbox, shortcut, normalize_message(text)?).await
    }

    /// An agent gives a reply another shortcut, another text, or both.
    pub async fn update_reply(
        &self,
        caller: &Caller,
        id: ReplyId,
        shortcut: Option<String>,
        text: Option<&str>,
    ) -> Result<Reply> {
        self.check_reply(caller, id).await?;
        shortcut.as_deref().map_or(Ok(()), check_shortcut)?;
        let text = text.map(normalize_message).transpose()?;
        self.store.update_reply(id, shortcut, text).await
    }

    /// An agent removes a reply.
    pub async fn delete_reply(&self, caller: &Caller, id: ReplyId) -> Result<()> {
        self.check_reply(caller, id).await?;
        self.store.delete_reply(id).await
    }

    async fn check_reply(&self, caller: &Caller, id: ReplyId) -> Result<()> {
        let me = caller.member()?.user.id;
        let reply = self.store.find_reply(id).await?.ok_or(Error::no_reply())?;
        self.store.find_role(reply.inbox, me).await?.map(drop).ok_or(Error::no_reply())
    }

    /// What an inbox did in the last days, for its agents.
    pub async fn find_figures(&self, caller: &Caller, inbox: &str, days: u32) -> Result<InboxFigures> {
        let (inbox, _) = self.answered(caller, inbox).await?;
        self.store.find_figures(inbox, days, self.clock.now()).await?.ok_or(Error::no_inbox())
    }

    /// The inbox, for one of its agents, and what that one may do.
    pub(super) async fn answered(&self, caller: &Caller, handle: &str) -> Result<(UserId, Role)> {
        let me = caller.member()?.user.id;
        let inbox = self.find_inbox(handle).await?.user.id;
        let role = self.store.find_role(inbox, me).await?.ok_or(Error::no_inbox())?;
        Ok((inbox, role))
    }

    /// The inbox, for one of its admins.
    async fn administered(&self, caller: &Caller, handle: &str) -> Result<UserId> {
        match self.answered(caller, handle).await? {
            (inbox, Role::Admin) => Ok(inbox),
            (_, Role::Agent) => Err(Error::Forbidden("Only admins of this inbox can do this.")),
        }
    }

    async fn get_agent(&self, inbox: UserId, handle: &str) -> Result<UserId> {
        let user = self.get_user(handle).await?.id;
        self.store.find_role(inbox, user).await?.map(|_| user).ok_or(Error::no_agent())
    }
}
