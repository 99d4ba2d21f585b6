// A list of the API as a table: filters above, a page at a time, the next one by a button.
import { Problem, read } from "./api.js";
import { fill, h, say } from "./dom.js";
import { Order } from "./list-order.js";
import { Place } from "./list-place.js";
import { t } from "./words.js";

const TYPING_MS = 200;
const MOST_AT_ONCE = 200;

/** A list.
 *
 * @param path where the API has it.
 * @param columns [{title, cell(item), sort}]; a cell is text or elements, `sort` what the API calls their order, if any.
 * @param filters controls whose `name` is a parameter; none where there is nothing to choose.
 * @param empty what to say when there is nothing.
 * @param limit how many at a time.
 * @param kept whether the page's address keeps what is asked for, so that "back" leads to the same place.
 */
export class List {
  constructor({ path, columns, filters = [], fixed = {}, empty, limit = 50, kept = false }) {
    const order = new Order(columns, () => this.load());
    const asked = order.control ? [...filters, filter("sort", t("list.order"), order.control, "narrow")] : filters;
    Object.assign(this, { _path: path, _columns: columns, _filters: asked, _fixed: fixed, _limit: limit, _order: order });
    this._round = 0;
    this._body = h("tbody");
    this._empty = h("p", { class: "empty", hidden: true }, empty);
    this._trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
    this._more = h("button", { type: "button", onclick: () => this._next() }, t("list.more"));
    this._scroller = h("div", { class: "scroller" }, h("table", {}, h("thead", {}, order.headings), this._body));
    this.element = h(
      "section",
      {},
      asked.length > 0 && h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() }, asked.map(({ element }) => element)),
      this._trouble,
      this._scroller,
      this._empty,
      h("div", { class: "more" }, this._more),
    );
    if (kept) this._place = new Place(asked.map(({ control }) => control), () => this._body.children.length);
    let typing = null;
    for (const { control } of asked) {
      control.addEventListener("input", () => {
        clearTimeout(typing);
        typing = setTimeout(() => this.load(), control.type === "search" ? TYPING_MS : 0);
      });
    }
  }

  /** Whether more is shown than the first page. */
  get goesOn() {
    return this._body.children.length > this._limit;
  }

  /** Load from the beginning; the first time up to where the reader was when they left this page. */
  async load() {
    this._cursor = null;
    this._asked = Object.fromEntries(this._filters.map(({ control }) => [control.name, control.value.trim()]));
    this._order.show();
    const left = this._place?.take();
    await this._fetch(left?.shown ?? 0, (rows) => fill(this._body, rows));
    while (left && this._cursor && this._body.children.length < left.shown) {
      if (!(await this._fetch(left.shown - this._body.children.length, (rows) => this._body.append(...rows)))) return;
    }
    if (left) scrollTo(0, left.top);
  }

  async _next() {
    await this._fetch(0, (rows) => this._body.append(...rows));
  }

  /** Whether the answer came, and was still wanted: not so where something else was asked for meanwhile. */
  async _fetch(wanted, put) {
    const round = ++this._round;
    this._more.disabled = true;
    try {
      const limit = Math.min(MOST_AT_ONCE, Math.max(this._limit, wanted));
      const page = await read(this._path, { ...this._fixed, ...this._asked, limit, cursor: this._cursor });
      if (round !== this._round) return false;
      this._cursor = page.next_cursor;
      put(page.items.map((item) => this._row(item)));
      this._trouble.hidden = true;
      this._scroller.hidden = !this._body.children.length;
      this._empty.hidden = !this._scroller.hidden;
      this._place?.keep(this._asked);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (round !== this._round) return false;
      say(this._trouble, problem.message);
      this._trouble.hidden = false;
    }
    this._more.disabled = false;
    this._more.hidden = !this._cursor;
    return this._trouble.hidden;
  }

  _row(item) {
    return h("tr", {}, this._columns.map(({ title, cell }) => h("td", { "data-column": title }, h("div", {}, cell(item)))));
  }
}

/** A filter: its label over its control. */
export function filter(name, label, control, className = null) {
  control.id = `filter-${name}`;
  control.name = name;
  return { control, element: h("div", { class: className }, h("label", { for: control.id }, label), control) };
}

/** A search that is done as one types. */
export const searchBox = () => h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
