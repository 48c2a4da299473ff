#include "examples/answer_examples.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/name.h"
#include "base/read_file.h"
#include "base/text.h"
#include "call/answer_prompt.h"
#include "examples/seeded_random.h"
#include "language/outline.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostForeign = 5;  // sentences of another passage

PassageQuestion question_of(const Json& json, const std::string& author) {
  PassageQuestion question;
  question.text = json.at("question").get<std::string>();
  const Json& answer = json.at("answer");
  if (answer.is_string()) {
    question.yes = answer.get<std::string>() == "yes";
  } else if (answer.is_array()) {
    question.answer = answer.get<std::vector<std::string>>();
  }
  if (json.contains("sentences")) question.sentences = json.at("sentences").get<std::vector<std::string>>();
  // "where do i work?"
  std::set<std::string> words;
  std::string word;
  for (const char c : normalised(question.text) + " ") {
    if (c >= 'a' && c <= 'z') {
      word += c;
    } else {
      words.insert(std::exchange(word, {}));
    }
  }
  for (const char* own : {"i", "my", "me", "mine", "our", "we", "us"}) {
    if (words.contains(own)) question.asker = author;
  }
  return question;
}

Passage passage_of(const Json& json) {
  Passage passage;
  passage.document.name = json.at("name").get<std::string>();
  passage.document.title = passage.document.name;
  passage.document.text = json.at("text").get<std::string>();
  passage.document.author = json.value("author", "");
  passage.document.date = json.value("date", "");
  for (const Json& question : json.value("questions", Json::array())) {
    passage.questions.push_back(question_of(question, passage.document.author));
  }
  return passage;
}

