"""Pictures of the demo newsroom for docs/screenshots/: `make screenshots`, beside a demo that is served.

Five templates at three widths, light and dark, each the first view of a reader; WebP, so that all of them stay small.
"""

import argparse
import shutil
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
ADDRESSES = {
    "home": "/",
    "story": "/stories/one-loaf-three-prices/",
    "listing": "/stories/",
    "edition": "/monthly-thread/november-2026/",
    "sign-up": "/subscribe/monthly-thread/",
}
VIEWS = {320: 800, 390: 844, 1280: 1000}  # width: height, in CSS pixels
SCHEMES = ("light", "dark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url", nargs="?", default="http://localhost:8000")
    base_url = parser.parse_args().base_url
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless=new", "--no-sandbox"]
        )
        for width, height in VIEWS.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    base_url=base_url,
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.set_default_timeout(60_000)
                for name, address in ADDRESSES.items():
                    keep(page, address, FOLDER / f"{name}-{width}-{scheme}.webp")
                context.close()
        browser.close()


def keep(page: Page, address: str, file: Path) -> None:
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    picture = Image.open(BytesIO(page.screenshot()))
    picture.convert("RGB").save(file, "WEBP", quality=50, method=6)


if __name__ == "__main__":
    main()
