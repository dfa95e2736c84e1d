// All of the layout in a narrow strip, with what the picture shows marked.
class Overview {
  constructor(canvas, picture) {
    this.canvas = canvas;
    this.picture = picture;
  }

  draw() {
    const { canvas, picture } = this;
    const { colours, view, lanes } = picture;
    const context = canvas.getContext("2d");
    const width = prepare(canvas, 18);
    context.fillStyle = colours.get("well");
    context.fillRect(0, 0, width, 18);
    const whole = { from: 0, to: view.total, span: view.total };
    const painter = new Painter(context, colours, picture.mode);
    painter.lane(lanes[lanes.length - 1], whole, { x: 0, y: 3, width, height: 12 });
    const [left, right] = [view.from, view.to].map((position) => (position / view.total) * width);
    context.fillStyle = colours.get("veil");
    context.fillRect(0, 0, left, 18);
    context.fillRect(right, 0, width - right, 18);
    context.strokeStyle = colours.get("accent");
    context.lineWidth = 2;
    context.strokeRect(left + 1, 1, Math.max(right - left - 2, 2), 16);
  }
}
