"""Which port to listen on: the wanted one, or the next that is free."""

import socket
from collections.abc import Callable, Container

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """True when nobody on this machine listens on the loopback port."""
    with socket.socket() as asking:
        asking.settimeout(0.5)
        if asking.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as binding:
        binding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            binding.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(*, wanted: int, taken: Container[int] = (), free: Callable[[int], bool] = is_free, tries: int = 100) -> int:
    """The first free port from `wanted` upward that is not in `taken`. Raises OSError when a hundred are in use."""
    for port in range(wanted, min(wanted + tries, 65536)):
        if port not in taken and free(port):
            return port
    raise OSError(f"No free port between {wanted} and {wanted + tries - 1}.")
