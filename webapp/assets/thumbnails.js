// Shows more photos of the same piece in the frame of the first one. The value comes from
// webapp/components/thumbnails.py: [{name, url}].
const strip = document.createElement("div");
strip.id = "more-thumbnails";
strip.setAttribute("role", "list");
strip.setAttribute("aria-label", "More photos of the same piece");

function draw() {
  const pictures = (props.value || []).map(({ name, url }) => {
    const picture = document.createElement("img");
    Object.assign(picture, { src: url, alt: name.split("/").pop(), title: name.split("/").pop() });
    picture.setAttribute("role", "listitem");
    return picture;
  });
  strip.replaceChildren(...pictures);
  strip.hidden = !pictures.length;
  document.querySelector("#photo")?.append(strip);
}

watch("value", draw);
window.addEventListener("photo-change", draw); // Gradio may have drawn the photo's frame anew
