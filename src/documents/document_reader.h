// Files to documents: plain text, Markdown, JSONL ({"name"?, "text"} or {"title","extract"} a line), JSON object of such objects, DocRED
// JSON.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "memllm/document.h"
#include "memllm/options.h"

namespace memllm {

enum class DocumentFormat { kAuto, kText, kMarkdown, kJsonl, kDocRed };

// kAuto: by the name's extension, .json by looking inside. name prefix: the path as given; JSONL documents are "path#name" or "path#line",
// a second one of the same name "path#name#2". Throws kNotFound, kInvalidArgument (line and reason), kIo. Binary files (NUL bytes in the
// first 8 KiB) are kInvalidArgument. Invalid UTF-8 is repaired with a warning.
std::vector<Document> read_documents(const std::filesystem::path& file, DocumentFormat format, const Logger& logger = {});
std::vector<Document> parse_documents(std::string_view content, const std::string& name, DocumentFormat format, const Logger& logger = {});

}  // namespace memllm
