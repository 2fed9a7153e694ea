// plotly.js, fetched once, by the one page that draws curves.

let loading;

/** @param {string} url @returns {Promise<any>} the library */
export function loadPlotly(url) {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => done(window.Plotly);
    script.onerror = () => {
      loading = undefined;
      script.remove();
      fail(new Error("plotly.js could not be loaded"));
    };
    document.head.append(script);
  });
  return loading;
}
