"""The obvious way: Flask under gunicorn's threads, sqlite3, a commit for every request."""

import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # ships no types

from tests.bench.servers import announce, end_with_input

THREADS = 32
TABLE = """
CREATE TABLE IF NOT EXISTS reports (
  id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, mobile TEXT NOT NULL, status TEXT NOT NULL,
  code TEXT NOT NULL, description TEXT NOT NULL, received_at TEXT NOT NULL
)
"""
ADD = """
INSERT INTO reports (sid, mobile, status, code, description, received_at)
VALUES (:sid, :mobile, :report_status, :errmsg, :description, :user_receive_time)
ON CONFLICT (sid) DO NOTHING
"""


def make_app(path: Path) -> Flask:
    app = Flask(__name__)
    connect(path).close()

    @app.post("/callbacks/bench")
    def take() -> Response:
        conn = connect(path)
        try:
            for report in request.get_json():
                conn.execute(ADD, report)
            conn.commit()
        finally:
            conn.close()
        return Response('{"result":0,"errmsg":"OK"}', mimetype="application/json")

    return app


def connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, timeout=30)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute(TABLE)
    return conn


class Gunicorn(BaseApplication):  # type: ignore[misc]  # as above
    """gunicorn with one process of threads, on a socket that is open already."""

    def __init__(self, app: Flask, listening: socket.socket) -> None:
        self._app = app
        self._listening = listening
        # gunicorn closes the descriptor it was given once it has its own.
        self._port = listening.getsockname()[1]
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"fd://{self._listening.fileno()}")
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", THREADS)
        self.cfg.set("keepalive", 30)
        self.cfg.set("loglevel", "error")
        self.cfg.set("when_ready", self.ready)

    def load(self) -> Flask:
        return self._app

    def ready(self, _: Any) -> None:
        announce(port=self._port)


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    end_with_input()
    Gunicorn(make_app(Path(sys.argv[1]) / "reports.db"), listening).run()
