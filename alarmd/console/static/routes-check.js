// Stores that no endpoint serves: a press there would go to nobody at the police.
import { read } from "./api.js";
import { fill, h } from "./dom.js";
import { failed } from "./toast.js";
import { t } from "./words.js";

const LIMIT = 50;

/** A warning with these stores, which looks again when told to; nothing is shown while there is none. */
export class Unserved {
  constructor() {
    this._stores = h("ul");
    this._more = h("button", { type: "button", class: "small", onclick: () => this._fetch().catch(failed) }, t("list.more"));
    this.element = h("section", { class: "notice bad", role: "alert", hidden: true }, h("p", {}, h("b", {}, t("unserved"))), h("p", {}, t("unserved.text")), this._stores, this._more);
  }

  /** Look from the beginning. */
  async look() {
    this._cursor = null;
    fill(this._stores);
    await this._fetch();
  }

  async _fetch() {
    const page = await read("/v1/routes/check", { problem: "none", limit: LIMIT, cursor: this._cursor });
    this._cursor = page.next_cursor;
    this._stores.append(...page.items.map(({ store }) => h("li", {}, h("a", { href: `/stores/${store.id}` }, store.name), ` ${[store.district, store.police_station].filter(Boolean).join(" · ")}`)));
    this._more.hidden = !this._cursor;
    this.element.hidden = !this._stores.children.length;
  }
}
