// What all drawing needs.

// Make the canvas as fine as the screen, and return its present width.
function prepare(canvas, height) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  return width;
}

// As much of the text as fits, ending with an ellipsis; "" where nothing does.
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const letter = context.measureText("0").width;
  const room = Math.floor(width / letter) - 1;
  return room >= 2 ? text.slice(0, room) + "…" : "";
}
