// What every page of a member loads beside its own script: how much is unread, and that what is private stays so.

import { watchPrivate } from "./page/private.js";
import { watchUnread } from "./page/unread.js";

watchUnread();
watchPrivate();
