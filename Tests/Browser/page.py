"""The page of a running service in headless Chromium: what people do with it, and what they must be able to do.

    python3 page.py --url http://127.0.0.1:8080/ --photo photo.jpg [--keyed URL --key KEY] [--limited URL] [--small URL]
                   [--several URL]

`--url` is a service as it comes, `--keyed` one that asks for a key, `--limited` one with a rate limit of a request or so
a second, `--small` one that takes bodies of 64 KiB, `--several` one of two models, the first called `first`. Prints a line a check; exits 1 if one failed. `--screenshots DIR` keeps
pictures of it in light, in dark and on a phone.
"""

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
import traceback
import urllib.request
import zlib

from playwright.sync_api import sync_playwright

FLOOR = 0.05
checks = []


def check(function):
    """Declares a check, in the order of the file."""
    checks.append(function)
    return function


def equal(found, expected, what=""):
    assert found == expected, f"{what}: {found!r} instead of {expected!r}"


# ------------------------------------------------------------------------------------------------------------------------
# What the checks stand on.


class Bench:
    """The browser, the services and the photo."""

    def __init__(self, browser, options):
        self.browser = browser
        self.options = options
        self.url = options.url
        with open(options.photo, "rb") as file:
            self.photo = file.read()
        self.truth = self.ask(self.photo)
        assert len([one for one in self.truth["detections"] if one["score"] >= 0.5]) >= 3, "the photo shows too little"

    def ask(self, photo, threshold=FLOOR):
        """The service's answer, as another client gets it."""
        request = urllib.request.Request(f"{self.url}detect?threshold={threshold}", data=photo, method="POST")
        request.add_header("Content-Type", "image/jpeg")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def open(self, url=None, size=(1280, 800), expects=(), is_ready=True, **context):
        """A tab with the page. What Chromium complains of fails the check, unless `expects` names it."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, **context)
        context.add_init_script(
            "window.violations = []; document.addEventListener('securitypolicyviolation', (event) =>"
            " window.violations.push(event.violatedDirective + ' ' + event.blockedURI));")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.complaints = []
        page.requests = []
        page.expects = expects
        page.on("console", lambda message: page.complaints.append(
            f"{message.type}: {message.text} {message.location['url']}"))
        page.on("pageerror", lambda error: page.complaints.append(f"error: {error}"))
        page.on("request", lambda request: page.requests.append(request))
        page.goto(url or self.url)
        if is_ready:
            page.wait_for_selector("#labels li")
        return page

    def close(self, page):
        """The end of a tab: nothing was complained of, nothing was asked of others."""
        violations = page.evaluate("window.violations")
        others = [r.url for r in page.requests if not r.url.startswith(("blob:", page.url.split("#")[0]))]
        complaints = [c for c in page.complaints if not any(re.search(known, c) for known in page.expects)]
        page.context.close()
        equal(complaints, [], "the console")
        equal(violations, [], "the content security policy")
        equal(others, [], "requests to others")

    def choose(self, page, photo=None, name="photo.jpg", kind="image/jpeg"):
        """Chooses a file, as by the button, and waits for the boxes."""
        page.set_input_files("#file", {"name": name, "mimeType": kind, "buffer": photo or self.photo})
        page.wait_for_selector(".box", state="attached")
        until(page, "document.getElementById('progress').hidden")


def until(page, condition):
    """Waits for a condition in JavaScript. Playwright's own way evaluates text in the page, which its policy forbids."""
    end = time.monotonic() + 20
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"it never came to: {condition}"
        page.wait_for_timeout(20)


DROP = """([bytes, name, type, event]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
    if (event === 'paste') {
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        return null;
    }
    return new Promise((done) => {
        const boxes = document.getElementById('boxes');
        const start = performance.now();
        new MutationObserver((_, observer) => {
            if (boxes.children.length === 0) return;
            observer.disconnect();
            // Drawn with the next frame.
            requestAnimationFrame(() => done(performance.now() - start));
        }).observe(boxes, { childList: true });
        for (const type of ['dragenter', 'dragover', 'drop']) {
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        }
    });
}"""


def drop(page, photo, name="photo.jpg", kind="image/jpeg", event="drop"):
    """Drops or pastes a photo; the milliseconds until its boxes are there."""
    import base64
    return page.evaluate(DROP, [base64.b64encode(photo).decode(), name, kind, event])


def png(width, height, noisy):
    """A PNG: of one colour, or of noise that does not compress."""
    row = width * 3
    pixels = os.urandom(row * height) if noisy else bytes(row * height)
    lines = b"".join(b"\0" + pixels[y * row:(y + 1) * row] for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b""))


def bmp(width, height):
    """A BMP, which browsers show and the service does not take."""
    row = (width * 3 + 3) // 4 * 4
    return (struct.pack("<2sIHHI", b"BM", 54 + row * height, 0, 0, 54)
            + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, row * height, 2835, 2835, 0, 0)
            + bytes([180]) * (row * height))


def shown(page):
    """The indices of the boxes that are shown."""
    return sorted(page.eval_on_selector_all(
        ".box", "boxes => boxes.filter((box) => !box.hidden).map((box) => Number(box.dataset.index))"))


