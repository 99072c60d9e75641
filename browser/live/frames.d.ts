// The frames of the live protocol (docs/protocol.md), as far as the pages use them. Types only; nothing here is served.

export type User = { id: number; handle: string | null; name: string; bio: string; kind: "member" | "guest" | "inbox" | "customer"; moderator?: boolean };

export type Post = {
  id: number; author: User; text: string; created_at: string; edited_at: string | null; likes: number; comments: number;
  version: number; seq: number; comments_seq: number; liked: boolean;
};

export type Comment = {
  id: number; post: number; parent: number | null; author: User; text: string; created_at: string;
  edited_at: string | null; seq: number;
};

export type Ok = { type: "ok"; ref: number; post: number; liked: boolean; changed: boolean; likes: number; version: number };
export type Failure = { type: "error"; ref: number | null; code: string; message: string; retry_after_ms: number | null };

export type Added = { type: "post.added"; topic?: string; seq: number; post: Post };
export type Edited = { type: "post.edited"; topic?: string; seq: number; post: Post };
export type Removed = { type: "post.removed"; topic?: string; seq?: number; id?: number };
export type Counts = { type: "counts"; topic: string; version: number; likes: number; comments: number };
export type Liked = { type: "liked"; topic: string; post: number; liked: boolean; version: number };

export type CommentAdded = { type: "comment.added"; topic?: string; seq: number; comment: Comment };
export type CommentEdited = { type: "comment.edited"; topic?: string; seq: number; comment: Comment };
export type CommentRemoved = { type: "comment.removed"; topic?: string; seq: number; id: number };
export type CommentChange = CommentAdded | CommentEdited | CommentRemoved;
export type People = { topic: string; viewers: number; faces: User[]; typing: User[] };
export type Presence = People & { type: "presence" };
export type LikerList = { topic: string; likers: { user: User; at: string }[] };
export type Likers = LikerList & { type: "likers" };

export type Delivery = { state: "queued" | "unsure" | "sent" | "delivered" | "failed"; at: string; reason: string | null };
export type Message = {
  id: number; conversation: number; author: User; text: string; created_at: string; edited_at: string | null; seq: number;
  delivery: Delivery | null;
};
export type Direct = {
  id: number; kind: "direct" | "inbox"; with: User; last: Message | null; seq: number; read: number; unread: number; request: boolean;
  updated_at: string;
};
export type ConversationChange =
  | { type: "conversation.changed"; topic?: string; seq: number; conversation: Direct }
  | { type: "conversation.removed"; topic?: string; seq: number; id: number };
export type MessageChange =
  | { type: "message.added"; topic?: string; seq: number; message: Message }
  | { type: "message.edited"; topic?: string; seq: number; message: Message }
  | { type: "message.removed"; topic?: string; seq: number; id: number }
  | { type: "message.delivery"; topic?: string; seq: number; id: number; delivery: Delivery };
export type Case = {
  id: number; customer: { user: User; phone?: string | null; opted_out?: boolean }; last: Message | null; seq: number; notes_seq: number;
  waiting: boolean; waiting_since: string | null; status: "open" | "snoozed" | "closed"; until: string | null;
  assignee: User | null; updated_at: string;
};
export type CaseChange = { type: "case.changed"; topic?: string; seq: number; case: Case };
export type Note = {
  id: number; kind: "note" | "assigned" | "status" | "sent"; author: User | null; text: string; from: string | null;
  to: string | null; message: number | null; at: string; seq: number;
};
export type NoteChange = { type: "note.added"; topic?: string; seq: number; note: Note };
export type WaitingNumbers = { topic: string; version: number; waiting: number; unassigned: number };
export type Waiting = WaitingNumbers & { type: "waiting" };
export type Reply = { id: number; shortcut: string; text: string };
/** Who is at a case. */
export type Agents = { topic: string; viewers: User[]; typing: { user: User; mode: "reply" | "note" }[] };
export type Quoted = { id: number; text: string };
export type Notification = {
  id: number; kind: "like" | "comment" | "answer" | "mention" | "removal"; post: Quoted | null; comment: Quoted | null;
  actors: User[]; count: number; at: string; seq: number;
};
export type NotificationChange =
  | { type: "notification.changed"; topic?: string; seq: number; notification: Notification }
  | { type: "notification.removed"; topic?: string; seq: number; id: number };
export type Read = { type: "read"; topic: string; read: number };
export type Talk = { topic: string; typing: User[]; seen: { user: number; read: number }[] };

export type UnreadNumbers = { topic: string; version: number; conversations: number; requests: number; notifications: number };
export type Unread = UnreadNumbers & { type: "unread" };

export type StateSnapshot = { topic: string; version: number; likes: number; comments: number; liked: boolean };
export type StreamSnapshot = { topic: string; seq: number; reset: boolean; changes: (Added | Edited | Removed | CommentChange | ConversationChange | MessageChange | NotificationChange | CaseChange | NoteChange)[]; next: string | null; read?: number };
export type NoSnapshot = { topic: string; error: string };
export type Snapshot = {
  type: "snapshot"; ref: number; epoch: string;
  topics: ({ topic: string } | Entry | NoSnapshot)[];
};
/** How one topic stands. */
export type Entry = StateSnapshot | StreamSnapshot | People | LikerList | UnreadNumbers | Talk | WaitingNumbers | Agents;
type Change = Added | Edited | Removed | CommentChange | ConversationChange | MessageChange | NotificationChange | CaseChange | NoteChange;

export type Push = Counts | Liked | Change | Presence | (Talk & { type: "presence" }) | (Agents & { type: "presence" }) | Waiting | Likers | Unread | Read | { type: "resync"; topic: string } | { type: "ended"; topic: string } | { type: "ping" };
export type Frame = Snapshot | Ok | Failure | Push;

/** What a listener of a topic hears: its snapshots, its pushes, and that it is gone. `fresh`: of another epoch. */
export type News =
  | { type: "snapshot"; fresh: boolean; entry: Entry }
  | { type: "gone" }
  | Counts | Liked | Change | Presence | (Talk & { type: "presence" }) | (Agents & { type: "presence" }) | Waiting | Likers | Unread | Read;
