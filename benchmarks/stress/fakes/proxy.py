"""A proxy that refuses everybody and counts them."""

import socket
import threading


class Proxy:
    """Context manager; `asked` is the number of connections that were tried."""

    def __enter__(self) -> "Proxy":
        self.asked = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._refuse, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def _refuse(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:  # closed
                return
            self.asked += 1
            connection.close()
