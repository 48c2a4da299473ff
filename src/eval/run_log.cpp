#include "eval/run_log.h"

#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "base/read_file.h"
#include "memllm/error.h"

namespace memllm {
namespace {

std::string line_of(const RunLog::Json& json) { return json.dump(-1, ' ', false, RunLog::Json::error_handler_t::replace) + "\n"; }

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorKind::kIo, file.string() + ": " + what);
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& file, const Json& settings) : file_(file) {
  std::uintmax_t complete = 0;  // bytes up to the last end of a line
  if (std::error_code error; std::filesystem::exists(file, error)) {
    std::string content = read_file(file);
    const std::size_t end = content.rfind('\n');
    complete = end == std::string::npos ? 0 : end + 1;
    // A log cut short in its first line is begun anew; nothing else is overwritten.
    constexpr std::string_view kBegin = "{\"settings\":";
    if (complete == 0 && !content.starts_with(kBegin) && !kBegin.starts_with(content)) {
      throw Error(ErrorKind::kInvalidArgument, file.string() + " is not a log of an evaluation; name another file");
    }
    content.resize(complete);
    std::istringstream lines(content);
    if (complete > 0) read(lines, settings);
  }
  std::error_code error;
  if (std::filesystem::exists(file, error)) std::filesystem::resize_file(file, complete, error);
  out_.open(file, std::ios::binary | std::ios::app);
  if (!out_ || error) fail(file, "cannot be written");
  if (complete == 0) out_ << line_of(Json{{"settings", settings}}) << std::flush;
  if (!out_) fail(file, "cannot be written");
}

void RunLog::read(std::istream& in, const Json& settings) {
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const Json json = Json::parse(line, nullptr, false);
    if (number == 1) {
      if (!json.is_object() || !json.contains("settings")) {
        throw Error(ErrorKind::kInvalidArgument, file_.string() + " is not a log of an evaluation; name another file");
      }
      if (json["settings"] != settings) {
        throw Error(ErrorKind::kConflict, file_.string() + " holds results of other settings (" + json["settings"].dump() +
                                              "); name another file, or remove this one");
      }
      continue;
    }
    const auto item = json.is_object() ? json.find("item") : json.end();
    if (!json.is_object() || item == json.end() || !item->is_number_unsigned()) {
      throw Error(ErrorKind::kInvalidArgument,
                  file_.string() + ":" + std::to_string(number) + " is damaged; remove the file to start anew");
    }
    known_[item->get<std::size_t>()] = json;
  }
}

void RunLog::add(std::size_t item, const Json& values) {
  Json json{{"item", item}};
  json.update(values);
  out_ << line_of(json) << std::flush;
  if (!out_) fail(file_, "cannot be written; is the disk full?");
}

}  // namespace memllm
