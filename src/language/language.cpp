#include "language/language.h"

#include <system_error>
#include <utility>

#include "language/pack_file.h"
#include "language/share_folders.h"

namespace memllm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kQuestionPlaceholder = "{question}";

PromptTexts read_prompts(const fs::path& path) {
  PromptTexts prompts;
  const PackFile file(path, 2, 2);
  for (const PackRow& row : file.rows()) {
    const std::string& text = row.fields[1];
    if (row.fields[0] == "question") {
      if (text.find(kQuestionPlaceholder) == std::string::npos) throw file.wrong(row, "no {question} in it");
      prompts.question = text;
    } else if (std::string* single = prompts.single(row.fields[0])) {
      *single = text;
    } else if (row.fields[0] == "answer-stop") {
      prompts.answer_stops.push_back(text);
    } else if (row.fields[0] == "answer-joint") {
      prompts.answer_joints.push_back(text);
    } else {
      throw file.wrong(row, "there is no kind \"" + row.fields[0] + "\" of prompt");
    }
  }
  for (const char* kind : {"sentence-question", "sentence-question-by", "passage-author", "yes", "no", "not-stated", "no-but", "count"}) {
    if (prompts.single(kind)->empty()) throw Error(ErrorKind::kCorrupt, path.string() + ": the line \"" + kind + "\" is missing");
  }
  if (prompts.question.empty()) throw Error(ErrorKind::kCorrupt, path.string() + ": the line \"question\" is missing");
  return prompts;
}

}  // namespace

std::string* PromptTexts::single(std::string_view kind) {
  if (kind == "sentence-question") return &sentence_question;
  if (kind == "sentence-question-by") return &sentence_question_by;
  if (kind == "passage-author") return &passage_author;
  if (kind == "yes") return &yes;
  if (kind == "no") return &no;
  if (kind == "not-stated") return &not_stated;
  if (kind == "no-but") return &no_but;
  if (kind == "count") return &count;
  return nullptr;
}

struct Language::Manifest {
  std::string name, locale;

  explicit Manifest(const fs::path& path) {
    bool of_known_format = false;
    const PackFile file(path, 2, 2);
    for (const PackRow& row : file.rows()) {
      if (row.fields[0] == "format") {
        if (row.fields[1] != "1") throw file.wrong(row, "this version reads format 1, not " + row.fields[1]);
        of_known_format = true;
      } else if (row.fields[0] == "name") {
        name = row.fields[1];
      } else if (row.fields[0] == "locale") {
        locale = row.fields[1];
      } else {
        throw file.wrong(row, "there is no \"" + row.fields[0] + "\" of a language");
      }
    }
    if (!of_known_format || name.empty() || locale.empty()) {
      throw Error(ErrorKind::kCorrupt, path.string() + ": needs the lines \"format\", \"name\" and \"locale\"");
    }
  }
};

Language::Language(const fs::path& folder_) : Language(folder_, Manifest(folder_ / "language.tsv")) {}

Language::Language(const fs::path& folder_, Manifest manifest)
    : folder(folder_),
      name(std::move(manifest.name)),
      locale(std::move(manifest.locale)),
      relations(folder / "relations.tsv"),
      wordings(folder / "wordings.tsv", folder / "generic_wordings.tsv"),
      rules(folder / "rules.tsv"),
      words(folder / "words.tsv"),
      roles(folder / "roles.tsv"),
      sentences(locale, folder / "abbreviations.tsv"),
      prompts(read_prompts(folder / "prompts.tsv")) {}

std::string Language::prompt(const std::string& question) const {
  std::string text = prompts.question;
  return text.replace(text.find(kQuestionPlaceholder), kQuestionPlaceholder.size(), question);
}

fs::path language_folder(const std::string& choice) {
  std::error_code ignored;
  if (choice.find('/') != std::string::npos) {
    if (fs::is_regular_file(fs::path(choice) / "language.tsv", ignored)) return choice;
    throw Error(ErrorKind::kNotFound, "no language pack in " + choice + ": it has no language.tsv");
  }
  const std::string name = choice.empty() ? "en" : choice;
  std::string looked_at;
  for (const fs::path& share : share_folders()) {
    const fs::path folder = share / "lang" / name;
    if (fs::is_regular_file(folder / "language.tsv", ignored)) return folder;
    looked_at += (looked_at.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorKind::kNotFound, "no language pack \"" + name + "\"; looked at " + looked_at +
                                        " (MEMLLM_SHARE names the folder that holds lang/" + name + ")");
}

std::shared_ptr<const Language> load_language(const std::string& choice) {
  return std::make_shared<const Language>(language_folder(choice));
}

}  // namespace memllm