def rows(page):
    return page.eval_on_selector_all(
        "#rows tr", "rows => rows.filter((row) => !row.hidden).map((row) => Number(row.dataset.index))")


def place(page, index):
    """Where a box is on the photo, in the photo's pixels."""
    return page.evaluate("""(index) => {
        const picture = [...document.querySelectorAll('#photo, #frame')].find((one) => !one.hidden);
        const [outer, box] = [picture, document.querySelector(`.box[data-index="${index}"]`)]
            .map((element) => element.getBoundingClientRect());
        const scale = (picture.naturalWidth ?? picture.width) / outer.width;
        return [box.left - outer.left, box.top - outer.top, box.right - outer.left, box.bottom - outer.top]
            .map((value) => value * scale);
    }""", index)


def set_threshold(page, value):
    page.locator("#threshold").fill(f"{value:.2f}")


def message(page):
    until(page, "!document.getElementById('message').hidden")
    return page.inner_text("#message")


# ------------------------------------------------------------------------------------------------------------------------
# What people do.


@check
def it_opens(bench):
    page = bench.open()
    equal(page.title(), "multibox")
    assert page.inner_text("#model-line").startswith(bench.truth["model"]["name"])
    assert bench.truth["model"]["version"] in page.inner_text("#card")
    assert page.locator("#labels li").count() > 0
    assert page.inner_text("#asked").startswith("curl --data-binary @photo.jpg ")
    bench.close(page)


@check
def one_model_is_no_choice(bench):
    page = bench.open()
    assert not page.is_visible("#model-name")
    bench.close(page)


@check
def a_model_can_be_chosen(bench):
    if not bench.options.several:
        return print("  left out: no --several")
    page = bench.open(bench.options.several)
    until(page, "!document.getElementById('model-choice').hidden")
    names = page.eval_on_selector_all("#model-name option", "options => options.map((option) => option.value)")
    equal((names[0], len(names)), ("first", 2))
    equal(page.input_value("#model-name"), "first")
    bench.choose(page)
    assert "model=" not in page.inner_text("#asked")
    assert page.inner_text("#model-line").startswith("first ")
    page.select_option("#model-name", names[1])
    until(page, f"document.getElementById('model-line').textContent.startsWith('{names[1]} ')")
    until(page, "document.getElementById('progress').hidden")
    page.wait_for_selector(".box", state="attached")
    equal(page.input_value("#model-name"), names[1])
    assert f"model={names[1]}" in page.inner_text("#asked") and f"model={names[1]}" in page.inner_text("#shown")
    asked = [request.url for request in page.requests if "/detect?" in request.url]
    assert "model=" not in asked[0] and asked[-1].endswith(f"&model={names[1]}"), asked
    bench.close(page)


@check
def it_leads_to_the_description(bench):
    # Of what is no page Chromium asks for an icon at a place of its own.
    page = bench.open(expects=[r"404.*/favicon\.ico$"])
    page.click("#tab-curl")
    for link in ("#curl a[href='openapi.json']", "#curl a[href='docs']", "#docs"):
        page.wait_for_selector(link)
        page.click(link)
        page.wait_for_load_state()
        address = page.url
        text = page.inner_text("body")
        assert ("openapi" in text and "3.1" in text) if address.endswith("openapi.json") else "HTTP API" in text, address
        page.go_back()
        page.wait_for_selector("#labels li", state="attached")
        page.click("#tab-curl")
    bench.close(page)


@check
def a_dropped_photo_has_boxes_soon(bench):
    page = bench.open()
    times = []
    # On a machine that has other things to do, one of many shows what it can do.
    while len(times) < 5 or (min(times) >= bench.options.drop_limit and len(times) < 30):
        times.append(drop(page, bench.photo))
        until(page, "document.getElementById('progress').hidden")
    bench.close(page)
    print(f"  from the drop to the boxes: {', '.join(f'{time:.0f}' for time in times)} ms")
    assert min(times) < bench.options.drop_limit, f"{min(times):.0f} ms"


@check
def boxes_are_where_the_answer_says(bench):
    page = bench.open()
    bench.choose(page)
    set_threshold(page, FLOOR)
    detections = bench.truth["detections"]
    equal(shown(page), list(range(len(detections))), "boxes")
    equal(rows(page), list(range(len(detections))), "rows")
    for zoom in range(3):
        for index, detection in enumerate(detections):
            box = [detection["box"][edge] for edge in ("xmin", "ymin", "xmax", "ymax")]
            distance = max(abs(a - b) for a, b in zip(box, place(page, index)))
            assert distance < 2, f"box {index} is {distance} pixels off, zoomed in {zoom} times"
        page.click("#zoom-in")
    for index, detection in enumerate(detections):
        label = page.text_content(f'.box[data-index="{index}"] .tag')
        # In the middle of two a browser's rounding is as good as Python's.
        numbers = [[f"{score:.{digits}f}" for score in (detection["score"] - 1e-9, detection["score"] + 1e-9)] for digits in (2, 3)]
        assert label in [f"{detection['class']} {number}" for number in numbers[0]], label
        text = page.inner_text(f'#rows tr[data-index="{index}"]')
        assert detection["class"] in text and any(number in text for number in numbers[1]), text
    answer = json.loads(page.text_content("#answer"))
    equal(answer["detections"], detections, "the JSON")
    bench.close(page)


