// A list of posts that goes on: somebody's posts, somebody's likes.

import { PlauditFeed } from "./elements/feed.js";
import { PlauditLike } from "./elements/like.js";
import { PlauditTalk } from "./elements/talk.js";

customElements.define("plaudit-like", PlauditLike);
customElements.define("plaudit-talk", PlauditTalk);
customElements.define("plaudit-feed", PlauditFeed);
