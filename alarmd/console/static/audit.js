// The audit: every change, by whom and when, and whether the chain of them is whole.
import { read } from "./api.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { whole } from "./time.js";
import { done, failed } from "./toast.js";
import { t } from "./words.js";

const FEW = 4; // so many are shown at once, and more are folded

const exact = () => h("input", { autocomplete: "off", spellcheck: "false" });

const list = new List({
  path: "/v1/audit",
  filters: [
    filter("who", t("audit.who"), exact()),
    filter("what", t("audit.what"), exact()),
    filter("subject", t("faults.subject"), exact()),
  ],
  columns: [
    { title: "#", cell: (entry) => String(entry.seq) },
    { title: t("audit.at"), cell: (entry) => whole(entry.at) },
    { title: t("audit.who"), cell: (entry) => [h("b", {}, entry.who), h("p", { class: "soft" }, entry.door)] },
    { title: t("audit.what"), cell: (entry) => h("span", { class: "mono" }, entry.what) },
    { title: t("faults.subject"), cell: (entry) => h("span", { class: "mono" }, entry.subject) },
    { title: t("import.fields"), cell: changes },
  ],
  empty: t("audit.empty"),
});

function changes({ before, after }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const lines = names.map((name) => h("div", {}, `${name}: `, before?.[name] !== undefined && [h("del", {}, text(before[name])), " → "], h("ins", {}, text(after?.[name]))));
  return lines.length > FEW ? h("details", {}, h("summary", {}, t("audit.fields", { n: lines.length })), lines) : lines;
}

const text = (value) => (value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));

async function verify() {
  try {
    const verdict = await read("/v1/audit/verify");
    if (verdict.whole) done(t("audit.whole", { n: verdict.entries }));
    else failed(new Error(t("audit.broken", { seq: verdict.broken.seq, why: verdict.broken.reason })));
  } catch (problem) {
    failed(problem);
  }
}

const offer = h("button", { type: "button", class: "primary", onclick: verify }, t("audit.verify"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.audit")), offer), list.element);
list.load();
