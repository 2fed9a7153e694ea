// The points, drawn plainly at once: plotly.js is 5 MB of program, and until it has run the map
// already shows its points and answers the pointer. Plotly then draws the same over it.

export class Preview {
  /**
   * @param {HTMLCanvasElement} canvas covers the map
   * @param {import("./plot.js").Plot} plot the view to draw in
   */
  constructor(canvas, plot) {
    this.canvas = canvas;
    this.plot = plot;
  }

  /** @param {{mu: Float32Array, labels: Uint8Array, colors: string[]} | null} points null: nothing */
  show(points) {
    this.points = points;
    this.canvas.hidden = !points;
    this.draw();
  }

  draw() {
    if (!this.points) return;
    const { mu, labels, colors } = this.points;
    const { width, height } = this.plot.size;
    const dense = window.devicePixelRatio;
    Object.assign(this.canvas, { width: width * dense, height: height * dense });
    const context = this.canvas.getContext("2d");
    context.scale(dense, dense);
    context.globalAlpha = 0.7;
    const { left, top, width: w, height: h } = this.plot.area;
    context.beginPath();
    context.rect(left, top, w, h);
    context.clip();
    for (let i = 0; i < labels.length; i++) {
      const [x, y] = this.plot.toPixel([mu[2 * i], mu[2 * i + 1]]);
      context.fillStyle = colors[labels[i]];
      context.beginPath();
      context.arc(x, y, 2, 0, 2 * Math.PI);
      context.fill();
    }
  }
}
