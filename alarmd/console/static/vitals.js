// Whether everything is alive, in one line of chips.
import { h } from "./dom.js";
import { may } from "./session.js";
import { age } from "./time.js";
import { t, term } from "./words.js";

const COUNTED = ["endpoint_failing", "gateway_away", "region_silent", "battery_low", "button_tampered", "session_lost"];

/** A chip for each part of the service, and for each kind of fault that there is. */
export function vitals(board) {
  return [
    ...board.parts.map(partChip),
    board.silent_buttons > 0 && faultChip(t("silent", { n: board.silent_buttons }), "warn"),
    ...COUNTED.filter((kind) => board.faults?.[kind]).map((kind) =>
      faultChip(`${term("fault", kind)} ${board.faults[kind]}`, kind === "battery_low" ? "warn" : "bad"),
    ),
  ].filter(Boolean).map((chip) => h("li", {}, chip));
}

function partChip({ name, ok, detail, age_s: seconds }) {
  const [part, ...rest] = name.split(" ");
  const label = [term("part", part), ...rest].join(" ");
  const told = seconds === null ? t(ok ? "part.ok" : "part.bad") : age(seconds);
  return h("span", { class: ok ? "chip good" : "chip bad", title: detail }, `${ok ? "●" : "▲"} ${label} ${told}`);
}

function faultChip(text, grade) {
  const chip = h("span", { class: `chip ${grade}` }, `▲ ${text}`);
  return may("viewer") ? h("a", { href: "/faults" }, chip) : chip;
}
