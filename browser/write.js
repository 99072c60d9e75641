// What a post's page loads when somebody begins to write there, or has written what is not known to be saved.

import { PlauditCommentForm } from "./elements/comment-form.js";
import { Writing } from "./elements/writing.js";

customElements.define("plaudit-comment-form", PlauditCommentForm);

export const Writes = Writing;
