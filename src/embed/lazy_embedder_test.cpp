#include "embed/lazy_embedder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

TEST(LazyEmbedder, RefusesAFileThatWasReplacedBeforeItsFirstUse) {
  const char* model = std::getenv("MEMLLM_EMBEDDER");
  if (!model) GTEST_SKIP() << "MEMLLM_EMBEDDER names no file";
  const ScratchFolder folder;
  const auto file = folder / "embedder.gguf";
  std::filesystem::copy_file(model, file);
  const std::vector<std::string> texts = {"a novel"};
  LazyEmbedder used(file);
  const auto vector = used.embed(texts);
  EXPECT_EQ(vector.size(), used.dimension());

  LazyEmbedder unused(file);
  std::ofstream(file, std::ios::binary | std::ios::app) << '\0';
  try {
    (void)unused.embed(texts);
    ADD_FAILURE() << "took the vectors of another file";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_NE(std::string(error.what()).find("replaced"), std::string::npos) << error.what();
  }
  EXPECT_EQ(used.embed(texts), vector);
}

}  // namespace
}  // namespace memllm
