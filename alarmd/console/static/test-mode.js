// Test mode: presses are tests until a time at most a day ahead; the time that is left counts down.
import { write } from "./api.js";
import { beginnings, countdown, isOn } from "./countdown.js";
import { h } from "./dom.js";
import { may } from "./session.js";
import { done, failed } from "./toast.js";
import { t } from "./words.js";

const MINUTES = [10, 60, 480];

/** What there is to say of a button's or a store's test mode, and buttons to begin and end it.
 *
 * @param changed is given what the API answered, and nothing when the mode has ended by itself.
 */
export function testMode({ thing, path, etag = null, changed }) {
  const set = async (until) => {
    try {
      const answer = await write("PATCH", path, { test_mode_until: until }, etag);
      done(t(until ? "test.begun" : "test.ended"));
      changed(answer);
    } catch (problem) {
      failed(problem.status === 412 ? new Error(t("stale")) : problem);
    }
  };
  const own = isOn(thing.test_mode_until);
  const state = own ? countdown("test.left", thing.test_mode_until, () => changed()) : h("span", { class: "soft" }, t(thing.in_test_mode ? "test.by.store" : "test.off"));
  const choices = own ? h("button", { type: "button", class: "small", onclick: () => set(null) }, t("test.end")) : beginnings(MINUTES, set);
  return h("div", { class: "row" }, state, may("operator") && choices);
}
