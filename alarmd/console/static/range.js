// From which day to which, as people in Korea count days.
import { choice } from "./dialog.js";
import { filter } from "./list.js";
import { h } from "./dom.js";
import { now } from "./time.js";
import { t } from "./words.js";

const AHEAD_MS = 9 * 3_600_000; // of UTC, all year round
const DAY_MS = 86_400_000;
const CHOICES = [
  ["today", t("range.today")],
  ["week", t("range.week")],
  ["month", t("range.month")],
  ["last", t("range.last")],
  ["custom", t("range.custom")],
];

const dayOf = (ms) => new Date(ms + AHEAD_MS).toISOString().slice(0, 10);
const beginning = (day) => Date.parse(`${day}T00:00:00+09:00`);
const after = (day, days) => dayOf(beginning(day) + days * DAY_MS);

/** The first and the last day of a range that has a name. */
function named(name) {
  const today = dayOf(now());
  const first = `${today.slice(0, 8)}01`;
  if (name === "week") return { from: after(today, -6), to: today };
  if (name === "month") return { from: first, to: today };
  if (name === "last") return { from: `${after(first, -1).slice(0, 8)}01`, to: after(first, -1) };
  return { from: today, to: today };
}

/** All days from one to another. */
export function daysOf({ from, to }) {
  const count = Math.round((beginning(to) - beginning(from)) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, number) => after(from, number));
}

/** The range as the API has it. */
export const asked = ({ from, to }) => ({ since: `${from}T00:00:00+09:00`, until: `${after(to, 1)}T00:00:00+09:00` });

/** Chooses a range: by name, or by its days. It is kept in the page's address; `changed` is given each new one. */
export function rangePicker(changed) {
  const given = new URLSearchParams(location.search);
  const known = CHOICES.some(([name]) => name === given.get("range"));
  const name = choice(CHOICES, known ? given.get("range") : "month");
  const days = { from: h("input", { type: "date", required: true }), to: h("input", { type: "date", required: true }) };
  const controls = [filter("range", t("range"), name), filter("from", t("range.from"), days.from), filter("to", t("range.to"), days.to)];

  const show = ({ from, to }) => {
    days.from.value = from;
    days.to.value = to;
  };
  const tell = () => {
    if (!days.from.value || !days.to.value) return;
    const [from, to] = [days.from.value, days.to.value].sort();
    const kept = new URLSearchParams(name.value === "custom" ? { range: "custom", from, to } : { range: name.value });
    history.replaceState(null, "", `?${kept}`);
    changed({ from, to });
  };
  name.addEventListener("change", () => {
    if (name.value !== "custom") show(named(name.value));
    tell();
  });
  for (const day of Object.values(days)) {
    day.addEventListener("change", () => {
      name.value = "custom";
      tell();
    });
  }
  const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "");
  const custom = name.value === "custom" && isDay(given.get("from")) && isDay(given.get("to"));
  show(custom ? { from: given.get("from"), to: given.get("to") } : named(name.value));
  return { element: h("form", { class: "filters", onsubmit: (event) => event.preventDefault() }, controls.map(({ element }) => element)), tell };
}
