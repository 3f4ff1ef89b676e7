// The article of a word that a message names: "an order", "a broker". Threads: any. Tests: tests/base/article_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace base {

inline std::string with_article(std::string_view word) {
  const bool vowel = !word.empty() && std::string_view("aeiou").find(word.front()) != std::string_view::npos;
  return std::string(vowel ? "an " : "a ").append(word);
}

}  // namespace base
