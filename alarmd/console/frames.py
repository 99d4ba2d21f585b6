"""The frames of the pages: templates, in the reader's language and colours."""

from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from alarmd.console import language
from alarmd.console.static_files import StaticFiles

NO_STORE: Final = {"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie"}
_THEMES: Final = ("auto", "light", "dark")
_THEME_COOKIE: Final = "alarmd_theme"


class Frames:
    """Renders the templates; `provider` is the host that people may log in through, beside keys."""

    def __init__(self, files: StaticFiles, provider: str | None) -> None:
        self._files = files
        self._words = language.load_words()
        self._templates = Environment(
            loader=PackageLoader("alarmd.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.globals["provider"] = provider

    def render(self, request: Request, template: str, status: int = 200, **names: Any) -> HTMLResponse:
        """A page, which is not kept by anybody."""
        chosen = language.choose(request.cookies.get(language.COOKIE), request.headers.get("accept-language", ""))
        theme = request.cookies.get(_THEME_COOKIE)
        text = self._templates.get_template(template).render(
            language=chosen,
            theme=theme if theme in _THEMES else _THEMES[0],
            static=self._files.base,
            t=language.translator(self._words[chosen]),
            **names,
        )
        return HTMLResponse(text, status, NO_STORE)

    def refuse(
        self, request: Request, status: int, refusal: str, *, onward: str = "/", detail: str | None = None
    ) -> HTMLResponse:
        """The log-in, with why somebody was not let in; `refusal` is a key of the words."""
        return self.render(request, "login.html", status, refusal=refusal, detail=detail, next=onward, left=False)


def local(target: str | None) -> str:
    """A path of ours to go on to; anything else is the board."""
    is_local = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if target is not None and is_local and target.isprintable() else "/"
