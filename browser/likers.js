// Who likes a post.

import { PlauditFans } from "./elements/fans.js";
import { PlauditLike } from "./elements/like.js";

customElements.define("plaudit-like", PlauditLike);
customElements.define("plaudit-fans", PlauditFans);
