"""The settings: environment variables `ALARMD_*`, or the same names in a `.env` file, read once."""

import re
from base64 import b64decode
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_LEAST_SECRET_BYTES = 24  # as Standard Webhooks asks
_TILE_URL = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?/[^\s{}]*")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and says how to mend it."""


class Settings(BaseSettings):
    """All settings of one process; immutable. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="ALARMD_", env_file=".env", extra="ignore", frozen=True)

    database_url: SecretStr = Field(description="postgresql:// URL of the database")
    mqtt_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="mqtt:// or mqtts:// URLs of the brokers, separated by commas; all are listened to"
    )
    mqtt_client_id: str = Field(
        default="alarmd", pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="name of this replica; stable over restarts"
    )
    dialects: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("native",), description="ways of buttons to listen to, separated by commas; all: every one"
    )
    dialect_prefixes: str = Field(
        default="", description="what topics of a dialect begin with: zigbee2mqtt=z2m;shelly=shellies/+"
    )
    http_host: str = Field(default="127.0.0.1", description="address that the HTTP server listens on")
    http_port: int = Field(default=8000, ge=0, le=65535, description="its port; 0 picks a free one")
    public_url: str = Field(default="http://127.0.0.1:8000", description="how others reach this service")
    webhook_url: str | None = Field(default=None, description="receiver to create at the first start")
    webhook_secret: SecretStr | None = Field(default=None, description="its signing secret, whsec_...")
    webhook_allow_private: bool = Field(
        default=False, description="allow receivers on loopback, private and link-local addresses"
    )
    admin_key: SecretStr | None = Field(default=None, description="admin API key to create at the first start")
    oidc_issuer: str | None = Field(
        default=None,
        description="OpenID Connect provider that people log in to the console through, as it names itself",
    )
    oidc_client_id: str | None = Field(default=None, min_length=1, description="what it knows alarmd by")
    oidc_client_secret: SecretStr | None = Field(
        default=None, min_length=1, description="its secret for alarmd; none for a public client"
    )
    oidc_role_claim: str = Field(
        default="roles", min_length=1, description="claim of the ID token with people's roles, or the path to it"
    )
    oidc_roles: Annotated[dict[str, Literal["viewer", "operator", "admin"]], NoDecode] = Field(
        default={"alarmd-viewer": "viewer", "alarmd-operator": "operator", "alarmd-admin": "admin"},
        description="the role that each of its values gives: value=role, separated by commas",
    )
    coalesce_s: float = Field(default=60, ge=0, description="a press this soon after the last one joins its alarm")
    stale_after_s: float = Field(default=300, gt=0, description="a press older than this is marked with its age")
    canary_interval_s: float = Field(
        default=60,
        ge=0,
        description="seconds between two presses that it sends itself, to see that they arrive; 0: none",
    )
    deadman_url: SecretStr | None = Field(
        default=None, description="http:// or https:// URL that is called while all is well"
    )
    retention_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="days after which payloads and notes of what is over are deleted; 0: never",
    )
    map_url_template: str = Field(
        default="https://map.kakao.com/link/map/{name},{lat},{lon}",
        description="link to a map in each alert, with {lat}, {lon} and {name}",
    )
    tile_url: str | None = Field(
        default=None, description="map tiles under the console's maps, with {z}, {x} and {y}; no other host is asked"
    )
    tile_attribution: str = Field(default="", max_length=200, description="whose tiles they are, as the map says it")
    log_format: Literal["console", "json"] = Field(default="console", description="console or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level logged")

    @field_validator("mqtt_urls", "dialects", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("mqtt_urls")
    @classmethod
    def _broker_urls(cls, urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for url in urls:
            require_broker(url.get_secret_value())
        return urls

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, url: SecretStr) -> SecretStr:
        if urlsplit(url.get_secret_value()).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must be postgresql://[user:password@]host[:port]/database")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is None:
            return None
        prefix, _, encoded = secret.get_secret_value().partition("_")
        try:
            length = len(b64decode(encoded, validate=True))
        except ValueError:
            length = 0
        if prefix != "whsec" or length < _LEAST_SECRET_BYTES:
            raise ValueError(f"must be whsec_ and base64 of at least {_LEAST_SECRET_BYTES} random bytes")
        return secret

    @field_validator("public_url", "webhook_url")
    @classmethod
    def _http_url(cls, url: str | None) -> str | None:
        if url is not None:
            _require_http(url)
        return url.rstrip("/") if url else url

    @field_validator("deadman_url")
    @classmethod
    def _deadman_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _require_http(url.get_secret_value())
        return url

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, url: str | None) -> str | None:
        if url is not None:
            _require_private_way(url)
        return url

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _role_rules(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        rules = [rule.strip().rpartition("=") for rule in value.split(",") if rule.strip()]
        if not rules or not all(given and role in {"viewer", "operator", "admin"} for given, _, role in rules):
            raise ValueError("must be value=role, separated by commas; the roles are viewer, operator and admin")
        return {given: role for given, _, role in rules}

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if self.oidc_issuer is None or self.oidc_client_id is None:
            named = [f"ALARMD_{name.upper()}" for name in self.model_fields_set if name.startswith("oidc_")]
            if named:
                raise ValueError(
                    f"{', '.join(sorted(named))}: a provider to log in through takes both ALARMD_OIDC_ISSUER and "
                    "ALARMD_OIDC_CLIENT_ID"
                )
        return self

    @field_validator("map_url_template")
    @classmethod
    def _template(cls, template: str) -> str:
        try:
            template.format(lat=0, lon=0, name="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("may hold {lat}, {lon} and {name} and no other braces") from error
        return template

    @field_validator("tile_url")
    @classmethod
    def _tiles(cls, template: str | None) -> str | None:
        if template is not None and not _is_tile_template(template):
            raise ValueError("must be https://host/... with {z}, {x} and {y} once each, and no other braces")
        return template

    @property
    def tile_origin(self) -> str | None:
        """Where the tiles come from: the one other origin that the console's pages may load images of."""
        return None if self.tile_url is None else "://".join(urlsplit(self.tile_url)[:2])


