// Files to documents: plain text, Markdown, HTML, JSONL ({"name"?, "text"} or {"title","extract"} a line), JSON object of such objects,
// DocRED JSON.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "memllm/document.h"
#include "memllm/options.h"

namespace memllm {

// A file that read_documents takes by itself, of a folder's: by its extension.
bool is_document_file(const std::filesystem::path& file);

enum class DocumentFormat { kAuto, kText, kMarkdown, kHtml, kJsonl, kDocRed };

// kAuto: by the name's extension, .json by looking inside. name prefix: the path as given; JSONL documents are "path#name" or "path#line",
// a second one of the same name "path#name#2". Throws kNotFound, kInvalidArgument (line and reason), kIo. Binary files (NUL bytes in the
// first 8 KiB) are kInvalidArgument. Invalid UTF-8 is repaired with a warning. Title, author and date are
// those of Markdown's front matter, of a mail's headers, of JSON's members.
std::vector<Document> read_documents(const std::filesystem::path& file, DocumentFormat format, const Logger& logger = {});
std::vector<Document> parse_documents(std::string_view content, const std::string& name, DocumentFormat format, const Logger& logger = {});

}  // namespace memllm
