"""The Debian packages on clean trees; contrib/test-packages says TAP itself."""

import os
from pathlib import Path

from nptest import TOP_BUILD, TOP_SRC

# What `make check` is told is not for the makes in it.
ENV = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
os.execve(Path(TOP_SRC) / "contrib/test-packages", ["test-packages"],
          {**ENV, "NEARPOST_BUILD": os.path.abspath(TOP_BUILD)})
