"""An HTTP proxy that refuses all connections and counts them."""

import socket
import threading


class RefusingProxy:
    """A context manager; `connections` is the number of connections that were tried."""

    def __enter__(self) -> "RefusingProxy":
        """Start to listen."""
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._refuse, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        """Stop to listen."""
        self._socket.close()

    def _refuse(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # the socket is closed
                return
            self.connections += 1
            connection.close()
