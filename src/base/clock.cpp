#include "base/clock.h"

#include <chrono>
#include <cstdio>
#include <string>

#include "memllm/error.h"

namespace memllm {
namespace {

using Milliseconds = std::chrono::sys_time<std::chrono::milliseconds>;

Timestamp format(Milliseconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

// Reads a timestamp from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  [[noreturn]] void fail() const {
    throw Error(ErrorKind::kInvalidArgument,
                "\"" + std::string(text_.substr(0, 40)) + "\" is not a time; write it as 2026-11-21 or 2026-11-21T05:01:02Z");
  }
  bool done() const { return rest_.empty(); }
  bool accept(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view characters) {
    if (!accept(characters)) fail();
  }
  int digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) value = value * 10 + digit();
    return value;
  }
  int digit() {
    if (!next_is_digit()) fail();
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }
  bool next_is_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view text_, rest_;
};

int read_fraction(Reader& reader) {
  int milliseconds = reader.digit() * 100;
  for (int scale = 10; reader.next_is_digit(); scale /= 10) milliseconds += reader.digit() * scale;
  return milliseconds;
}

// Minutes east of UTC.
int read_zone(Reader& reader) {
  if (reader.accept("Zz")) return 0;
  const int sign = reader.next() == '-' ? -1 : 1;
  reader.expect("+-");
  const int hours = reader.digits(2);
  reader.expect(":");
  const int minutes = reader.digits(2);
  if (hours > 23 || minutes > 59) reader.fail();
  return sign * (hours * 60 + minutes);
}

}  // namespace

Timestamp now_utc() { return format(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())); }

Timestamp parse_timestamp(std::string_view text) {
  Reader reader(text);
  const std::chrono::year year(reader.digits(4));
  reader.expect("-");
  const std::chrono::month month(static_cast<unsigned>(reader.digits(2)));
  reader.expect("-");
  const std::chrono::year_month_day date(year, month, std::chrono::day(static_cast<unsigned>(reader.digits(2))));
  if (!date.ok()) reader.fail();
  Milliseconds time = std::chrono::sys_days(date);
  if (!reader.done()) {
    reader.expect("Tt");
    const int hour = reader.digits(2);
    reader.expect(":");
    const int minute = reader.digits(2);
    reader.expect(":");
    const int second = reader.digits(2);
    if (hour > 23 || minute > 59 || second > 59) reader.fail();
    const int milliseconds = reader.accept(".") ? read_fraction(reader) : 0;
    time +=
        std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) + std::chrono::milliseconds(milliseconds);
    time -= std::chrono::minutes(read_zone(reader));
    if (!reader.done()) reader.fail();
  }
  const std::chrono::year_month_day utc_date(std::chrono::floor<std::chrono::days>(time));
  if (utc_date.year() < std::chrono::year(0) || utc_date.year() > std::chrono::year(9999)) reader.fail();
  return format(time);
}

}  // namespace memllm
