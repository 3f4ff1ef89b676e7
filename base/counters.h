// Counters: the numbers that a process tells of itself in its heartbeats. All that its owner has are told from the
// start, most of them as 0. A name that declared_counters.h does not have does not compile.
//
// Threads: none. Tests: tests/base/counters_test.cpp.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/declared_counters.h"

namespace base {

// The place of a name in kCounters, found by the compiler.
template <bool kFamily>
class CounterAt {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): counters["blocks"] is how a counter is named.
  consteval CounterAt(const char* name) : index_(find(name)) {}
  constexpr std::size_t index() const { return index_; }

 private:
  static consteval std::size_t find(std::string_view name) {
    for (std::size_t at = 0; at < kCounters.size(); ++at) {
      const auto kind = kCounters[at].kind;
      const bool fits = kFamily ? kind == CounterKind::kFamily : !has_label(kind);
      if (kCounters[at].name == name && fits) return at;
    }
    throw "base/declared_counters.h declares no such counter";
  }

  std::size_t index_;
};

class Counters {
 public:
  explicit Counters(CounterOwners of) : of_(of) {}

  std::uint64_t& operator[](CounterAt<false> counter) { return values_[counter.index()]; }
  std::uint64_t operator[](CounterAt<false> counter) const { return values_[counter.index()]; }
  // One of a family: of("refused", "busy") is refused_busy. `value`: of the label, one of a few that the program knows.
  // Text of a client must not be passed, because each new value is kept.
  std::uint64_t& of(CounterAt<true> family, std::string_view value) {
    auto name = std::string(kCounters[family.index()].name) + "_";
    return members_[name += value];
  }

  // Calls visit(name, value) for every counter of the owner, and for any other that is not 0.
  template <class Visit>
  void each(const Visit& visit) const {
    for (std::size_t at = 0; at < kCounters.size(); ++at) {
      const auto& declared = kCounters[at];
      if (has_label(declared.kind)) continue;
      if ((declared.owners & of_) != 0 || values_[at] != 0) visit(declared.name, values_[at]);
    }
    for (const auto& [name, value] : members_) visit(name, value);
  }

 private:
  CounterOwners of_;
  std::array<std::uint64_t, kCounters.size()> values_{};
  std::map<std::string, std::uint64_t> members_;  // by NAME_VALUE
};

// The declaration of a counter in a heartbeat. The heartbeat may come from another release or from a stranger.
struct CounterMeaning {
  const DeclaredCounter* declared = nullptr;
  std::string_view value;  // of the label, if it is one of a family
};

// Nothing is declared about an unknown name.
constexpr CounterMeaning meaning_of(std::string_view name) {
  for (const auto& declared : kCounters) {
    if (!has_label(declared.kind) && declared.name == name) return {&declared, {}};
  }
  for (const auto& declared : kCounters) {
    const auto length = declared.name.size();
    if (declared.kind != CounterKind::kFamily || name.size() <= length + 1) continue;
    if (name.substr(0, length) == declared.name && name[length] == '_') return {&declared, name.substr(length + 1)};
  }
  return {};
}

}  // namespace base
