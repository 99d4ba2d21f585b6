// The log-in works without any script; this only lets its language be chosen.
import "./choices.js";
