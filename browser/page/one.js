// Finds an element that is there.

/** @template {Element} [T=HTMLElement] @param {ParentNode} within @param {string} selector @returns {T} */
export const one = (within, selector) => /** @type {any} */ (within.querySelector(selector));
