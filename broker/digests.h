// Digests: checks that views at the same seq have the same digest (G5).
//
// Heartbeats carry digests at the applied seq and at round seqs. Digests at one seq are compared: the items' part among
// all views, the orders' part among the views that have one. If a majority agrees, a view that differs from it is
// guilty. If there is no majority, all are suspects until another seq decides. A view that reports itself that its rows
// are wrong is guilty. In each case the instance has diverged, and no later agreement of the same process takes that
// back, because a view that was wrong once has given wrong answers. A stranger can make up digests, so if the members
// are known, only they are compared, and a guilty one is told to make its view anew (ADR 27). A new incarnation is
// considered rebuilt if it agrees with another view that is not accused, or that is a new incarnation, too.
//
// Bounds: kSeqsMax round seqs and as many others, the latest ones; kReportsMax instances for each seq.
// Threads: none; owned by Membership. Tests: tests/broker/digest_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "msg/internal.h"

namespace broker {

class Digests {
 public:
  static constexpr std::size_t kSeqsMax = 64;
  static constexpr std::size_t kReportsMax = 64;

  // `members`: the instances of the store; empty: they are not known.
  explicit Digests(std::set<std::string> members = {}) : members_(std::move(members)) {}

  // From a heartbeat of a catalog or order replica whose digests are at seqs of the stream.
  void heard(const msg::Heartbeat& beat);
  bool diverged(const std::string& instance) const { return diverged_.count(instance) != 0; }
  std::vector<std::string> diverged() const;
  // The guilty members, each with its incarnation. Nothing if there is none, or if the members are not known.
  std::optional<std::vector<msg::Life>> guilty() const;

 private:
  struct Report {
    base::Incarnation incarnation;
    std::uint64_t items = 0;
    std::optional<std::uint64_t> orders;
    friend bool operator==(const Report&, const Report&) = default;
  };
  using Reports = std::map<std::string, Report>;
  using Table = std::map<base::Seq, Reports>;
  enum class Verdict { kSuspect, kGuilty };
  struct Divergence {
    Verdict verdict;
    base::Incarnation incarnation;
  };

  void note(Table& table, const msg::Heartbeat& beat, const msg::DigestAt& digest);
  bool rebuilt(const Reports& reports, const std::string& instance) const;
  template <class Part>
  void compare(base::Seq seq, const Reports& reports, std::string_view what, Part part);
  void accuse(const std::string& instance, const Report& report, Verdict verdict, const std::string& why);

  const std::set<std::string> members_;
  Table rounds_;
  Table others_;
  std::map<std::string, Divergence> diverged_;
};

}  // namespace broker
