// Makes elements. Whatever comes from outside goes in as text: nothing here, or anywhere, parses HTML.

/** An element with attributes, listeners (`onclick`) and children; null, undefined and false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...kept(children));
  return element;
}

/** Put other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...kept(children));
  return element;
}

/** Change a text only if it is another one, so that screen readers and selections are left in peace. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const kept = (children) => children.flat(2).filter((child) => child !== null && child !== undefined && child !== false);