std::vector<Sentence> sentences_of(const Passage& passage, const SentenceSplitter& splitter) {
  std::vector<Sentence> sentences;
  const Document& document = passage.document;
  for (const OutlinedSentence& outlined : outline(document.text, splitter)) {
    Sentence sentence;
    sentence.document = document.name;
    sentence.title = document.title;
    sentence.author = document.author;
    sentence.date = document.date;
    sentence.number = static_cast<std::int64_t>(sentences.size());
    sentence.text = document.text.substr(static_cast<std::size_t>(outlined.span.begin),
                                         static_cast<std::size_t>(outlined.span.end - outlined.span.begin));
    sentence.heading = outlined.heading;
    sentence.speaker = outlined.speaker;
    sentence.is_heading = outlined.is_heading;
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

// Numbers of the sentences that answer the question.
std::set<std::size_t> evidence_of(const PassageQuestion& question, const std::vector<Sentence>& sentences) {
  std::set<std::size_t> evidence;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::string text = normalised(sentences[i].text);
    const auto overlaps = [&](const std::string& named) {
      const std::string wanted = normalised(named);
      return wanted.find(text) != std::string::npos || text.find(wanted) != std::string::npos;
    };
    const auto holds = [&](const std::string& part) { return text.find(normalised(part)) != std::string::npos; };
    if (question.sentences.empty() ? std::ranges::any_of(question.answer, holds) : std::ranges::any_of(question.sentences, overlaps)) {
      evidence.insert(i);
    }
  }
  return evidence;
}

class Builder {
 public:
  Builder(const std::vector<Passage>& passages, const LanguageModel& model, const CallFormat& format, const Language& language,
          const AnswerExampleOptions& options)
      : passages_(passages), model_(model), format_(format), language_(language), options_(options), random_(options.seed, "answers") {
    for (const Passage& passage : passages) sentences_.push_back(sentences_of(passage, language.sentences));
  }

  std::vector<Example> operator()() {
    std::vector<Example> examples;
    for (std::size_t number = 0; number < passages_.size(); ++number) {
      std::vector<const PassageQuestion*> questions = shuffled(passages_[number].questions);
      const std::size_t groups = (questions.size() + options_.questions - 1) / options_.questions;
      for (std::size_t i = 0; i < groups; ++i) {
        if (auto example = group(number, part(questions, i, groups)); example.segments.size() > 1) {
          examples.push_back(std::move(example));
        }
      }
    }
    return examples;
  }

 private:
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random_.below(i)]);
  }
  std::vector<const PassageQuestion*> shuffled(const std::vector<PassageQuestion>& questions) {
    std::vector<const PassageQuestion*> pointers;
    for (const PassageQuestion& question : questions) pointers.push_back(&question);
    shuffle(pointers);
    return pointers;
  }
  // The i-th of so many parts of about the same size.
  static std::span<const PassageQuestion* const> part(std::span<const PassageQuestion* const> questions, std::size_t i, std::size_t parts) {
    const std::size_t begin = questions.size() * i / parts;
    return questions.subspan(begin, questions.size() * (i + 1) / parts - begin);
  }
  bool happens(double share) { return random_.chance(share); }

  // A few sentences in a row of another passage.
  std::vector<Sentence> foreign(std::size_t but) {
    const std::size_t number = random_.below(passages_.size());
    const std::vector<Sentence>& all = sentences_[number];
    if (number == but || all.empty()) return {};
    const std::size_t count = std::min(all.size(), 1 + random_.below(kMostForeign));
    const std::size_t begin = random_.below(all.size() - count + 1);
    return {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(begin + count)};
  }

  Example group(std::size_t number, std::span<const PassageQuestion* const> questions) {
    const std::vector<Sentence>& all = sentences_[number];
    std::set<std::size_t> wanted, dropped;
    for (const PassageQuestion* question : questions) {
      const auto evidence = evidence_of(*question, all);
      const bool drops = !evidence.empty() && !question->yes && happens(options_.drop_answer);
      (drops ? dropped : wanted).insert(evidence.begin(), evidence.end());
    }
    for (const std::size_t sentence : wanted) dropped.erase(sentence);
    std::vector<std::vector<Sentence>> parts(1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (wanted.contains(i) || (!dropped.contains(i) && happens(options_.keep))) parts[0].push_back(all[i]);
    }
    for (std::size_t i = random_.below(options_.others + 1); i > 0; --i) parts.push_back(foreign(number));
    shuffle(parts);
    std::vector<Sentence> context;
    for (const auto& part : parts) context.insert(context.end(), part.begin(), part.end());
    return example(number, context, questions);
  }

  // With loss on the answer.
  void add_branch(Example& example, const std::string& asked, const std::string& answer) const {
    ExampleSegment branch;
    branch.parent = 0;
    branch.at = static_cast<std::int32_t>(example.segments.front().tokens.size());
    branch.tokens = format_.text_tokens(asked);
    branch.weights.assign(branch.tokens.size(), 0);
    for (const Token token : format_.text_tokens(answer + "\n")) {
      branch.tokens.push_back(token);
      branch.weights.push_back(1);
    }
    example.segments.push_back(std::move(branch));
  }

  Example example(std::size_t number, const std::vector<Sentence>& context, std::span<const PassageQuestion* const> questions) {
    Example example;
    example.name = passages_[number].document.name;
    ExampleSegment root;
    if (model_.bos() >= 0) root.tokens.push_back(model_.bos());
    for (const Token token : format_.text_tokens(passages_text(context, language_))) root.tokens.push_back(token);
    if (root.tokens.size() > options_.max_tokens) return example;
    root.weights.assign(root.tokens.size(), 0);
    example.segments.push_back(std::move(root));
    std::string shown;
    for (const Sentence& sentence : context) shown += clean_name(sentence.text) + '\n';
    for (const PassageQuestion* question : questions) {
      std::vector<std::string> answer;
      if (question->yes) answer = {*question->yes ? language_.prompts.yes : language_.prompts.no};
      for (const std::string& part : question->answer) answer.push_back(clean_name(part));
      const bool is_shown =
          question->yes || std::ranges::all_of(answer, [&](const std::string& part) { return shown.find(part) != std::string::npos; });
      if (!is_shown) answer.clear();
      add_branch(example, answer_question_text(question->text, question->asker, language_), answer_text(answer, language_));
    }
    return example;
  }

  const std::vector<Passage>& passages_;
  const LanguageModel& model_;
  const CallFormat& format_;
  const Language& language_;
  const AnswerExampleOptions& options_;
  SeededRandom random_;
  std::vector<std::vector<Sentence>> sentences_;
};

}  // namespace

std::vector<Passage> read_passages(const std::filesystem::path& file) {
  std::vector<Passage> passages;
  const std::string content = read_file(file);
  std::size_t number = 0;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    ++number;
    if (end > at) {
      try {
        passages.push_back(passage_of(Json::parse(std::string_view(content).substr(at, end - at))));
      } catch (const Json::exception& error) {
        throw Error(ErrorKind::kInvalidArgument, file.string() + ":" + std::to_string(number) + ": " + repair_utf8(error.what()));
      }
    }
    at = end + 1;
  }
  return passages;
}

std::vector<Example> answer_examples(const std::vector<Passage>& passages, const LanguageModel& model, const CallFormat& format,
                                     const Language& language, const AnswerExampleOptions& options) {
  return Builder(passages, model, format, language, options)();
}

}  // namespace memllm
