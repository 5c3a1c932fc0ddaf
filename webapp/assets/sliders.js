// Draws the parameters of a piece as sliders and choices. The value comes from
// webapp/components/sliders.py: {rows: [{name, label, group, value, low, high, step, unit} or
// {name, label, group, value, options, values}], notes}. Triggers `input` with {name, value}.
const MAIN_ROWS = 8; // parameters in view; the others unfold
const controls = new Map(); // by the parameter's name: the function that sets what it shows
let drawn = ""; // the names and ranges that are drawn

const make = (kind, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(kind), properties);
  node.append(...children);
  return node;
};
const text = (row, value) => `${Number(value.toFixed(row.step < 0.1 ? 2 : row.step < 1 ? 1 : 0))}${
  row.unit ? ` ${row.unit}` : ""}`;

function slider(row) {
  const output = make("output");
  const input = make("input", { type: "range", min: row.low, max: row.high, step: row.step });
  const show = (value) => {
    if (document.activeElement !== input || !input.matches(":active")) input.value = value;
    output.textContent = text(row, value);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    const value = Math.min(Math.max(Number(input.value), row.low), row.high);
    output.textContent = text(row, value);
    trigger("input", { name: row.name, value });
  });
  controls.set(row.name, show);
  return [input, output];
}

function choice(row) {
  const options = row.options.map((label, i) => make("option", { value: i, textContent: label }));
  const input = make("select", {}, ...options);
  controls.set(row.name, (value) => (input.value = row.values.indexOf(value)));
  input.addEventListener("change", () =>
    trigger("input", { name: row.name, value: row.values[input.value] }));
  return [input];
}

function line(row) {
  const label = [row.group, row.label].filter(Boolean).join(": ");
  const [input, ...rest] = row.options ? choice(row) : slider(row);
  input.dataset.parameter = row.name;
  return make("label", { className: "parameter" }, make("span", { textContent: label }), input,
    ...rest);
}

function draw() {
  const value = props.value?.rows ? props.value : null;
  const names = JSON.stringify(value?.rows.map(({ value: _, ...row }) => row) ?? null);
  if (names !== drawn) {
    drawn = names;
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
  }
  if (!value) return;
  for (const row of value.rows) controls.get(row.name)(row.value);
  element.querySelector(".notes").textContent = value.notes.join(" ");
}

watch("value", draw);
draw();
