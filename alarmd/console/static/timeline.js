// What happened to an alarm, from the press to the end.
import { h } from "./dom.js";
import { exactly, millisecondsBetween, span } from "./time.js";
import { term, t } from "./words.js";

const GRADES = { opened: "fire", pressed: "fire", escalated: "fire", rejected: "fire", delivered: "good", acknowledged: "good", closed: "good" };
// Of what the timeline keeps with a step, that which people want to read.
const TOLD = ["quarantine_id", "alert", "endpoint", "attempts", "reason", "operators", "endpoints", "disposition", "reference", "was", "note"];

/** The steps of an alarm in order, each with the time since the first. */
export function timeline(alarm) {
  const begun = alarm.received_at;
  return h(
    "ol",
    { class: "timeline" },
    alarm.timeline.map(({ at, what, who, detail }) =>
      h(
        "li",
        { class: GRADES[what] ?? "" },
        h("time", { datetime: at }, exactly(at), h("br"), `+${span(millisecondsBetween(begun, at))}`),
        h("div", {}, h("b", {}, term("what", what)), who && ` · ${who}`, details(detail)),
      ),
    ),
  );
}

function details(detail) {
  const told = Object.entries(detail).filter(([name, value]) => TOLD.includes(name) && value !== null && value !== false && value.length !== 0);
  if (!told.length) return null;
  return h("p", { class: "soft" }, told.map(([name, value]) => `${term("detail", name)}: ${shown(name, value)}`).join(" · "));
}

function shown(name, value) {
  if (value === true || name === "quarantine_id") return t("yes");
  if (name === "was") return term("state", value);
  return Array.isArray(value) ? value.join(", ") : term(name, value);
}

/** The presses of an alarm. */
export const presses = (alarm) =>
  h("ol", { class: "timeline" }, alarm.presses.map((press) =>
    h("li", { class: press.kind === "panic" ? "fire" : "" },
      h("time", { datetime: press.received_at }, exactly(press.received_at)),
      h("div", {}, h("b", {}, `${term("kind", press.kind)} · ${press.button_id}`),
        h("p", { class: "soft" }, [
          t("press.id", { id: press.press_id }),
          term("source", press.source),
          press.gateway_id && t("press.gateway", { id: press.gateway_id }),
          press.counter !== null && t("press.counter", { n: press.counter }),
          press.health.battery_pct !== null && t("press.battery", { n: press.health.battery_pct }),
          press.pressed_at && t("press.at", { at: exactly(press.pressed_at) }),
          ...press.faults,
        ].filter(Boolean).join(" · "))))));
