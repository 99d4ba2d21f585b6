// Endpoints: who is told, in which order, and whether they answer.
import { write } from "./api.js";
import { ask, choice, field, reveal } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List } from "./list.js";
import { span } from "./time.js";
import { done, failed } from "./toast.js";
import { term, t } from "./words.js";

const { districts } = await (await fetch(new URL("./districts.json", import.meta.url))).json();
const NUMBERS = { position: 0, escalate_after_s: 15, acknowledge_within_s: 60, reopen_after_s: 1800 };

const list = new List({
  path: "/v1/endpoints",
  columns: [
    { title: t("endpoint.name"), cell: (one) => [h("b", {}, one.name), h("p", { class: "soft mono" }, one.url)] },
    { title: t("endpoint.audience"), cell: (one) => term("audience", one.audience) },
    { title: t("endpoint.districts"), cell: (one) => one.districts.map((code) => districts[code]?.name ?? code).join(", ") || t("endpoint.everywhere") },
    { title: t("endpoint.position"), cell: (one) => String(one.position) },
    { title: t("endpoint.waits"), cell: (one) => t("endpoint.seconds", { taken: one.escalate_after_s, acknowledged: one.acknowledge_within_s }) },
    { title: t("actions"), cell: actions },
  ],
  empty: t("endpoints.empty"),
});

function actions(one) {
  const button = (name, act) => h("button", { type: "button", class: "small", onclick: () => act(one) }, t(`endpoint.${name}`));
  return h("div", { class: "row" }, button("test", attempt), button("edit", edit), button("rotate", rotate), button("remove", remove));
}

async function attempt(one) {
  try {
    const report = (await write("POST", `/v1/endpoints/${one.id}/test`)).data;
    const took = span(report.duration_ms);
    if (report.delivered) done(t("endpoint.tested", { name: one.name, status: report.status, took }));
    else failed(new Error(t("endpoint.untested", { name: one.name, why: report.error ?? report.status })));
  } catch (problem) {
    failed(problem);
  }
}

function fields(one) {
  const text = (name, value, more = {}) => field(name, t(`endpoint.${name}`), h("input", { value, required: true, ...more }));
  return [
    text("name", one.name ?? "", { maxlength: 200 }),
    text("url", one.url ?? "https://", { type: "url", maxlength: 2000 }),
    field("audience", t("endpoint.audience"), choice([["police", t("audience.police")], ["operators", t("audience.operators")]], one.audience ?? "police")),
    field("districts", t("endpoint.districts"), h("input", { value: (one.districts ?? []).join(" "), autocomplete: "off" }), t("endpoint.districts.hint")),
    ...Object.entries(NUMBERS).map(([name, usual]) => text(name, one[name] ?? usual, { type: "number", min: 0, step: "any" })),
  ];
}

function entered(values) {
  const numbers = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, Number(values[name])]));
  return { ...values, ...numbers, districts: values.districts ? values.districts.split(/[\s,]+/).filter(Boolean) : [] };
}

function add() {
  ask({
    title: t("endpoint.new"),
    fields: fields({}),
    submit: t("endpoint.new"),
    act: async (values) => {
      const made = (await write("POST", "/v1/endpoints", entered(values))).data;
      reveal({ title: made.name, text: t("once"), secret: made.secret });
      list.load();
    },
  });
}

const edit = (one) =>
  ask({
    title: `${t("endpoint.edit")} · ${one.name}`,
    fields: fields(one),
    submit: t("save"),
    act: async (values) => {
      await write("PATCH", `/v1/endpoints/${one.id}`, entered(values), `"${one.version}"`);
      done(t("saved"));
      list.load();
    },
  });

const rotate = (one) =>
  ask({
    title: `${t("endpoint.rotate")} · ${one.name}`,
    text: t("endpoint.rotate.text"),
    submit: t("endpoint.rotate"),
    act: async () => {
      const made = (await write("POST", `/v1/endpoints/${one.id}/rotate-secret`)).data;
      reveal({ title: made.name, text: t("once"), secret: made.secret });
      list.load();
    },
  });

const remove = (one) =>
  ask({
    title: `${t("endpoint.remove")} · ${one.name}`,
    text: t("endpoint.remove.text"),
    submit: t("endpoint.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", `/v1/endpoints/${one.id}`, undefined, `"${one.version}"`);
      list.load();
    },
  });

const offer = h("button", { type: "button", class: "primary", onclick: add }, t("endpoint.new"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.endpoints")), offer), list.element);
list.load();