@check
def labels_hide_no_other(bench):
    page = bench.open()
    bench.choose(page)
    set_threshold(page, FLOOR)
    overlaps = page.evaluate("""() => {
        const tags = [...document.querySelectorAll('.box:not([hidden]) .tag')].map((tag) => tag.getBoundingClientRect())
            .filter((edges) => edges.width > 0);
        let overlaps = 0;
        for (const [at, one] of tags.entries()) for (const other of tags.slice(at + 1)) {
            if (one.left < other.right - 1 && one.right > other.left + 1 && one.top < other.bottom - 1
                && one.bottom > other.top + 1) overlaps += 1;
        }
        return [tags.length, overlaps];
    }""")
    assert overlaps[0] >= 3 and overlaps[1] == 0, overlaps
    bench.close(page)


@check
def the_slider_asks_nothing(bench):
    page = bench.open()
    bench.choose(page)
    asked = len(page.requests)
    for value in (0.05, 0.3, 0.5, 0.9, 0.985, 1.0):
        value = round(value, 2)
        set_threshold(page, value)
        expected = [i for i, one in enumerate(bench.truth["detections"]) if one["score"] >= value]
        equal(shown(page), expected, f"boxes at {value}")
        equal(rows(page), expected, f"rows at {value}")
        words = "Nothing found" if not expected else f"{len(expected)} object{'s' if len(expected) > 1 else ''}"
        equal(page.inner_text("#summary"), words)
        assert words in page.inner_text("#status"), "a screen reader is told"
    equal(len(page.requests), asked, "requests")
    bench.close(page)


@check
def classes_are_chosen_without_asking(bench):
    page = bench.open()
    bench.choose(page)
    names = sorted({one["class"] for one in bench.truth["detections"] if one["score"] >= 0.5})
    assert len(names) > 1, "the photo shows one class"
    asked = len(page.requests)
    for name in names:
        chip = page.locator(".chip", has_text=name)
        chip.click()
        equal(chip.get_attribute("aria-pressed"), "true")
        expected = [i for i, one in enumerate(bench.truth["detections"]) if one["score"] >= 0.5 and one["class"] == name]
        equal(shown(page), expected, name)
        equal(rows(page), expected, name)
        chip.click()
    assert len(shown(page)) > len(expected)
    equal(len(page.requests), asked, "requests")
    bench.close(page)


@check
def curl_lines_do_what_they_say(bench):
    page = bench.open()
    page.click("#sample")
    page.wait_for_selector(".box:not([hidden])")
    page.click("#tab-curl")
    name = page.locator(".chip").first.text_content()
    page.locator(".chip").first.click()
    set_threshold(page, 0.4)

    def run(selector):
        line = page.text_content(selector)
        print(f"  {line}")
        done = subprocess.run(["sh", "-c", line], capture_output=True, timeout=60)
        return json.loads(done.stdout)["detections"]

    answer = json.loads(page.text_content("#answer"))["detections"]
    equal(run("#asked"), answer, "what was asked")
    kept = set(shown(page))
    equal(run("#shown"), [one for i, one in enumerate(answer) if i in kept], f"what is shown, {name}")
    # A file's own name, whatever is in it.
    bench.choose(page, name="it's a photo.jpg")
    assert "'@it'\\''s a photo.jpg'" in page.text_content("#asked"), page.text_content("#asked")
    # A copy is a copy.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for selector, tab in (("asked", "curl"), ("shown", "curl"), ("answer", "json")):
        page.click(f"#tab-{tab}")
        page.click(f'[data-copies="{selector}"]')
        until(page, f"document.querySelector('[data-copies={selector}]').textContent === 'Copied'")
        equal(page.evaluate("navigator.clipboard.readText()"), page.text_content(f"#{selector}"), "the clipboard")
    bench.close(page)


@check
def box_and_row_stand_out_together(bench):
    page = bench.open()
    bench.choose(page)

    def standing_out():
        return page.evaluate("[...document.querySelectorAll('.on')].map((one) => Number(one.dataset.index))")

    page.hover('#rows tr[data-index="3"]')
    equal(standing_out(), [3, 3], "a row under the pointer")
    page.hover('.box[data-index="2"]')
    equal(standing_out(), [2, 2], "a box under the pointer")
    page.mouse.move(5, 5)
    equal(standing_out(), [], "no pointer")
    page.focus('#rows tr[data-index="0"] button')
    equal(standing_out(), [0, 0], "a row with the focus")
    page.keyboard.press("ArrowDown")
    equal(standing_out(), [1, 1], "the next row")
    page.keyboard.press("End")
    equal(standing_out(), [shown(page)[-1]] * 2, "the last row")
    assert page.evaluate("document.activeElement.matches('#rows .pick')")
    page.click('.box[data-index="3"]')
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement.blur()")
    equal(standing_out(), [3, 3], "a box that was clicked")
    bench.close(page)


