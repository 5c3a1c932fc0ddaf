"""The API as other programs call it: over MCP, and from JavaScript."""

import asyncio
import json
import subprocess

import pytest

NPM_CLIENT = "@gradio/client@2"
SCRIPT = """
import { Client } from "@gradio/client";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
const app = await Client.connect(process.argv[2]);
const photo = new File([readFileSync(process.argv[3])], basename(process.argv[3]));
const made = await app.predict("/generate", { image: photo });
const changed = await app.predict("/remesh", { threshold: 0.4, style: "blocks" });
const file = await app.predict("/export", { file_format: "stl" });
console.log(JSON.stringify([made.data, changed.data, file.data]));
process.exit(0);
"""


def test_javascript_generates_remeshes_and_exports(npm_install, app_url, picture):
    npm = npm_install(NPM_CLIENT)
    (npm / "client.mjs").write_text(SCRIPT)
    done = subprocess.run(
        ["node", "client.mjs", app_url, picture],
        cwd=npm, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (model, crop, facts), (changed, _), (file,) = json.loads(done.stdout.splitlines()[-1])
    assert model["path"].endswith(f"{picture.stem}.glb") and crop["url"]
    assert facts["watertight"] and changed["path"] != model["path"]
    assert file["path"].endswith(f"{picture.stem}.stl")


# --- MCP ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mcp_url(start_app) -> str:
    return f"{start_app(GRADIO_MCP_SERVER='1')}/gradio_api/mcp/"


def call(url: str, tool: str | None, **arguments):
    """Call a tool in an MCP session of its own; without a tool, list the tools."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def session():
        async with (
            streamablehttp_client(url) as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            if tool is None:
                return (await client.list_tools()).tools
            return await client.call_tool(tool, arguments)

    return asyncio.run(session())


def test_mcp_lists_the_tools_with_their_parameters(mcp_url):
    tools = {tool.name: tool for tool in call(mcp_url, None)}
    (name,) = (name for name in tools if name.endswith("convert"))
    assert "furniture" in tools[name].description
    parameters = tools[name].inputSchema["properties"]
    assert {"image", "file_format", "threshold", "style", "box"} <= set(parameters)


def test_mcp_converts_a_photo_to_a_file(mcp_url, picture):
    upload = mcp_url.replace("/mcp/", "/upload")
    sent = ["curl", "-s", upload, "-F", f"files=@{picture}"]
    (path,) = json.loads(subprocess.run(sent, capture_output=True, check=True).stdout)
    image = mcp_url.replace("/mcp/", f"/file={path}")  # an agent passes an image as a URL
    answer = call(mcp_url, "convert", image=image, file_format="stl", box="90, 90, 600, 700")
    assert not answer.isError, answer.content
    assert any(f"{picture.stem}.stl" in part.text for part in answer.content)


def test_mcp_finds_the_pieces_of_a_photo_and_makes_a_scene(mcp_url, picture):
    upload = mcp_url.replace("/mcp/", "/upload")
    sent = ["curl", "-s", upload, "-F", f"files=@{picture}"]
    (path,) = json.loads(subprocess.run(sent, capture_output=True, check=True).stdout)
    image = mcp_url.replace("/mcp/", f"/file={path}")
    found = call(mcp_url, "find", image=image)
    assert not found.isError and "'box': [" in found.content[0].text
    answer = call(mcp_url, "scene", image=image, boxes="[[90, 90, 400, 700], [400, 90, 700, 700]]")
    assert not answer.isError, answer.content
    texts = " ".join(part.text for part in answer.content)
    assert f"{picture.stem}.glb" in texts and f"{picture.stem}.zip" in texts


def test_mcp_gives_no_session_the_model_of_another(mcp_url, picture):
    for tool in ("remesh", "export"):
        answer = call(mcp_url, tool)
        assert answer.isError and "use convert" in answer.content[0].text
