// Signing up, logging in, settings: a button in each password's field shows what is typed.

/** @type {NodeListOf<HTMLButtonElement>} */ const buttons = document.querySelectorAll("button.reveal");
for (const button of buttons) {
  const input = button.previousElementSibling;
  if (!(input instanceof HTMLInputElement)) continue;
  /** @param {boolean} shown */
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", `${shown}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // A browser keeps a password that it was sent as one.
  input.form?.addEventListener("submit", () => show(false));
}
