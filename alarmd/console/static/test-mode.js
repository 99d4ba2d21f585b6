// Test mode: presses are tests until a time at most a day ahead; the time that is left counts down.
import { write } from "./api.js";
import { h, say } from "./dom.js";
import { may } from "./session.js";
import { age, counted, now } from "./time.js";
import { done, failed } from "./toast.js";
import { t } from "./words.js";

const MINUTES = [10, 60, 480];

/** What there is to say of a button's or a store's test mode, and buttons to begin and end it. */
export function testMode({ thing, path, etag = null, changed }) {
  const set = async (until) => {
    try {
      await write("PATCH", path, { test_mode_until: until }, etag);
      done(t(until ? "test.begun" : "test.ended"));
      changed();
    } catch (problem) {
      failed(problem);
    }
  };
  const begin = (minutes) => set(new Date(now() + minutes * 60_000).toISOString());
  const own = thing.test_mode_until && Date.parse(thing.test_mode_until) > now();
  const state = own ? countdown(thing.test_mode_until) : h("span", { class: "soft" }, t(thing.in_test_mode ? "test.by.store" : "test.off"));
  const choices = own
    ? h("button", { type: "button", class: "small", onclick: () => set(null) }, t("test.end"))
    : MINUTES.map((minutes) => h("button", { type: "button", class: "small", onclick: () => begin(minutes) }, age(minutes * 60)));
  return h("div", { class: "row" }, state, may("operator") && choices);
}

function countdown(until) {
  const left = h("span", { class: "chip warn numbers", role: "timer" });
  const tick = () => {
    const seconds = Math.max(0, (Date.parse(until) - now()) / 1000);
    say(left, t("test.left", { left: counted(seconds) }));
    if (seconds === 0 || (started && !left.isConnected)) clearInterval(timer);
  };
  let started = false;
  const timer = setInterval(tick, 1000);
  tick();
  started = true;
  return left;
}
