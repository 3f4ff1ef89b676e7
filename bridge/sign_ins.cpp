#include "bridge/sign_ins.h"

#include <algorithm>
#include <utility>

#include "msg/sha256.h"

namespace bridge {

std::string SignIns::name_of(const std::string& secret) { return msg::sha256(secret); }

void SignIns::begin(const std::string& secret, std::string token, msg::Seq credential, base::Mono now) {
  if (is_revoked(credential)) return;
  make_room(credential, now);
  all_[name_of(secret)] = {std::move(token), credential, now, now};
}

// The table is small, and a sign-in costs a question to the store, so searching the whole table is cheap enough.
void SignIns::make_room(msg::Seq credential, base::Mono now) {
  forget_ended(now);
  std::size_t own = 0;
  auto oldest = all_.end();
  auto idlest = all_.end();
  for (auto each = all_.begin(); each != all_.end(); ++each) {
    if (idlest == all_.end() || each->second.used < idlest->second.used) idlest = each;
    if (each->second.credential != credential) continue;
    ++own;
    if (oldest == all_.end() || each->second.began < oldest->second.began) oldest = each;
  }
  if (own >= kPerCredential) {
    all_.erase(oldest);
  } else if (all_.size() >= max_) {
    all_.erase(idlest);
  }
}

const std::string* SignIns::use(const std::string& name, base::Mono now) {
  const auto found = all_.find(name);
  if (found == all_.end()) return nullptr;
  if (has_ended(found->second, now)) {
    all_.erase(found);
    return nullptr;
  }
  found->second.used = now;
  return &found->second.token;
}

void SignIns::revoke(msg::Seq credential) {
  revoked_.insert(credential.value());
  std::erase_if(all_, [&](const auto& each) { return each.second.credential == credential; });
}

void SignIns::forget_ended(base::Mono now) {
  std::erase_if(all_, [&](const auto& each) { return has_ended(each.second, now); });
}

}  // namespace bridge
