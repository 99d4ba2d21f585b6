"""The console in a real browser: the system's chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest
from playwright.async_api import Browser, Page, Playwright, async_playwright

from alarmd.db import keys
from alarmd.db.keys import Role
from alarmd.db.pool import Pool
from alarmd.embedded.child import free_port
from simulators.police import Police
from tests.provider import Provider
from tests.service import Service

Open: TypeAlias = Callable[..., Awaitable[Page]]
Serve: TypeAlias = Callable[..., Awaitable[Service]]


async def launch(playwright: Playwright) -> Browser:
    """The system's chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "This needs the browser chromium; on Debian: apt install chromium"
    return await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each page has a profile of its own."""
    async with async_playwright() as playwright:
        started = await launch(playwright)
        yield started
        await started.close()


@pytest.fixture
async def open_page(browser: Browser, service: Service, pool: Pool) -> AsyncIterator[Open]:
    """Opens a page of the console, logged in with a new key of a role.

    Whatever a page complains of in the browser's log (an error, something that its Content-Security-Policy refuses) or
    asks of another host, but for a tile server that the settings name, fails the test, unless `complaints` says that it
    is part of the story.
    """
    refused: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_page(
            path: str = "/",
            *,
            role: Role = "operator",
            language: str = "en",
            width: int = 1280,
            theme: str = "light",
            complaints: bool = False,
        ) -> Page:
            async with pool.acquire() as connection:
                _, secret = await keys.create(connection, name=f"{role} desk", role=role)
            context = await browser.new_context(
                base_url=service.url,
                locale={"en": "en-US", "ko": "ko-KR"}[language],
                viewport={"width": width, "height": 900},
                color_scheme="dark" if theme == "dark" else "light",
            )
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("request", lambda request: refused.append(request.url) if _foreign(request.url, service) else None)
            if not complaints:
                page.on("pageerror", lambda error: refused.append(str(error)))
                page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
            await log_in(page, secret, path)
            return page

        yield open_page
    assert refused == []


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """An OpenID Connect provider, on another site than alarmd."""
    provider = Provider()
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def serve(
    registry: Pool, database: str, broker: str, police: Police, secret: str, provider: Provider
) -> AsyncIterator[Serve]:
    """Starts alarmd with the provider, and with what else is given."""
    async with AsyncExitStack() as stack:

        async def serve(**others: Any) -> Service:
            port = free_port("127.0.0.1")
            where = {"http_port": port, "public_url": f"http://127.0.0.1:{port}"}
            service = Service(database, broker, police.url, secret, **where, **provider.settings(), **others)
            stack.push_async_callback(service.stop)
            await service.start()
            return service

        yield serve


async def log_in(page: Page, secret: str, path: str = "/") -> None:
    """Log in as a person does, and go on to a page."""
    await page.goto(path)
    await page.get_by_role("textbox").fill(secret)
    await page.get_by_role("button", name="Log in").or_(page.get_by_role("button", name="로그인")).click()
    await page.locator("main h1").first.wait_for(state="attached")


def _foreign(url: str, service: Service) -> bool:
    tiles = str(service.settings.get("tile_url", service.url)).partition("{")[0]
    return not url.startswith((f"{service.url}/", tiles, "data:", "blob:"))
