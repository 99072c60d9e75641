// Pages of this site, read as documents.

import { viewer } from "./session.js";

/**
 * A page of this site as a document. Not as a string: nothing here ever becomes markup. Rejects with the status.
 * @param {string} address
 */
export function read(address) {
  return /** @type {Promise<Document>} */ (
    new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      request.open("GET", address);
      request.responseType = "document";
      request.timeout = 10_000;
      request.onloadend = () => (request.status === 200 && request.response ? done(request.response) : fail(request.status));
      request.setRequestHeader("Plaudit-User", `${viewer.id}`);
      request.send();
    })
  );
}
