// Draws the selected object over the photo: its box and its outline. A drag draws another box, a
// click asks for the object at that point. The value comes from `selection_value` in
// webapp/inference/model_maker.py:
// {path, size: [width, height], box: [x0, y0, x1, y1], outline: an SVG path} in pixels.
let photo = null; // the image input; its code may load after this script
const layer = document.createElementNS("http://www.w3.org/2000/svg", "svg");
layer.id = "chooser";
layer.setAttribute("role", "img");
let start = null; // where the pointer went down, in the image's pixels
let draggedBox = null; // the box that the pointer draws

// Places the layer on the image, which the browser fits into its frame.
function place() {
  const image = photo?.querySelector("img");
  const value = props.value;
  const isOfAnother = window.currentPhoto && value && value.path !== window.currentPhoto;
  window.chosenObject = value && !isOfAnother ? value : null; // the chips mark it
  window.dispatchEvent(new Event("object-chosen"));
  if (!image || !image.naturalWidth || !value || isOfAnother) return layer.remove();
  layer.setAttribute("aria-label", "The object found; click another or draw a box around it");
  layOver(layer, photo, image, value.size);
  draw(draggedBox ?? value.box, draggedBox ? "" : value.outline);
}

function draw(box, outline) {
  if (!box) return layer.replaceChildren(); // all pieces are on show
  const [x0, y0, x1, y1] = box;
  const [width, height] = props.value.size;
  const hole = `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
  layer.innerHTML = `<path class="shade" d="M0 0H${width}V${height}H0Z${hole}"/>
    <path class="box" d="${hole}"/><path class="outline" d="${outline}"/>`;
}

function point(event) {
  const area = layer.getBoundingClientRect(), [width, height] = props.value.size;
  const x = ((event.clientX - area.left) / area.width) * width;
  const y = ((event.clientY - area.top) / area.height) * height;
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
}

layer.addEventListener("pointerdown", (event) => {
  start = point(event);
  layer.setPointerCapture(event.pointerId);
});

layer.addEventListener("pointermove", (event) => {
  if (!start) return;
  const [x, y] = point(event);
  const minDrag = Math.max(...props.value.size) / 40; // a shorter drag counts as a click
  if (!draggedBox && Math.hypot(x - start[0], y - start[1]) < minDrag) return;
  draggedBox = [
    Math.min(x, start[0]), Math.min(y, start[1]), Math.max(x, start[0]), Math.max(y, start[1]),
  ];
  draw(draggedBox, "");
});

layer.addEventListener("pointerup", () => {
  if (draggedBox) {
    props.value = { ...props.value, box: draggedBox, outline: "" };
    trigger("input");
  }
  else if (start) trigger("click", { x: start[0], y: start[1] });
  start = draggedBox = null;
  place();
});

layer.addEventListener("pointercancel", () => {
  start = draggedBox = null;
  place();
});

watch("value", place);

(function attach() {
  photo = document.querySelector("#photo");
  if (!photo) return requestAnimationFrame(attach);
  new ResizeObserver(place).observe(photo);
  // Place the layer when the image appears, changes or goes, and not on the layer's own changes.
  const outside = ({ target }) => target !== layer && !layer.contains(target);
  const placeSoon = oncePerFrame(place);
  new MutationObserver((changes) => changes.some(outside) && placeSoon()).observe(photo, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["src"],
  });
  photo.addEventListener("load", place, true);
  place();
})();
