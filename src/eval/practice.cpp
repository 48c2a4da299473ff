#include "eval/practice.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/name.h"
#include "base/read_file.h"
#include "base/text.h"
#include "documents/document_reader.h"
#include "language/mention.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(std::string_view text, const std::string& where) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, where + ": " + repair_utf8(error.what()));
  }
}

std::vector<std::string> texts(const Json& object, const char* key) {
  return object.contains(key) ? object.at(key).get<std::vector<std::string>>() : std::vector<std::string>();
}

PracticeQuestion question_of(const Json& line) {
  PracticeQuestion question;
  question.id = line.at("id").get<std::string>();
  question.kind = line.at("kind").get<std::string>();
  question.text = line.at("question").get<std::string>();
  question.asker = line.value("asker", "");
  question.answers = texts(line, "answers");
  question.forbidden = texts(line, "forbidden");
  question.sentences = texts(line, "sentences");
  return question;
}

// use(line) for every line of JSON. Throws kInvalidArgument with file and line.
void for_each_line(const std::filesystem::path& file, const std::function<void(const Json&)>& use) {
  const std::string content = read_file(file);
  std::size_t number = 0;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    const std::string where = file.string() + ":" + std::to_string(++number);
    if (end > at) {
      const Json line = parsed(std::string_view(content).substr(at, end - at), where);
      try {
        use(line);
      } catch (const Json::exception& error) {
        throw Error(ErrorKind::kInvalidArgument, where + ": " + repair_utf8(error.what()));
      }
    }
    at = end + 1;
  }
}

// Of each kind every second one is for choosing.
std::vector<PracticeQuestion> read_questions(const std::filesystem::path& file, PracticeHalf half) {
  std::vector<PracticeQuestion> questions;
  std::map<std::string, std::size_t> count;
  for_each_line(file, [&](const Json& line) {
    PracticeQuestion question = question_of(line);
    const bool for_choosing = count[question.kind]++ % 2 == 0;
    if (half == PracticeHalf::kAll || (half == PracticeHalf::kChoosing) == for_choosing) questions.push_back(std::move(question));
  });
  return questions;
}

JudgedFact judged_fact_of(const Json& line) {
  static const std::map<std::string, JudgedFact::Verdict> kVerdicts{
      {"useful", JudgedFact::Verdict::kUseful}, {"odd", JudgedFact::Verdict::kOdd}, {"false", JudgedFact::Verdict::kFalse}};
  const auto text = [&](const char* key) { return line.at(key).get<std::string>(); };
  const auto verdict = kVerdicts.find(text("verdict"));
  if (verdict == kVerdicts.end()) throw Error(ErrorKind::kInvalidArgument, "a judged fact's verdict is useful, odd or false");
  return {verdict->second, text("document"), {text("subject"), text("relation"), text("object")}};
}

std::vector<Document> read_notes(const std::filesystem::path& folder, const Logger& logger) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Document> documents;
  for (const auto& file : files) {
    for (Document& document : read_documents(file, DocumentFormat::kAuto, logger)) documents.push_back(std::move(document));
  }
  return documents;
}

std::vector<Document> read_summaries(const std::filesystem::path& titles, const std::filesystem::path& pages) {
  const Json all = parsed(read_file(pages), pages.string());
  std::vector<Document> documents;
  for (const Json& title : parsed(read_file(titles), titles.string())) {
    const auto name = title.get<std::string>();
    if (!all.contains(name)) throw Error(ErrorKind::kInvalidArgument, pages.string() + " has no page \"" + name + "\"");
    Document document;
    document.name = "summaries#" + name;
    document.text = clean_name(all.at(name).at("extract").get<std::string>());
    documents.push_back(std::move(document));
  }
  return documents;
}

bool holds_one_of(const std::string& folded_answer, const std::string& ways) {
  for (std::size_t at = 0; at <= ways.size();) {
    const std::size_t end = std::min(ways.find('|', at), ways.size());
    if (mentions(folded_answer, without_accents(ways.substr(at, end - at)))) return true;
    at = end + 1;
  }
  return false;
}

// Letters and digits alone: a set's sentences are as the files have them, with the marks and tags that readers take away.
std::string letters_of(const std::string& text) {
  std::string letters;
  bool in_tag = false;
  for (const char c : without_accents(text)) {
    if (c == '<') in_tag = true;
    const auto byte = static_cast<unsigned char>(c);
    if (!in_tag && (byte >= 0x80 || std::isalnum(byte) != 0)) letters += c;
    if (c == '>') in_tag = false;
  }
  return letters;
}

}  // namespace

