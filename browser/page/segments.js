// How many text messages a text is, for those who write one. `src/domain/segments.rs` counts the same and says why.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("\f^{}\\[~]|€");

/**
 * `left`: how many units still fit into the last one.
 * @param {string} text
 * @returns {{encoding: "gsm7" | "ucs2", count: number, left: number}}
 */
export function segments(text) {
  const characters = [...text];
  const plain = characters.every((c) => BASIC.has(c) || EXTENDED.has(c));
  const costs = characters.map((c) => (plain ? (EXTENDED.has(c) ? 2 : 1) : c.length));
  const [alone, each] = plain ? [160, 153] : [70, 67];
  const encoding = plain ? "gsm7" : "ucs2";
  const whole = costs.reduce((sum, cost) => sum + cost, 0);
  if (whole <= alone) return { encoding, count: whole > 0 ? 1 : 0, left: alone - whole };
  let count = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > each) [count, used] = [count + 1, 0];
    used += cost;
  }
  return { encoding, count, left: each - used };
}
