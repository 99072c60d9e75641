// How far a text to a telephone has come, and sending it once more.

import { sentence } from "../elements/comment.js";
import { announce } from "./announce.js";
import { call } from "./http.js";

/** @typedef {import("../live/frames.js").Delivery} Delivery */

/** As `words` in `src/web/pages/inboxes/delivery.rs`. @param {Delivery} delivery */
function words({ state, reason }) {
  const said = {
    queued: "Waits to be sent", unsure: "Perhaps not sent: nobody answered", sent: "Sent", delivered: "Delivered", failed: "Not delivered",
  }[state];
  return reason ? `${said}: ${reason}` : said;
}

/** Shows it at a message. @param {HTMLElement | null} li @param {Delivery} delivery */
export function showDelivery(li, delivery) {
  const stamp = li?.querySelector(".stamp");
  if (!li || !stamp) return;
  let place = /** @type {HTMLElement | null} */ (li.querySelector(".delivery"));
  if (!place) {
    place = document.createElement("div");
    place.className = "delivery";
    stamp.after(place);
  }
  // What has gone out can be neither edited nor removed.
  const menu = /** @type {HTMLElement | null} */ (li.querySelector(".menu"));
  if (menu) menu.hidden = true;
  place.dataset["state"] = delivery.state;
  place.textContent = words(delivery);
  const again = delivery.state === "failed" || delivery.state === "unsure";
  if (again) place.append(" ", button(Number(li.id.slice(8))));
}

/** @param {number} id */
function button(id) {
  const again = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Send again" });
  again.addEventListener("click", async () => {
    again.disabled = true;
    try {
      const { message } = await call("POST", `/messages/${id}/send`);
      showDelivery(document.getElementById(`message-${id}`), message.delivery);
    } catch (why) {
      again.disabled = false;
      announce(sentence(why));
      again.after(` ${sentence(why)}`);
    }
  });
  return again;
}
