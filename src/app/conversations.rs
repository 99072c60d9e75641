//! Conversations: write to somebody, answer, edit, remove, read, accept, hide, list.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::once::Print;
use super::rights::check_edit_message;
use super::{Actor, App, Caller};
use crate::domain::message::normalize_message;
use crate::domain::{
    Base, Conversation, ConversationId, Cursor, Error, Limit, Message, MessageId, Order, Page, Result, Token,
    Unread, User, UserId, UserKind, text,
};
use crate::store::{ConnectionRef, Created, NewMessage, To};

/// A message as it was sent into a conversation.
#[derive(Debug, Clone)]
pub struct MessageDraft {
    /// In which.
    pub conversation: ConversationId,
    /// As it was typed.
    pub text: String,
    /// The client's key.
    pub key: String,
    /// The head that an agent had before its eyes; none: it asks for no guard.
    pub seen: Option<u64>,
}

impl App {
    /// Writes to a member or an inbox, in the conversation of the two; it begins with this where there is none.
    pub async fn write_to(
        &self,
        caller: &Caller,
        handle: &str,
        text: &str,
        key: String,
    ) -> Result<(Conversation, Created<Message>)> {
        let me = self.correspondent(caller)?;
        let other = self.get_user(handle).await?;
        if other.id == me {
            return Err(Error::bad("to: this is you; write to somebody else."));
        }
        let is_guest = caller.member().is_err();
        if is_guest && other.kind != UserKind::Inbox {
            return Err(Error::GuestsOff);
        }
        let message = self.check_message_text(me, To::User(other.id), text, key, None)?;
        if self.store.find_conversation_with(me, other.id).await?.is_none() {
            if is_guest {
                self.rates.guests_conversation(caller.address)?;
            } else {
                self.rates.conversation(me)?;
            }
        }
        let created = self.store.write_message(message).await?;
        Ok((self.get_conversation(caller, created.item.conversation).await?, created))
    }

    /// Writes to an inbox as somebody without a session, who is a guest from then on. The same key with the same text
    /// finds that guest for ten minutes.
    pub async fn write_as_new_guest(
        self: &Arc<Self>,
        caller: &Caller,
        handle: &str,
        text: &str,
        key: String,
    ) -> Result<(User, Token, Conversation, Created<Message>)> {
        self.check_message(UserKind::Guest).map_err(|_| Error::NoSession)?;
        let inbox = self.get_user(handle).await?;
        if inbox.kind != UserKind::Inbox {
            return Err(Error::NoSession);
        }
        let text = normalize_message(text)?;
        let print = Print::of("message", Some(&key), &[handle, &text])?;
        let (app, address, fresh) = (Arc::clone(self), caller.address, Arc::new(AtomicBool::new(false)));
        let (first, is_fresh) = ((text.clone(), key.clone()), fresh.clone());
        let act = async move {
            // Rates come last: what is refused must use up nothing.
            app.rates.guests_conversation(address)?;
            app.rates.guest(address)?;
            let (token, session) = app.new_session()?;
            let (session, _) = app.store.write_as_new_guest(inbox.id, first.0, first.1, session).await?;
            is_fresh.store(true, Ordering::Relaxed);
            Ok((session.user, token))
        };
        let (user, token) = self.begin_once(print, act).await?;
        // The key finds what it has made.
        let (to, author, at) = (To::User(inbox.id), user.id, self.clock.now());
        let again = NewMessage { to, author, text, key, seen: None, at };
        let item = self.store.write_message(again).await?.item;
        let found = self.store.find_conversation(item.conversation, user.id).await?;
        let conversation = found.ok_or(Error::no_conversation())?;
        Ok((user, token, conversation, Created { item, fresh: fresh.load(Ordering::Relaxed) }))
    }

    /// Writes into a conversation of the caller's.
    pub async fn write_message(&self, caller: &Caller, draft: MessageDraft) -> Result<Created<Message>> {
        let me = self.correspondent(caller)?;
        let to = To::Conversation(draft.conversation);
        let message = self.check_message_text(me, to, &draft.text, draft.key, draft.seen)?;
        self.store.write_message(message).await
    }

    /// The message of a connection's command: queued here, answered through the hub after the commit.
    pub fn message_from_connection(
        &self,
        actor: Option<Actor>,
        draft: MessageDraft,
        waiter: ConnectionRef,
    ) -> Result<()> {
        let me = self.correspondent_of(actor)?;
        let to = To::Conversation(draft.conversation);
        let message = self.check_message_text(me, to, &draft.text, draft.key, draft.seen)?;
        self.store.queue_message(message, waiter)
    }

