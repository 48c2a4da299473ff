// Files to documents: plain text, Markdown, JSONL ({"name"?, "text"} or {"title","extract"} a line), JSON object of such objects, DocRED
// JSON.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "memllm/session.h"

namespace memllm {

enum class DocumentFormat { kAuto, kText, kMarkdown, kJsonl, kDocRed };

// kAuto: by extension, .json by looking inside. name prefix: the path as given; JSONL documents are "path#name" or "path#line".
// Throws kNotFound, kInvalidArgument (line and reason). Binary files (NUL bytes in the first 8 KiB) are kInvalidArgument. Invalid UTF-8 is
// repaired with a warning.
std::vector<Document> read_documents(const std::filesystem::path& file, DocumentFormat format, const Logger& logger = {});
std::vector<Document> read_documents(std::istream& in, const std::string& name, DocumentFormat format, const Logger& logger = {});

}  // namespace memllm
