// What an administrator does with an endpoint, each in a dialog.
import { write } from "./api.js";
import { ask, choice, field, reveal, show } from "./dialog.js";
import { h } from "./dom.js";
import { now, span } from "./time.js";
import { done, failed } from "./toast.js";
import { term, t } from "./words.js";

const NUMBERS = { position: 0, escalate_after_s: 15, acknowledge_within_s: 60, reopen_after_s: 1800 };
const FORMATS = ["cloudevents", "cap", "eido"];
const OVERLAPS_S = [86_400, 3600, 0];
const PAUSE_MS = 3_600_000;
const PAUSE_MOST_MS = 7 * 86_400_000;

const { districts } = await (await fetch(new URL("./districts.json", import.meta.url))).json();
const codes = Object.fromEntries(Object.entries(districts).map(([code, { name }]) => [name, code]));
const path = (one, step = "") => `/v1/endpoints/${one.id}${step}`;

/** The names of districts by their codes; a code that nobody knows stands for itself. */
export const districtNames = (list) => list.map((code) => districts[code]?.name ?? code);

function fields(one) {
  const text = (name, value, more = {}) => field(name, t(`endpoint.${name}`), h("input", { value, required: true, ...more }));
  const lines = (name, values) => wide(field(name, t(`endpoint.${name}`), h("textarea", { rows: 3, value: values.join("\n") }), t(`endpoint.${name}.hint`)));
  const tests = field("accepts_tests", t("endpoint.accepts_tests"), h("input", { type: "checkbox", checked: one.accepts_tests ?? true }));
  tests.classList.add("check");
  return [
    text("name", one.name ?? "", { maxlength: 200 }),
    text("url", one.url ?? "https://", { type: "url", maxlength: 2000 }),
    field("audience", t("endpoint.audience"), choice(["police", "operators"].map((name) => [name, t(`audience.${name}`)]), one.audience ?? "police")),
    field("format", t("endpoint.format"), choice(FORMATS.map((name) => [name, t(`format.${name}`)]), one.format ?? FORMATS[0])),
    lines("districts", districtNames(one.districts ?? [])),
    lines("stations", one.stations ?? []),
    ...Object.entries(NUMBERS).map(([name, usual]) => text(name, one[name] ?? usual, { type: "number", min: 0, step: "any" })),
    tests,
  ];
}

function wide(element) {
  element.classList.add("wide");
  return element;
}

const linesOf = (text) => (text ?? "").split(/[\n,]+/).map((line) => line.trim()).filter(Boolean);

function entered(values) {
  const numbers = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, Number(values[name])]));
  const places = { districts: linesOf(values.districts).flatMap((line) => codes[line] ?? line.split(/\s+/)), stations: linesOf(values.stations) };
  return { ...values, ...numbers, ...places, accepts_tests: values.accepts_tests !== undefined };
}

/** Add one; its secret is shown once. */
export const add = (changed) =>
  ask({
    title: t("endpoint.new"),
    fields: fields({}),
    submit: t("endpoint.new"),
    act: async (values) => {
      const made = (await write("POST", "/v1/endpoints", entered(values))).data;
      reveal({ title: made.name, text: t("once"), secret: made.secret });
      changed();
    },
  });

/** Change one that is still as it was shown. */
export const edit = (one, changed) =>
  ask({
    title: `${t("endpoint.edit")} · ${one.name}`,
    fields: fields(one),
    submit: t("save"),
    act: async (values) => {
      await write("PATCH", path(one), entered(values), `"${one.version}"`);
      done(t("saved"));
      changed();
    },
  });

/** Give it a new secret, shown once. */
export const rotate = (one, changed) =>
  ask({
    title: `${t("endpoint.rotate")} · ${one.name}`,
    text: t("endpoint.rotate.text"),
    fields: [field("overlap_s", t("endpoint.overlap"), choice(OVERLAPS_S.map((seconds) => [String(seconds), t(`endpoint.overlap.${seconds}`)])), t("endpoint.overlap.hint"))],
    submit: t("endpoint.rotate"),
    act: async ({ overlap_s: seconds }) => {
      const made = (await write("POST", path(one, "/rotate-secret"), { overlap_s: Number(seconds) })).data;
      reveal({ title: made.name, text: t("once"), secret: made.secret });
      changed();
    },
  });

/** Send it nothing until a time. */
export const pause = (one, changed) =>
  ask({
    title: `${t("endpoint.pause")} · ${one.name}`,
    text: t("endpoint.pause.text"),
    fields: [
      field("until", t("endpoint.until"), h("input", { type: "datetime-local", required: true, value: local(now() + PAUSE_MS), max: local(now() + PAUSE_MOST_MS) }), t("endpoint.until.hint")),
      field("reason", t("endpoint.pause.reason"), h("input", { required: true, maxlength: 200, autocomplete: "off" })),
    ],
    submit: t("endpoint.pause"),
    act: async ({ until, reason }) => {
      await write("POST", path(one, "/pause"), { until: new Date(until).toISOString(), reason });
      changed();
    },
  });

/** A moment in ms as a field of a local date and time has it. */
function local(ms) {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** End its pause now. */
export async function resume(one, changed) {
  try {
    await write("POST", path(one, "/resume"));
    done(t("endpoint.resumed", { name: one.name }));
    changed();
  } catch (problem) {
    failed(problem);
  }
}

/** Send it nothing any more. */
export const remove = (one, changed) =>
  ask({
    title: `${t("endpoint.remove")} · ${one.name}`,
    text: t("endpoint.remove.text"),
    submit: t("endpoint.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", path(one), undefined, `"${one.version}"`);
      changed();
    },
  });

/** Send it a signed test alert, and show what came back. */
export async function attempt(one) {
  try {
    const report = (await write("POST", path(one, "/test"))).data;
    show({ title: `${t("endpoint.test")} · ${one.name}`, content: reported(report) });
  } catch (problem) {
    failed(problem);
  }
}

function reported(report) {
  const rows = [
    [t("attempt.status"), report.status === null ? "–" : `HTTP ${report.status}`],
    [t("attempt.took"), span(report.duration_ms)],
    report.error && [t("attempt.error"), report.error],
    report.understood && [t("endpoint.understood"), term("what", report.understood)],
  ].filter(Boolean);
  return [
    h("p", { class: `notice ${report.delivered ? "good" : "bad"}` }, t(report.delivered ? "endpoint.tested" : "endpoint.untested")),
    h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("p", { class: "hint" }, t("attempt.answer")),
    h("pre", { class: "raw", tabindex: "0" }, report.answer || t("quarantine.nothing")),
  ];
}
