// Where the pages' scripts begin: names the elements, then opens the connection.

import { PlauditCommentForm } from "./elements/comment-form.js";
import { PlauditComments } from "./elements/comments.js";
import { PlauditComposer } from "./elements/composer.js";
import { PlauditConnection } from "./elements/connection.js";
import { PlauditActivity, PlauditFans } from "./elements/fans.js";
import { PlauditFeed } from "./elements/feed.js";
import { PlauditLike } from "./elements/like.js";
import { PlauditTalk } from "./elements/talk.js";
import { PlauditTime } from "./elements/time.js";
import { PlauditViewers } from "./elements/viewers.js";
import { begin } from "./live.js";

customElements.define("plaudit-time", PlauditTime);
customElements.define("plaudit-like", PlauditLike);
customElements.define("plaudit-talk", PlauditTalk);
customElements.define("plaudit-feed", PlauditFeed);
customElements.define("plaudit-composer", PlauditComposer);
customElements.define("plaudit-comment-form", PlauditCommentForm);
customElements.define("plaudit-comments", PlauditComments);
customElements.define("plaudit-viewers", PlauditViewers);
customElements.define("plaudit-activity", PlauditActivity);
customElements.define("plaudit-fans", PlauditFans);
customElements.define("plaudit-connection", PlauditConnection);
begin();
