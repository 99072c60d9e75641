// What every page loads: its times grow old, its connection is told of, its forms are sent once, and its client begins
// once its elements stand.

import { PlauditConnection } from "./elements/connection.js";
import { PlauditTime } from "./elements/time.js";
import { guardForms } from "./page/forms.js";
import { begin } from "./page/live.js";
import { watchMenus } from "./page/menus.js";
import { watch } from "./page/whose.js";

customElements.define("plaudit-time", PlauditTime);
customElements.define("plaudit-connection", PlauditConnection);
watch();
guardForms();
watchMenus();
// A page's own script has named its elements by then, so the first command has all their topics.
addEventListener("DOMContentLoaded", begin);
