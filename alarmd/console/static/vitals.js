// Whether everything is alive, in one line of chips; each leads to the page where one mends it.
import { h } from "./dom.js";
import { may } from "./session.js";
import { age } from "./time.js";
import { t, term } from "./words.js";

// Always there, so that one sees that they are looked after; the others only while there is something.
const STEADY = ["battery_low", "endpoint_failing"];
const RARE = ["endpoint_paused", "gateway_away", "region_silent", "button_tampered", "session_lost"];
const GRADES = { battery_low: "warn", endpoint_paused: "warn" };

/** A chip for each part of the service, and for each kind of fault that is counted. */
export function vitals(board) {
  const count = (kind) => board.faults?.[kind] ?? 0;
  return [
    ...board.parts.map(partChip),
    board.silent_buttons !== null && counted(t("silent", { n: board.silent_buttons }), board.silent_buttons, "warn", "/buttons?supervision=silent"),
    ...(board.faults ? STEADY : []).map((kind) => faultChip(kind, count(kind))),
    ...RARE.filter((kind) => count(kind)).map((kind) => faultChip(kind, count(kind))),
  ].filter(Boolean).map((chip) => h("li", {}, chip));
}

function partChip({ name, ok, detail, age_s: seconds }) {
  const [part, ...rest] = name.split(" ");
  const label = [term("part", part), ...rest].join(" ");
  const told = seconds === null ? t(ok ? "part.ok" : "part.bad") : age(seconds);
  const chip = h("span", { class: ok ? "chip good" : "chip bad", title: detail }, `${ok ? "●" : "▲"} ${label} ${told}`);
  return linked(chip, part === "outbox" && may("operator") ? "/deliveries?state=pending" : "/faults");
}

const faultChip = (kind, number) => counted(`${term("fault", kind)} ${number}`, number, GRADES[kind] ?? "bad", mendedAt(kind));

function counted(text, number, grade, href) {
  return linked(h("span", { class: `chip ${number ? grade : "good"}` }, `${number ? "▲" : "●"} ${text}`), href);
}

/** Where what is wrong is mended, by whoever looks. */
function mendedAt(kind) {
  if (kind === "battery_low") return "/buttons?low_battery=true";
  if (kind.startsWith("endpoint_")) return may("admin") ? "/endpoints" : may("operator") ? "/deliveries?state=pending" : "/faults";
  return "/faults";
}

const linked = (chip, href) => (may("viewer") ? h("a", { href }, chip) : chip);
