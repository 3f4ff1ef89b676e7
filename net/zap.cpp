#include "net/zap.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <zmq.hpp>

#include "base/text.h"
#include "msg/roles.h"
#include "net/key_file.h"

namespace net {
namespace {

constexpr std::string_view kVersion = "1.0";
constexpr std::size_t kRawKeyBytes = 32;
constexpr std::array kDomains{Domain::kAll, Domain::kStore, Domain::kMembers};
// The frames of a question.
enum : std::uint8_t { kItsVersion, kId, kDomain, kAddress, kIdentity, kMechanism, kKey, kFrames };

constexpr base::KeyRoles kMembers(base::KeyRole::kBroker, base::KeyRole::kCatalog, base::KeyRole::kOrder,
                                  base::KeyRole::kFrontend, base::KeyRole::kBridge);

std::optional<Domain> domain_of(base::BytesView text) {
  for (const auto domain : kDomains) {
    if (word(domain) == text) return domain;
  }
  return std::nullopt;
}

bool admits(Domain domain, base::KeyRole role) {
  switch (domain) {
    case Domain::kAll:
      return msg::kByEverybody.has(role);
    case Domain::kStore:
      return msg::kByMembersAndOperators.has(role);
    case Domain::kMembers:
      return kMembers.has(role);
  }
  return false;
}

std::string z85(base::BytesView raw) {
  std::array<char, kKeyChars + 1> text{};
  zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(raw.data()), kRawKeyBytes);
  return text.data();
}

// `user`: becomes the property User-Id of each message of the connection.
Verdict answer(base::BytesView id, std::string_view status, std::string refused, std::string user = {}) {
  return {{std::string(kVersion), std::string(id), std::string(status), {}, std::move(user), {}}, std::move(refused)};
}

}  // namespace

std::string_view word(Domain domain) {
  switch (domain) {
    case Domain::kAll:
      return "all";
    case Domain::kStore:
      return "store";
    case Domain::kMembers:
      return "members";
  }
  return {};
}

Verdict decide(const std::vector<base::BytesView>& question, const KeyList& list) {
  if (question.size() <= kId || question[kItsVersion] != kVersion) return {{}, "a question of ZAP cannot be read"};
  const auto id = question[kId];
  const bool whole =
      question.size() == kFrames && question[kMechanism] == "CURVE" && question[kKey].size() == kRawKeyBytes;
  const auto domain = whole ? domain_of(question[kDomain]) : std::nullopt;
  if (!domain) return answer(id, "500", "a question of ZAP is not about a key");
  const auto key = z85(question[kKey]);
  const auto entry = list.find(key);
  if (entry && admits(*domain, entry->sender.role)) return answer(id, "200", {}, key);
  const auto from = base::shown(question[kAddress]);
  auto why = entry ? fmt::format("{} {} may not connect here; its key came from {}", msg::word(entry->sender.role),
                                 entry->sender.name, from)
                   : fmt::format("a key that is not on the list came from {}: {}", from, key);
  auto verdict = answer(id, *domain == Domain::kAll ? "400" : "300", std::move(why));
  verdict.known = entry != nullptr;
  return verdict;
}

}  // namespace net
