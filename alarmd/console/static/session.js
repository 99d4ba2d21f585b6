// Who looks at the page, as the server said when it made it.
const { role, name, csrf } = document.body.dataset;
const RANK = { viewer: 0, operator: 1, admin: 2 };

export const language = document.documentElement.lang;
export { role, name, csrf };

/** Whether this session may do what takes a role; the server has the last word. */
export const may = (wanted) => wanted === role || (RANK[role] ?? -1) >= (RANK[wanted] ?? Infinity);

/** Whether it may take the steps of an alarm. */
export const mayHandle = may("operator") || role === "police";
