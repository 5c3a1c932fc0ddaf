// Outlines and numbers of all pieces over the photo, and a chip for each below it. The value comes
// from webapp/components/pieces.py: {path, size, pieces: [{number, name, box, outline, middle}]} in
// pixels. A chip triggers `select` with {number}, "All pieces" triggers `click`. The chooser takes
// the clicks on the photo itself.
const SVG = "http://www.w3.org/2000/svg";
const panel = element.querySelector(".pieces"), chips = panel.querySelector(".chips");
const layer = document.createElementNS(SVG, "svg");
layer.id = "piece-outlines";
layer.setAttribute("aria-hidden", "true"); // the chips tell the same
let photo = null; // the image input; its code may load after this script
let drawn = null; // the value whose chips are shown

// The value, if it is that of the photo on show.
function current() {
  const value = props.value, isOther = window.currentPhoto && value?.path !== window.currentPhoto;
  return value && !isOther && photo?.querySelector("img") ? value : null;
}

// Places the layer on the image, which the browser fits into its frame.
function place() {
  const value = current(), image = photo?.querySelector("img");
  drawChips(value);
  if (!value || !image.naturalWidth) return layer.remove();
  const width = layOver(layer, photo, image, value.size);
  const largestFirst = [...value.pieces].sort((a, b) => area(b) - area(a));
  layer.replaceChildren(...largestFirst.map((piece) => outline(piece, value.size[0] / width)));
  markChosen();
}

const area = ({ box: [x0, y0, x1, y1] }) => (x1 - x0) * (y1 - y0);

// A group with outline, number and name; `pixel` is the side of one of the page's pixels.
function outline({ number, name, box: [x0, y0, x1, y1], outline: path, middle: [x, y] }, pixel) {
  const group = document.createElementNS(SVG, "g");
  group.dataset.number = number;
  const add = (kind, attributes, text = "") => {
    const node = document.createElementNS(SVG, kind);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    group.append(node);
  };
  const shape = path || `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
  add("path", { class: "casing", d: shape });
  add("path", { class: "line", d: shape });
  add("circle", { cx: x, cy: y, r: 9 * pixel });
  add("text", { x, y, "font-size": 11 * pixel }, number);
  add("text", { class: "name", x, y: y + 19 * pixel, "font-size": 12 * pixel }, name);
  return group;
}

function drawChips(value) {
  panel.hidden = !value;
  if (value === drawn) return;
  const pieces = value?.pieces ?? [], isSame = value && value.path === drawn?.path;
  drawn = value;
  if (isSame) return renameChips(pieces); // keeps the focus
  panel.querySelector("p").textContent = pieces.length
    ? `${pieces.length} pieces found: pick one, or take all.` : "";
  const all = chip("All pieces", () => trigger("click"));
  all.className = "all";
  chips.replaceChildren(all, ...pieces.map(({ number, name }) => {
    const button = chip(`${number} ${name}`, () => trigger("select", { number }));
    button.dataset.number = number;
    for (const kind of ["pointerenter", "focus"]) {
      button.addEventListener(kind, () => highlight(number));
    }
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => highlight(0));
    return button;
  }));
}

function renameChips(pieces) {
  for (const { number, name } of pieces) {
    chips.querySelector(`[data-number="${number}"]`).textContent = `${number} ${name}`;
  }
}

function chip(text, action) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.textContent = text;
  button.addEventListener("click", action);
  return button;
}

// Marks one piece in the photo and among the chips; 0 marks none.
function highlight(number) {
  const nodes = [...layer.children, ...chips.children];
  for (const node of nodes) {
    node.classList.toggle("marked", Number(node.dataset.number) === number);
  }
}

// Marks the piece whose model is on show, as the chooser tells it.
function markChosen() {
  const value = current(), chosen = window.chosenObject;
  const isHere = value && chosen?.path === value.path;
  const isSame = (box) => chosen.box?.every((side, i) => Math.abs(side - box[i]) < 1);
  for (const node of [...layer.children, ...chips.children]) {
    const piece = value?.pieces.find(({ number }) => number === Number(node.dataset.number));
    const isChosen = Boolean(isHere && (piece ? isSame(piece.box) : !chosen.box));
    node.classList.toggle("chosen", isChosen);
    if (node.type === "button") node.setAttribute("aria-pressed", isChosen);
  }
}

// The number of the smallest piece under the pointer; 0 for none.
function pieceAt(event) {
  const frame = layer.getBoundingClientRect(), value = current();
  if (!value || !frame.width) return 0;
  const point = new DOMPoint(
    ((event.clientX - frame.left) / frame.width) * value.size[0],
    ((event.clientY - frame.top) / frame.height) * value.size[1]
  );
  const groups = [...layer.children].reverse(); // the smallest first
  const group = groups.find((g) => g.querySelector(".line").isPointInFill(point));
  return Number(group?.dataset.number ?? 0);
}

function follow(event) {
  if (!layer.isConnected) return;
  const number = pieceAt(event), chooser = photo.querySelector("#chooser");
  highlight(number);
  if (chooser) chooser.style.cursor = number ? "pointer" : "";
}

watch("value", place);
window.addEventListener("photo-change", place);
window.addEventListener("object-chosen", markChosen);

(function attach() {
  photo = document.querySelector("#photo");
  if (!photo) return requestAnimationFrame(attach);
  photo.addEventListener("pointermove", follow);
  photo.addEventListener("pointerleave", () => highlight(0));
  new ResizeObserver(place).observe(photo);
  const isOutside = ({ target }) => !target.closest?.("#chooser, #piece-outlines");
  const placeSoon = oncePerFrame(place);
  new MutationObserver((changes) => changes.some(isOutside) && placeSoon()).observe(photo, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["src"],
  });
  photo.addEventListener("load", place, true);
  place();
})();
