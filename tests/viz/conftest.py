"""A real browser for the pages: Debian's chromium with its driver, headless, shared by all tests of a worker."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCHEMES = ("file:", "data:", "blob:", "about:", "chrome:")


class Browser:
    """What the tests ask of a browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, *, width=1200, height=900, dark=False, step=0):
        """Load a page afresh at that size, in the light or the dark form."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.driver.get("about:blank")
        self.log()
        self.driver.get(f"file://{quote(str(path))}#step={step}")

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script, *arguments):
        """What a piece of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def click(self, name):
        self.run("document.getElementById(arguments[0]).click()", name)

    def press(self, key):
        """A key pressed as by a person, wherever the focus is."""
        for kind in ("rawKeyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=_CODES[key])

    def slide(self, position):
        script = (
            "const s = document.getElementById('slider'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))"
        )
        self.run(script, position)

    def text(self, name):
        """The text of the element with that id."""
        return self.run("return document.getElementById(arguments[0]).textContent", name)

    def row(self, node, row):
        """What a card of the picture shows in a row; None if there is no such row."""
        script = (
            "const t = [...document.querySelectorAll('g[data-node] text[data-row]')].find("
            "(t) => t.parentNode.dataset.node === arguments[0] && t.dataset.row === arguments[1]);"
            "return t ? t.textContent : null"
        )
        return self.run(script, str(node), row)

    def wait_for(self, condition, seconds=20):
        """Until a piece of JavaScript is true."""
        ask = (
            "const done = arguments[arguments.length - 1];"
            "const timer = setInterval(() => {{ if ({}) {{ clearInterval(timer); done() }} }}, 20)"
        )
        self.driver.set_script_timeout(seconds)
        self.driver.execute_async_script(ask.format(condition))

    @property
    def step(self):
        return int(self.run("return document.body.dataset.step"))

    def log(self):
        """What the console said, and the addresses asked for over a network, since this was last called."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return said + [url for url in asked if not url.startswith(SCHEMES)]


_CODES = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Tab": 9}


@pytest.fixture(scope="session")
def _browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("no browser here: the pages are driven with chromium and chromedriver (Debian: chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield Browser(driver)
    with contextlib.suppress(Exception):
        driver.quit()


@pytest.fixture
def browser(_browser):
    """The browser; after the test neither an error nor a request may be found in its log."""
    yield _browser
    _browser.driver.switch_to.default_content()
    assert _browser.log() == []


@pytest.fixture
def opened(browser, tmp_path):
    """Save a page and open it: ``opened(page, width=390, dark=True)``."""

    def open_(page, **how):
        path = Path(page.save(tmp_path / "页 page.html"))
        browser.open(path, **how)
        return browser

    return open_
