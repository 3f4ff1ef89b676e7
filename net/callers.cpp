#include "net/callers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace net {
namespace {

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address; the others count for the same caller

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size()) != nullptr ? text.data() : std::string();
}

// Returns the address that counts for a connection; empty if it is not one of TCP, or has ended.
std::string address_of(int descriptor) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0) return {};
  if (name.ss_family == AF_INET) return text_of(AF_INET, &reinterpret_cast<const sockaddr_in&>(name).sin_addr);
  if (name.ss_family != AF_INET6) return {};
  auto address = reinterpret_cast<const sockaddr_in6&>(name).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return text_of(AF_INET, address.s6_addr + sizeof address - sizeof(in_addr));
  std::fill(address.s6_addr + kNetworkBytes, std::end(address.s6_addr), std::uint8_t{0});
  return text_of(AF_INET6, &address);
}

}  // namespace

void Callers::came(int descriptor) {
  left(descriptor);
  auto address = address_of(descriptor);
  if (address.empty()) return;
  if (++numbers_[address] > each_max_) too_many_.push_back(descriptor);
  addresses_.emplace(descriptor, std::move(address));
}

void Callers::left(int descriptor) {
  const auto found = addresses_.find(descriptor);
  if (found == addresses_.end()) return;
  const auto number = numbers_.find(found->second);
  if (--number->second == 0) numbers_.erase(number);
  addresses_.erase(found);
}

std::vector<std::string> Callers::cut() {
  std::vector<std::string> cut;
  for (const int descriptor : std::exchange(too_many_, {})) {
    const auto found = addresses_.find(descriptor);
    if (found == addresses_.end() || address_of(descriptor) != found->second) continue;
    if (::shutdown(descriptor, SHUT_RDWR) == 0) cut.push_back(found->second);
  }
  return cut;
}

}  // namespace net
