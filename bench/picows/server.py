"""The tutorial's job with picows, one of the fastest WebSocket libraries that Python has: the number of likes lives in
a text file, any text counts one more and the new number goes to every open page. Written for the comparison in
docs/performance.md.

Usage: python server.py ADDRESS:PORT FOLDER
"""

import asyncio
import os
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

ADDRESS, PORT = sys.argv[1].rsplit(":", 1)
FILE = os.path.join(sys.argv[2], "likes.txt")
os.makedirs(sys.argv[2], exist_ok=True)

likes = 0
if os.path.exists(FILE):
    with open(FILE, encoding="ascii") as file:
        likes = int(file.read())
pages: set[WSTransport] = set()


class Page(WSListener):
    """One open page."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        pages.add(transport)
        transport.send(WSMsgType.TEXT, str(likes).encode())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        pages.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        global likes
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            likes += 1
            with open(FILE, "w", encoding="ascii") as file:
                file.write(str(likes))
            number = str(likes).encode()
            for page in pages:
                page.send(WSMsgType.TEXT, number)


async def main() -> None:
    def listener(_request: WSUpgradeRequest) -> WSListener:
        return Page()

    server = await ws_create_server(listener, ADDRESS, int(PORT), enable_auto_ping=False, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print(f"ready at http://{ADDRESS}:{port}", flush=True)
    await server.serve_forever()


asyncio.run(main())
