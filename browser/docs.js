// The page of the API: what a link leads to opens, everything opens at once, and the contents fold once they are used.

/** Opens all that stands around the place that the address names. */
function reveal() {
  const place = document.getElementById(location.hash.slice(1));
  let fold = place?.closest("details");
  for (; fold; fold = fold.parentElement?.closest("details")) fold.open = true;
  place?.scrollIntoView();
}

reveal();
addEventListener("hashchange", reveal);
addEventListener("click", ({ target }) => {
  const link = target instanceof Element && target.closest("a");
  if (!link || !link.hash) return;
  link.closest(".contents details")?.removeAttribute("open");
  // The same link again is no change of the address.
  if (link.href === location.href) reveal();
});

/** @type {HTMLButtonElement | null} */ const all = document.querySelector(".open-all");
if (all) {
  all.hidden = false;
  let open = false;
  all.addEventListener("click", () => {
    open = !open;
    document.querySelectorAll(".parts details").forEach((fold) => fold.toggleAttribute("open", open));
    all.textContent = open ? "Fold all parts" : "Open all parts";
  });
}
