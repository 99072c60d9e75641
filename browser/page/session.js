// For whom this page was made, and from what: what the server wrote into it. A page of nobody becomes its guest's.

const { user = "", session = "none", epoch = "" } = document.documentElement.dataset;

/** Who looks at this page; `id` 0: nobody. */
export const viewer = { id: Number(user), isMember: session === "member" };

/** The lineage of the database when the page was made. */
export const madeOf = epoch;
