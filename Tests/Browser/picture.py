"""Renders the README's picture of the page: a service with the built-in model, the sample photo, Chromium.

    python3 picture.py PROGRAM page.png
"""

import io
import json
import os
import subprocess
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = (1280, 780)
COLORS = 128


def render(url):
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("MULTIBOX_CHROMIUM", "/usr/bin/chromium"), args=arguments)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
        page.goto(url)
        page.wait_for_selector("#labels li")
        # The second time is as it is from then on.
        for _ in range(3):
            page.click("#sample")
            page.wait_for_selector("#progress", state="hidden")
            page.wait_for_selector(".box")
        page.mouse.move(1, 1)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(300)
        picture = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def main(program, path):
    server = subprocess.Popen(
        [program, "serve", "--port", "0", "--log-format", "json", "--drain-delay", "0s"], stdout=subprocess.PIPE, text=True)
    try:
        address = None
        for line in server.stdout:
            address = json.loads(line).get("address", address)
            if address:
                break
        picture = render(address)
    finally:
        server.terminate()
        server.wait()
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
