// Access: what an edge knows of the tokens and the keys of its clients (ADR 46).
//
// The edge asks an order replica for the credential of a token or a key, and keeps the answer as it keeps an item:
// until an event that it applies may have changed it. It drops the answer before it acknowledges that event
// (DESIGN 5.7). So once a revocation is acknowledged, no edge that may answer takes the credential for valid. An answer
// that was under way while such an event came is used only if its replica had applied that event. That there is no
// credential is kept in the same way, until a grant. So a client whose key has none costs one question and not one for
// each request.
//
// Bounds: kKnownMax tokens and keys; then all are forgotten, and asked for again. Threads: none; owned by a frontend
// core. Tests: tests/frontend/access_test.cpp, tests/frontend/key_access_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "msg/credentials.h"
#include "msg/events.h"

namespace frontend {

class Access {
 public:
  static constexpr std::size_t kKnownMax = 16'384;

  struct Known {
    std::optional<msg::Credential> credential;  // nothing: the token or key has none
    base::Seq reveals;                          // the last event that this knowledge rests on
  };

  // `token` is the hash of a token or a key, as in a credential. The pointer is valid until the next call.
  const Known* find(const std::string& token) const;
  // Returns true if the caller must ask a replica, because nobody has asked yet.
  bool begin(const std::string& token) { return asked_.try_emplace(token, true).second; }
  // The answer has come from a replica that had applied `seq`. Returns false if it is too old or may be wrong: ask
  // again.
  bool land(const std::string& token, std::optional<msg::Credential> credential, base::Seq seq);
  // No answer has come.
  void abandon(const std::string& token) { asked_.erase(token); }

  // Forgets what the event may have changed.
  void apply(base::Seq seq, const msg::Event& event);
  // The edge begins to follow the stream after `seq`, so it applies no event up to there. Forgets what may be older,
  // and takes no older answer that is under way.
  void begin_at(base::Seq seq) {
    known_.clear();
    changed_ = seq;
  }
  // Forgets everything, because an answer may have been wrong, and takes none that is under way.
  void clear();

 private:
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, bool> asked_;  // true: the answer that is under way may be taken
  base::Seq changed_;                            // the last event that changed any credential, or where the edge began
};

}  // namespace frontend
