// Names for screen readers, and an order for the keyboard, where Gradio's components have none.
() => {
  const words = (src) => decodeURIComponent(src).split("/").pop().split(".")[0].replaceAll("_", " ");
  const name = () => {
    for (const button of document.querySelectorAll("#examples .gallery-item:not([aria-label])")) {
      const image = button.querySelector("img");
      if (image) button.setAttribute("aria-label", `Example: ${words(image.src)}`);
    }
    for (const button of document.querySelectorAll(".thumbnail-item")) {
      const caption = button.innerText.trim(); // Gradio says "Thumbnail 1 of 3" and hides it
      if (caption && button.ariaLabel !== caption) button.ariaLabel = caption;
    }
    for (const canvas of document.querySelectorAll("canvas[tabindex='1']")) canvas.tabIndex = 0;
  };
  const news = { childList: true, subtree: true, attributes: true, attributeFilter: ["tabindex"] };
  new MutationObserver(name).observe(document.body, news);
  name();
}
