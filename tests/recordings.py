"""Writes small recordings as core/recording.h describes them, without the code that it describes.

    tests/recordings.py FORMAT FILE equal|different|mended|foreign|senseless

FORMAT is what `recoup replay` says that it reads: VERSION-HASH. The node of all of them serves one payment
at a time, and was started and stopped, which has no effect.
"""

import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 if crc & 1 else crc >> 1
    return crc ^ 0xFFFFFFFF


def number(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def numbers(*values):
    return b"".join(number(value) for value in values)


def entry(kind, body):
    body = bytes([kind]) + body
    size = len(body).to_bytes(3, "little")
    frame = size + bytes([0xA5 ^ size[0] ^ size[1] ^ size[2]])
    return frame + crc32c(frame + body).to_bytes(4, "little") + body


HEAD, STATE, STEP, END = 1, 2, 3, 4
START, STOP = 1, 2
STOPPED, BROKEN = 0, 3
REPLY = 1


def head(version, fields):
    build = b"by hand"
    limits = [1] * 4 + [0] + [1] * 4 + [0] * 3  # the fifth is linger_ms
    told = limits + [0, 0, 0, 0]  # policy, gateway, seed
    return entry(
        HEAD,
        b"Recoup\n"
        + numbers(version, fields, 0, len(build))
        + build
        + numbers(*told)
        + numbers(7, 1, 0, 0, 1790000000000),
    )


def step(mono_ms, kind, fields=b"", effects=b"\0"):
    rows = numbers(0, 0)
    return entry(STEP, numbers(mono_ms, 1790000000000 + mono_ms, kind) + fields + rows + effects)


def main():
    form, path, which = sys.argv[1:]
    version, fields = form.split("-")
    version, fields = int(version), int(fields, 16)
    start = step(10, START, numbers(7, 1))
    stop = step(20, STOP)
    if which == "foreign":
        fields ^= 1
    if which == "different":
        stop = step(20, STOP, b"", numbers(1, REPLY, 1, 5, 200, 0, 0, 0))
    if which == "senseless":
        stop = step(9, STOP)  # time runs back
    check = b"stop_comes_late" if which == "mended" else b""  # that broke; no core has it any more
    end = entry(END, numbers(BROKEN if check else STOPPED, 2, len(check)) + check)
    with open(path, "wb") as file:
        file.write(head(version, fields) + start + stop + end)


main()
