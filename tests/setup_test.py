#!/usr/bin/env python3
"""./run setup where nothing can be fetched, and for a GPU: setup_test.py SOURCE_ROOT

It says what is missing and what to do, and takes nothing for fetched, so that the same command goes on when the network is there.
"""
import os
import pathlib
import shutil
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


    def run_with_gpu(self, gpu, command):
        environment = {**os.environ, "MEMLLM_GPU": gpu}
        return subprocess.run([ROOT / "run", command], env=environment, capture_output=True, text=True, check=False)

    def test_a_gpu_is_built_for_beside_the_build_without(self):
        without = self.run_with_gpu("", "llama-prefix").stdout.strip()
        for gpu, option in ("cuda", "-DGGML_CUDA=ON"), ("vulkan", "-DGGML_VULKAN=ON"):
            self.assertEqual(self.run_with_gpu(gpu, "gpu-options").stdout.strip(), option)
            self.assertEqual(self.run_with_gpu(gpu, "llama-prefix").stdout.strip(), f"{without}-{gpu}")
        unknown = self.run_with_gpu("cuba", "build")
        self.assertEqual(unknown.returncode, 2)
        self.assertIn("cuda or vulkan", unknown.stderr)

    def test_llama_cpp_can_be_configured_for_cuda(self):
        version = next(line for line in (ROOT / "tools/downloads.txt").read_text("utf-8").splitlines() if line.startswith("llama-cpp-python=="))
        source = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "memllm/src" / (
            "llama.cpp-" + version.split("==")[1].split()[0])
        if not shutil.which("nvcc") or not source.is_dir():
            self.skipTest("no CUDA compiler, or llama.cpp's source is not there")
        option = self.run_with_gpu("cuda", "gpu-options").stdout.strip()
        with tempfile.TemporaryDirectory() as build:
            done = subprocess.run(["cmake", "-S", source, "-B", build, "-G", "Ninja", "-DLLAMA_BUILD_COMMON=OFF", "-DLLAMA_BUILD_TOOLS=OFF",
                                   "-DCMAKE_CUDA_ARCHITECTURES=80", option], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr[-2000:])
            self.assertIn("ggml-cuda", (pathlib.Path(build) / "build.ninja").read_text("utf-8"))


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
