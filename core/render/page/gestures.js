// Mouse, touch and keys on the picture.

const CLICK = 4; // a press that moves by fewer pixels is a click
const ZOOM = 1.6;

// `actions` are hover(event), leave(), click(event), open(event).
function listenToPointer(picture, view, actions) {
  const { canvas } = picture;
  let press = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button === 0) press = { x: event.offsetX, from: view.from, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (press === null) return actions.hover(event);
    const distance = event.offsetX - press.x;
    if (!press.moved && Math.abs(distance) < CLICK) return undefined;
    if (!press.moved) canvas.setPointerCapture(event.pointerId);
    press.moved = true;
    return view.moveTo(press.from - (distance / picture.width) * view.span);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (press !== null && !press.moved) actions.click(event);
    press = null;
  });
  canvas.addEventListener("pointercancel", () => (press = null));
  canvas.addEventListener("pointerleave", () => actions.leave());
  canvas.addEventListener("dblclick", (event) => actions.open(event));
  canvas.addEventListener("wheel", (event) => turn(event, picture, view), { passive: false });
}

function turn(event, picture, view) {
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 30;
  const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (isSideways) view.pan(((event.deltaX || event.deltaY) * unit) / picture.width);
  else view.zoom(Math.exp(event.deltaY * unit * 0.002), picture.positionAt(event.offsetX));
}

function listenToOverview(canvas, view) {
  const move = (event) => view.moveTo((event.offsetX / canvas.clientWidth) * view.total - view.span / 2);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    move(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(event);
  });
}

// `step(by)` selects the area so many further on, `edge(last)` the first or the last, `open()` zooms to it.
function listenToKeys(canvas, view, { step, edge, open }) {
  const keys = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "Shift ArrowLeft": () => view.pan(-0.2),
    "Shift ArrowRight": () => view.pan(0.2),
    Home: () => edge(false),
    End: () => edge(true),
    "+": () => view.zoom(1 / ZOOM),
    "=": () => view.zoom(1 / ZOOM),
    "-": () => view.zoom(ZOOM),
    0: () => view.fit(),
    Enter: open,
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const action = keys[(event.shiftKey && event.key.length > 1 ? "Shift " : "") + event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
