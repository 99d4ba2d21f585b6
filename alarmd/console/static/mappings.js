// How operators read messages of devices that no dialect knows.
import { write } from "./api.js";
import { buttonTabs } from "./button-tabs.js";
import { ask, choice, field } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List } from "./list.js";
import { whole } from "./time.js";
import { done } from "./toast.js";
import { t } from "./words.js";

const COUNTER_BITS = [32, 16, 8];

const list = new List({
  path: "/v1/mappings",
  columns: [
    { title: t("key.name"), cell: (mapping) => h("b", {}, mapping.name) },
    { title: t("mapping.topic"), cell: (mapping) => h("span", { class: "mono" }, mapping.topic) },
    { title: t("mapping.fields"), cell: (mapping) => lines(mapping.fields) },
    { title: t("mapping.events"), cell: (mapping) => lines({ ...mapping.events, ...mapping.kinds }) },
    { title: t("key.created"), cell: (mapping) => [whole(mapping.created_at), h("p", { class: "soft" }, mapping.created_by)] },
    { title: t("actions"), cell: (mapping) => h("button", { type: "button", class: "small", onclick: () => remove(mapping) }, t("button.remove")) },
  ],
  empty: t("mappings.empty"),
});

const lines = (pairs) => Object.entries(pairs).map(([name, value]) => h("div", { class: "mono" }, `${name} = ${value}`));

/** A field of several lines, each `name = value`. */
function pairsField(name, title, hint, example) {
  const area = h("textarea", { placeholder: example, autocomplete: "off", spellcheck: "false", required: name === "fields" });
  const made = field(name, title, area, hint);
  made.classList.add("wide");
  return made;
}

/** The lines as an object; one without a `=` is given to the server as it is, which says what is wrong with it. */
function pairs(text) {
  const written = (text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(written.map((line) => [line.split("=")[0].trim(), line.includes("=") ? line.slice(line.indexOf("=") + 1).trim() : ""]));
}

const add = () =>
  ask({
    title: t("mapping.new"),
    fields: [
      field("name", t("key.name"), h("input", { required: true, maxlength: 128, autocomplete: "off" })),
      field("topic", t("mapping.topic"), h("input", { required: true, maxlength: 128, autocomplete: "off", placeholder: "shop/{store}/keys/{number}" }), t("mapping.topic.hint")),
      pairsField("fields", t("mapping.fields"), t("mapping.fields.hint"), "button_id = {store}/{number}\nevent = /action"),
      pairsField("events", t("mapping.events"), t("mapping.events.hint"), "1 = single"),
      pairsField("kinds", t("mapping.kinds"), t("mapping.kinds.hint"), "selftest = test"),
      field("counter_bits", t("mapping.counter_bits"), choice(COUNTER_BITS.map((bits) => [String(bits), String(bits)]))),
    ],
    submit: t("mapping.new"),
    act: async ({ name, topic, fields, events, kinds, counter_bits: bits }) => {
      await write("POST", "/v1/mappings", { name, topic, fields: pairs(fields), events: pairs(events), kinds: pairs(kinds), counter_bits: Number(bits) });
      done(t("saved"));
      list.load();
    },
  });

const remove = (mapping) =>
  ask({
    title: t("mapping.remove.title", { name: mapping.name }),
    text: t("mapping.remove.text"),
    submit: t("button.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", `/v1/mappings/${mapping.id}`);
      list.load();
    },
  });

const head = h("div", { class: "head" }, h("h1", {}, t("page.mappings")), h("button", { type: "button", class: "primary", onclick: add }, t("mapping.new")));
fill(document.getElementById("main"), head, buttonTabs(), h("p", { class: "hint" }, t("mappings.text")), list.element);
list.load();
