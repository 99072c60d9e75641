// For whom this page was made, and from what: what the server wrote into it. Everything that the page does is done for
// that user only. A page of nobody becomes the page of the guest that its first like makes.

const { user = "", session: kind = "none", epoch = "" } = document.documentElement.dataset;

/** Who looks at this page; `id` 0: nobody. `isGone`: the browser is logged in as somebody else by now, or not at all. */
export const viewer = { id: Number(user), isMember: kind === "member", isGone: false };

/** The lineage of the database when the page was made. */
export const madeOf = epoch;

/** Says `guest` when this page of nobody has become a guest's, and `gone` when its user is not here any more. */
export const session = new EventTarget();

/** This page of nobody is a guest's from now on. @param {number} id */
export function becomeGuest(id) {
  if (viewer.id || !id) return;
  viewer.id = id;
  document.documentElement.dataset["user"] = `${id}`;
  session.dispatchEvent(new Event("guest"));
}

/** The session of this browser is another user's. */
export function lose() {
  if (viewer.isGone) return;
  viewer.isGone = true;
  session.dispatchEvent(new Event("gone"));
}
