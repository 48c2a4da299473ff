#include "documents/document_reader.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/name.h"
#include "base/read_file.h"
#include "base/text.h"
#include "documents/docred.h"
#include "documents/html.h"
#include "documents/markdown.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBinaryProbe = std::size_t{8} * 1024;
constexpr char kJsonHint[] = "; expected {\"text\", \"name\"?} or {\"title\", \"extract\"}";

[[noreturn]] void fail(const std::string& where, const std::string& what) { throw Error(ErrorKind::kInvalidArgument, where + ": " + what); }

std::string repaired(std::string_view text, const std::string& name, const Logger& logger) {
  std::string result = repair_utf8(text);
  if (result != text && logger) logger(LogLevel::kWarning, name + ": invalid UTF-8 was replaced by U+FFFD");
  return result;
}

std::optional<std::string> string_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return repair_utf8(found->get_ref<const std::string&>());
}

bool is_document(const Json& value) { return value.is_object() && (string_member(value, "text") || string_member(value, "extract")); }

// where: the document's place for messages, and its name's second half when it has no name of its own.
Document json_document(const Json& value, const std::string& file, const std::string& place) {
  const std::string where = file + "#" + place;
  if (!value.is_object()) fail(where, std::string("not an object") + kJsonHint);
  auto text = string_member(value, "text");
  if (!text) text = string_member(value, "extract");
  if (!text) fail(where, std::string("has no \"text\"") + kJsonHint);
  auto name = string_member(value, "name");
  if (!name) name = string_member(value, "title");
  Document document{file + "#" + (name && !name->empty() ? *name : place), std::move(*text), {}};
  document.author = string_member(value, "author").value_or("");
  document.date = string_member(value, "date").value_or("");
  return document;
}

// What a mail's headers or a front matter say: who wrote the text, when, and what about.
void describe(Document& document, const std::string& key, const std::string& value) {
  const std::string name = normalised(key);
  if (name == "author" || name == "from") document.author = clean_name(value.substr(0, value.find('<')));
  if (name == "date" || name == "sent") document.date = value;
  if (name == "title" || name == "subject") document.title = value;
}

Document markdown_document(const std::string& name, const std::string& text) {
  Document document{name, markdown_to_text(text), {}};
  for (const auto& [key, value] : front_matter_of(text)) {
    if (normalised(key) != "from") describe(document, key, value);
  }
  return document;
}

Document html_document(const std::string& name, const std::string& text) {
  HtmlText page = html_to_text(text);
  Document document{name, std::move(page.text), {}};
  document.title = std::move(page.title);
  document.author = std::move(page.author);
  document.date = std::move(page.date);
  return document;
}

// A text that begins like a mail: lines "From: …", "Subject: …" up to a blank line.
Document text_document(const std::string& name, const std::string& text) {
  constexpr std::size_t kMostHeaders = 40, kLongestHeader = 2'000;
  Document document{name, text, {}};
  std::vector<std::pair<std::string, std::string>> headers;
  for (std::size_t at = 0; at < text.size() && headers.size() < kMostHeaders;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, std::min(end - at, kLongestHeader));
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || line.find(' ') < colon) break;
    headers.emplace_back(clean_name(line.substr(0, colon)), clean_name(line.substr(colon + 1)));
    at = end + 1;
  }
  const auto has = [&](std::string_view key) {
    return std::ranges::any_of(headers, [&](const auto& header) { return normalised(header.first) == key; });
  };
  if (has("from") && (has("subject") || has("to"))) {
    for (const auto& [key, value] : headers) describe(document, key, value);
  }
  return document;
}

Json parse_json(std::string_view text, const std::string& where) {
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::exception& error) {
    fail(where, "not JSON: " + repair_utf8(error.what()));
  }
}

