// Flags whose values are names.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <map>
#include <string>

namespace memllm::cli {

template <typename T>
struct Choice {
  const char* name;
  T value;
};
template <typename T>
Choice(const char*, T) -> Choice<T>;

template <typename T, std::size_t N>
std::string name_of(const std::array<Choice<T>, N>& choices, T value) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return choice.name;
  }
  return "unknown";
}

template <typename T, std::size_t N>
void add_choice(CLI::App& command, const char* flag, T& target, const std::array<Choice<T>, N>& choices, const char* description) {
  std::map<std::string, T> names;
  for (const Choice<T>& choice : choices) names.emplace(choice.name, choice.value);
  command.add_option(flag, target, description)
      ->transform(CLI::CheckedTransformer(names, CLI::ignore_case).description(""))
      ->default_str(name_of(choices, target));
}

}  // namespace memllm::cli
