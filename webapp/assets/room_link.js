// "View in your room": asks for the model's file on a tap and opens it in the device's own viewer.
// The value comes from webapp/components/room_link.py: {file, name, has_login}. Behind a login
// Scene Viewer, which fetches the file itself, would be refused.
const link = element.querySelector(".room-link"), button = link.querySelector("button");
const anchor = link.querySelector("a"), status = link.querySelector("span");
const isPrivate = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[|.*\.local$)/;
const isPublic = location.protocol === "https:" && !isPrivate.test(location.hostname);
const format = anchor.relList.supports("ar") ? "usdz"
  : /android/i.test(navigator.userAgent) && isPublic ? "glb" : null;
let opened = null; // the file that was opened last

// https://developers.google.com/ar/develop/scene-viewer
function sceneViewer(file, name) {
  const query = new URLSearchParams({ file: file.href, title: name, mode: "ar_preferred",
    resizable: "false" }); // it stays in real size
  const page = encodeURIComponent(location.href);
  return `intent://arvr.google.com/scene-viewer/1.0?${query}#Intent;scheme=https;` +
    "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;" +
    `S.browser_fallback_url=${page};end;`;
}

function update() {
  const value = props.value;
  link.hidden = !format || (format === "glb" && value?.has_login !== false);
  if (!value?.file || value.file === opened) return;
  opened = value.file;
  status.textContent = "";
  button.disabled = false;
  const root = `${window.gradio_config?.root ?? "."}/`;
  const file = new URL(`gradio_api/file=${encodeURI(value.file)}`, new URL(root, location.href));
  // "allowsContentScaling=0" keeps Apple's viewer at the real size
  anchor.href = format === "usdz" ? `${file}#allowsContentScaling=0` : sceneViewer(file, value.name);
  anchor.click();
}

button.addEventListener("click", () => {
  status.textContent = "Preparing ...";
  button.disabled = true;
  setTimeout(() => (button.disabled = false), 20_000); // an answer may be lost
  trigger("click", { format });
});
watch("value", update);
update();