@check
def it_zooms(bench):
    page = bench.open()
    bench.choose(page)

    def width():
        return page.evaluate("document.getElementById('sheet').getBoundingClientRect().width")

    whole = width()
    page.click("#zoom-in")
    assert width() > whole * 1.4
    page.click("#zoom-fit")
    equal(width(), whole)
    assert page.is_disabled("#zoom-out")
    page.focus("#scroll")
    page.keyboard.press("+")
    assert width() > whole * 1.4
    page.keyboard.press("0")
    equal(width(), whole)
    # The point under the pointer stays.
    spot = page.evaluate("""() => { const edges = document.getElementById('scroll').getBoundingClientRect();
        return [edges.left + edges.width * 0.3, edges.top + edges.height * 0.6]; }""")
    at = """([x, y]) => { const edges = document.getElementById('photo').getBoundingClientRect();
        return [(x - edges.left) / edges.width, (y - edges.top) / edges.height]; }"""
    before = page.evaluate(at, spot)
    page.mouse.move(*spot)
    page.keyboard.down("Control")
    for _ in range(4):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    until(page, f"document.getElementById('sheet').getBoundingClientRect().width > {whole * 2}")
    moved = max(abs(a - b) for a, b in zip(before, page.evaluate(at, spot)))
    assert moved < 0.01, f"what was under the pointer moved by {moved:.3f} of the photo"
    # A hand moves it.
    before = page.evaluate("document.getElementById('scroll').scrollLeft")
    page.mouse.down()
    page.mouse.move(spot[0] - 40, spot[1], steps=4)
    page.mouse.up()
    equal(page.evaluate("document.getElementById('scroll').scrollLeft"), before + 40, "moved by hand")
    page.keyboard.press("Escape")
    # A row leads to its box, however small.
    index = min(shown(page), key=lambda i: bench.truth["detections"][i]["box"]["xmax"]
                - bench.truth["detections"][i]["box"]["xmin"])
    page.focus(f'#rows tr[data-index="{index}"] button')
    page.keyboard.press("Enter")
    inside = page.evaluate("""(index) => {
        const [outer, box] = [document.getElementById('scroll'), document.querySelector(`.box[data-index="${index}"]`)]
            .map((element) => element.getBoundingClientRect());
        return box.left >= outer.left && box.right <= outer.right && box.top >= outer.top && box.bottom <= outer.bottom
            && Math.max(box.width / outer.width, box.height / outer.height) > 0.3;
    }""", index)
    assert inside, "the smallest box is not to be seen well"
    bench.close(page)


@check
def it_can_be_used_by_keyboard_alone(bench):
    page = bench.open()
    order = []

    def focused():
        return page.evaluate("""() => {
            const element = document.activeElement;
            const style = getComputedStyle(element);
            return [element.id || element.className, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
        }""")

    def tab_to(name):
        for _ in range(40):
            page.keyboard.press("Tab")
            found, is_visible = focused()
            order.append(found)
            assert is_visible, f"nobody sees the focus on {found}"
            if found == name:
                return
        raise AssertionError(f"Tab does not lead to {name}: {order}")

    tab_to("sample")
    equal(order, ["skip", "docs", "theme", "choose", "camera", "sample"], "the order at the start")
    page.keyboard.press("Enter")
    page.wait_for_selector(".box:not([hidden])")
    until(page, "document.getElementById('progress').hidden")
    order.clear()
    page.focus("#theme")
    tab_to("pick")
    chips = ["chip"] * page.locator(".chip").count()
    equal(order, ["scroll", "choose", "camera", "sample", "zoom-fit", "zoom-in", "threshold", *chips, "tab-found", "pick"],
          "the order with a photo")
    page.keyboard.press("Shift+Tab")
    for _, tab in zip(range(4), ("tab-curl", "tab-json", "tab-model", "tab-found")):
        page.keyboard.press("ArrowRight")
        equal(focused()[0], tab)
        equal(page.get_attribute(f"#{tab}", "aria-selected"), "true")
        equal(page.locator("[role=tabpanel]:visible").count(), 1, "panels")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    equal(page.locator(".chip").last.get_attribute("aria-pressed"), "true")
    for _ in chips:
        page.keyboard.press("Shift+Tab")
    equal(focused()[0], "threshold")
    before = page.input_value("#threshold")
    page.keyboard.press("ArrowRight")
    equal(page.inner_text("#threshold-value"), f"{float(before) + 0.01:.2f}")
    # The link past the photo.
    page.evaluate("document.activeElement.blur()")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    equal(focused()[0], "panel")
    bench.close(page)


