"""Where things lie on this machine: one folder for all of Tally's local data, and places others can reach.

PostgreSQL refuses to run as root, so root hands it to an unprivileged user, who must be able to enter every folder
above its data and its programs. Below a private home it is not, so there they go to /var/lib/tally instead.
"""

import hashlib
import os
import pwd
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

# sun_path holds 104 bytes on macOS and 108 on Linux; PostgreSQL adds "/.s.PGSQL.5432" and ".lock" to the folder.
LONGEST_SOCKET_FOLDER = 84
SHARED = Path("/var/lib/tally")


@dataclass(frozen=True)
class Owner:
    """The user a server runs as: None for whoever runs this, else the ids to drop to."""

    uid: int | None = None
    gid: int | None = None


SELF = Owner()


@dataclass(frozen=True)
class Folders:
    """The layout below one data folder."""

    root: Path
    sockets: Path
    cluster: Path
    owner: Owner

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def pids(self) -> Path:
        return self.root / "pids"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"


def lay_out(*, root: Path) -> Folders:
    """Make the folders below `root` and say where each is and who owns PostgreSQL's.

    Private to us, save for the way to PostgreSQL's own. A folder that is already there keeps its mode."""
    root, owner = root.resolve(), unprivileged()
    if not root.exists():
        root.mkdir(parents=True)
        # The unprivileged user may pass through to its own folder, but read nothing on the way.
        root.chmod(0o700 if owner.uid is None else 0o711)
    home = root if owner.uid is None or can_enter(folder=root, owner=owner) else elsewhere(root)
    owner = made_by(home / "postgres", otherwise=owner)
    sockets = socket_folder(home=home, root=root, owner=owner)
    folders = Folders(root=root, sockets=sockets, cluster=home / "postgres", owner=owner)
    for folder in (folders.logs, folders.pids, folders.sockets):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner.uid is not None:
        os.chown(folders.sockets, owner.uid, owner.gid or -1)
    return folders


def unprivileged() -> Owner:
    """Who runs PostgreSQL: ourselves, or, when we are root, the user `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return SELF
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(user.pw_uid, user.pw_gid)
    raise SystemExit("PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`.")


def made_by(cluster: Path, *, otherwise: Owner) -> Owner:
    """A cluster that is there keeps its owner, whoever that was: PostgreSQL refuses any other."""
    if otherwise.uid is None or not cluster.exists():
        return otherwise
    found = cluster.stat()
    return Owner(found.st_uid, found.st_gid)


def can_enter(*, folder: Path, owner: Owner) -> bool:
    """True when the owner may pass through `folder` and everything above it: asked of the system, not computed."""
    return succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], owner=owner)


def can_run(*, program: Path, owner: Owner) -> bool:
    """True when the owner can run `program --version`."""
    return succeeds([str(program), "--version"], owner=owner)


def succeeds(command: list[str], *, owner: Owner) -> bool:
    """True when the owner can run the command and it ends well."""
    try:
        ended = subprocess.run(
            command,
            cwd="/",
            user=owner.uid,
            group=owner.gid,
            extra_groups=groups(owner),
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return ended.returncode == 0


def groups(owner: Owner) -> list[int] | None:
    """For `subprocess`: a dropped user keeps none of root's other groups."""
    return None if owner.uid is None else []


def elsewhere(root: Path) -> Path:
    """A folder outside for what belongs to `root`: named by its path and by a mark inside, so that a new clone at the
    same path does not find an old one's database."""
    mark = root / "mark"
    if not mark.exists():
        mark.write_text(secrets.token_hex(16))
    name = hashlib.sha256(f"{root}\n{mark.read_text()}".encode()).hexdigest()[:16]
    folder = SHARED / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "belongs-to").write_text(f"{root}\n")
    return folder


def socket_folder(*, home: Path, root: Path, owner: Owner) -> Path:
    """Where the sockets lie: beside the data, or, where that path is too long for a socket, a short private folder."""
    beside = home / "run"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
        return beside
    name = f"tally-{os.geteuid()}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    for above in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  (the name is ours, and its owner is checked)
        folder = above / name
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            refuse_foreign(folder, owner=owner)
            return folder
    raise SystemExit(f"No short enough folder for sockets: {home} is too long a path.")


def refuse_foreign(folder: Path, *, owner: Owner) -> None:
    """A folder under /tmp that somebody else made, or that others can enter, is a trap."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), owner.uid} or found.st_mode & 0o077:
        raise SystemExit(f"{folder} is not private to this user; remove it and start again.")
