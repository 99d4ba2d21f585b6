// A list of the API as a table: filters above, a page at a time, the next one by a button.
import { Problem, read } from "./api.js";
import { fill, h, say } from "./dom.js";
import { t } from "./words.js";

const TYPING_MS = 200;

/** A list.
 *
 * @param path where the API has it.
 * @param columns [{name, title, cell(item)}]; a cell is text or elements.
 * @param filters controls whose `name` is a parameter; none where there is nothing to choose.
 * @param empty what to say when there is nothing.
 * @param limit how many at a time.
 */
export class List {
  constructor({ path, columns, filters = [], fixed = {}, empty, limit = 50 }) {
    Object.assign(this, { _path: path, _columns: columns, _filters: filters, _fixed: fixed, _limit: limit });
    this._round = 0;
    this._body = h("tbody");
    this._empty = h("p", { class: "empty", hidden: true }, empty);
    this._trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
    this._more = h("button", { type: "button", onclick: () => this._next() }, t("list.more"));
    const head = h("thead", {}, h("tr", {}, columns.map(({ title }) => h("th", { scope: "col" }, title))));
    this._scroller = h("div", { class: "scroller" }, h("table", {}, head, this._body));
    this.element = h(
      "section",
      {},
      filters.length > 0 && h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() }, filters.map(({ element }) => element)),
      this._trouble,
      this._scroller,
      this._empty,
      h("div", { class: "more" }, this._more),
    );
    let typing = null;
    for (const { control } of filters) {
      control.addEventListener("input", () => {
        clearTimeout(typing);
        typing = setTimeout(() => this.load(), control.type === "search" ? TYPING_MS : 0);
      });
    }
  }

  /** What is asked for: the fixed parameters and those of the filters. */
  get parameters() {
    return { ...this._fixed, ...Object.fromEntries(this._filters.map(({ control }) => [control.name, control.value])) };
  }

  /** Load from the beginning. */
  async load() {
    this._cursor = null;
    await this._fetch((rows) => fill(this._body, rows));
  }

  async _next() {
    await this._fetch((rows) => this._body.append(...rows));
  }

  async _fetch(put) {
    const round = ++this._round; // an answer that comes after a later question's is not wanted any more
    this._more.disabled = true;
    try {
      const page = await read(this._path, { ...this.parameters, limit: this._limit, cursor: this._cursor });
      if (round !== this._round) return;
      this._cursor = page.next_cursor;
      put(page.items.map((item) => this._row(item)));
      this._trouble.hidden = true;
      this._scroller.hidden = !this._body.children.length;
      this._empty.hidden = !this._scroller.hidden;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      say(this._trouble, problem.message);
      this._trouble.hidden = false;
    }
    this._more.disabled = false;
    this._more.hidden = !this._cursor;
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
