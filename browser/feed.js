// The latest posts, and the form to write one.

import { PlauditComposer } from "./elements/composer.js";
import { PlauditFeed } from "./elements/feed.js";
import { PlauditLike } from "./elements/like.js";
import { PlauditTalk } from "./elements/talk.js";

customElements.define("plaudit-like", PlauditLike);
customElements.define("plaudit-talk", PlauditTalk);
customElements.define("plaudit-feed", PlauditFeed);
customElements.define("plaudit-composer", PlauditComposer);