std::vector<Document> parse_jsonl(std::string_view content, const std::string& name) {
  std::vector<Document> documents;
  for (std::size_t line = 1; !content.empty(); ++line) {
    const auto end = content.find('\n');
    const std::string_view row = content.substr(0, end);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    if (row.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    documents.push_back(json_document(parse_json(row, name + ":" + std::to_string(line)), name, std::to_string(line)));
  }
  return documents;
}

std::vector<Document> parse_docred_documents(std::string_view content, const std::string& name) {
  std::vector<Document> documents;
  for (const DocRedDocument& docred : parse_docred(content, name, {})) {
    documents.push_back(docred.to_document());
    documents.back().name = name + "#" + docred.title;
  }
  return documents;
}

// A .json file: DocRED, one document, a list of documents, or an object of documents by name.
std::vector<Document> parse_json_file(std::string_view content, const std::string& name) {
  const Json json = parse_json(content, name);
  if (json.is_array() && !json.empty() && json[0].is_object() && json[0].contains("sents")) return parse_docred_documents(content, name);
  if (is_document(json)) return {json_document(json, name, "1")};
  std::vector<Document> documents;
  if (json.is_array()) {
    for (const Json& value : json) documents.push_back(json_document(value, name, std::to_string(documents.size() + 1)));
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.items()) documents.push_back(json_document(value, name, repair_utf8(key)));
  } else {
    fail(name, std::string("holds no documents") + kJsonHint + ", a list or an object of such objects, or DocRED documents");
  }
  return documents;
}

bool has_extension(const std::string& name, std::initializer_list<std::string_view> extensions) {
  std::string extension = std::filesystem::path(name).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

// Two documents of one name, white space apart, would overwrite each other in a memory.
void make_names_unique(std::vector<Document>& documents) {
  std::set<std::string> taken;
  std::map<std::string, std::size_t> next;  // by name: the number that is tried next
  for (const Document& document : documents) taken.insert(clean_name(document.name));
  for (Document& document : documents) {
    const auto [at, first] = next.try_emplace(clean_name(document.name), 2);
    if (first) continue;
    const std::string name = document.name + "#";
    for (; !taken.insert(clean_name(document.name)).second;) document.name = name + std::to_string(at->second++);
  }
}

std::vector<Document> parse(std::string_view content, const std::string& name, DocumentFormat format, const Logger& logger) {
  if (content.substr(0, kBinaryProbe).find('\0') != std::string_view::npos) {
    fail(name, "is a binary file (it holds NUL bytes); give text, Markdown, JSONL or DocRED JSON");
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  const std::string text = repaired(content, name, logger);
  switch (format) {
    case DocumentFormat::kText:
      return {text_document(name, text)};
    case DocumentFormat::kMarkdown:
      return {markdown_document(name, text)};
    case DocumentFormat::kHtml:
      return {html_document(name, text)};
    case DocumentFormat::kJsonl:
      return parse_jsonl(text, name);
    case DocumentFormat::kDocRed:
      return parse_docred_documents(text, name);
    case DocumentFormat::kAuto:
      break;
  }
  if (has_extension(name, {".md", ".markdown"})) return {markdown_document(name, text)};
  if (has_extension(name, {".html", ".htm", ".xhtml"})) return {html_document(name, text)};
  if (has_extension(name, {".jsonl", ".ndjson"})) return parse_jsonl(text, name);
  if (has_extension(name, {".json"})) return parse_json_file(text, name);
  return {text_document(name, text)};
}

}  // namespace

bool is_document_file(const std::filesystem::path& file) {
  return has_extension(file.string(), {".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".jsonl", ".ndjson", ".json", ".eml",
                                       ".log", ".csv", ".rst", ".org"});
}

std::vector<Document> parse_documents(std::string_view content, const std::string& name, DocumentFormat format, const Logger& logger) {
  auto documents = parse(content, name, format, logger);
  make_names_unique(documents);
  return documents;
}

std::vector<Document> read_documents(const std::filesystem::path& file, DocumentFormat format, const Logger& logger) {
  return parse_documents(read_file(file), file.string(), format, logger);
}

}  // namespace memllm
