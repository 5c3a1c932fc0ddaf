// Draws over the photo what was found: its box, after a model was made its outline too. A drag
// draws another box, a click asks for the object at that point. The value, from app.py:
// {path, size: [width, height], box: [x0, y0, x1, y1], outline: [[[x, y], ...], ...]} in pixels.
let photo = null; // the image input; on a first visit its code may load after this one's
const layer = document.createElementNS("http://www.w3.org/2000/svg", "svg");
layer.id = "chooser";
layer.setAttribute("role", "img");
let start = null; // where the pointer went down, in the picture's pixels
let drawn = null; // the box being dragged

// The layer lies on the picture itself, which the browser fits into its frame.
function place() {
  const image = photo?.querySelector("img");
  const value = props.value;
  if (!image || !image.naturalWidth || !value) return layer.remove();
  const frame = image.getBoundingClientRect(), host = photo.getBoundingClientRect();
  const most = getComputedStyle(image).objectFit === "scale-down" ? 1 : Infinity;
  const scale = Math.min(
    frame.width / image.naturalWidth, frame.height / image.naturalHeight, most
  );
  const width = image.naturalWidth * scale, height = image.naturalHeight * scale;
  layer.style.left = `${frame.left - host.left + (frame.width - width) / 2}px`;
  layer.style.top = `${frame.top - host.top + (frame.height - height) / 2}px`;
  layer.style.width = `${width}px`;
  layer.style.height = `${height}px`;
  layer.setAttribute("viewBox", `0 0 ${value.size[0]} ${value.size[1]}`);
  layer.setAttribute("aria-label", "The object found; click another or draw a box around it");
  if (layer.parentNode !== photo) photo.append(layer);
  draw(drawn ?? value.box, drawn ? [] : value.outline);
}

function draw([x0, y0, x1, y1], outline) {
  const [width, height] = props.value.size;
  const hole = `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
  const rings = outline.map((ring) => `M${ring.map((p) => p.join(" ")).join("L")}Z`).join("");
  layer.innerHTML = `<path class="shade" d="M0 0H${width}V${height}H0Z${hole}"/>
    <path class="box" d="${hole}"/><path class="outline" d="${rings}"/>`;
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
  const few = Math.max(...props.value.size) / 40; // less is a click with an unsteady hand
  if (!drawn && Math.hypot(x - start[0], y - start[1]) < few) return;
  drawn = [Math.min(x, start[0]), Math.min(y, start[1]), Math.max(x, start[0]), Math.max(y, start[1])];
  draw(drawn, []);
});

layer.addEventListener("pointerup", () => {
  if (drawn) props.value = { ...props.value, box: drawn, outline: [] };
  else if (start) trigger("click", { x: start[0], y: start[1] });
  start = drawn = null;
  place();
});

layer.addEventListener("pointercancel", () => {
  start = drawn = null;
  place();
});

watch("value", place);

(function attach() {
  photo = document.querySelector("#photo");
  if (!photo) return requestAnimationFrame(attach);
  new ResizeObserver(place).observe(photo);
  // the picture appears, changes or goes; the layer's own changes are no news
  const news = ({ target }) => target !== layer && !layer.contains(target);
  new MutationObserver((changes) => changes.some(news) && place()).observe(photo, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["src"],
  });
  photo.addEventListener("load", place, true);
  place();
})();
