// The one error type of memllm. Failure throws Error; absence is std::optional; malformed model output is a value.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace memllm {

// What went wrong, from the caller's point of view. The CLI maps kinds to exit codes in one place.
enum class ErrorKind {
  kInvalidArgument,  // the caller's input is wrong; the message says how to correct it
  kNotFound,         // a file, fact, entity, document or model does not exist
  kConflict,         // the memory's state forbids it (another embedder, an edit of a retracted fact, …)
  kUnsupported,      // a well-formed request for something that this build or file version cannot do
  kCorrupt,          // stored data fails its check
  kIo,               // the operating system refused (disk full, permission, locked)
  kModel,            // a model or adapter cannot be loaded or run
  kCancelled,        // the caller asked to stop
  kInternal,         // our fault
};

std::string_view to_string(ErrorKind kind);

// Thrown by every function of the library that fails. what() is a message that a person can act on.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::source_location where = std::source_location::current());

  ErrorKind kind() const noexcept { return kind_; }
  const std::source_location& where() const noexcept { return where_; }

 private:
  ErrorKind kind_;
  std::source_location where_;
};

}  // namespace memllm
