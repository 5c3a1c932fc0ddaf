// Takes a photo that is dropped anywhere on the page, or pasted, in place of the one on show.
// Gradio's image takes a dropped file only while it is empty; its file chooser takes one always.
() => {
  const give = (file) => {
    const chooser = document.querySelector("#photo input[type=file]");
    const transfer = new DataTransfer();
    transfer.items.add(file);
    chooser.files = transfer.files;
    chooser.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const isFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const isElsewhere = (event) => // other places that take files themselves
    event.target.closest?.("#more, #many-photos") || !document.querySelector("#photo")?.offsetParent;
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!isFile(event) || isElsewhere(event)) return;
      event.preventDefault();
      event.stopPropagation();
      if (kind === "drop" && event.dataTransfer.files[0]) give(event.dataTransfer.files[0]);
    }, true);
  }
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file?.type.startsWith("image/") && !isElsewhere(event)) give(file);
  });
  const chooser = Object.assign(document.createElement("input"), { type: "file", hidden: true });
  chooser.accept = "image/*,.heic,.heif,.avif,.tif,.tiff,.jp2";
  chooser.id = "chosen-file";
  chooser.addEventListener("change", () => {
    if (chooser.files[0]) give(chooser.files[0]);
    chooser.value = "";
  });
  document.body.append(chooser);
}
