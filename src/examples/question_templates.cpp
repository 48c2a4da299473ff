#include "examples/question_templates.h"

#include <algorithm>

#include "language/pack_file.h"
#include "memllm/error.h"

namespace memllm {

QuestionTemplateTable::QuestionTemplateTable(const std::filesystem::path& pack) {
  const PackFile file(pack / "question_templates.tsv", 3, 3);
  std::size_t questions = 6, phrases = 2;  // of the last relation
  for (const PackRow& row : file.rows()) {
    const std::string& relation = row.fields[0];
    if (templates_.empty() || templates_.back().relation != relation) {
      if (questions != 6 || phrases != 2) throw file.wrong(row, "the relation before needs six questions and two phrases");
      if (!templates_.empty() && relation < templates_.back().relation) throw file.wrong(row, "relations must be sorted");
      templates_.push_back({relation, {}, {}});
      questions = phrases = 0;
    }
    const std::string& text = row.fields[2];
    if (text.find("{}") == std::string::npos) throw file.wrong(row, "no {} in \"" + text + "\"");
    if (row.fields[1] == "question" && questions < 6) {
      templates_.back().object_questions[questions++] = text;
    } else if (row.fields[1] == "phrase" && phrases < 2) {
      templates_.back().object_phrases[phrases++] = text;
    } else {
      throw file.wrong(row, "a relation has six lines \"question\" and two lines \"phrase\"");
    }
  }
  if (questions != 6 || phrases != 2) throw file.wrong(file.rows().back(), "the last relation needs six questions and two phrases");
}

const QuestionTemplates* QuestionTemplateTable::find(std::string_view relation) const {
  const auto found =
      std::ranges::lower_bound(templates_, relation, {}, [](const QuestionTemplates& one) { return std::string_view(one.relation); });
  return found != templates_.end() && found->relation == relation ? &*found : nullptr;
}

std::string fill_template(std::string_view text, std::string_view name) {
  const auto slot = text.find("{}");
  if (slot == std::string_view::npos) {
    throw Error(ErrorKind::kInvalidArgument, "the template \"" + std::string(text) + "\" has no \"{}\" where the name belongs");
  }
  std::string result(text);
  return result.replace(slot, 2, name);
}

}  // namespace memllm
