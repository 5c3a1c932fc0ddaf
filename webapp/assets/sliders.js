// Draws the parameters of a piece as sliders and choices. The value comes from
// webapp/components/sliders.py: {rows: [{name, label, group, value, low, high, step, unit} or
// {name, label, group, value, options, values}], notes, key, move}.
// While a slider moves, previews come from POST /preview, one after another, and go to the viewer
// as the event "model-preview" of the window. When it rests, `input` is triggered with {changes, move}:
// values by name, and the number of the last move.
const MAIN_ROWS = 8; // parameters in view; the others unfold
const controls = new Map(); // by the parameter's name: the function that sets what it shows
let drawn = ""; // the names and ranges that are drawn
const REST_MS = 150; // after the last move until the model is built: a key that is held repeats
const PACE_MS = 80; // at least, from one request for a preview to the next
const PAUSE_MS = 1000; // after a request that failed
const moved = new Map(); // {value, move} by name, of what the server's model does not have yet
let moves = 0, shown = 0; // the number of the last move, and that of the last preview
let isAsking = false, resting = 0;

const make = (kind, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(kind), properties);
  node.append(...children);
  return node;
};
const text = (row, value) => `${Number(value.toFixed(row.step < 0.1 ? 2 : row.step < 1 ? 1 : 0))}${
  row.unit ? ` ${row.unit}` : ""}`;

const delay = (ms) => new Promise((done) => setTimeout(done, ms));
const changes = () => Object.fromEntries([...moved].map(([name, { value }]) => [name, value]));

async function askOnce() {
  const move = moves;
  const answer = await fetch(`${window.gradio_config?.root ?? "."}/preview`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key: props.value?.key, changes: changes() }),
  });
  if (!answer.ok) throw Error(`status ${answer.status}`);
  const detail = { buffer: await answer.arrayBuffer() };
  if (!moved.size) return; // the model itself came first
  shown = move;
  window.dispatchEvent(new CustomEvent("model-preview", { detail }));
}

// Asks for one preview after another until the last move is shown.
async function ask() {
  if (isAsking) return;
  isAsking = true;
  while (shown !== moves && moved.size) {
    const next = performance.now() + PACE_MS;
    // without previews the model follows when the slider rests
    await askOnce().catch(() => delay(PAUSE_MS));
    if (shown !== moves) await delay(next - performance.now());
  }
  isAsking = false;
}

function move(name, value) {
  moved.set(name, { value, move: ++moves });
}

// Tells the server all values that it does not know.
function tell() {
  clearTimeout(resting);
  if (moved.size) trigger("input", { changes: changes(), move: moves });
}

function rest() {
  clearTimeout(resting);
  resting = setTimeout(tell, REST_MS);
}

// Forgets the moves that an answer knows; another model, or a reset, ends all of them.
function forget() {
  const known = props.value?.move ?? Infinity;
  for (const [name, { move }] of moved) if (move <= known) moved.delete(name);
  if (!moved.size) return;
  shown = 0; // the answer's model takes the place of the preview
  ask();
}

function slider(row) {
  const output = make("output");
  const input = make("input", { type: "range", min: row.low, max: row.high, step: row.step });
  const show = (value) => {
    value = moved.get(row.name)?.value ?? value;
    if (document.activeElement !== input || !input.matches(":active")) input.value = value;
    output.textContent = text(row, value);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    const value = Math.min(Math.max(Number(input.value), row.low), row.high);
    output.textContent = text(row, value);
    input.setAttribute("aria-valuetext", output.textContent);
    clearTimeout(resting);
    move(row.name, value);
    ask();
  });
  // the slider is let go, perhaps where it was before, or a key was pressed
  for (const kind of ["change", "pointerup", "pointercancel"]) input.addEventListener(kind, rest);
  controls.set(row.name, show);
  return [input, output];
}

function choice(row) {
  const options = row.options.map((label, i) => make("option", { value: i, textContent: label }));
  const input = make("select", {}, ...options);
  controls.set(row.name, (value) => (input.value = row.values.indexOf(value)));
  input.addEventListener("change", () => {
    move(row.name, row.values[input.value]);
    tell();
  });
  return [input];
}

function line(row) {
  const label = [row.group, row.label].filter(Boolean).join(": ");
  const [input, ...others] = row.options ? choice(row) : slider(row);
  input.dataset.parameter = row.name;
  return make("label", { className: "parameter" }, make("span", { textContent: label }), input,
    ...others);
}

function draw() {
  const value = props.value?.rows ? props.value : null;
  const names = JSON.stringify(value?.rows.map(({ value: _, ...row }) => row) ?? null);
  if (names !== drawn) {
    drawn = names;
    const focused = document.activeElement?.closest("#sliders [data-parameter]")?.dataset.parameter;
    const isOpen = element.querySelector("details")?.open;
    controls.clear();
    element.replaceChildren();
    if (!value) return;
    const lines = value.rows.map(line);
    element.append(...lines.slice(0, MAIN_ROWS));
    if (lines.length > MAIN_ROWS) {
      const summary = make("summary", { textContent: `${lines.length - MAIN_ROWS} more` });
      element.append(make("details", {}, summary, ...lines.slice(MAIN_ROWS)));
    }
    element.append(make("p", { className: "notes", role: "status" }));
    // other ranges draw the same parameters again
    if (isOpen && lines.length > MAIN_ROWS) element.querySelector("details").open = true;
    lines.map((node) => node.querySelector("[data-parameter]"))
      .find((input) => input.dataset.parameter === focused)?.focus();
  }
  if (!value) return;
  for (const row of value.rows) controls.get(row.name)(row.value);
  element.querySelector(".notes").textContent = value.notes.join(" ");
}

watch("value", () => {
  forget();
  draw();
});
draw();
