#include "llm/llama_model.h"

#include <fstream>
#include <random>

#include "base/file_fingerprint.h"
#include "base/scratch_folder.h"
#include "base/text.h"
#include "memllm/error.h"
#include "testing/gemma_for_tests.h"

namespace memllm {
namespace {

ErrorKind kind_of_load(const std::filesystem::path& file) {
  try {
    load_llama_model({.model = file, .threads = 1, .gpu_layers = 0, .logger = {}});
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
    return error.kind();
  }
  return ErrorKind::kInternal;
}

TEST(LoadLlamaModel, SaysWhichFileIsMissingOrNotAModel) {
  const ScratchFolder folder;
  EXPECT_EQ(kind_of_load(folder / "absent.gguf"), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_load(folder / "."), ErrorKind::kNotFound);
  std::ofstream(folder / "empty.gguf").close();
  EXPECT_EQ(kind_of_load(folder / "empty.gguf"), ErrorKind::kModel);
  std::ofstream(folder / "text.gguf") << "this is not a model";
  EXPECT_EQ(kind_of_load(folder / "text.gguf"), ErrorKind::kModel);
  std::ofstream(folder / "cut.gguf") << "GGUF" << std::string("\3\0\0\0\1\0\0", 7);
  EXPECT_EQ(kind_of_load(folder / "cut.gguf"), ErrorKind::kModel);
}

TEST(LoadLlamaModel, LogsToTheLoggerOfTheCall) {
  const ScratchFolder folder;
  std::ofstream(folder / "text.gguf") << "this is not a model";
  std::string log;
  EXPECT_THROW(load_llama_model({.model = folder / "text.gguf",
                                 .threads = 1,
                                 .gpu_layers = 0,
                                 .logger = [&log](LogLevel, std::string_view line) { log.append(line).append("\n"); }}),
               Error);
  EXPECT_FALSE(log.empty());
}

using GemmaModel = GemmaTest;

TEST_F(GemmaModel, MarkersAreSingleTokens) {
  EXPECT_EQ(model_->tokenize("({"), std::vector<Token>{3174});
  EXPECT_EQ(model_->tokenize("})"), std::vector<Token>{2454});
  EXPECT_EQ(model_->tokenize("-->"), std::vector<Token>{15484});
  EXPECT_EQ(model_->tokenize(">>"), std::vector<Token>{6985});
  EXPECT_EQ(model_->tokenize(";"), std::vector<Token>{236793});
  EXPECT_EQ(model_->vocabulary(), 262144U);
  EXPECT_EQ(model_->bos(), 2);
  EXPECT_EQ(model_->eos(), 1);
  EXPECT_EQ(model_->fingerprint(), file_fingerprint(std::getenv("MEMLLM_MODEL")));
}

TEST_F(GemmaModel, ControlTokensAreNotTextAndNothingElseIsControl) {
  EXPECT_TRUE(model_->is_control(model_->bos()));
  EXPECT_TRUE(model_->is_control(model_->eos()));
  EXPECT_EQ(model_->piece(model_->bos()), "");
  for (const Token token : model_->tokenize("Ada ({Lovelace>>born;1815})\n\n\t\x01 <table> 中文 \xf0\x9f\x98\x80"))
    EXPECT_FALSE(model_->is_control(token));
  for (const char* text : {"<bos>", "<eos>", "<end_of_turn>", "<unused5>", "<start_of_image>", "</s>"}) {
    const std::vector<Token> tokens = model_->tokenize(text);
    EXPECT_EQ(detokenize(*model_, tokens), text);
    for (const Token token : tokens) EXPECT_FALSE(model_->is_control(token)) << text;
  }
  EXPECT_THROW((void)model_->piece(-1), Error);
  EXPECT_THROW((void)model_->is_control(262144), Error);
}

std::string random_text(std::mt19937_64& random, std::size_t characters) {
  const auto append = [](std::string& text, std::uint32_t c) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      text += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
               static_cast<char>(0x80 | (c & 0x3F))};
    }
  };
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) {
    static constexpr std::uint32_t kLimits[] = {0x80, 0x80, 0x800, 0x10000, 0x110000};
    std::uint32_t c = 1 + static_cast<std::uint32_t>(random() % (kLimits[random() % 5] - 1));
    if (c >= 0xD800 && c < 0xE000) c = ' ';
    // Vocabularies of this kind write a space as U+2581, so that character comes back as a space.
    append(text, c == 0x2581 ? '\n' : c);
  }
  return text;
}

TEST_F(GemmaModel, AnyTextRoundTrips) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    const std::string text = random_text(random, random() % 200);
    EXPECT_EQ(detokenize(*model_, model_->tokenize(text)), text);
  }
  for (const char* text : {" ", "  two  spaces ", "\n\n\n", "a\r\nb", " ({", "tab\there", "</table><b>", "▁x"}) {
    EXPECT_EQ(detokenize(*model_, model_->tokenize(text)), std::string_view(text) == "▁x" ? " x" : text);
  }
}

TEST_F(GemmaModel, InvalidBytesAreRepairedFirst) {
  for (const std::string& text :
       {std::string("a\xff\xfe z"), std::string("\xe4\xb8"), std::string("nul\0here", 8), std::string("\xed\xa0\x80")}) {
    EXPECT_EQ(detokenize(*model_, model_->tokenize(text)), repair_utf8(text));
  }
}

TEST_F(GemmaModel, LongTextsAreCutWhereNoTokenReachesAcross) {
  std::mt19937_64 random(12);
  std::string text;
  std::vector<std::string> words{"Ada", "Lovelace,", "(born", "1815)", "wrote", "the\n", "first", "({program})", "naïve", "3.14", "中文"};
  while (text.size() < 60000) text += words[random() % words.size()] + " ";
  // The same words one at a time: a space begins a word's token.
  std::vector<Token> expected;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find(' ', begin + 2000);
    while (end != std::string::npos && !(std::isalnum(static_cast<unsigned char>(text[end - 1])) && end + 1 < text.size() &&
                                         std::isalnum(static_cast<unsigned char>(text[end + 1])))) {
      end = text.find(' ', end + 1);
    }
    end = std::min(end, text.size());
    for (const Token token : model_->tokenize(std::string_view(text).substr(begin, end - begin))) expected.push_back(token);
    begin = end;
  }
  EXPECT_EQ(model_->tokenize(text), expected);
  for (Token token = 0; token < static_cast<Token>(model_->vocabulary()); ++token) {
    const std::string piece = model_->piece(token);
    const std::size_t space = piece.find(' ', 1);
    if (space == std::string::npos || space + 1 >= piece.size()) continue;
    EXPECT_FALSE(std::isalnum(static_cast<unsigned char>(piece[space - 1])) && std::isalnum(static_cast<unsigned char>(piece[space + 1])))
        << piece;
  }
}

TEST_F(GemmaModel, HostileLengthsComeBackInTime) {
  std::string breaks;
  while (breaks.size() < (1U << 18U)) breaks += "a\n\n<table>";
  std::string chinese;
  while (chinese.size() < (1U << 20U)) chinese += "中";
  for (const std::string& text :
       {breaks, chinese, std::string(1U << 20U, 'a'), std::string(1U << 20U, ' '), std::string(1U << 20U, '\n')}) {
    EXPECT_EQ(detokenize(*model_, model_->tokenize(text)), text);
  }
}

}  // namespace
}  // namespace memllm
