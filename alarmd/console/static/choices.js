// Language and light or dark: chosen once, kept in a cookie that says nothing else.
const YEAR_S = 31_536_000;
const THEMES = ["auto", "light", "dark"];

function choose(name, value) {
  document.cookie = `${name}=${value}; Path=/; SameSite=Strict; Max-Age=${YEAR_S}`;
  location.reload();
}

const language = document.getElementById("language");
language.addEventListener("click", () => choose("alarmd_language", language.lang));

const theme = document.getElementById("theme");
theme?.addEventListener("click", () => {
  choose("alarmd_theme", THEMES[(THEMES.indexOf(theme.dataset.theme) + 1) % THEMES.length]);
});

/** Whether the page is dark now, by choice or by the system. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}
