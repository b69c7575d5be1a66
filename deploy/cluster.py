"""``make cluster``: what compose.yaml starts, as processes of this machine, without containers.

The commands and the environment of replicas and workers are those of ``compose.yaml``, and nginx
reads ``deploy/nginx/nginx.conf``: only the names of services are written over by their addresses on
this machine's loopback, and the folders of a container by folders of this run. PostgreSQL and nginx
are Debian's, Chroma is the wheel's. What ends is started again, as ``restart: unless-stopped`` has
it; all is ended with this process, by the ids of what it started.

A kept supervisor (honcho, supervisor, circus) would not read compose.yaml, and none of them waits
until a service answers before it starts the next.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
HERE = "127.0.0.1"
IMAGE = "ibid:0.1.0"
_PATIENCE_S = 180.0
_GLANCE_S = 0.1
_STOPPING_S = 30.0
_VARIABLE = re.compile(r"\$\{(\w+)(:?)-([^}]*)\}")
_BESIDE_ROOT = ("postgres", "nobody")  # as whom PostgreSQL runs where this is root


class ClusterError(Exception):
    """A service does not come up; says which, and where its log is."""


@dataclass
class Service:
    """One process and what it is started with. ``answers`` tells whether it is up."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    answers: Callable[[], bool]
    stop_by: signal.Signals = signal.SIGTERM
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    is_wanted: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        """Start it, in a group of its own: what it has started in turn ends with it."""
        with self.lock, self.log.open("ab") as log:
            self.is_wanted = True
            self.starts += 1
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            )

    def revive(self) -> None:
        """Start it again if it has ended by itself."""
        with self.lock:
            if self.is_wanted and self.process is not None and self.process.poll() is not None:
                self._sweep()
                self.start()

    def kill(self) -> bool:
        """Kill it and what it has started, as a machine that fails; False if it is not there."""
        with self.lock:
            if self.process is None or self.process.poll() is not None:
                return False
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return True

    def stop(self) -> None:
        """End it tidily, or else at once; it is not started again."""
        with self.lock:
            self.is_wanted = False
            if self.process is None:
                return
            with suppress(ProcessLookupError):
                self.process.send_signal(self.stop_by)
            try:
                self.process.wait(_STOPPING_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._sweep()
            self.process = None

    def _sweep(self) -> None:
        """End what it has left behind."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, patience_s: float = _PATIENCE_S) -> None:
        """Wait until it answers. Raises ClusterError: it does not."""
        ends = time.monotonic() + patience_s
        while time.monotonic() < ends:
            if self.answers():
                return
            time.sleep(_GLANCE_S)
        told = self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else ""
        raise ClusterError(f"{self.name} does not answer; its log, {self.log}, ends so:\n{told}")


class Cluster:
    """The services of ``compose.yaml`` in a folder.

    Args:
        folder: where what they keep is, and their logs.
        port: that nginx listens on; 0 takes any free one.
        variables: what ``compose.yaml`` asks for as ``${NAME}``; this process's unless given.
        environment: more settings for replicas and workers.
        programs: the folder of PostgreSQL's programs; Debian's unless given.

    Raises:
        ClusterError: PostgreSQL or nginx is not installed.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        programs: Path | None = None,
    ) -> None:
        self.folder = folder
        self._programs = programs or _postgres()
        self._nginx = program("nginx")
        self._variables = {"DOORS": "", **(os.environ if variables is None else variables)}
        self._more = environment or {}
        described = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
        self._ours = {name: one for name, one in described.items() if one.get("image") == IMAGE}
        self.replicas = [name for name in self._ours if not self._is_worker(name)]
        self.workers = [name for name in self._ours if self._is_worker(name)]
        free = iter(_free_ports(3 + len(self.replicas)))
        self.ports = {name: next(free) for name in ("postgres", "chroma", *self.replicas)}
        self.ports["nginx"] = port or next(free)
        self._nginx_address = described["nginx"]["networks"]["inside"]["ipv4_address"]
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        self.services: dict[str, Service] = {}
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._revive, name="cluster", daemon=True)

    @property
    def url(self) -> str:
        """Where nginx listens."""
        return f"http://{HERE}:{self.ports['nginx']}"

    @property
    def database(self) -> str:
        """The address of the database, with its password."""
        return (self.folder / "secrets" / "database").read_text("utf-8")

    @property
    def chroma(self) -> str:
        """The address of the Chroma server."""
        return f"http://{HERE}:{self.ports['chroma']}"

    def __enter__(self) -> Cluster:
        """Start all, in compose.yaml's order; return when nginx has somebody to ask."""
        try:
            self._make_secrets()
            for service in (self._of_postgres(), self._of_chroma()):
                self._begin(service).wait()
            for name in self._ours:
                self._begin(self._of_ibid(name))
            for name in self.replicas:
                self.services[name].wait()
            self._begin(self._of_nginx()).wait()
            self._watch.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End all."""
        self.stop()

    def stop(self) -> None:
        """End all, the last first."""
        self._is_over.set()
        if self._watch.is_alive():
            self._watch.join()
        for service in reversed(self.services.values()):
            service.stop()

    def restart(self, name: str, down_s: float = 0.0) -> None:
        """End a service tidily, leave it down for so many seconds, and start it again."""
        service = self.services[name]
        service.stop()
        time.sleep(down_s)
        service.start()
        service.wait()

    def _is_worker(self, name: str) -> bool:
        return str(self._ours[name]["command"]).split()[0] == "worker"

    def _begin(self, service: Service) -> Service:
        self.services[service.name] = service
        service.start()
        return service

    def _revive(self) -> None:
        while not self._is_over.wait(_GLANCE_S):
            for service in self.services.values():
                service.revive()

    def _here(self, text: str, name: str = "") -> str:
        """A text of the configuration, with the places of this machine in it."""
        for one, port in self.ports.items():
            text = re.sub(rf"\b{one}:\d+", f"{HERE}:{port}", text)
        text = text.replace("0.0.0.0:8080", f"{HERE}:{self.ports['nginx']}")
        text = text.replace("0.0.0.0", HERE).replace(self._nginx_address, HERE)
        if name in self.ports:
            text = text.replace("--port 7860", f"--port {self.ports[name]}")
        text = text.replace("/run/secrets", str(self.folder / "secrets"))
        return text.replace("/var/lib/ibid", str(self.folder / (name or "ibid")))

    def _interpolated(self, text: str) -> str:
        """A text of compose.yaml with its variables filled in."""

        def value(found: re.Match[str]) -> str:
            name, also_empty, default = found.groups()
            given = self._variables.get(name)
            return default if given is None or (also_empty and not given) else given

        return _VARIABLE.sub(value, text)

    def _make_secrets(self) -> None:
        folder = self.folder / "secrets"
        subprocess.run(["sh", ROOT / "deploy" / "secrets.sh", folder], check=True, timeout=60)
        file = folder / "database"
        file.write_text(self._here(file.read_text("utf-8")), "utf-8")

    def _of_ibid(self, name: str) -> Service:
        described = self._ours[name]
        words = self._here(self._interpolated(str(described["command"])), name)
        own = self.folder / name
        own.mkdir(exist_ok=True)
        settings = {
            key: self._here(self._interpolated(str(value)), name)
            for key, value in described["environment"].items()
        }
        theirs = {key: one for key, one in os.environ.items() if not key.startswith("IBID_")}
        kept = {key: os.environ[key] for key in ("IBID_MODELS_DIR",) if key in os.environ}
        environment = {**theirs, **kept, "PYTHONUNBUFFERED": "1", **settings, **self._more}
        environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        # No ibid.toml of this machine's owner counts.
        environment["XDG_CONFIG_HOME"] = str(own)
        command = [sys.executable, "-m", "ui.cli.main", *shlex.split(words)]
        port = self.ports.get(name)
        answers = (lambda: _says_yes(f"http://{HERE}:{port}/readyz")) if port else (lambda: True)
        return self._service(name, command, environment, own, answers)

    def _of_postgres(self) -> Service:
        folder, user = self.folder / "postgres", None
        folder.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            user = next(one for one in _BESIDE_ROOT if _is_known(one))
            shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
            _open_way_to(folder)
        data = folder / "data"
        if not data.exists():
            password = folder / "password"
            shutil.copy(self.folder / "secrets" / "postgres_password", password)
            self._once(
                user,
                ["initdb", "-D", data, "-U", "ibid", f"--pwfile={password}", "-E", "UTF8",
                 "--auth=scram-sha-256", "--locale=C"],
            )  # fmt: skip
            password.unlink()
            self._once(
                user, ["postgres", "--single", "-D", data, "postgres"], b"CREATE DATABASE ibid;\n"
            )
        port = str(self.ports["postgres"])
        command = [
            str(self._programs / "postgres"), "-D", str(data), "-h", HERE, "-p", port, "-k", "",
        ]  # fmt: skip
        ready = [self._programs / "pg_isready", "-q", "-h", HERE, "-p", port, "-U", "ibid"]
        service = self._service(
            "postgres", command, _plain(), folder, lambda: subprocess.run(ready).returncode == 0
        )
        service.stop_by, service.user = signal.SIGINT, user
        return service

    def _once(self, user: str | None, command: list[Any], given: bytes = b"") -> None:
        """Run one of PostgreSQL's programs. Raises ClusterError: it fails."""
        program, *rest = command
        done = subprocess.run(
            [self._programs / program, *rest],
            input=given,
            cwd=self.folder / "postgres",
            env=_plain(),
            capture_output=True,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            timeout=_PATIENCE_S,
        )
        if done.returncode:
            raise ClusterError(f"{program} failed: {done.stderr.decode(errors='replace')}")

    def _of_chroma(self) -> Service:
        folder = self.folder / "chroma"
        folder.mkdir(exist_ok=True)
        program = Path(sys.executable).with_name("chroma")
        port = str(self.ports["chroma"])
        command = [str(program), "run", "--path", str(folder), "--host", HERE, "--port", port]
        return self._service(
            "chroma",
            command,
            {**_plain(), "ANONYMIZED_TELEMETRY": "false"},
            folder,
            lambda: _says_yes(f"{self.chroma}/api/v2/heartbeat"),
        )

    def _of_nginx(self) -> Service:
        folder = self.folder / "nginx"
        folder.mkdir(exist_ok=True)
        configuration = self._here((ROOT / "deploy/nginx/nginx.conf").read_text("utf-8"))
        (folder / "nginx.conf").write_text(configuration, "utf-8")
        # Whoever owns the folder writes there what is sent.
        own = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        command = [self._nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", own]
        return self._service(
            "nginx", command, _plain(), folder, lambda: _says_yes(f"{self.url}/nginx")
        )

    def _service(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        answers: Callable[[], bool],
    ) -> Service:
        log = self.folder / "logs" / f"{name}.log"
        return Service(name, command, environment, folder, log, answers)


def _plain() -> dict[str, str]:
    return {key: one for key, one in os.environ.items() if not key.startswith(("PG", "IBID_"))}


def _says_yes(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    sockets = [socket.create_server((HERE, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def program(name: str) -> str:
    """Where a program is. Raises ClusterError: it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ClusterError(f"{name} is not installed; on Debian: apt-get install {name}")
    return found


def _postgres() -> Path:
    """The folder of PostgreSQL's programs, the newest there are. Raises ClusterError: none."""
    kept = Path("/usr/lib/postgresql")
    versions = sorted(kept.glob("*/bin/postgres"), key=lambda one: int(one.parts[-3]))
    if versions:
        return versions[-1].parent
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    raise ClusterError("PostgreSQL is not installed; on Debian: apt-get install postgresql")


def _is_known(user: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def _open_way_to(folder: Path) -> None:
    """Let another user pass through the folders of this run, which are closed to others."""
    for place in folder.parents:
        if place.stat().st_uid == os.geteuid() and not place.stat().st_mode & 0o001:
            place.chmod(place.stat().st_mode | 0o011)


def main() -> None:
    """Start all, say where it is, and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="that nginx listens on; 0: any")
    parser.add_argument("--folder", type=Path, help="is kept; else all is deleted at the end")
    given = parser.parse_args()
    over = threading.Event()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: over.set())
    with tempfile.TemporaryDirectory(prefix="ibid-cluster-") as temporary:
        folder = (given.folder or Path(temporary)).absolute()
        try:
            with Cluster(folder, given.port) as cluster:
                _say(f"Ibid is at {cluster.url}: {', '.join(cluster.services)}")
                _say(f"Logs: {folder / 'logs'}   Ctrl-C ends all.")
                over.wait()
                _say("Ending …")
        except ClusterError as error:
            sys.exit(str(error))


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
