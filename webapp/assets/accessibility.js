// Labels for screen readers and a keyboard order, which some of Gradio's components lack; and what
// was made is said: Gradio replaces the elements of a text, so that a live region stays elsewhere.
// It runs in the head of the page (webapp/layout/page_head.py), before Gradio draws anything.
() => {
  const words = (src) => decodeURIComponent(src).split("/").pop().split(".")[0].replaceAll("_", " ");
  const announcement = document.createElement("p");
  announcement.id = "announcement";
  announcement.setAttribute("role", "status");
  const announce = () => {
    if (!announcement.isConnected) document.body?.append(announcement);
    const lines = document.querySelectorAll("#facts .headline, #facts .shown, #nudges p");
    const text = [...lines].map((line) => line.textContent.trim()).filter(Boolean).join(". ");
    if (announcement.textContent !== text) announcement.textContent = text;
  };
  // The panel behind "Use via API": buttons without a name, tabs outside a list, code that scrolls.
  const labelApiPanel = () => {
    for (const button of document.querySelectorAll(".api-docs button:not([aria-label])")) {
      if (!button.innerText.trim()) button.ariaLabel = button.matches(".copy-button") ? "Copy" : "Close";
    }
    for (const item of document.querySelectorAll(".api-docs li")) {
      if (!item.parentElement.matches("ul, ol, [role=list]")) item.parentElement.role = "list";
    }
    for (const code of document.querySelectorAll(
      ".api-docs pre:not([tabindex]), .api-docs p[style*=overflow]:not([tabindex])"
    )) code.tabIndex = 0;
  };
  const label = () => {
    announce();
    labelApiPanel();
    for (const button of document.querySelectorAll("#examples .gallery-item:not([aria-label])")) {
      const image = button.querySelector("img");
      if (image) button.setAttribute("aria-label", `Example: ${words(image.src)}`);
    }
    for (const button of document.querySelectorAll(".thumbnail-item")) {
      const caption = button.innerText.trim(); // Gradio's label is "Thumbnail 1 of 3"
      if (caption && button.ariaLabel !== caption) button.ariaLabel = caption;
    }
    // A picture beside its name would be read twice.
    for (const image of document.querySelectorAll(
      "footer img:not([alt='']), .thumbnail-item img:not([alt='']), .thumbnail-lg img:not([alt=''])"
    )) image.alt = "";
    for (const button of document.querySelectorAll("button.upload-container[aria-label]")) {
      button.removeAttribute("aria-label"); // its text says more
    }
    // Gradio names each radio button differently; those of one choice are one stop with arrows.
    for (const radio of document.querySelectorAll("input[type=radio]")) {
      const group = radio.closest("fieldset, .block")?.id;
      if (group && radio.name !== group) radio.name = group;
    }
    for (const text of document.querySelectorAll("p.loading:not([role])")) text.role = "status";
    for (const canvas of document.querySelectorAll("canvas[tabindex='1']")) canvas.tabIndex = 0;
  };
  const changes = { childList: true, subtree: true, characterData: true, attributes: true,
    attributeFilter: ["tabindex", "name", "alt", "aria-label"] };
  new MutationObserver(label).observe(document.documentElement, changes);
}
