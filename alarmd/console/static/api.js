// Speaks to the API, with the session of the page.
import { csrf } from "./session.js";
import { t } from "./words.js";

const WITHIN_MS = 15_000;
const IMPORT_WITHIN_MS = 300_000;

/** What the API answered in place of what was asked (RFC 9457); status 0 where it did not answer at all. */
export class Problem extends Error {
  constructor(status, detail, errors = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** Read: the JSON of the answer. Parameters that are null, undefined or empty are left out. */
export async function read(path, parameters = {}) {
  return (await request("GET", withQuery(path, parameters))).data;
}

/** Read one thing together with its ETag: `{data, etag}`. */
export const readTagged = (path) => request("GET", path);

/** Write; with an ETag only what is still as it was. Gives `{data, etag}`. */
export function write(method, path, body, etag = null) {
  const headers = { "Content-Type": "application/json" };
  if (etag) headers["If-Match"] = etag;
  return request(method, path, { headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/** Send a file as it is. */
export async function sendFile(path, parameters, file) {
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  return (await request("POST", withQuery(path, parameters), { headers, body: file }, IMPORT_WITHIN_MS)).data;
}

async function request(method, path, { headers = {}, body } = {}, within = WITHIN_MS) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      headers: { Accept: "application/json", ...headers, ...(method === "GET" ? {} : { "X-CSRF-Token": csrf }) },
      signal: AbortSignal.timeout(within),
    });
  } catch {
    throw new Problem(0, t("problem.unreachable"));
  }
  if (response.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const data = await parsed(response);
  if (!response.ok) throw new Problem(response.status, detailOf(response.status, data), data?.errors ?? []);
  return { data, etag: response.headers.get("ETag") };
}

function detailOf(status, data) {
  const known = { 500: "problem.internal", 503: "problem.unavailable" }[status];
  return known ? t(known, { id: data?.instance ?? "" }) : (data?.detail ?? `HTTP ${status}`);
}

async function parsed(response) {
  try {
    return JSON.parse(await response.text());
  } catch {
    return null;
  }
}

function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given.flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  return query.size ? `${path}?${query}` : path;
}
