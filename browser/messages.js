// A member's conversations: the list, the one that is open, and the form of a first message.

import { PlauditConversations } from "./elements/conversations.js";
import { PlauditDirect } from "./elements/direct.js";

customElements.define("plaudit-direct", PlauditDirect);
customElements.define("plaudit-conversations", PlauditConversations);
// Without it the form works as it is.
if (document.querySelector(".first-message")) import("./write-message.js").catch(() => {});
