#include "broker/claims.h"

#include <algorithm>
#include <set>

#include "base/decimal.h"

namespace broker {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const auto byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::optional<std::string> bytes_of(std::string_view hex) {
  std::string bytes;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    const auto high = kDigits.find(hex[0]);
    const auto low = kDigits.find(hex[1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high << 4U | low);
  }
  return hex.empty() ? std::optional(bytes) : std::nullopt;
}

// Removes the first word from the text and returns it.
std::string_view word(std::string_view& text) {
  const auto found = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), found.size() + 1));
  return found;
}

}  // namespace

std::string text_of(const Claim& claim) {
  return std::to_string(claim.block.value()) + ' ' + hex(claim.block ? claim.hash : msg::no_hash()) + ' ' + claim.disk;
}

Claim claim_of(std::string_view text) {
  const auto block = base::decimal(word(text));
  if (!block) return {};
  const auto hash = bytes_of(word(text));
  if (!hash || hash->size() != msg::kHashBytes || text.empty()) return {base::BlockNo(*block), {}, {}};
  return {base::BlockNo(*block), *hash, std::string(text)};
}

base::BlockNo majority_has(const std::vector<Claim>& claims, const HashOf& hash_of) {
  if (claims.empty()) return {};
  std::set<std::string> disks;
  std::vector<base::BlockNo> have;
  for (const auto& claim : claims) {
    const bool counts = !claim.disk.empty() && disks.insert(claim.disk).second && hash_of(claim.block) == claim.hash;
    have.push_back(counts ? claim.block : base::BlockNo());
  }
  std::sort(have.begin(), have.end());
  return have[(have.size() - 1) / 2];
}

std::optional<Claim> to_claim(const std::optional<Claim>& there, const Claim& has, bool joined, bool began_empty) {
  if (joined) return has;
  if (there && there->disk == has.disk) return there;  // it is renewed
  if (!there || began_empty) return Claim{{}, {}, has.disk};
  return std::nullopt;
}

Name::Is Name::look(const std::optional<Claim>& there, std::int64_t revision, base::Mono now) {
  if (!there || there->disk == disk_) return Is::kOurs;
  if (used_) return Is::kAnothers;            // it was ours a moment ago
  if (there->disk.empty()) return Is::kOurs;  // ours, from before this broker was upgraded
  if (revision_ == 0) {
    revision_ = revision;
    since_ = now;
  }
  if (revision_ != revision) return Is::kAnothers;
  return now - since_ >= kSilent ? Is::kOurs : Is::kInDoubt;
}

}  // namespace broker
