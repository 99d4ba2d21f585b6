// Telephone numbers: E.164 in, as Koreans write them out.
import { h } from "./dom.js";
import { t } from "./words.js";

/** +8227160302 -> 02-716-0302; what is not of Korea stays as it is. */
export function phoneText(phone) {
  if (!phone.startsWith("+82")) return phone;
  const number = `0${phone.slice(3)}`;
  const area = /^(02|0[3-6]\d|01\d|070|080|050\d)/.exec(number)?.[1];
  if (!area) return phone.startsWith("+821") ? phone.slice(3) : number;
  const rest = number.slice(area.length);
  return [area, rest.slice(0, -4), rest.slice(-4)].filter(Boolean).join("-");
}

/** A link that rings there. */
export const phoneLink = (phone, className) =>
  h("a", { href: `tel:${phone}`, class: className, "aria-label": t("phone.call", { phone: phoneText(phone) }) }, `☎ ${phoneText(phone)}`);
