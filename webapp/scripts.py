"""Scripts of the page that events run in the browser, from `webapp/assets` or in place."""

from webapp.theme import ASSETS

CHOOSER_JS = "\n".join(
    (ASSETS / name).read_text(encoding="utf-8") for name in ("photo_layer.js", "chooser.js")
)
ACCESSIBILITY_JS = (ASSETS / "accessibility.js").read_text(encoding="utf-8")
DROP_JS = (ASSETS / "drop.js").read_text(encoding="utf-8")
CHOOSE_FILE_JS = "() => {document.querySelector('#chosen-file').click()}"
# A model is dimmed at once, and its download disabled, when it no longer belongs to the photo or
# another one is on its way. A new photo empties the list of more photos; an example brings its own.
# Gradio's image reports one photo several times, sometimes late. A repeated report changes nothing:
# `shown` may be older than the page's value by then.
NEW_PHOTO_JS = """(photo, shown) => {
    const unchanged = {__type__: "update"};
    const isNew = photo?.path !== window.currentPhoto;
    window.currentPhoto = photo?.path; // the viewer and the outlines keep to it
    window.dispatchEvent(new Event("photo-change"));
    const keepsOthers = !isNew || photo?.path.includes("/examples/views/");
    const others = keepsOthers ? unchanged : null;
    if (!photo) return [null, unchanged, others];
    return !isNew || shown?.photo === photo.path
        ? [unchanged, unchanged, others]
        : [{...shown, is_stale: true}, {__type__: "update", interactive: false}, others];
}"""
STALE_JS = "(shown) => [{...shown, is_stale: true}, {__type__: 'update', interactive: false}]"
# Parts have no threshold.
SHOW_THRESHOLD_JS = """(style) => ({__type__: "update", visible: style !== "parts"})"""
# The address always leads back to these settings.
UPDATE_URL_JS = """(threshold, style) => {
    const address = new URL(location);
    address.searchParams.set("threshold", threshold);
    address.searchParams.set("style", style);
    history.replaceState(null, "", address);
}"""
