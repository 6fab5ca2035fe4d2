"""The page in headless Chromium: upload, slider, click, and no foreign request."""

import os
import re
import shutil
import subprocess
import sys
import time
from urllib.parse import urlparse

import pytest
from PIL import Image

from solider_mm.synthetic import render_pedestrian

pytest.importorskip("gradio", reason="the extra [demo] is not installed")
playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def address(root):
    process = subprocess.Popen(
        [sys.executable, "-m", "solider_mm.page"],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if re.match(r"http://127\.0\.0\.1:\d+", line):
            yield line.strip()
            break
        if process.poll() is not None:
            pytest.fail("the page ended before it printed its address")
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def browser_page(address):
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1100})
        page.set_default_timeout(60_000)
        page.requested = []
        page.errors = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on(
            "console",
            lambda m: page.errors.append(m.text) if m.type == "error" else None,
        )
        page.goto(address)
        page.wait_for_selector("#parts img")
        yield page
        browser.close()


def source(page, name):
    return page.get_attribute(f"#{name} img", "src")


def wait_for_change(page, name, before):
    page.wait_for_function(
        "([name, before]) => document.querySelector(`#${name} img`)?.src !== before",
        arg=[name, before],
    )


def upload(page, path):
    page.locator("#image button[aria-label='Remove Image']").click()
    page.set_input_files("#image input[type=file]", str(path))


def test_tiny_upload_gets_a_sentence(browser_page, tmp_path):
    picture = tmp_path / "tiny.png"
    Image.new("RGB", (4, 4)).save(picture)
    upload(browser_page, picture)
    message = browser_page.wait_for_selector("text=Upload another one")
    assert "8×8 pixels" in message.inner_text()


def test_slider_upload_and_click_change_the_pictures(browser_page, tmp_path):
    page = browser_page
    page.wait_for_selector("#near img")
    before = page.evaluate("document.querySelector('#curve img').src")
    page.fill("#semantic-weight input[type=number]", "1")
    page.keyboard.press("Tab")
    wait_for_change(page, "curve", before)

    before = page.evaluate("document.querySelector('#similarity img').src")
    box = page.locator("#image img").bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"])
    wait_for_change(page, "similarity", before)

    before = page.evaluate("document.querySelector('#parts img').src")
    page.locator("#another").click()
    wait_for_change(page, "parts", before)

    before = page.evaluate("document.querySelector('#parts img').src")
    picture = tmp_path / "person.png"
    Image.fromarray(render_pedestrian(7, 1, 0, (256, 128))["image"]).save(picture)
    upload(page, picture)
    wait_for_change(page, "parts", before)

    foreign = [
        url
        for url in page.requested
        if urlparse(url).hostname not in ("127.0.0.1", "localhost", None)
    ]
    assert not foreign
    assert not page.errors
