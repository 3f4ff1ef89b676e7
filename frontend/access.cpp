#include "frontend/access.h"

#include <utility>

#include "msg/effects.h"

namespace frontend {

const Access::Known* Access::find(const std::string& token) const {
  const auto found = known_.find(token);
  return found == known_.end() ? nullptr : &found->second;
}

bool Access::land(const std::string& token, std::optional<msg::Credential> credential, base::Seq seq) {
  const auto asked = asked_.extract(token);
  if (seq < changed_ || (asked && !asked.mapped())) return false;
  if (known_.size() >= kKnownMax) known_.clear();
  const auto reveals = credential ? credential->revoked.value_or(credential->id) : seq;
  known_[token] = {std::move(credential), reveals};
  return true;
}

void Access::clear() {
  known_.clear();
  for (auto& [token, takes] : asked_) takes = false;
}

void Access::apply(base::Seq seq, const msg::Event& event) {
  if (!msg::changes_access(event)) return;
  changed_ = seq;
  if (const auto* granted = std::get_if<msg::CredentialGranted>(&event.what)) known_.erase(granted->hash.bytes);
  const auto* revoked = std::get_if<msg::CredentialRevoked>(&event.what);
  if (!revoked) return;
  std::erase_if(known_,
                [&](const auto& each) { return each.second.credential && each.second.credential->id == revoked->id; });
}

}  // namespace frontend
