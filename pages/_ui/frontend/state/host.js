// What a screen needs of where it is shown, as types: the host itself, of which there are two,
// host/streamlit.js and host/standalone.js, and what it says of a model.

/**
 * @typedef {object} Host
 * @property {(path: string) => string} url the absolute address of a path that Python gave
 * @property {(path: string) => Promise<any>} json what stands at a path
 * @property {(path: string) => Promise<ArrayBuffer>} bytes
 * @property {((page: string, search?: string) => void) | null} visit show a page with a view of it, see
 *   state/visit.js; null where there is only one page
 * @property {(path: string, value: object) => Promise<void>} post change something on the server; only the app can
 * @property {() => void} refresh let Python say again where things are
 * @property {(name: string, value: unknown) => void} send a person's event, for Python: it comes once
 * @property {(name: string, value: unknown) => void} state a value that Python reads in every run
 */

/** What `json` and `bytes` throw; the status is 0 where no server answered. @typedef {Error & {status: number}} RequestError */

/**
 * A model: its names, and where the browser finds what it needs of it (pages/_ui/server/models.py).
 * @typedef {object} OfferedModel
 * @property {string} id its name
 * @property {string} title its name for people
 * @property {string} sha256 of the whole file
 * @property {number} classes labels to choose among; 0 for a model that is not conditional
 * @property {Objective} objective
 * @property {string} decoder
 * @property {string | null} encoder null where nothing is encoded
 * @property {string} map where the test images lie
 * @property {string} pin what is decoded at a place
 * @property {string | null} path exports of a walk; null where no server draws them
 * @property {OfferedDigits | null} digits null where there are none
 */

/** What a model was trained with: a plain autoencoder has no KL. @typedef {"elbo" | "autoencoder"} Objective */

/**
 * Real images whose code is known: which they are, in a word and in a sentence, and their addresses.
 * @typedef {{id: string, note: string, places: string, images: string}} OfferedDigits
 */
export {};
