#include "documents/html.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace memllm {
namespace {

TEST(Html, BlocksBecomeMarkedLines) {
  const HtmlText page = html_to_text(
      "<!DOCTYPE html><html><head><title>Alder &amp; Sons</title><meta name=author content='Ada Quill'><style>p{}</style></head>"
      "<body><nav>Home</nav><h1>Alder</h1><p>We build\n sheds.<br>Since 1990.</p><script>evil()</script><ul><li>Oak</li><li><p>Ash "
      "<b>wood</b></p></li></ul>"
      "<h2>Staff</h2><table><tr><th>Name</th><th>Since</th></tr><tr><td>Bo</td><td>2019</td></tr></table><!-- no -->Bye</body></html>");
  EXPECT_EQ(page.title, "Alder & Sons");
  EXPECT_EQ(page.author, "Ada Quill");
  EXPECT_EQ(page.text,
            "Home\n\n# Alder\n\nWe build sheds.\nSince 1990.\n\n- Oak\n- Ash wood\n\n## Staff\n\n| Name | Since |\n| Bo | 2019 |\n\nBye\n");
}

TEST(Html, BrokenPagesAreReadAsFarAsTheyGo) {
  EXPECT_EQ(html_to_text("<p>One<p>Two <b>three").text, "One\n\nTwo three\n");
  EXPECT_EQ(html_to_text("").text, "");
  EXPECT_EQ(html_to_text("plain").text, "plain\n");
  EXPECT_EQ(html_to_text("<table><tr><td>a<br>b</td></tr>").text, "| a b |\n");
}

TEST(Html, HostilePagesComeBackInTime) {
  std::string nested;
  for (int i = 0; i < 200'000; ++i) nested += "<div>";
  EXPECT_TRUE(is_valid_utf8(html_to_text(nested + "x").text));
  std::mt19937 random(3);
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += "<>&;/\"'= abctrlidv\n"[random() % 19];
  EXPECT_TRUE(is_valid_utf8(html_to_text(noise).text));
  EXPECT_TRUE(is_valid_utf8(html_to_text("<!DOCTYPE html [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><p>&a;</p>").text));
}

}  // namespace
}  // namespace memllm
