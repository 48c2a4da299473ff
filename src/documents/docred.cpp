#include "documents/docred.h"

#include <nlohmann/json.hpp>

#include "base/read_file.h"
#include "base/text.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::json;

constexpr char kFormatHint[] = "; a DocRED document is {\"title\", \"sents\", \"vertexSet\", \"labels\"}";

// A document's place in its file, for messages.
struct Where {
  const std::string& file;
  std::size_t document;

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kInvalidArgument, file + ": document " + std::to_string(document) + ": " + what + kFormatHint);
  }
};

const Json& member(const Json& object, const char* key, const Where& where) {
  if (!object.is_object()) where.fail(std::string("expected an object with the key \"") + key + "\"");
  const auto found = object.find(key);
  if (found == object.end()) where.fail(std::string("the key \"") + key + "\" is missing");
  return *found;
}

const Json& array(Json&& value, const std::string& what, const Where& where) = delete;
const Json& array(const Json& value, const std::string& what, const Where& where) {
  if (!value.is_array()) where.fail(what + " is not a list");
  return value;
}

std::string text(const Json& value, const std::string& what, const Where& where) {
  if (!value.is_string()) where.fail(what + " is not a string");
  return repair_utf8(value.get_ref<const std::string&>());
}

// An index in [0, limit).
int index(const Json& value, std::size_t limit, const std::string& what, const Where& where) {
  if (!value.is_number_integer()) where.fail(what + " is not a whole number");
  const auto number = value.get<std::int64_t>();
  if (number < 0 || static_cast<std::uint64_t>(number) >= limit) {
    where.fail(what + " is " + std::to_string(number) + ", but must be at least 0 and below " + std::to_string(limit));
  }
  return static_cast<int>(number);
}

bool is_blank(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.find_first_not_of(" \t\r\n") != std::string::npos) return false;
  }
  return true;
}

DocRedMention parse_mention(const Json& json, const DocRedDocument& document, const std::string& what, const Where& where) {
  DocRedMention mention;
  mention.sentence = index(member(json, "sent_id", where), document.sentences.size(), what + "'s sent_id", where);
  const auto& words = document.sentences[static_cast<std::size_t>(mention.sentence)];
  const Json& position = array(member(json, "pos", where), what + "'s pos", where);
  if (position.size() != 2) where.fail(what + "'s pos is not [begin, end]");
  mention.begin = index(position[0], words.size(), what + "'s pos[0]", where);
  mention.end = index(position[1], words.size() + 1, what + "'s pos[1]", where);
  if (mention.end <= mention.begin) where.fail(what + "'s pos is empty");
  mention.name = joined_words(words, mention.begin, mention.end);
  if (is_blank({mention.name})) where.fail(what + " has a mention without a visible character");
  if (const auto type = json.find("type"); type != json.end() && type->is_string()) mention.type = text(*type, "type", where);
  return mention;
}

DocRedLabel parse_label(const Json& json, const DocRedDocument& document, const std::map<std::string, std::string>& relation_names,
                        const std::string& what, const Where& where) {
  DocRedLabel label;
  label.head = index(member(json, "h", where), document.entities.size(), what + "'s h", where);
  label.tail = index(member(json, "t", where), document.entities.size(), what + "'s t", where);
  label.relation = text(member(json, "r", where), what + "'s r", where);
  if (const auto name = relation_names.find(label.relation); name != relation_names.end()) label.relation = name->second;
  if (const auto evidence = json.find("evidence"); evidence != json.end() && !evidence->is_null()) {
    for (const Json& sentence : array(*evidence, what + "'s evidence", where)) {
      label.evidence.push_back(index(sentence, document.sentences.size(), what + "'s evidence", where));
    }
  }
  return label;
}

DocRedDocument parse_document(const Json& json, const std::map<std::string, std::string>& relation_names, const Where& where) {
  DocRedDocument document;
  document.title = text(member(json, "title", where), "title", where);
  for (const Json& words : array(member(json, "sents", where), "sents", where)) {
    auto& sentence = document.sentences.emplace_back();
    for (const Json& word : array(words, "a sentence", where)) sentence.push_back(text(word, "a word", where));
  }
  for (const Json& mentions : array(member(json, "vertexSet", where), "vertexSet", where)) {
    const std::string what = "entity " + std::to_string(document.entities.size());
    auto& entity = document.entities.emplace_back();
    for (const Json& mention : array(mentions, what, where)) entity.push_back(parse_mention(mention, document, what, where));
    if (entity.empty()) where.fail(what + " has no mention");
  }
  if (const auto labels = json.find("labels"); labels != json.end()) {
    for (const Json& label : array(*labels, "labels", where)) {
      const std::string what = "label " + std::to_string(document.labels.size());
      document.labels.push_back(parse_label(label, document, relation_names, what, where));
    }
  }
  return document;
}

}  // namespace

std::string joined_words(const std::vector<std::string>& words, int begin, int end) {
  std::string result;
  for (int i = begin; i < end; ++i) {
    if (i > begin) result += ' ';
    result += words[static_cast<std::size_t>(i)];
  }
  return result;
}

Document DocRedDocument::to_document() const {
  Document result;
  result.name = title;
  for (const auto& words : sentences) {
    if (!result.text.empty() && !is_blank(words)) result.text += ' ';
    const auto begin = static_cast<std::int64_t>(result.text.size());
    if (!is_blank(words)) result.text += joined_words(words, 0, static_cast<int>(words.size()));
    result.sentences.push_back({begin, static_cast<std::int64_t>(result.text.size())});
  }
  return result;
}

Span DocRedDocument::mention_span(const DocRedMention& mention) const {
  const auto sentence = static_cast<std::size_t>(mention.sentence);
  if (sentence >= sentences.size() || mention.begin < 0 || mention.begin >= mention.end ||
      static_cast<std::size_t>(mention.end) > sentences[sentence].size() || is_blank(sentences[sentence])) {
    throw Error(ErrorKind::kInvalidArgument, "the mention \"" + mention.name + "\" lies outside the document \"" + title + "\"");
  }
  std::size_t offset = 0;
  for (std::size_t i = 0; i < sentence; ++i) {
    if (is_blank(sentences[i])) continue;
    for (const std::string& word : sentences[i]) offset += word.size() + 1;
  }
  const std::size_t before = joined_words(sentences[sentence], 0, mention.begin).size();
  const std::size_t begin = offset + before + (mention.begin > 0 ? 1 : 0);
  const std::size_t length = joined_words(sentences[sentence], mention.begin, mention.end).size();
  return {static_cast<std::int64_t>(begin), static_cast<std::int64_t>(begin + length)};
}

std::vector<DocRedDocument> parse_docred(std::string_view json, const std::string& file,
                                         const std::map<std::string, std::string>& relation_names) {
  Json parsed;
  try {
    parsed = Json::parse(json.begin(), json.end());
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, file + ": not JSON: " + repair_utf8(error.what()));
  }
  if (!parsed.is_array()) throw Error(ErrorKind::kInvalidArgument, file + ": expected a list of documents" + kFormatHint);
  std::vector<DocRedDocument> documents;
  documents.reserve(parsed.size());
  for (const Json& document : parsed) documents.push_back(parse_document(document, relation_names, {file, documents.size()}));
  return documents;
}

std::vector<DocRedDocument> read_docred(const std::filesystem::path& json, const std::map<std::string, std::string>& relation_names) {
  return parse_docred(read_file(json), json.string(), relation_names);
}

}  // namespace memllm
