// Notes among messages, by their times.

/** Puts the notes of a list where their times belong among its messages. @param {HTMLElement} list */
export function inOrder(list) {
  const at = (/** @type {HTMLElement} */ li) => Date.parse(li.dataset["at"] ?? "");
  const messages = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".message")]);
  const remarks = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".remark")]);
  remarks.sort((a, b) => at(a) - at(b) || Number(a.id.slice(5)) - Number(b.id.slice(5)));
  /** Behind which the next one stands. @type {Element | null} */ let before = null;
  let next = 0;
  for (const remark of remarks) {
    while (messages[next] && at(/** @type {HTMLElement} */ (messages[next])) <= at(remark)) before = messages[next++] ?? null;
    /** @type {Element | null} */ const place = before ? before.nextElementSibling : list.firstElementChild;
    if (place !== remark) list.insertBefore(remark, place);
    before = remark;
  }
}
