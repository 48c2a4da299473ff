#include "base/clock.h"

#include <gtest/gtest.h>

#include "memllm/error.h"

namespace memllm {
namespace {

TEST(Clock, NowIsCanonical) {
  const Timestamp now = now_utc();
  EXPECT_EQ(parse_timestamp(now), now);
}

TEST(Clock, AcceptsTheFormsOfRfc3339) {
  EXPECT_EQ(parse_timestamp("2026-11-21"), "2026-11-21T00:00:00.000Z");
  EXPECT_EQ(parse_timestamp("2026-11-21T05:01:02Z"), "2026-11-21T05:01:02.000Z");
  EXPECT_EQ(parse_timestamp("2026-11-21T05:01:02.0039Z"), "2026-11-21T05:01:02.003Z");
  EXPECT_EQ(parse_timestamp("2026-12-31T23:30:00-01:00"), "2027-01-01T00:30:00.000Z");
  EXPECT_EQ(parse_timestamp("2024-02-29"), "2024-02-29T00:00:00.000Z");
}

TEST(Clock, RefusesEverythingElse) {
  for (const char* text :
       {"", "now", "2026", "2026-13-01", "2026-02-29", "2026-1-1", "2026-11-21T", "2026-11-21T25:00:00Z", "2026-11-21T05:01:02",
        "2026-11-21T05:01:02.Z", "2026-11-21 05:01:02Z", "2026-11-21Z", "2026-11-21T05:01:02Zx", "0000-01-01T00:00:00+01:00"}) {
    EXPECT_THROW(parse_timestamp(text), Error) << text;
  }
}

}  // namespace
}  // namespace memllm
