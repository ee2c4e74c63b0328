"""Standard input and output as a TCP connection: for ssh's ProxyCommand, since nc is not everywhere."""

import os
import selectors
import socket
import sys

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
selector = selectors.DefaultSelector()
selector.register(0, selectors.EVENT_READ)
selector.register(connection, selectors.EVENT_READ)
while True:
    for ready, _ in selector.select():
        if ready.fileobj == 0:
            data = os.read(0, 65536)
            if not data:
                connection.shutdown(socket.SHUT_WR)
                selector.unregister(0)
            else:
                connection.sendall(data)
        else:
            data = connection.recv(65536)
            if not data:
                sys.exit(0)
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
