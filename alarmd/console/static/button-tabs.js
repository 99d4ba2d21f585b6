// The pages about buttons, beside each other.
import { h } from "./dom.js";
import { may } from "./session.js";
import { t } from "./words.js";

/** Links to the pages about buttons; the one that is shown is marked. */
export const buttonTabs = () =>
  h("nav", { class: "tabs", "aria-label": t("page.buttons") }, [
    tab("/buttons", t("buttons.enrolled")),
    tab("/buttons/sightings", t("page.sightings")),
    may("operator") && tab("/mappings", t("page.mappings")),
  ]);

const tab = (path, text) => h("a", { href: path, "aria-current": location.pathname === path && "page" }, text);
