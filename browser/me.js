// What every page of a member loads beside its own script: how much is unread, signals, and members to mention; and that what
// is private stays so.

import { watchMentions } from "./page/mention-list.js";
import { watchPrivate } from "./page/private.js";
import { showSignals } from "./page/signals.js";
import { watchUnread } from "./page/unread.js";

watchUnread();
watchPrivate();
watchMentions();
showSignals();
