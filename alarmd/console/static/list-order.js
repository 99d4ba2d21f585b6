// In which order a list is: chosen at the heads of its columns, or on a phone, which shows none, in a field.
import { choice } from "./dialog.js";
import { h, say } from "./dom.js";
import { t } from "./words.js";

const SIGNS = { ascending: "▲", descending: "▼", none: "↕" };

/** The heads of a list's columns, and the field that holds the order: `""` as the API has it, `name` or `-name`. */
export class Order {
  constructor(columns, onChange) {
    const sorted = columns.filter(({ sort }) => sort);
    const both = ({ sort, title }) => [[sort, `${title} ▲`], [`-${sort}`, `${title} ▼`]];
    this.control = sorted.length ? choice([["", t("list.order.usual")], ...sorted.flatMap(both)]) : null;
    this._onChange = onChange;
    this._heads = new Map(sorted.map(({ sort, title }) => [sort, this._head(sort, title)]));
    this.headings = h("tr", {}, columns.map(({ sort, title }) => this._heads.get(sort) ?? h("th", { scope: "col" }, title)));
  }

  /** Show at the heads what is chosen. */
  show() {
    for (const [sort, head] of this._heads) {
      const direction = { [sort]: "ascending", [`-${sort}`]: "descending" }[this.control.value] ?? "none";
      head.setAttribute("aria-sort", direction);
      say(head.querySelector(".sign"), SIGNS[direction]);
    }
  }

  _head(sort, title) {
    const turn = () => {
      this.control.value = { [sort]: `-${sort}`, [`-${sort}`]: "" }[this.control.value] ?? sort;
      this._onChange();
    };
    const sign = h("span", { class: "sign", "aria-hidden": "true" }, SIGNS.none);
    return h("th", { scope: "col", "aria-sort": "none" }, h("button", { type: "button", onclick: turn }, title, sign));
  }
}
