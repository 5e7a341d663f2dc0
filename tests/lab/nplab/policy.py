"""The policy protocol, as a client: what the lab asks policyd."""

import socket

from .fault import Fault

TIMEOUT_S = 10


def ask(path, **attributes):
    """The answer's [(name, value)]; a Fault unless action=OK."""
    text = "".join(f"{k}={v}\n" for k, v in attributes.items()) + "\n"
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(TIMEOUT_S)
            s.connect(str(path))
            s.sendall(text.encode())
            while not answer.endswith(b"\n\n"):
                data = s.recv(1 << 16)
                if not data:
                    raise Fault(f"policyd at {path} ended the connection")
                answer += data
    except OSError as e:
        raise Fault(f"policyd at {path}: {e.strerror or e}") from None
    pairs = [line.partition("=")[::2]
             for line in answer.decode(errors="replace").split("\n") if line]
    if dict(pairs).get("action") != "OK":
        raise Fault(f"policyd: {dict(pairs).get('action')}")
    return pairs


def row(text):
    """key=value;key=value"""
    return dict(part.partition("=")[::2] for part in text.split(";"))
