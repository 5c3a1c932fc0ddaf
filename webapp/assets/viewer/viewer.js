// The viewer of a model: a canvas, its buttons, and a sentence where there is no model.
// The value comes from webapp/components/viewer.py: {file, photo, view, photo_view, name, message}.
const TURN_SECONDS = 14; // of the one slow turn that a new model makes until it is touched
const MAX_FRAME_MS = 40, JUDGED_FRAMES = 4; // a slower computer shows the model at rest
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const root = element.querySelector(".viewer");
const canvas = root.querySelector("canvas"), note = root.querySelector(".note");
const buttons = Object.fromEntries(
  [...element.querySelectorAll("button")].map((button) => [button.dataset.action, button])
);
const orbit = new Orbit();
let scene = null, shown = null; // the value whose model is drawn
let framed = null; // the value at which the camera last looked
let requested = 0, previewed = 0; // counts of loads and of previews
let turning = 0; // the frame request of the slow turn

function draw() {
  if (!scene || !shown?.file || !canvas.clientWidth) return;
  scene.draw(orbit.matrix(canvas.clientWidth / canvas.clientHeight), orbit.elevation > 0);
  canvas.dataset.camera = JSON.stringify([orbit.azimuth, orbit.elevation, orbit.zoom]);
}

let planned = 0;
function drawSoon() {
  cancelAnimationFrame(planned);
  planned = requestAnimationFrame(draw);
}

function rest() {
  cancelAnimationFrame(turning);
  turning = 0;
}

// One slow turn that ends where it began.
function turnOnce() {
  rest();
  if (calm.matches) return;
  let begin = 0, frames = 0;
  const step = (now) => {
    begin ||= now;
    if (frames >= JUDGED_FRAMES && now - begin > frames * MAX_FRAME_MS) return endTurn();
    frames++;
    const share = Math.min((now - begin) / 1000 / TURN_SECONDS, 1);
    orbit.azimuth = shown.view.azimuth - 360 * (share * share * (3 - 2 * share));
    draw();
    turning = share < 1 ? requestAnimationFrame(step) : 0;
  };
  turning = requestAnimationFrame(step);
}

// Ends the turn before its time: where it began.
function endTurn() {
  rest();
  orbit.set(shown.view);
  drawSoon();
}

// Shows a sentence in the viewer's place; without one, the model.
function tell(sentence) {
  note.textContent = sentence ?? "";
  root.classList.toggle("empty", Boolean(sentence) || !shown?.file);
}

async function load(value) {
  const request = ++requested;
  const address = new URL(`gradio_api/file=${value.file}`, `${window.gradio_config?.root ?? "."}/`);
  const answer = await fetch(address);
  if (!answer.ok) throw Error(`status ${answer.status}`);
  const meshes = await readGlb(await answer.arrayBuffer());
  if (request !== requested) return; // a newer model was asked for
  scene ??= new Scene(canvas);
  scene.show(meshes);
  const isNew = framed?.photo !== value.photo || framed?.model !== value.model;
  shown = framed = value;
  orbit.positions = meshes[0].positions;
  if (isNew) orbit.set(value.view);
  else orbit.hold(turning ? value.view : orbit);
  tell(null);
  draw();
  Object.assign(root.dataset, { file: value.file, photo: value.photo });
  canvas.setAttribute("aria-label", `3D model: ${value.name}. Arrow keys turn it, + and - zoom.`);
  if (isNew) turnOnce();
}

// Draws a preview of the model with other parameters, above the shadow of the model itself.
async function preview({ buffer }) {
  const value = shown, request = ++previewed;
  if (!value?.file || !scene || root.matches(".stale")) return;
  const [mesh] = await readGlb(buffer);
  if (value !== shown || request !== previewed) return;
  if (turning) endTurn();
  scene.preview(mesh);
  orbit.positions = mesh.positions;
  orbit.hold(orbit);
  draw();
  root.dataset.preview = request;
}

// Dims the model while another photo is on show or a newer model is being made.
function dim() {
  const value = props.value;
  const isOfAnother = window.currentPhoto && value?.photo && value.photo !== window.currentPhoto;
  const isStale = Boolean(value?.is_stale || isOfAnother);
  root.classList.toggle("stale", isStale);
  if (isStale && turning) endTurn(); // the computer has a new model to make
}

function update() {
  const value = props.value;
  dim();
  if (!value?.file) {
    rest();
    requested++;
    shown = null;
    delete root.dataset.file;
    return tell(value?.message ?? "Your model appears here.");
  }
  if (value.file === shown?.file) return tell(null);
  load(value).catch((error) => {
    shown = null;
    tell(error.message === "no WebGL"
      ? "This browser cannot draw in 3D (WebGL is off); the turntable and the download work."
      : "The model could not be loaded; press Again.");
  });
}

const actions = {
  photo: () => orbit.set(shown.photo_view),
  reset: () => orbit.set(shown.view),
  wireframe() {
    scene.wireframe = !scene.wireframe;
    buttons.wireframe.setAttribute("aria-pressed", scene.wireframe);
  },
};
for (const [name, button] of Object.entries(buttons)) {
  button.addEventListener("click", () => {
    if (!shown) return;
    rest();
    actions[name]();
    drawSoon();
  });
}
followGestures(canvas, orbit, () => {
  rest();
  drawSoon();
});
for (const kind of ["pointerdown", "keydown"]) canvas.addEventListener(kind, rest);
canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
canvas.addEventListener("webglcontextrestored", () => {
  scene = null;
  const value = shown;
  shown = null;
  if (value) load(value);
});
new ResizeObserver(draw).observe(canvas);
watch("value", update);
window.addEventListener("photo-change", dim);
if (element.closest("#model")) {
  window.addEventListener("model-preview", ({ detail }) => preview(detail));
}
update();