    fn check_message_text(
        &self,
        author: UserId,
        to: To,
        text: &str,
        key: String,
        seen: Option<u64>,
    ) -> Result<NewMessage> {
        let text = normalize_message(text)?;
        text::check_key(&key)?;
        self.rates.message(author)?;
        Ok(NewMessage { to, author, text, key, seen, at: self.clock.now() })
    }

    /// Gives a message of the caller's own another text, within 15 minutes. `base`: what the edit began from.
    pub async fn edit_message(
        &self,
        caller: &Caller,
        id: MessageId,
        text: &str,
        base: Option<Base>,
    ) -> Result<Message> {
        let me = self.correspondent(caller)?;
        let message = self.get_message(caller, id).await?;
        let now = self.clock.now();
        check_edit_message(me, &message, now)?;
        let text = normalize_message(text)?;
        self.rates.message(me)?;
        self.store.edit_message(id, text, now, base).await
    }

    /// Removes a message of the caller's own, for both sides.
    pub async fn remove_message(&self, caller: &Caller, id: MessageId) -> Result<()> {
        let me = self.correspondent(caller)?;
        let message = self.get_message(caller, id).await?;
        if message.writer != me {
            return Err(Error::Forbidden("Only its author can remove a message."));
        }
        if message.delivery.is_some() {
            return Err(Error::Forbidden(
                "A text message to a telephone can't be removed: it has been sent.",
            ));
        }
        self.store.remove_message(id, self.clock.now()).await
    }

    /// A message of a conversation of the caller's.
    pub async fn get_message(&self, caller: &Caller, id: MessageId) -> Result<Message> {
        let message = self.store.find_message(id).await?.ok_or(Error::no_message())?;
        let mine = self.store.may_read(message.conversation, self.correspondent(caller)?).await?;
        if mine { Ok(message) } else { Err(Error::no_message()) }
    }

    /// A conversation of the caller's.
    pub async fn get_conversation(&self, caller: &Caller, id: ConversationId) -> Result<Conversation> {
        let me = self.correspondent(caller)?;
        self.store.find_conversation(id, me).await?.ok_or(Error::no_conversation())
    }

    /// The conversation of the caller with a member, if they have one, and that member.
    pub async fn find_conversation_with(
        &self,
        caller: &Caller,
        handle: &str,
    ) -> Result<(User, Option<Conversation>)> {
        let me = self.correspondent(caller)?;
        let other = self.get_user(handle).await?;
        let found = self.store.find_conversation_with(me, other.id).await?;
        Ok((other, found))
    }

    /// How much is unread of what concerns the caller.
    pub async fn find_unread(&self, caller: &Caller) -> Result<Unread> {
        match &caller.session {
            Some(session) => self.store.get_unread(session.user.id).await,
            None => Ok(Unread::default()),
        }
    }

    /// Whether the caller may have conversations to follow: each member, and a guest who has one.
    pub async fn has_conversations(&self, caller: &Caller) -> Result<bool> {
        match &caller.session {
            None => Ok(false),
            Some(session) if session.user.is_member() => Ok(true),
            Some(_) if self.correspondent(caller).is_err() => Ok(false),
            Some(_) => {
                Ok(!self.list_conversations(caller, false, None, Limit::new(1)?).await?.items.is_empty())
            }
        }
    }

    /// The caller's conversations, newest activity first: the requests, or all others.
    pub async fn list_conversations(
        &self,
        caller: &Caller,
        requests: bool,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Conversation>> {
        self.store.list_conversations(self.correspondent(caller)?, requests, after, limit).await
    }

    /// What is said in a conversation of the caller's.
    pub async fn list_messages(
        &self,
        caller: &Caller,
        id: ConversationId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Message>> {
        if !self.store.may_read(id, self.correspondent(caller)?).await? {
            return Err(Error::no_conversation());
        }
        self.store.list_messages(id, order, after, limit).await
    }

    /// The caller has read up to here; never back.
    pub async fn read_conversation(&self, caller: &Caller, id: ConversationId, read: u64) -> Result<()> {
        self.store.read_conversation(id, self.correspondent(caller)?, read).await
    }

    /// The same as a connection's command.
    pub fn read_from_connection(
        &self,
        actor: Option<Actor>,
        id: ConversationId,
        read: u64,
        waiter: ConnectionRef,
    ) -> Result<()> {
        self.store.queue_read(id, self.correspondent_of(actor)?, read, waiter)
    }

    /// It is no request of the caller's any more.
    pub async fn accept_conversation(&self, caller: &Caller, id: ConversationId) -> Result<()> {
        self.store.accept_conversation(id, self.correspondent(caller)?).await
    }

    /// Hides a conversation from the caller's list until the next message.
    pub async fn hide_conversation(&self, caller: &Caller, id: ConversationId) -> Result<()> {
        self.store.hide_conversation(id, self.correspondent(caller)?).await
    }
}
