// A language pack: all that is English, or of a schema of relations, as data (docs/formats.md).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "language/relation_rules.h"
#include "language/relation_schema.h"
#include "language/relation_wordings.h"
#include "language/roles.h"
#include "language/sentence_splitter.h"
#include "language/words.h"

namespace memllm {

// Texts of a pack's prompts.tsv that are put before a model.
struct PromptTexts {
  std::string question;                        // with {question}: what the answer follows
  std::vector<std::string> answer_stops;       // what ends the answer
  std::string sentence_question;               // with {question}: after sentences, what is copied from them follows
  std::string sentence_question_by;            // the same with {asker}: who "I" is
  std::string passage_author;                  // with {author}: behind a document's title
  std::string yes, no, not_stated;             // answers that are copied from nowhere
  std::string no_but;                          // with {answers}: what it is in place of what was asked
  std::string count;                           // with {number} and {answers}
  std::vector<std::string> answer_joints;      // training: what stands between a question and its answer; of equal probability each
  std::string* single(std::string_view kind);  // the text of a line's kind of which there is one; null: there is no such kind
};

// Thread rule: immutable after construction.
struct Language {
  // folder: of the pack. Throws kNotFound (naming the file that is missing), kCorrupt (naming file, line and what is wrong).
  explicit Language(const std::filesystem::path& folder);

  std::string prompt(const std::string& question) const;

  std::filesystem::path folder;
  std::string name;    // "English"
  std::string locale;  // ICU's: "en"
  RelationSchema relations;
  WordingTable wordings;
  RelationRules rules;
  Words words;
  Roles roles;
  SentenceSplitter sentences;
  PromptTexts prompts;

 private:
  struct Manifest;
  Language(const std::filesystem::path& folder, Manifest manifest);
};

// The pack that a caller chose: a folder, or the name of one of those that are installed ("en"; empty: that). Throws kNotFound with the
// folders that were looked at.
std::filesystem::path language_folder(const std::string& choice);
std::shared_ptr<const Language> load_language(const std::string& choice);

}  // namespace memllm
