// What a post's page loads for the post's author beyond what all load.

import { PlauditActivity } from "./elements/activity.js";

customElements.define("plaudit-activity", PlauditActivity);
