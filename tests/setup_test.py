#!/usr/bin/env python3
"""./run setup where nothing can be fetched: setup_test.py SOURCE_ROOT

It says what is missing and what to do, and takes nothing for fetched, so that the same command goes on when the network is there.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path()
NOTHING_LISTENS = "http://127.0.0.1:9/"


class Setup(unittest.TestCase):
    def test_offline(self):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "XDG_CACHE_HOME": cache, "PIP_INDEX_URL": NOTHING_LISTENS, "PIP_EXTRA_INDEX_URL": "", "PIP_RETRIES": "0"}
            for _ in range(2):
                done = subprocess.run([ROOT / "run", "setup"], env=environment, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                first = (ROOT / "tools/downloads.txt").read_text("utf-8").split("==")[0].split()[-1]
                self.assertIn(f"fetching {first} failed: needs the network once", done.stderr)
            self.assertEqual(list(pathlib.Path(cache).rglob("*.from")), [])


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
