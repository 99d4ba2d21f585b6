// The words of the reader's language.
const file = new URL(`./words/${document.documentElement.lang}.json`, import.meta.url);
const words = await (await fetch(file)).json();

/** The words for a key, with `{name}` replaced by the values given. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The words for one of a family of values, such as `state.open`; a value that nobody knows stands for itself. */
export const term = (family, value) => words[`${family}.${value}`] ?? String(value);
