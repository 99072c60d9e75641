// What a conversation's page loads when somebody begins to write there, or has written what is not known to be saved.

import { Correspondence } from "./elements/correspondence.js";
import { PlauditMessageForm } from "./elements/message-form.js";

customElements.define("plaudit-message-form", PlauditMessageForm);

export const Writes = Correspondence;
