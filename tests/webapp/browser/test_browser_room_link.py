"""*View in your room* in Chromium that takes itself for a phone."""

import zipfile
from io import BytesIO
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.webapp.browser.browser_page import PATIENCE
from webapp.components.room_link import SCRIPT, TEMPLATE

pytestmark = pytest.mark.browser

IOS_JS = "DOMTokenList.prototype.supports = function (token) { return token === 'ar'; }"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126 Mobile"
# What Gradio gives to the script of a gr.HTML
STAND_IN = """<div id="host">{template}</div><script>
const element = document.querySelector("#host"), props = {{ value: {{ has_login: {login} }} }};
let update_value = null;
const watch = (name, callback) => (update_value = callback);
const trigger = (name, data) => (window.asked = data);
HTMLAnchorElement.prototype.click = function () {{ window.opened = this.href; }};
{script}
window.answer = (value) => {{ props.value = value; update_value(); }};
</script>"""


def test_an_iphone_gets_a_usdz_in_place_when_the_button_is_tapped(browser, app_url):
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.add_init_script(IOS_JS)
    page = context.new_page()
    files = []
    page.on("response", lambda answer: ".usdz" in answer.url and files.append(answer))
    page.goto(app_url)
    page.wait_for_selector("#model .viewer[data-file]", timeout=PATIENCE)
    assert not files  # made on demand
    with page.expect_download(timeout=PATIENCE) as download:  # Chromium has no viewer for it
        page.click("#room-link button")
    assert files[0].headers["content-type"] == "model/vnd.usdz+zip"
    assert files[0].headers["content-disposition"] == "inline"
    address = page.get_attribute("#room-link a[rel=ar]", "href")
    assert address.endswith(".usdz#allowsContentScaling=0")
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert names[0] == "model.usda"
    scene = zipfile.ZipFile(BytesIO(download.value.path().read_bytes())).read("model.usda")
    assert b"metersPerUnit = 1" in scene
    context.close()


def test_a_desktop_shows_no_button(open_page):
    page = open_page()
    assert not page.locator("#room-link button").is_visible()


def phone_page(browser, address: str, login: str = "false"):
    """Open the button alone at an address, as Android's Chrome."""
    page = browser.new_context(user_agent=ANDROID).new_page()
    html = STAND_IN.format(
        template=TEMPLATE, script=SCRIPT.read_text(encoding="utf-8"), login=login
    )
    page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(address)
    return page


def test_android_opens_scene_viewer_in_real_size_at_a_public_address(browser):
    page = phone_page(browser, "https://furniture.example/page/")
    page.click("button")
    assert page.evaluate("window.asked") == {"format": "glb"}
    page.evaluate("answer({file: '/tmp/a b/chair.glb', name: 'chair', has_login: false})")
    opened = urlsplit(page.evaluate("window.opened"))
    assert opened.scheme == "intent" and opened.netloc == "arvr.google.com"
    query = parse_qs(opened.query)
    assert query["file"] == ["https://furniture.example/page/gradio_api/file=/tmp/a%20b/chair.glb"]
    assert query["resizable"] == ["false"]
    assert "S.browser_fallback_url=https://furniture.example/page/" in unquote(opened.fragment)


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("http://furniture.example/", "false"),
        ("https://192.168.1.7/", "false"),
        ("https://localhost/", "false"),
        ("https://furniture.example/", "true"),
    ],
)
def test_android_shows_no_button_where_scene_viewer_cannot_fetch(browser, address, login):
    assert not phone_page(browser, address, login).locator("button").is_visible()
