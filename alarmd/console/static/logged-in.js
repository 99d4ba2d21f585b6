// Who is logged in to the console: listed, and ended.
import { write } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { List } from "./list.js";
import { whole } from "./time.js";
import { term, t } from "./words.js";

const list = new List({
  path: "/v1/sessions",
  columns: [
    { title: t("key.name"), cell: (session) => [h("b", {}, session.name), session.issuer && h("div", { class: "soft" }, new URL(session.issuer).host)] },
    { title: t("key.role"), cell: (session) => h("span", { class: "chip" }, term("role", session.role)) },
    { title: t("session.since"), cell: (session) => whole(session.created_at) },
    { title: t("session.until"), cell: (session) => whole(session.expires_at) },
    { title: t("actions"), cell: (session) => h("button", { type: "button", class: "small", onclick: () => end(session) }, t("session.end")) },
  ],
  empty: t("sessions.empty"),
});

const end = (session) =>
  ask({
    title: `${t("session.end")} · ${session.name}`,
    text: t("session.end.text"),
    submit: t("session.end"),
    danger: true,
    act: async () => {
      await write("DELETE", `/v1/sessions/${session.id}`);
      list.load();
    },
  });

/** The list, with its heading. */
export const loggedIn = h("section", { class: "below" }, h("h2", {}, t("sessions")), list.element);
list.load();
