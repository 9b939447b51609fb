"""Private memory before and after 100,000 TLS handshakes, half of them resumed. Takes about 4 minutes.

As root: handshakes.py BUILD-FOLDER. ctest does the same with 10,000.
"""
import os
import sys
from pathlib import Path

TEST = Path(__file__).resolve().parent.parent / "https/memory.py"
os.environ["NANODNSD_HANDSHAKES"] = "100000"
os.execv(sys.executable, [sys.executable, "-B", str(TEST), sys.argv[1], "Memory.test_after_many_handshakes"])
