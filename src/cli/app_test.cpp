#include "cli/app.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/shell_completion.h"
#include "memllm/error.h"

namespace memllm::cli {
namespace {

// What the program would say about the arguments; "" when they are understood.
std::string complaint(std::vector<std::string> arguments) {
  Context context;
  const auto root = make_app(context);
  std::reverse(arguments.begin(), arguments.end());
  try {
    root->parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    const std::string leftovers = explain_leftovers(*root);
    return leftovers.empty() ? error.what() : leftovers;
  }
  return "";
}

TEST(App, UnknownFlagsNameTheNearest) {
  EXPECT_NE(complaint({"facts", "list", "--subjct", "x"}).find("did you mean --subject?"), std::string::npos);
  EXPECT_NE(complaint({"stats", "--jsn"}).find("did you mean --json?"), std::string::npos);
  EXPECT_NE(complaint({"facts", "edit", "--objct=x"}).find("unknown flag --objct; did you mean --object?"), std::string::npos);
}

TEST(App, UnknownCommandsNameTheNearest) {
  EXPECT_NE(complaint({"lern", "x.txt"}).find("did you mean learn?"), std::string::npos);
  EXPECT_NE(complaint({"facts", "hstory"}).find("did you mean history?"), std::string::npos);
}

TEST(App, GlobalOptionsStandBeforeOrAfterTheCommand) {
  EXPECT_EQ(complaint({"--json", "--memory", "m", "stats"}), "");
  EXPECT_EQ(complaint({"stats", "--json", "--memory", "m"}), "");
  EXPECT_EQ(complaint({"facts", "list", "--json", "--namespace", "n"}), "");
}

TEST(App, WholeNumbersAreDecimal) {
  const auto shown = [](const std::string& id) {
    Context context;
    const auto root = make_app(context);
    std::vector<std::string> arguments{id, "show", "facts"};
    root->parse(std::move(arguments));
    return root->get_subcommand("facts")->get_subcommand("show")->get_option("ID")->as<FactId>();
  };
  EXPECT_EQ(shown("010"), 10);
  EXPECT_EQ(shown("008"), 8);
  EXPECT_EQ(shown("000"), 0);
  EXPECT_NE(complaint({"facts", "show", "0x0a"}).find("not a decimal whole number"), std::string::npos);
  EXPECT_NE(complaint({"facts", "accept", "1", "0b1"}).find("not a decimal whole number"), std::string::npos);
  EXPECT_NE(complaint({"facts", "list", "--limit", "1x"}).find("not a decimal whole number"), std::string::npos);
  EXPECT_EQ(complaint({"facts", "list", "--limit", "010"}), "");
}

TEST(App, NamesThatLookLikeCommandsAreNames) {
  Context context;
  const auto root = make_app(context);
  std::vector<std::string> arguments{"stats", "export", "facts", "add", "facts"};
  root->parse(std::move(arguments));
  EXPECT_EQ(root->get_subcommands().size(), 1u);
}

TEST(App, EveryCommandHasHelpWithExamples) {
  Context context;
  const auto root = make_app(context);
  for (const CompletionEntry& entry : completion_entries(*root)) {
    const CLI::App* app = root.get();
    std::istringstream words(entry.path);
    for (std::string word; words >> word;) app = app->get_subcommand(word);
    EXPECT_NE(app->help().find("Examples:\n  "), std::string::npos) << entry.path;
  }
}

TEST(App, CompletionKnowsEveryCommandInEveryShell) {
  Context context;
  const auto root = make_app(context);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(*root, shell);
    for (const char* word : {"learn", "facts", "history", "perplexity"}) EXPECT_NE(script.find(word), std::string::npos) << shell << word;
  }
  EXPECT_THROW(completion_script(*root, "tcsh"), Error);
}

}  // namespace
}  // namespace memllm::cli
