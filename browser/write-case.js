// What a case's page loads when an agent begins to write there.

import { Correspondence } from "./elements/correspondence.js";
import { PlauditMessageForm } from "./elements/message-form.js";
import { PlauditNoteForm } from "./elements/note-form.js";

customElements.define("plaudit-message-form", PlauditMessageForm);
customElements.define("plaudit-note-form", PlauditNoteForm);

export const Writes = Correspondence;
