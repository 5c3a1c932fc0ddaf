// Shared by chooser.js and pieces.js, which are loaded with it. Lays an SVG layer over the image,
// which the browser fits into its frame; its units are pixels of the photo, of `size` [width,
// height]. Returns the image's width on the page.
function layOver(layer, photo, image, size) {
  const frame = image.getBoundingClientRect(), host = photo.getBoundingClientRect();
  const maxScale = getComputedStyle(image).objectFit === "scale-down" ? 1 : Infinity;
  const scale = Math.min(
    frame.width / image.naturalWidth, frame.height / image.naturalHeight, maxScale
  );
  const width = image.naturalWidth * scale, height = image.naturalHeight * scale;
  layer.style.left = `${frame.left - host.left + (frame.width - width) / 2}px`;
  layer.style.top = `${frame.top - host.top + (frame.height - height) / 2}px`;
  layer.style.width = `${width}px`;
  layer.style.height = `${height}px`;
  layer.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  if (layer.parentNode !== photo) photo.append(layer);
  return width;
}

// Returns a function that runs another one once before the next frame, however often it is called:
// Gradio changes the photo's elements many times in a row.
function oncePerFrame(run) {
  let planned = 0;
  return () => {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      run();
    });
  };
}
