#include "language/language.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "testing/english.h"
#include "testing/made_up_language.h"

namespace memllm {
namespace {

std::string error_of(const std::filesystem::path& folder) {
  try {
    const Language language(folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Language, EnglishIsWhole) {
  EXPECT_EQ(english()->name, "English");
  EXPECT_EQ(english()->prompt("Who?"), "Question: Who?\nAnswer: The answer is");
  EXPECT_EQ(english()->prompts.answer_stops, (std::vector<std::string>{"\n", "Question:"}));
  for (const RelationWordings& worded : english()->wordings.all()) {
    EXPECT_NE(english()->relations.find(Name(worded.relation)), nullptr) << worded.relation << " has wordings and stands in no schema";
  }
  for (const std::string& relation : english()->rules.relations()) {
    EXPECT_NE(english()->relations.find(Name(relation)), nullptr) << relation << " has rules and stands in no schema";
  }
}

TEST(Language, AMadeUpOneIsReadAsWritten) {
  const ScratchFolder folder;
  write_language(folder.path(), made_up_language());
  const Language vellish(folder.path());
  EXPECT_EQ(vellish.name, "Vellish");
  EXPECT_EQ(vellish.prompt("Boravi Ada ul?"), "Ul: Boravi Ada ul?\nVa: ");
  EXPECT_EQ(vellish.wordings.find(Name("bora"))->of(WordingKind::kObjectQuestion).front(), "Boravi X ul?");
  EXPECT_EQ(vellish.wordings.generic(Name("Mira")).of(WordingKind::kObjectPhrase).front(), "ro mira X");
  EXPECT_EQ(vellish.wordings.find(Name("place of birth")), nullptr);
  EXPECT_EQ(vellish.rules.all().size(), 1U);
  EXPECT_TRUE(vellish.relations.is_ambiguous({std::nullopt, "bora", "Tessel"}));
  EXPECT_FALSE(vellish.relations.is_ambiguous({std::nullopt, "place of birth", "Tessel"}));
  EXPECT_EQ(vellish.relations.names_by_id().at("P1"), "daro");
  EXPECT_TRUE(vellish.words.is_function_word("Ul"));
  EXPECT_FALSE(vellish.words.is_function_word("the"));
  EXPECT_EQ(vellish.words.without_possessive("Ada-na"), "Ada");
  EXPECT_EQ(vellish.words.without_contraction("Ul'ga bora Ada?"), "Ul ga bora Ada?");
  EXPECT_EQ(vellish.sentences.split("Ada xy Xq. Bo darovi. Ke Oru.").size(), 2U);
}

TEST(Language, AFileThatIsMissingOrWrongIsNamedWithItsLine) {
  for (const auto& [name, content] : made_up_language()) {
    const ScratchFolder folder;
    auto files = made_up_language();
    files.erase(name);
    write_language(folder.path(), files);
    EXPECT_NE(error_of(folder.path()).find(name), std::string::npos) << error_of(folder.path());
  }
  const std::map<std::string, std::string> wrong = {{"relations.tsv", "# one\n\nbora\t-\tperson\tplanet\tone\tboth\n"},
                                                    {"wordings.tsv", "\n\nbora\tquestion_object\tno place for a name\n"},
                                                    {"rules.tsv", "#\n#\ninverse\tbora\t\tdaro\t1.5\n"},
                                                    {"words.tsv", "#\n#\nfunction\tUl\n"},
                                                    {"language.tsv", "name\tV\nlocale\tde\nformat\t9\n"},
                                                    {"prompts.tsv", "#\n#\nquestion\tnothing asked\n"},
                                                    {"abbreviations.tsv", "#\n#\nXq.\tsometimes\n"},
                                                    {"generic_wordings.tsv", "#\n#\nquestion_object\tUl {}?\n"}};
  for (const auto& [name, content] : wrong) {
    const ScratchFolder folder;
    auto files = made_up_language();
    files[name] = content;
    write_language(folder.path(), files);
    EXPECT_NE(error_of(folder.path()).find(name + ":3: "), std::string::npos) << name << ": " << error_of(folder.path());
  }
}

TEST(Language, HostilePacksAreErrorsAndAMarkAtTheBeginningIsNone) {
  const auto with = [](const std::string& name, const std::string& content) {
    auto files = made_up_language();
    files[name] = content;
    return files;
  };
  const std::string words = made_up_language().at("words.tsv");
  const ScratchFolder marked, zero, formatless, ruled, folder_for_file;
  write_language(marked.path(), with("words.tsv", "\xEF\xBB\xBF" + words));
  EXPECT_EQ(error_of(marked.path()), "");
  write_language(zero.path(), with("words.tsv", words + "function\ta" + std::string(1, '\0') + "b\n"));
  EXPECT_NE(error_of(zero.path()).find("is not UTF-8 text"), std::string::npos);
  write_language(formatless.path(), with("language.tsv", "name\tV\nlocale\tde\n"));
  EXPECT_NE(error_of(formatless.path()).find("format"), std::string::npos);
  write_language(ruled.path(), with("rules.tsv", "inverse\t\t\tdaro\t1.0\n"));
  EXPECT_NE(error_of(ruled.path()).find("rules.tsv:1: "), std::string::npos);
  auto files = made_up_language();
  files.erase("words.tsv");
  write_language(folder_for_file.path(), files);
  std::filesystem::create_symlink("/dev/zero", folder_for_file / "words.tsv");
  EXPECT_NE(error_of(folder_for_file.path()).find("words.tsv is no file"), std::string::npos);
}

TEST(Language, APackThatIsNotThereSaysWhereItWasLookedFor) {
  try {
    (void)load_language("klingon");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_NE(std::string(error.what()).find("lang/klingon"), std::string::npos) << error.what();
  }
  EXPECT_THROW((void)load_language("./none/"), Error);
}

TEST(RelationSchema, SomeQueriesNobodyShouldAsk) {
  const RelationSchema& relations = english()->relations;
  EXPECT_TRUE(relations.is_ambiguous({std::nullopt, "Country", "France"}));
  EXPECT_FALSE(relations.is_ambiguous({"Paris", "country", std::nullopt}));
  EXPECT_TRUE(relations.is_ambiguous({"France", "contains administrative territorial entities", std::nullopt}));
  EXPECT_FALSE(relations.is_ambiguous({std::nullopt, "founded by", "Jane"}));
  std::size_t by_object = 0, by_subject = 0;
  for (const RelationKind& kind : relations.all()) {
    by_object += kind.vague_by_object ? 1 : 0;
    by_subject += kind.vague_by_subject ? 1 : 0;
  }
  EXPECT_EQ(by_object, 23U);
  EXPECT_EQ(by_subject, 2U);
}

TEST(RelationSchema, KnowsWhatRelationsHoldBetween) {
  const RelationKind* birth = english()->relations.find(Name("Date of  Birth"));
  ASSERT_NE(birth, nullptr);
  EXPECT_EQ(birth->id, "P569");
  EXPECT_EQ(birth->subjects, std::vector<std::string>{"person"});
  EXPECT_EQ(birth->objects, std::vector<std::string>{"time"});
  EXPECT_EQ(birth->values, ValueCount::kOne);
  EXPECT_EQ(english()->relations.find(Name("residence"))->values, ValueCount::kOneAtATime);
  EXPECT_EQ(english()->relations.find(Name("child"))->values, ValueCount::kMany);
}

}  // namespace
}  // namespace memllm
