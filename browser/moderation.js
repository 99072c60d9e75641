// The moderators' queue.

import { PlauditQueue } from "./elements/queue.js";

customElements.define("plaudit-queue", PlauditQueue);