@check
def photos_can_be_pasted(bench):
    page = bench.open()
    drop(page, bench.photo, event="paste")
    page.wait_for_selector(".box:not([hidden])")
    equal(shown(page), [i for i, one in enumerate(bench.truth["detections"]) if one["score"] >= 0.5])
    # Of several the first.
    page.evaluate("""async () => {
        const data = new DataTransfer();
        const bytes = await (await fetch('sample.jpg')).arrayBuffer();
        for (const name of ['one.jpg', 'two.jpg']) data.items.add(new File([bytes], name, { type: 'image/jpeg' }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    until(page, "/first of 2 photos/.test(document.getElementById('note').textContent)")
    assert "@one.jpg" in page.text_content("#asked")
    bench.close(page)


@check
def the_camera_asks_once_at_a_time(bench):
    page = bench.open()
    under_way, most, done = set(), [0], [0]

    def began(request):
        if "/detect" in request.url:
            under_way.add(request)
            most[0] = max(most[0], len(under_way))

    def ended(request):
        if request in under_way:
            under_way.discard(request)
            done[0] += 1

    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    page.click("#camera")
    end = time.monotonic() + 30
    while done[0] < 8 and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert done[0] >= 8, f"{done[0]} pictures"
    equal(most[0], 1, "requests at a time")
    assert page.is_visible("#frame") and not page.is_visible("#photo")
    picture = page.evaluate("""() => { const frame = document.getElementById('frame');
        const data = frame.getContext('2d').getImageData(0, 0, frame.width, frame.height).data;
        return [frame.width, frame.height, new Set(data).size]; }""")
    assert picture[0] > 100 and picture[1] > 100 and picture[2] > 2, f"the frame is empty: {picture}"
    until(page, "/pictures a second/.test(document.getElementById('note').textContent)")
    print(f"  {page.inner_text('#note')}")
    page.click("#camera")
    page.wait_for_timeout(400)
    before = len(page.requests)
    page.wait_for_timeout(800)
    equal(len(page.requests), before, "requests after the camera was stopped")
    equal(page.evaluate("document.getElementById('video').srcObject"), None)
    assert page.is_visible("#frame"), "the last picture stays"
    # What is shown belongs together: the frame, the boxes, the JSON.
    set_threshold(page, FLOOR)
    answer = json.loads(page.text_content("#answer"))
    equal([answer["image"]["width"], answer["image"]["height"]], picture[:2])
    equal(shown(page), list(range(len(answer["detections"]))))
    for index, detection in enumerate(answer["detections"][:10]):
        box = [detection["box"][edge] for edge in ("xmin", "ymin", "xmax", "ymax")]
        assert max(abs(a - b) for a, b in zip(box, place(page, index))) < 3
    # A photo takes its place.
    page.click("#camera")
    page.wait_for_timeout(500)
    bench.choose(page)
    assert page.is_visible("#photo") and not page.is_visible("#frame")
    equal(page.inner_text("#camera"), "Use the camera")
    bench.close(page)


@check
def a_camera_that_is_denied_is_told_of(bench):
    page = bench.open()
    page.evaluate("""() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    }""")
    page.click("#camera")
    assert "camera is not allowed" in message(page)
    equal(page.inner_text("#camera"), "Use the camera")
    page.evaluate("() => { Object.defineProperty(navigator, 'mediaDevices', { value: undefined }); }")
    page.click("#camera")
    until(page, "/HTTPS/.test(document.getElementById('message').textContent)")
    bench.close(page)


# ------------------------------------------------------------------------------------------------------------------------
# What may go wrong, in words.


@check
def what_is_no_photo_is_told(bench):
    page = bench.open(expects=["415", "422"])
    page.set_input_files("#file", {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"Dear Sir or Madam"})
    text = message(page)
    assert "Unsupported Media Type" in text and "415" in text and "request " in text, text
    assert page.is_visible("#start"), "the start is there again"
    # The message goes when a photo comes.
    bench.choose(page)
    assert page.is_hidden("#message")
    # Half a photo: the browser shows what there is.
    page.set_input_files("#file", {"name": "half.jpg", "mimeType": "image/jpeg", "buffer": bench.photo[:len(bench.photo) // 3]})
    assert "422" in message(page)
    equal(page.locator(".box").count(), 0, "boxes of the photo before")
    assert page.is_hidden("#result")
    bench.close(page)


@check
def what_the_browser_reads_can_be_sent_as_jpeg(bench):
    page = bench.open(expects=["415"])
    page.set_input_files("#file", {"name": "old.bmp", "mimeType": "image/bmp", "buffer": bmp(320, 200)})
    assert "415" in message(page)
    page.get_by_role("button", name="Send it as a JPEG").click()
    until(page, "!document.getElementById('result').hidden")
    assert page.is_hidden("#message")
    assert "@old.jpg" in page.text_content("#asked")
    bench.close(page)


@check
def a_photo_that_is_too_large_is_told(bench):
    if not bench.options.small:
        return print("  left out: no --small")
    page = bench.open(bench.options.small, expects=["413", "ERR_"])
    page.set_input_files("#file", {"name": "large.png", "mimeType": "image/png", "buffer": png(300, 300, True)})
    text = message(page)
    assert "larger than 65536 bytes" in text and "413" in text, text
    # It can be made small enough.
    for _ in range(6):
        if page.is_hidden("#message"):
            break
        page.get_by_role("button", name="Send a smaller JPEG").click()
        until(page, "document.getElementById('progress').hidden")
    assert page.is_hidden("#message") and page.is_visible("#result"), message(page)
    # Of megabytes too, of which the service reads none.
    page.set_input_files("#file", {"name": "larger.png", "mimeType": "image/png", "buffer": png(1200, 900, True)})
    until(page, "/larger\\.png/.test(document.getElementById('asked').textContent)")
    text = message(page)
    assert "larger than 65536 bytes" in text or "stopped reading" in text, text
    bench.close(page)


@check
def a_rate_limit_is_waited_out(bench):
    if not bench.options.limited:
        return print("  left out: no --limited")
    page = bench.open(bench.options.limited, expects=["429"])
    asked = []
    page.on("response", lambda response: asked.append(response.status) if "/detect" in response.url else None)
    end = time.monotonic() + 30
    while 429 not in asked and time.monotonic() < end:
        page.set_input_files("#file", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": bench.photo})
        page.wait_for_timeout(150)
    assert 429 in asked, asked
    text = message(page)
    assert "asks too often" in text and "Trying again in" in text, text
    page.wait_for_selector(".box:not([hidden])")
    assert page.is_hidden("#message")
    equal(asked[-1], 200)
    bench.close(page)


@check
def a_service_that_is_gone_is_told(bench):
    page = bench.open(expects=["ERR_INTERNET_DISCONNECTED"])
    page.context.set_offline(True)
    page.set_input_files("#file", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": bench.photo})
    assert "cannot be reached" in message(page)
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".box:not([hidden])")
    assert page.is_hidden("#message")
    bench.close(page)


@check
def a_link_is_not_followed(bench):
    page = bench.open()
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData('text/uri-list', 'https://photos.invalid/dog.jpg');
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    assert "link" in message(page)
    bench.close(page)


@check
def a_key_is_asked_for(bench):
    if not bench.options.keyed:
        return print("  left out: no --keyed")
    page = bench.open(bench.options.keyed, expects=["401"], is_ready=False)
    page.wait_for_selector("#key-form:not([hidden])")
    equal(page.evaluate("document.activeElement.id"), "key")
    page.keyboard.type("a-wrong-key-of-somebody")
    page.keyboard.press("Enter")
    assert "not valid" in message(page)
    page.fill("#key", bench.options.key)
    page.keyboard.press("Enter")
    page.wait_for_selector("#labels li")
    assert page.is_hidden("#key-form") and page.is_hidden("#message")
    bench.choose(page)
    line = page.text_content("#asked")
    assert bench.options.key not in line and "X-API-Key" in line, line
    # Kept for this tab, until it is to be forgotten.
    page.reload()
    page.wait_for_selector("#labels li")
    page.click("#key-button")
    page.click("#key-forget")
    page.wait_for_selector("#key-form:not([hidden])")
    equal(page.evaluate("JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage })").count(
        bench.options.key), 0, "the key in storage")
    bench.close(page)


# ------------------------------------------------------------------------------------------------------------------------
# Who must be able to use it.

# Of each text: its contrast with what it stands on (WCAG 2.2, relative luminance), its size, and where it is.
CONTRASTS = """() => {
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
    const luminance = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]].reduce((sum, [value, weight]) => {
        const share = value / 255;
        return sum + weight * (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
    }, 0);
    const ground = (element) => {
        const layers = [];
        for (let at = element; at; at = at.parentElement) {
            layers.push(rgba(getComputedStyle(at).backgroundColor));
            if (layers.at(-1)[3] === 1) break;
        }
        return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || element.closest('script, noscript, .unseen, :disabled, #drop')) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(element);
        const below = ground(element);
        const [one, other] = [luminance(over(rgba(style.color), below)), luminance(below)].sort((a, b) => b - a);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        found.push({ text: walker.currentNode.data.trim().slice(0, 40), contrast: (one + 0.05) / (other + 0.05), isLarge });
    }
    return found;
}"""


def contrast(page, what):
    texts = page.evaluate(CONTRASTS)
    assert len(texts) > 10, f"{what}: {len(texts)} texts"
    low = [(one["text"], round(one["contrast"], 2)) for one in texts if one["contrast"] < (3 if one["isLarge"] else 4.5)]
    equal(low, [], f"contrasts {what}")
    return min(one["contrast"] for one in texts)


@check
def everything_can_be_read(bench):
    for scheme in ("light", "dark"):
        page = bench.open(expects=["415"], color_scheme=scheme)
        least = [contrast(page, f"{scheme}, start")]
        page.set_input_files("#file", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no photo"})
        message(page)
        least.append(contrast(page, f"{scheme}, error"))
        bench.choose(page)
        page.locator(".chip").first.click()
        page.hover("#rows tr:not([hidden])")
        for tab in ("found", "curl", "json", "model"):
            page.click(f"#tab-{tab}")
            least.append(contrast(page, f"{scheme}, {tab}"))
        page.evaluate("document.getElementById('key-form').hidden = false")
        least.append(contrast(page, f"{scheme}, key"))
        print(f"  {scheme}: the least contrast is {min(least):.2f}")
        bench.close(page)


# The rules that matter most of those that axe-core has: names, labels, references, languages, order.
RULES = """() => {
    const faults = [];
    const all = [...document.querySelectorAll('*')];
    const ids = all.map((element) => element.id).filter(Boolean);
    for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`the id ${id} is there twice`);
    const texts = (list) => list.split(' ').map((id) => document.getElementById(id)?.textContent.trim() ?? '').join(' ');
    const name = (element) => (element.hasAttribute('aria-labelledby') ? texts(element.getAttribute('aria-labelledby')) : '')
        || element.getAttribute('aria-label') || [...element.labels ?? []].map((label) => label.textContent.trim()).join(' ')
        || (element.matches('input, canvas') ? '' : element.textContent.trim()) || element.alt || '';
    const show = (element) => element.outerHTML.slice(0, 80);
    for (const element of document.querySelectorAll('a, button, input:not([hidden]), [role=tab], [role=region], [role=group],'
        + '[tabindex="0"], [role=tablist], [role=tabpanel], aside, section, fieldset')) {
        if (!name(element).trim()) faults.push(`no name: ${show(element)}`);
        if (element.tabIndex > 0) faults.push(`an order of its own: ${show(element)}`);
    }
    for (const element of document.querySelectorAll('[aria-labelledby], [aria-controls], [aria-describedby], label[for], output[for]')) {
        for (const attribute of ['aria-labelledby', 'aria-controls', 'aria-describedby', 'for']) {
            for (const id of (element.getAttribute(attribute) ?? '').split(' ').filter(Boolean)) {
                if (!document.getElementById(id)) faults.push(`${attribute} names ${id}: ${show(element)}`);
            }
        }
    }
    for (const image of document.images) if (!image.hasAttribute('alt')) faults.push(`no alt: ${show(image)}`);
    for (const hidden of document.querySelectorAll('[aria-hidden=true]')) {
        if (hidden.querySelector('a, button, input, [tabindex="0"]')) faults.push(`focus in what is hidden: ${show(hidden)}`);
    }
    // A button says what is written on it (WCAG 2.2, 2.5.3).
    for (const button of document.querySelectorAll('button[aria-label]')) {
        const words = button.innerText.trim().toLowerCase();
        if (/^[a-z]+$/.test(words) && !button.getAttribute('aria-label').toLowerCase().includes(words)) {
            faults.push(`another name than it shows: ${show(button)}`);
        }
    }
    if (!document.documentElement.lang) faults.push('no language');
    if (!document.title) faults.push('no title');
    if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
    if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
    let level = 1;
    for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
        const next = Number(heading.tagName[1]);
        if (next > level + 1) faults.push(`h${level} and then ${show(heading)}`);
        level = next;
    }
    for (const table of document.querySelectorAll('table')) {
        if (!table.caption?.textContent) faults.push('a table without caption');
        for (const head of table.querySelectorAll('th')) if (!head.scope) faults.push(`no scope: ${show(head)}`);
    }
    for (const list of document.querySelectorAll('[role=tablist]')) {
        const selected = list.querySelectorAll('[aria-selected=true]');
        if (selected.length !== 1 || selected[0].tabIndex !== 0) faults.push('not one tab is selected');
    }
    if (!document.querySelector('[role=status]') || !document.querySelector('[role=alert]')) faults.push('no live region');
    for (const target of document.querySelectorAll('button, input:not([hidden])')) {
        const { width, height } = target.getBoundingClientRect();
        if (width > 0 && Math.min(width, height) < 24) faults.push(`too small to hit: ${show(target)}`);
    }
    return faults;
}"""


@check
def rules_of_accessibility_hold(bench):
    page = bench.open()
    equal(page.evaluate(RULES), [], "at the start")
    bench.choose(page)
    for tab in ("found", "curl", "json", "model"):
        page.click(f"#tab-{tab}")
        equal(page.evaluate(RULES), [], tab)
    # What a screen reader has of it.
    tree = page.locator("body").aria_snapshot()
    for line in ("heading \"multibox\"", "slider \"Threshold\"", "tab \"JSON\"", "button \"Choose a photo\""):
        assert line in tree, tree
    page.click("#tab-found")
    tree = page.locator("#found").aria_snapshot()
    first = bench.truth["detections"][0]
    for line in ("columnheader \"Score\"", f"rowheader \"{first['class']}\"", f"cell \"{first['score'] + 1e-9:.3f}\""):
        assert line in tree, tree
    bench.close(page)


@check
def rules_that_are_broken_are_noticed(bench):
    page = bench.open()
    page.evaluate("""() => {
        document.getElementById('theme').removeAttribute('aria-label');
        document.getElementById('theme').replaceChildren();
        document.querySelector('label[for=key]').remove();
        document.getElementById('promise').style.color = '#c8c8c8';
    }""")
    faults = page.evaluate(RULES)
    equal(len(faults), 2, str(faults))
    low = [one for one in page.evaluate(CONTRASTS) if one["contrast"] < 4.5]
    equal(len(low), 1, "texts that nobody can read")
    page.context.close()


@check
def the_theme_can_be_chosen(bench):
    page = bench.open(color_scheme="dark")

    def ground():
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    dark = ground()
    page.click("#theme")
    equal(page.get_attribute("#theme", "aria-label"), "Theme: Light")
    light = ground()
    assert light != dark
    page.reload()
    page.wait_for_selector("#labels li")
    equal(ground(), light, "after a reload")
    page.click("#theme")
    equal(ground(), dark)
    page.click("#theme")
    equal(page.get_attribute("#theme", "aria-label"), "Theme: Auto")
    page.emulate_media(color_scheme="light")
    equal(ground(), light, "as the system says")
    bench.close(page)


@check
def it_works_on_a_phone(bench):
    for width in (320, 390):
        page = bench.open(size=(width, 780), has_touch=True, is_mobile=True, device_scale_factor=2)
        for state in ("start", "photo"):
            if state == "photo":
                bench.choose(page)
            for tab in ("found", "curl", "json", "model"):
                page.tap(f"#tab-{tab}")
                over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                equal(over, 0, f"pixels beside a phone of {width}, {state}, {tab}")
            small = page.evaluate("""[...document.querySelectorAll('button, input')]
                .filter((one) => one.getClientRects().length > 0 && one.getBoundingClientRect().height < 32)
                .map((one) => one.id || one.className)""")
            equal(small, [], "too small for a finger")
        page.tap("#tab-found")
        page.evaluate("window.scrollTo(0, 0)")
        page.tap('.box[data-index="1"]')
        equal(page.evaluate("[...document.querySelectorAll('.on')].map((one) => Number(one.dataset.index))"), [1, 1])
        assert page.evaluate("""document.getElementById('photo').getBoundingClientRect().width""") > width * 0.9
        bench.close(page)


@check
def the_description_can_be_read_by_everybody(bench):
    for scheme in ("light", "dark"):
        page = bench.open(bench.url + "docs", is_ready=False, color_scheme=scheme)
        least = contrast(page, f"{scheme}, the description")
        print(f"  {scheme}: the least contrast of the description is {least:.2f}")
        bench.close(page)
    for width in (320, 390, 1280):
        page = bench.open(bench.url + "docs", is_ready=False, size=(width, 780))
        equal(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0,
              f"pixels beside a screen of {width}")
        faults = page.evaluate("""() => {
            const ids = new Set([...document.querySelectorAll('[id]')].map((element) => element.id));
            return [document.documentElement.lang ? '' : 'no language', document.title ? '' : 'no title',
                document.querySelectorAll('h1').length === 1 ? '' : 'not one h1',
                document.querySelectorAll('main').length === 1 ? '' : 'not one main',
                ...[...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href').slice(1))
                    .filter((id) => !ids.has(decodeURIComponent(id))).map((id) => `nothing is called ${id}`),
                ...[...document.querySelectorAll('th:not([scope])')].map((head) => `no scope: ${head.textContent}`),
                ...[...document.querySelectorAll('a')].filter((link) => !link.textContent.trim()).map(() => 'a link of no text'),
            ].filter(Boolean);
        }""")
        equal(faults, [], "the description")
        bench.close(page)


@check
def pictures_of_it(bench):
    folder = bench.options.screenshots
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    for name, scheme, size, more in (
            ("light", "light", (1280, 800), {}), ("dark", "dark", (1280, 800), {}),
            ("phone", "light", (390, 844), {"has_touch": True, "is_mobile": True, "device_scale_factor": 2})):
        page = bench.open(size=size, color_scheme=scheme, expects=["415"], **more)
        page.screenshot(path=f"{folder}/{name}-start.png")
        page.click("#sample")
        page.wait_for_selector(".box:not([hidden])")
        page.mouse.move(1, 1)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(300)
        page.screenshot(path=f"{folder}/{name}-found.png", full_page=name == "phone")
        page.click("#tab-curl")
        page.screenshot(path=f"{folder}/{name}-curl.png")
        page.set_input_files("#file", {"name": "old.bmp", "mimeType": "image/bmp", "buffer": bmp(320, 200)})
        message(page)
        page.screenshot(path=f"{folder}/{name}-error.png")
        bench.close(page)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--photo", required=True)
    parser.add_argument("--keyed")
    parser.add_argument("--key", default="")
    parser.add_argument("--limited")
    parser.add_argument("--small")
    parser.add_argument("--several")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--drop-limit", type=float, default=300, help="milliseconds from a drop to its boxes")
    parser.add_argument("--screenshots")
    parser.add_argument("--only", help="a part of the names of checks")
    options = parser.parse_args()
    arguments = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    # However it hangs, it ends.
    watchdog = threading.Timer(420, lambda: (print("FAILED: no end", flush=True), os._exit(1)))
    watchdog.daemon = True
    watchdog.start()
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=arguments)
        bench = Bench(browser, options)
        for function in checks:
            name = function.__name__.replace("_", " ")
            if options.only and options.only not in name:
                continue
            start = time.monotonic()
            try:
                function(bench)
                print(f"ok: {name} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as error:
                failed += 1
                at = traceback.extract_tb(error.__traceback__)
                line = next((frame.lineno for frame in reversed(at) if frame.filename == __file__), 0)
                print(f"FAILED: {name}: line {line}: {error}".replace("\n", " | "), flush=True)
        for context in browser.contexts:
            context.close()
        browser.close()
    print(f"done: {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