std::vector<PracticeWorld> read_practice_set(const std::filesystem::path& folder, const std::filesystem::path& summaries, PracticeHalf half,
                                             const Logger& logger) {
  std::vector<PracticeWorld> worlds;
  worlds.push_back({"notes", read_notes(folder / "notes", logger), read_questions(folder / "notes.jsonl", half)});
  worlds.push_back({"summaries", read_summaries(folder / "summaries.json", summaries), read_questions(folder / "summaries.jsonl", half)});
  return worlds;
}

PracticeVerdict judge_answer(const PracticeQuestion& question, const std::string& answer, bool from_memory) {
  if (!from_memory) return PracticeVerdict::kRefused;
  const std::string folded = without_accents(answer);
  const bool right = question.answerable() &&
                     std::ranges::all_of(question.answers, [&](const std::string& ways) { return holds_one_of(folded, ways); }) &&
                     std::ranges::none_of(question.forbidden, [&](const std::string& ways) { return holds_one_of(folded, ways); });
  return right ? PracticeVerdict::kRight : PracticeVerdict::kWrong;
}

bool is_sentence_of(const PracticeQuestion& question, const std::string& text) {
  const std::string found = letters_of(text);
  return std::ranges::any_of(question.sentences, [&](const std::string& sentence) {
    const std::string wanted = letters_of(sentence);
    constexpr std::size_t kPart = 12;  // bytes: shorter ones stand anywhere
    return wanted.find(found) != std::string::npos ? found.size() >= std::min(kPart, wanted.size())
                                                   : found.find(wanted) != std::string::npos;
  });
}

void FoundCounts::add(const PracticeQuestion& question, std::span<const std::string> found) {
  if (!question.answerable() || question.sentences.empty()) return;
  ++asked;
  const auto at = std::ranges::find_if(found, [&](const std::string& text) { return is_sentence_of(question, text); }) - found.begin();
  if (at == std::ssize(found)) return;
  first += at < 1 ? 1 : 0;
  among_three += at < 3 ? 1 : 0;
  among_five += at < 5 ? 1 : 0;
}

std::vector<JudgedFact> read_judged_facts(const std::filesystem::path& folder, PracticeHalf half) {
  std::vector<JudgedFact> facts;
  const std::filesystem::path file = folder / "facts.jsonl";
  if (!std::filesystem::exists(file)) return facts;
  for_each_line(file, [&](const Json& line) { facts.push_back(judged_fact_of(line)); });
  std::set<std::string> documents;
  for (const JudgedFact& fact : facts) documents.insert(fact.document);
  std::erase_if(facts, [&](const JudgedFact& fact) {
    const bool for_choosing = std::distance(documents.begin(), documents.find(fact.document)) % 2 == 0;
    return half != PracticeHalf::kAll && (half == PracticeHalf::kChoosing) != for_choosing;
  });
  return facts;
}

void BelievedCounts::add(const Fact& fact, std::span<const JudgedFact> judged) {
  const auto is_it = [&](const JudgedFact& one) {
    return Name(one.triple.subject) == Name(fact.subject) && Name(one.triple.relation) == Name(fact.relation) &&
           Name(one.triple.object) == Name(fact.object) &&
           std::ranges::any_of(fact.sources, [&](const Source& source) { return source.document.ends_with(one.document); });
  };
  const auto found = std::ranges::find_if(judged, is_it);
  if (found == judged.end()) {
    ++unjudged;
  } else {
    ++(found->verdict == JudgedFact::Verdict::kUseful ? useful : found->verdict == JudgedFact::Verdict::kOdd ? odd : wrong);
  }
}

void AnswerCounts::add(PracticeVerdict verdict) {
  ++asked;
  ++(verdict == PracticeVerdict::kRight ? right : verdict == PracticeVerdict::kWrong ? wrong : refused);
}

void PracticeCounts::add(const PracticeQuestion& question, PracticeVerdict verdict) {
  (question.answerable() ? answerable : unanswerable).add(verdict);
  kinds[question.kind].add(verdict);
}

Interval wilson_interval(std::size_t hits, std::size_t of) {
  if (of == 0) return {0, 1};
  constexpr double kZ = 1.959964;
  const auto n = static_cast<double>(of);
  const double share = static_cast<double>(hits) / n, z2 = kZ * kZ;
  const double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace memllm
