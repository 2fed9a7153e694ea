// What the address of this page says: the run, and the settings of the next one. Python reads them
// all, judges them, and shows them in its widgets.

import { text } from "../../state/fields.js";

const NAMES = ["run", "kind", "data", "width", "depth", "likelihood", "batch", "epochs", "seed", "beta", "beta_on", "rate", "part"];

export const FIELDS = Object.fromEntries(NAMES.map((name) => [name, text()]));
