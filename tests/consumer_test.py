#!/usr/bin/env python3
"""Checks the library as other projects use it: consumer_test.py BUILD_FOLDER SOURCE_ROOT

Installs the build into a folder, builds examples/minimal.cpp against the package that find_package(memllm) finds there, and once more with
add_subdirectory; runs both. The installed program must find what it needs, too. CMake gets no hint but the folder. What it compiles stays in
BUILD_FOLDER/consumer, so that a second run is quick.
"""
import os
import pathlib
import shutil
import subprocess
import sys

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
{memllm}
add_executable(app {source}/examples/minimal.cpp)
target_link_libraries(app PRIVATE memllm::memllm)
"""


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"consumer_test: FAILED: {' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def build(folder, memllm, source, *flags):
    """The program of a project that gets memllm so."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "CMakeLists.txt").write_text(PROJECT.format(memllm=memllm, source=source), "utf-8")
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", *launcher, *flags)
    run("cmake", "--build", folder / "build", "--target", "app")
    return folder / "build/app"


def check(program, folder):
    shutil.rmtree(folder, ignore_errors=True)
    said = run(program, folder)
    if said != "Jane Doe\n":
        sys.exit(f"consumer_test: FAILED: {program} said {said!r}")
    shutil.rmtree(folder)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: consumer_test.py BUILD_FOLDER SOURCE_ROOT")
    build_folder, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    work = build_folder / "consumer"
    os.environ.pop("MEMLLM_SHARE", None)
    prefix, memory = work / "prefix", work / "memory"
    shutil.rmtree(prefix, ignore_errors=True)
    run("cmake", "--install", build_folder, "--prefix", prefix)
    check(build(work / "package", "find_package(memllm REQUIRED)", source, f"-DCMAKE_PREFIX_PATH={prefix}"), memory)
    moved = work / "moved"  # a package knows no absolute folder of its own
    shutil.rmtree(moved, ignore_errors=True)
    prefix.rename(moved)
    check(build(work / "moved-package", "find_package(memllm REQUIRED)", source, f"-DCMAKE_PREFIX_PATH={moved}"), memory)
    installed = moved / "bin/memllm"
    for command in (["facts", "add", "Oru", "capital", "Tessel"], ["facts", "list"], ["stats"]):
        run(installed, "--memory", memory, "--embedder", "none", *command)
    shutil.rmtree(memory)
    # Debug: what counts is that it links.
    check(build(work / "subdirectory", f"add_subdirectory({source} memllm)", source, "-DCMAKE_BUILD_TYPE=Debug"), memory)
    shutil.rmtree(moved)
    print("consumer_test: ok")


if __name__ == "__main__":
    main()
