// Menus: one is open at a time, and a click elsewhere or Escape closes it.

/** Closes the menus that something is not in. @param {Node | null} at */
export function shut(at) {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (at && menu.contains(at)) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    menu.removeAttribute("open");
  }
}

/** Watches them from now on. */
export function watchMenus() {
  document.addEventListener("click", ({ target }) => shut(/** @type {Node} */ (target)));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && shut(null));
  document.addEventListener("toggle", opened, true);
}

/** What a post's menu does beyond its links is loaded when one is opened. @param {Event} event */
async function opened({ target }) {
  const menu = /** @type {HTMLElement} */ (target);
  if (!menu.matches(".by > .menu[open]")) return;
  try {
    (await import("../post-menu.js")).dress(menu);
  } catch {
    // Its links and forms work as they are.
  }
}
