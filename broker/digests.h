// Digests: do views that have applied the same seq look the same (G5)?
//
// Heartbeats tell digests at what is applied and at round seqs; those of one seq are compared, the items' part among
// all views, the orders' part among those that have one. Where a majority agrees, who differs from it is guilty; where
// there is none, all are suspects, until another seq decides. A view that says itself that its rows are wrong is
// guilty. Either way the instance has diverged, and no later agreement of the same process takes that back: a view that
// was wrong once has told wrong things. A stranger that beats can make up digests, so where the members are known
// nobody else is compared, and one that is guilty is told to make its view anew (ADR 27). A new incarnation that agrees
// with another view, which is not accused itself or is a new incarnation, too, has been rebuilt.
//
// Bounds: kSeqsMax round seqs and as many others, the latest ones; kReportsMax instances a seq.
// Threads: none; owned by Membership. Tests: DigestTest in tests/broker/membership_test.cpp.
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

  // `members`: the instances of the store; none: they are not known.
  explicit Digests(std::set<std::string> members = {}) : members_(std::move(members)) {}

  // From a heartbeat of a catalog or order replica whose digests are at seqs that exist.
  void heard(const msg::Heartbeat& beat);
  bool diverged(const std::string& instance) const { return diverged_.count(instance) != 0; }
  std::vector<std::string> diverged() const;
  // By the word of a majority of known members.
  std::optional<std::vector<msg::Convict>> guilty() const;

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
