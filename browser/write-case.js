// What a case's page loads when an agent begins to write there.

import { CaseMessageForm } from "./elements/case-form.js";
import { Correspondence } from "./elements/correspondence.js";
import { PlauditNoteForm } from "./elements/note-form.js";

customElements.define("plaudit-message-form", CaseMessageForm);
customElements.define("plaudit-note-form", PlauditNoteForm);

export const Writes = Correspondence;
