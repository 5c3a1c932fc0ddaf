// Asks for the zip of a room and its pieces, and saves it. The value is {file, name}.
const button = element.querySelector("button"), status = element.querySelector("span");
let saved = null; // the file that was saved last

function save() {
  const value = props.value;
  if (!value?.file || value.file === saved) return;
  saved = value.file;
  status.textContent = "";
  button.disabled = false;
  const root = new URL(`${window.gradio_config?.root ?? "."}/`, location.href);
  const link = document.createElement("a");
  link.href = new URL(`gradio_api/file=${encodeURI(value.file)}`, root);
  link.download = value.name;
  link.click();
}

button.addEventListener("click", () => {
  status.textContent = "Preparing ...";
  button.disabled = true;
  setTimeout(() => (button.disabled = false), 20_000); // an answer may be lost
  trigger("click");
});
watch("value", save);
