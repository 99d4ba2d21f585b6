// Node-RED without its editor: only the flow runs. pg is in the function nodes' context, as its manual shows.
const { Pool } = require("pg");

module.exports = {
  flowFile: "flows.json",
  credentialSecret: false,
  httpAdminRoot: false,
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.HTTP_PORT),
  functionGlobalContext: { pool: new Pool({ connectionString: process.env.DATABASE_URL, max: 10 }) },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
