// The words of the problems (RFC 9457) that the bridge itself finds; those of the store are in msg/refusal.h. A word
// stays the same in later releases.
// Threads: none. Tests: tests/bridge/routes_test.cpp
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "msg/refusal.h"

namespace bridge {

struct OwnProblem {
  std::string_view word;
  unsigned status;
};
constexpr std::array<OwnProblem, 18> kOwnProblems{{{"malformed", 400},
                                                   {"invalid", 400},
                                                   {"other_site", 403},
                                                   {"prefetch", 403},
                                                   {"not_allowed", 403},
                                                   {"not_found", 404},
                                                   {"method_not_allowed", 405},
                                                   {"not_acceptable", 406},
                                                   {"too_slow", 408},
                                                   {"precondition_failed", 412},
                                                   {"too_large", 413},
                                                   {"unsupported_type", 415},
                                                   {"expectation_failed", 417},
                                                   {"wrong_host", 421},
                                                   {"too_many_requests", 429},
                                                   {"too_large", 431},
                                                   {"busy", 503},
                                                   {"bad_version", 505}}};

// A word of kOwnProblems; another word does not compile.
struct OwnWord {
  consteval OwnWord(const char* of) : text(of) {  // NOLINT(google-explicit-constructor): a literal is a word
    bool known = false;
    for (const auto& each : kOwnProblems) known = known || each.word == text;
    if (!known) throw "a word that is not in kOwnProblems";
  }
  std::string_view text;
};

struct Said {
  unsigned status;
  std::string_view title;
};
// The status and the title of a refusal of the store.
Said said(msg::Code code);

// The type of a problem. It is written as a path: "/problems/busy".
struct ProblemType {
  std::string word;
  void write(std::string& out) const;
};

// The words that may come with this status, of the store and of the bridge itself; 0: with any status.
std::vector<std::string_view> words_of(unsigned status);

}  // namespace bridge