class _WithoutDatabase(Settings):
    """The settings of a command that needs no database."""

    database_url: SecretStr = Field(default=SecretStr("postgresql://none"), description="not used")


def require_broker(url: str) -> None:
    """Let pass what is the URL of a broker.

    Raises:
        ValueError: it is none; the text says what one looks like.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise ValueError("each must be mqtt://[user:password@]host[:port] or mqtts://...")


def _require_http(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be http://... or https://...")


def _is_tile_template(template: str) -> bool:
    """Whether it is one, of a host that may stand in a Content-Security-Policy as it is."""
    rest = template
    for place in ("{z}", "{x}", "{y}"):
        rest = rest.replace(place, "0", 1)
    return _TILE_URL.fullmatch(rest) is not None and all(place in template for place in ("{z}", "{x}", "{y}"))


def _require_private_way(url: str) -> None:
    """Let pass what nobody can listen to on the way: https, or http on this machine itself."""
    parts = urlsplit(url)
    private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not parts.hostname or not private or parts.query or parts.fragment:
        raise ValueError("must be https://..., without ? and #; http:// is for 127.0.0.1, ::1 and localhost alone")


def load(*, database: bool = True) -> Settings:
    """Read the settings; without `database` for a command that needs none.

    Raises:
        SettingsError: one line that names each setting that is missing or wrong.
    """
    wanted = Settings if database else _WithoutDatabase
    try:
        return wanted.model_validate({})
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(fault) for fault in error.errors())) from None


def _explain(fault: ErrorDetails) -> str:
    if not fault["loc"]:  # several that do not fit together: the text names them
        return fault["msg"].removeprefix("Value error, ")
    name = f"ALARMD_{str(fault['loc'][0]).upper()}"
    if fault["type"] == "missing":
        return f"{name} is not set: {Settings.model_fields[str(fault['loc'][0])].description}"
    return f"{name} is wrong: {fault['msg'].removeprefix('Value error, ')}"
