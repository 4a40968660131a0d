"""Sockets that a case has: somebody is there, lets everybody in and says nothing."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading

__all__ = ["Serving"]

HOST = b"127.0.0.1:"
WAITING = 64  # connections that may wait until they are let in
_TAKEN = 1 << 16  # bytes at once


class Serving:
    """Listens at paths below the current folder and at ports of this machine, and tells who connects that this is all.

    What is sent is taken: closed with something unread, a connection is reset, and it would be a matter of who is
    faster whether a program sees an end or an error. What cannot be listened at is left out: on both sides of a
    comparison, since it is the same for both.
    """

    def __init__(self, names: list[bytes]) -> None:
        self.listening = [one for name in names if (one := _listen(name)) is not None]
        self.guests: dict[int, socket.socket] = {}
        self.stopped, self.stop = os.pipe()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        poller = select.poll()
        poller.register(self.stopped, select.POLLIN)
        doors = {one.fileno(): one for one in self.listening}
        for number in doors:
            poller.register(number, select.POLLIN)
        while True:
            for number, _ in poller.poll():
                if number == self.stopped:
                    return
                with contextlib.suppress(OSError):
                    if number in doors:
                        guest = doors[number].accept()[0]
                        guest.setblocking(False)
                        self.guests[guest.fileno()] = guest
                        poller.register(guest.fileno(), select.POLLIN)
                        guest.shutdown(socket.SHUT_WR)
                    elif not _has_more(self.guests[number]):
                        poller.unregister(number)
                        self.guests.pop(number).close()

    def close(self) -> None:
        """Lets nobody in any more."""
        os.close(self.stop)
        self.thread.join()
        os.close(self.stopped)
        for one in (*self.listening, *self.guests.values()):
            one.close()


def _has_more(guest: socket.socket) -> bool:
    """Takes what was sent; whether more may come."""
    try:
        return bool(guest.recv(_TAKEN))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _listen(name: bytes) -> socket.socket | None:
    port = name[len(HOST) :] if name.startswith(HOST) else b""
    made = socket.socket(socket.AF_INET if port else socket.AF_UNIX)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", int(port)) if port else name)
        made.listen(WAITING)
        made.setblocking(False)
    except (OSError, ValueError, OverflowError):
        made.close()
        return None
    return made
