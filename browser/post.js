// One post: its likes, its conversation, and who looks at it.

import { PlauditComments } from "./elements/comments.js";
import { PlauditActivity } from "./elements/activity.js";
import { PlauditFans } from "./elements/fans.js";
import { PlauditLike } from "./elements/like.js";
import { PlauditTalk } from "./elements/talk.js";
import { PlauditViewers } from "./elements/viewers.js";

customElements.define("plaudit-like", PlauditLike);
customElements.define("plaudit-talk", PlauditTalk);
customElements.define("plaudit-comments", PlauditComments);
customElements.define("plaudit-viewers", PlauditViewers);
customElements.define("plaudit-activity", PlauditActivity);
customElements.define("plaudit-fans", PlauditFans);
