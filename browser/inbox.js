// The agents' pages of an inbox: its cases, and the one that is open.

import { PlauditCase } from "./elements/case.js";
import { PlauditCases } from "./elements/cases.js";

customElements.define("plaudit-case", PlauditCase);
customElements.define("plaudit-cases", PlauditCases);
// Without it the page is whole but for keys.
import("./desk.js").catch(() => {});
