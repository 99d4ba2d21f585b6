// API keys: made, listed, revoked; and who is logged in.
import { write } from "./api.js";
import { ask, choice, field, reveal } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List } from "./list.js";
import { loggedIn } from "./logged-in.js";
import { whole } from "./time.js";
import { term, t } from "./words.js";

const ROLES = ["viewer", "operator", "admin", "police", "press"];

const list = new List({
  path: "/v1/keys",
  columns: [
    { title: t("key.name"), cell: (key) => h("b", {}, key.name) },
    { title: t("key.role"), cell: (key) => h("span", { class: "chip" }, term("role", key.role)) },
    { title: t("key.created"), cell: (key) => whole(key.created_at) },
    { title: t("key.state"), cell: (key) => (key.revoked_at ? t("key.revoked", { at: whole(key.revoked_at) }) : h("span", { class: "chip good" }, t("key.valid"))) },
    { title: t("actions"), cell: (key) => !key.revoked_at && h("button", { type: "button", class: "small", onclick: () => revoke(key) }, t("key.revoke")) },
  ],
  empty: t("keys.empty"),
});

function create() {
  ask({
    title: t("key.new"),
    fields: [field("name", t("key.name"), h("input", { required: true, maxlength: 200, autocomplete: "off" }), t("key.name.hint")), field("role", t("key.role"), choice(ROLES.map((role) => [role, term("role", role)])))],
    submit: t("key.new"),
    act: async (entered) => {
      const made = (await write("POST", "/v1/keys", entered)).data;
      reveal({ title: made.name, text: t("once"), secret: made.key });
      list.load();
    },
  });
}

const revoke = (key) =>
  ask({
    title: `${t("key.revoke")} · ${key.name}`,
    text: t("key.revoke.text"),
    submit: t("key.revoke"),
    danger: true,
    act: async () => {
      await write("DELETE", `/v1/keys/${key.id}`);
      list.load();
    },
  });

const offer = h("button", { type: "button", class: "primary", onclick: create }, t("key.new"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.keys")), offer), list.element, loggedIn);
list.load();
