// What every page loads: its times grow old, its connection is told of, and its client begins once its elements stand.

import { PlauditConnection } from "./elements/connection.js";
import { PlauditTime } from "./elements/time.js";
import { begin } from "./page/live.js";

customElements.define("plaudit-time", PlauditTime);
customElements.define("plaudit-connection", PlauditConnection);
// A page's own script has named its elements by then, so the first command has all their topics.
addEventListener("DOMContentLoaded", begin);
