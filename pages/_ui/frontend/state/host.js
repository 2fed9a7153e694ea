// What a screen needs of where it is shown, as a type. There are two: host/streamlit.js and
// host/standalone.js.

/**
 * @typedef {object} Host
 * @property {(path: string) => string} url the absolute address of a path that Python gave
 * @property {(path: string) => Promise<any>} json what stands at a path
 * @property {(path: string) => Promise<ArrayBuffer>} bytes
 * @property {() => void} refresh let Python say again where things are
 * @property {(name: string, value: unknown) => void} send a person's event, for Python: it comes once
 * @property {(name: string, value: unknown) => void} state a value that Python reads in every run
 */
export {};
