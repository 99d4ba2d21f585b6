"""Map tiles: of one server that the operator names, and of no other; by default of none."""

import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import expect

from simulators.police import Police
from tests.console.conftest import Open
from tests.service import Service
from tests.waiting import eventually


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# One grey pixel (RFC 2083).
PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\xa0"))
    + _chunk(b"IEND", b"")
)


class TileServer:
    """Answers every tile with one grey pixel; `asked` are the paths."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.url = ""
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(body=PIXEL, content_type="image/png")


@pytest.fixture
async def tiles() -> AsyncIterator[TileServer]:
    server = TileServer()
    await server.start()
    yield server
    await server.stop()


async def test_tiles_come_from_the_server_that_is_named_and_from_no_other(
    service: Service, police: Police, open_page: Open, tiles: TileServer
) -> None:
    service.settings |= {"tile_url": f"{tiles.url}/{{z}}/{{x}}/{{y}}.png", "tile_attribution": "© <b>우리 지도</b>"}
    await service.restart()
    page = await open_page("/")
    await expect(page.get_by_text("© <b>우리 지도</b>")).to_be_visible()
    asked = await eventually(lambda: tiles.asked or None)
    assert all(path.removesuffix(".png").replace("/", "").isdigit() for path in asked)
    await expect(page.locator("img.leaflet-tile-loaded").first).to_be_attached()
    response = await page.request.get("/")
    assert f"img-src 'self' {tiles.url};" in response.headers["content-security-policy"] + ";"

    other = TileServer()
    await other.start()
    page = await page.context.new_page()  # which is meant to complain
    await page.goto("/")
    refused = await page.evaluate(
        """(url) => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
            const image = new Image();
            image.onload = () => done("loaded");
            image.src = url;
        })""",
        f"{other.url}/0/0/0.png",
    )
    await other.stop()
    assert refused == "img-src"
    assert other.asked == []


async def test_without_a_tile_server_no_page_asks_for_a_tile(service: Service, police: Police, open_page: Open) -> None:
    page = await open_page("/")
    await expect(page.locator(".leaflet-container canvas").first).to_be_attached()
    await expect(page.locator("main img")).to_have_count(0)
    response = await page.request.get("/")
    assert "img-src" not in response.headers["content-security-policy"]
