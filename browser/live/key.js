// The key that goes with a text, so that sending it again never writes it twice.

/** 96 random bits. */
export const freshKey = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
