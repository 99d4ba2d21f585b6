"""What a browser sees of a page: when its content is there, when an alarm is, and what keeps it from moving."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

VIEW: Final[ViewportSize] = {"width": 1920, "height": 1080}
SHOWN = {"/": "canvas.points", "/stores": "tbody tr"}
"""What is there, on each page, once its first view is whole."""
_DRAG_STEPS = 120
_WHEEL_PX = 120
_WATCH = """
window.seen = {};
window.longTasks = [];
window.frames = [];
const moment = () => performance.timeOrigin + performance.now();
const watch = () => {
  for (const selector of SELECTORS) {
    if (!seen[selector] && document.querySelector(selector)) seen[selector] = performance.now();
  }
  for (const alarm of document.querySelectorAll("[data-alarm]")) seen[alarm.dataset.alarm] ??= moment();
  frames.push(performance.now());
  requestAnimationFrame(watch);
};
requestAnimationFrame(watch);
window.until = (thing) => new Promise((done) => {
  const ask = () => (seen[thing] ? done(seen[thing]) : requestAnimationFrame(ask));
  ask();
});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) longTasks.push([entry.startTime, entry.duration]);
}).observe({ type: "longtask", buffered: true });
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A map that is moved: the longest task and the longest time between two frames meanwhile."""

    task_ms: float
    frame_ms: float


async def log_in(browser: Browser, url: str, key: str) -> BrowserContext:
    """A profile that is logged in and has kept nothing of any page yet."""
    context = await browser.new_context(base_url=url, viewport=VIEW, locale="ko-KR")
    answer = await context.request.post("/login", form={"key": key})
    if not answer.ok:
        raise RuntimeError(f"the console lets nobody in: {answer.status}")
    return context


async def open_watched(context: BrowserContext, path: str) -> Page:
    """A page that notes when each frame, each task over 50 ms and each alarm was; returns with its first view."""
    page = await context.new_page()
    await page.add_init_script(_WATCH.replace("SELECTORS", str(list(SHOWN.values()))))
    await page.goto(path, wait_until="commit")
    await page.evaluate("selector => until(selector)", SHOWN[path])
    return page


async def first_view_ms(page: Page, path: str) -> float:
    """From the click to the first frame with all of the first view."""
    return float(await page.evaluate("selector => seen[selector]", SHOWN[path]))


async def alarm_shown_ms(page: Page, alarm_id: str, pressed_at: float) -> float:
    """From a moment, in seconds since the epoch, to the first frame with an alarm."""
    return float(await page.evaluate("id => until(id)", alarm_id)) - pressed_at * 1000


async def drag(page: Page) -> Moved:
    """Move the map by its ground, there and back."""
    box = await page.locator(".board-map").bounding_box()
    assert box  # noqa: S101 - it is in sight
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    begun = await page.evaluate("performance.now()")
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(_DRAG_STEPS):
        turn = abs((step + 30) % 60 - 30) - 15
        await page.mouse.move(x + turn * 12, y + turn * 6)
    await page.mouse.up()
    return await _moved(page, begun)


async def zoom(page: Page) -> Moved:
    """Go nearer by the wheel, and out again."""
    box = await page.locator(".board-map").bounding_box()
    assert box  # noqa: S101 - it is in sight
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    begun = await page.evaluate("performance.now()")
    for turn in (-1, -1, -1, 1, 1, 1):
        await page.mouse.wheel(0, turn * _WHEEL_PX)
        await page.wait_for_timeout(400)  # the way from one level to the next is an animation
    return await _moved(page, begun)


async def _moved(page: Page, begun: float) -> Moved:
    await page.wait_for_timeout(500)  # what the last of it sets off belongs to it
    tasks: list[list[Any]] = await page.evaluate("longTasks")
    frames: list[float] = [at for at in await page.evaluate("frames") if at >= begun]
    return Moved(
        task_ms=max((duration for at, duration in tasks if at >= begun), default=0.0),
        frame_ms=max(after - before for before, after in pairwise(frames)),
    )
