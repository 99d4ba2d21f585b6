// Where somebody is in a list. What is asked for stands in the page's address, so that it can be passed on; how far they
// had got is kept by the browser until they come back.

/** The place in the one list of a page that has one.
 *
 * @param controls what is asked for by; each is set to what the address says.
 * @param count tells how many rows are shown.
 */
export class Place {
  constructor(controls, count) {
    const asked = new URLSearchParams(location.search);
    for (const control of controls) {
      if (asked.has(control.name)) control.value = asked.get(control.name);
    }
    history.scrollRestoration = "manual"; // the rows to scroll to are not there yet when the browser would do it
    const left = JSON.parse(sessionStorage.getItem(nameOf()) ?? "null");
    const [{ type }] = performance.getEntriesByType("navigation");
    this._left = type === "navigate" ? null : left;
    addEventListener("pagehide", () => sessionStorage.setItem(nameOf(), JSON.stringify({ shown: count(), top: scrollY })));
  }

  /** How far they had got when they left this page, once, if they have come back: {shown, top}. */
  take() {
    const left = this._left;
    this._left = null;
    return left;
  }

  /** Let the address say what is asked for. */
  keep(parameters) {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ""));
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  }
}

const nameOf = () => `list ${location.pathname}${location.search}`;
