// What an inbox's pages load once they stand: keys, replies that are ready, and what agents do and note.

import { notesBefore, remarkOf } from "./elements/remark.js";
import { carryOut, companyOf, dressAs, readRows } from "./page/case-acts.js";
import { showDelivery } from "./page/delivery.js";
import { watchKeys } from "./page/keys.js";
import { offerReplies } from "./page/replies.js";

watchKeys();
offerReplies();

export const act = carryOut;
export const renderRemark = remarkOf;
export const dress = dressAs;
export const company = companyOf;
export const before = notesBefore;
export const rowsNow = readRows;
export const deliver = showDelivery;
