// Facts in and out of a memory, without a language model: minimal FOLDER
#include <cstdio>

#include "memllm/memory.h"

int main(int argc, char** argv) {
  try {
    memllm::MemoryOptions options;
    options.folder = argc > 1 ? argv[1] : "my-memory";
    memllm::Memory memory = memllm::Memory::open(options);
    memllm::Statement statement;
    statement.triple = {"Acme", "founded by", "Jane Doe"};
    statement.source.author = "user";
    memory.add(statement);
    for (const auto& match : memory.query({"acme", "founded by", std::nullopt}).matches) std::printf("%s\n", match.answer.c_str());
    return 0;
  } catch (const memllm::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
