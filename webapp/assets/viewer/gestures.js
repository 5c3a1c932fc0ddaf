// Turns an `Orbit` by mouse, touch and keys, and calls `moved` after each step.
const TURN = 0.4; // degrees for each pixel of a drag
const KEY_TURN = 10, KEY_ZOOM = 1.15; // degrees, factor
const KEYS = {
  ArrowLeft: (orbit) => orbit.turn(-KEY_TURN, 0),
  ArrowRight: (orbit) => orbit.turn(KEY_TURN, 0),
  ArrowUp: (orbit) => orbit.turn(0, KEY_TURN),
  ArrowDown: (orbit) => orbit.turn(0, -KEY_TURN),
  "+": (orbit) => orbit.scale(KEY_ZOOM),
  "=": (orbit) => orbit.scale(KEY_ZOOM),
  "-": (orbit) => orbit.scale(1 / KEY_ZOOM),
};

function followGestures(canvas, orbit, moved) {
  const pointers = new Map(); // the places of the fingers that are down, by id
  const places = () => [...pointers.values()];
  const spread = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);
  const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = places();
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const after = places(), height = canvas.clientHeight;
    const [from, to] = after.length === 2 ? [middle(before), middle(after)] : [before[0], after[0]];
    const [right, down] = [to.x - from.x, to.y - from.y];
    if (after.length === 2) orbit.scale(spread(after) / Math.max(spread(before), 1));
    if (after.length === 2 || event.shiftKey || event.buttons > 1) {
      orbit.pan(right / height, down / height);
    } else orbit.turn(right * TURN, down * TURN);
    moved();
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // it moves the model
  canvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== canvas) return; // the page scrolls until the viewer is clicked
    event.preventDefault();
    orbit.scale(Math.exp(-event.deltaY / 500));
    moved();
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
    if (!action) return;
    event.preventDefault(); // the page would scroll
    action(orbit);
    moved();
  });
}
