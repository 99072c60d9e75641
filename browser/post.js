// One post: its likes, its conversation, and who looks at it.

import { PlauditComments } from "./elements/comments.js";
import { PlauditFans } from "./elements/fans.js";
import { PlauditLike } from "./elements/like.js";
import { PlauditTalk } from "./elements/talk.js";
import { PlauditViewers } from "./elements/viewers.js";

customElements.define("plaudit-like", PlauditLike);
customElements.define("plaudit-talk", PlauditTalk);
customElements.define("plaudit-comments", PlauditComments);
customElements.define("plaudit-viewers", PlauditViewers);
customElements.define("plaudit-fans", PlauditFans);
// Without it the page only lacks what it tells.
if (document.querySelector("plaudit-activity")) import("./author.js").catch(() => {});
