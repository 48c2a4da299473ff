#include "ask/wording_vectors.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/scratch_folder.h"
#include "testing/english.h"
#include "testing/made_up_language.h"
#include "testing/word_embedder.h"

namespace memllm {
namespace {

std::filesystem::path only_file(const std::filesystem::path& folder) { return std::filesystem::directory_iterator(folder)->path(); }

TEST(WordingVectors, AreEmbeddedOnceAndReadFromDiskAfterThat) {
  const ScratchFolder folder;
  WordEmbedder embedder;
  const auto folder_path = folder / "cache";
  std::vector<float> first;
  {
    WordingVectors vectors(embedder, english()->wordings, std::array{folder_path}, {});
    vectors.prepare({});
    EXPECT_GT(embedder.embedded, 2'000U);
    const auto vector = vectors.vector("the director of X");
    first.assign(vector.begin(), vector.end());
  }
  embedder.embedded = 0;
  WordingVectors again(embedder, english()->wordings, std::array{folder_path}, {});
  again.prepare({});
  EXPECT_EQ(embedder.embedded, 0U);
  const auto vector = again.vector("the director of X");
  EXPECT_EQ(first, std::vector<float>(vector.begin(), vector.end()));
  // A memory's own relation is embedded, but never written to a file that other memories share.
  const auto size = std::filesystem::file_size(only_file(folder_path));
  EXPECT_EQ(again.of("secret relation").back().relation, "secret relation");
  EXPECT_GT(embedder.embedded, 0U);
  EXPECT_EQ(std::filesystem::file_size(only_file(folder_path)), size);
}

TEST(WordingVectors, WhatSetUpMadeIsReadFromAnotherFolder) {
  const ScratchFolder folder;
  WordEmbedder embedder;
  const std::array folders{folder / "cache", folder / "shared"};
  WordingVectors made(embedder, english()->wordings, std::span(folders).subspan(1), {});
  made.prepare({});
  const std::size_t embedded = embedder.embedded;
  WordingVectors read(embedder, english()->wordings, folders, {});
  read.prepare({});
  EXPECT_EQ(embedder.embedded, embedded);
  EXPECT_FALSE(std::filesystem::exists(folders[0]));
  made.save(folders[0]);
  EXPECT_FALSE(std::filesystem::is_empty(folders[0]));
}

TEST(WordingVectors, APartInTheFirstFolderDoesNotHideTheWholeInTheSecond) {
  const ScratchFolder folder;
  WordEmbedder embedder;
  const std::array folders{folder / "cache", folder / "shared"};
  WordingVectors(embedder, english()->wordings, std::span(folders).subspan(1), {}).prepare({});
  const ScratchFolder pack;
  write_language(pack.path(), made_up_language());
  const Language vellish(pack.path());
  WordingVectors(embedder, vellish.wordings, folders, {}).prepare({});
  ASSERT_TRUE(std::filesystem::exists(folders[0]));
  const std::size_t embedded = embedder.embedded;
  WordingVectors(embedder, english()->wordings, folders, {}).prepare({});
  WordingVectors(embedder, vellish.wordings, folders, {}).prepare({});
  EXPECT_EQ(embedder.embedded, embedded);
}

TEST(WordingVectors, ADamagedFileIsMadeAgain) {
  const ScratchFolder folder;
  WordEmbedder embedder;
  WordingVectors(embedder, english()->wordings, std::array{folder.path()}, {}).prepare({});
  const auto file = only_file(folder.path());
  {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(5'000);
    damage.write("damage", 6);
  }
  embedder.embedded = 0;
  WordingVectors vectors(embedder, english()->wordings, std::array{folder.path()}, {});
  vectors.prepare({});
  EXPECT_GT(embedder.embedded, 2'000U);
  std::filesystem::resize_file(file, 10);
  WordingVectors(embedder, english()->wordings, std::array{folder.path()}, {}).prepare({});
}

TEST(WordingVectors, AFolderThatCannotBeWrittenIsTold) {
  const ScratchFolder folder;
  std::ofstream(folder / "file") << "not a folder";
  WordEmbedder embedder;
  std::string told;
  WordingVectors vectors(embedder, english()->wordings, std::array{folder / "file"}, [&](LogLevel level, std::string_view message) {
    if (level == LogLevel::kWarning) told = message;
  });
  vectors.prepare({});
  EXPECT_NE(told.find("embedded again"), std::string::npos);
  EXPECT_FALSE(vectors.vector("the director of X").empty());
}

TEST(WordingVectors, ARelationWithANameLikeAKnownOneIsAskedForInItsWordsToo) {
  const ScratchFolder folder;
  WordEmbedder embedder;
  WordingVectors vectors(embedder, english()->wordings, std::array{folder.path()}, {});
  vectors.prepare({});
  EXPECT_EQ(vectors.of("director").size(), 1U);
  const auto& like = vectors.of("the director");
  ASSERT_EQ(like.size(), 2U);
  EXPECT_EQ(like[0].relation, "director");
  EXPECT_EQ(vectors.of("lucky number").size(), 1U);
}

}  // namespace
}  // namespace memllm
