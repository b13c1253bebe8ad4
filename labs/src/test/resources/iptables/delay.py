"""Delays each packet that iptables sends to queue 0, by so many milliseconds. Not every kernel has netem, which does the same."""
import collections, select, socket, struct, sys, time

PACKET, VERDICT, CONFIG = 0x300, 0x301, 0x302  # messages of the kernel's subsystem nfnetlink_queue
delay = int(sys.argv[1]) / 1000
kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)


def send(message, attribute, value):
    value += bytes(-len(value) % 4)
    kernel.send(struct.pack("=IHHIIBBHHH", 24 + len(value), message, 1, 0, 0, 0, 0, 0, 4 + len(value), attribute) + value)


send(CONFIG, 1, struct.pack(">BxH", 1, 0))  # binds queue 0
send(CONFIG, 2, struct.pack(">IB", 0, 1))  # asks for no content of packets
held = collections.deque()
while True:
    wait = max(0, held[0][0] - time.monotonic()) if held else None
    if select.select([kernel], [], [], wait)[0]:
        message = kernel.recv(65536)
        if struct.unpack_from("=H", message, 4)[0] == PACKET:
            held.append((time.monotonic() + delay, message[24:28]))  # its number
    while held and held[0][0] <= time.monotonic():
        send(VERDICT, 2, struct.pack(">I", 1) + held.popleft()[1])  # accepts it
