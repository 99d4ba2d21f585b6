// The time that is left of a mode that ends by itself.
import { h, say } from "./dom.js";
import { age, counted, now } from "./time.js";
import { t } from "./words.js";

const TICK_MS = 1000;

/** Whether a mode is on: its end is there, and ahead. */
export const isOn = (until) => Boolean(until) && Date.parse(until) > now();

/** A chip that counts down to a moment with the words of a key, which takes `{left}`; `over` is called at the end. */
export function countdown(key, until, over = () => {}) {
  const left = h("span", { class: "chip warn numbers", role: "timer" });
  const tick = () => say(left, t(key, { left: counted(Math.max(0, (Date.parse(until) - now()) / 1000)) }));
  const timer = setInterval(() => {
    tick();
    if (left.isConnected && isOn(until)) return;
    clearInterval(timer);
    if (left.isConnected) over();
  }, TICK_MS);
  tick();
  return left;
}

/** Buttons that begin a mode for so many minutes; `begin` is given its end, in RFC 3339. */
export const beginnings = (minutes, begin) =>
  minutes.map((one) => h("button", { type: "button", class: "small", onclick: () => begin(new Date(now() + one * 60_000).toISOString()) }, age(one * 60)));
