//! Answering a customer without a script, and writing a note for the other agents: two forms, so that a note never becomes
//! an answer.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::filter::Filter;
use super::{CasePath, address, refused, render_case};
use crate::app::conversations::MessageDraft;
use crate::domain::inbox::Case;
use crate::domain::{Error, Result, parse_id};
use crate::web::Site;
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::pages::feed::fresh_key;
use crate::web::pages::local::Reader;
use crate::web::pages::messages::MessageForm;
use crate::web::pages::{error, see_other};

/// What an agent writes in a case with, fresh or as it was refused.
pub(super) struct Forms {
    pub(super) answer: MessageForm,
    pub(super) note: NoteForm,
    /// Why something else was not done.
    pub(super) sentence: Option<String>,
}

/// The form of a note.
pub(super) struct NoteForm {
    pub(super) text: String,
    pub(super) key: String,
    pub(super) error: Option<String>,
}

impl Forms {
    /// Empty ones.
    pub(super) fn fresh(handle: &str, case: &Case) -> Self {
        Self {
            // An answer that overtook another agent's is refused.
            answer: MessageForm {
                seen: Some(case.seq),
                ..MessageForm::new(address(handle, Some(case.id)), None)
            },
            note: NoteForm { text: String::new(), key: fresh_key(), error: None },
            sentence: None,
        }
    }

    /// With a sentence above them.
    pub(super) fn with_sentence(self, sentence: String) -> Self {
        Self { sentence: Some(sentence), ..self }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    text: String,
    key: String,
    #[serde(default)]
    seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    text: String,
    key: String,
}

/// `POST /inboxes/{handle}/{id}`
pub(super) async fn answer(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    form: Result<Form<Answer>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let Form(Answer { text, key, seen }) = form?;
        let seen = seen.as_deref().map(|seen| parse_id(seen).ok_or(damaged())).transpose()?;
        // Who is no agent of it has no page here to write on.
        site.app().get_case(&visit.caller, id).await?;
        let draft = MessageDraft { conversation: id, text: text.clone(), key: key.clone(), seen };
        match site.app().write_message(&visit.caller, draft).await {
            Ok(created) => {
                let place = address(&handle, Some(id));
                Ok(see_other(&format!("{place}#message-{}", created.item.id.0), None))
            }
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let code = status(&why);
                let forms = |handle: &str, case: &Case| {
                    let fresh = Forms::fresh(handle, case);
                    Forms { answer: fresh.answer.refused(text, Some(key), &why), ..fresh }
                };
                render_case(&site, &visit, (&handle, id), Filter::Waiting, None, code, forms).await
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

/// `POST /inboxes/{handle}/{id}/note`
pub(super) async fn note(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    form: Result<Form<NewNote>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let Form(NewNote { text, key }) = form?;
        match site.app().write_note(&visit.caller, id, &text, key.clone()).await {
            Ok(created) => {
                let place = address(&handle, Some(id));
                Ok(see_other(&format!("{place}#note-{}", created.item.id.0), None))
            }
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let code = status(&why);
                let forms = |handle: &str, case: &Case| {
                    let key = if why == Error::KeyReused { fresh_key() } else { key };
                    let note = NoteForm { text, key, error: Some(error::sentence(&why)) };
                    Forms { note, ..Forms::fresh(handle, case) }
                };
                render_case(&site, &visit, (&handle, id), Filter::Waiting, None, code, forms).await
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

fn damaged() -> Error {
    Error::bad("This form is damaged: open the page once more.")
}
