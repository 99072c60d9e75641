// A member's notifications.

import { PlauditNotifications } from "./elements/notifications.js";

customElements.define("plaudit-notifications", PlauditNotifications);
