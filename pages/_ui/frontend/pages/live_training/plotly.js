// plotly.js, fetched once, by the one page that draws curves.

/**
 * What the page uses of the library, and of an element after it has drawn there.
 * @typedef {object} Plotly
 * @property {(element: HTMLElement, traces: object[], layout: object, options: object) => void} react
 * @property {(element: HTMLElement) => void} purge
 *
 * @typedef {HTMLDivElement & {on(event: string, listener: (change: Record<string, number>) => void): void}} Chart
 */

/** @type {Promise<Plotly> | undefined} */
let loading;

/** @param {string} url @returns {Promise<Plotly>} the library */
export function loadPlotly(url) {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => done(/** @type {Window & typeof globalThis & {Plotly: Plotly}} */ (window).Plotly);
    script.onerror = () => {
      loading = undefined;
      script.remove();
      fail(new Error("plotly.js could not be loaded"));
    };
    document.head.append(script);
  });
  return loading;
}
