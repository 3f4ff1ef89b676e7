#include "bridge/names.h"

#include <fmt/format.h>
#include <netdb.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace bridge {
namespace {

std::atomic<int> under_way{0};

std::string resolved(const std::string& host, std::uint16_t port, LookUp::Endpoints& found) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const auto code = ::getaddrinfo(host.c_str(), fmt::format("{}", port).c_str(), &hints, &list);
  if (code != 0) return ::gai_strerror(code);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, ::freeaddrinfo);
  for (const auto* each = list; each != nullptr; each = each->ai_next) {
    boost::asio::ip::tcp::endpoint endpoint;
    if (each->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(each->ai_addrlen);
    std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
    found.push_back(endpoint);
  }
  return {};
}

}  // namespace

// Shared with the thread that looks the name up, and with the call that it leaves at `io`.
struct LookUp::Waiting {
  boost::asio::io_context& io;
  std::mutex mutex{};
  Done done{};  // null: nobody waits any more

  static void told(const std::shared_ptr<Waiting>& self, const std::string& fault, const Endpoints& found) {
    const std::lock_guard lock(self->mutex);
    if (!self->done) return;
    boost::asio::post(self->io, [self, fault, found] {
      Done waits;
      {
        const std::lock_guard again(self->mutex);
        waits = std::exchange(self->done, nullptr);
      }
      if (waits) waits(fault, found);
    });
  }
};

LookUp::LookUp(boost::asio::io_context& io, const std::string& host, std::uint16_t port, Done done)
    : LookUp(io, host, port, std::move(done), resolved) {}

LookUp::LookUp(boost::asio::io_context& io, const std::string& host, std::uint16_t port, Done done, Resolver resolver)
    : waiting_(new Waiting{io}) {
  waiting_->done = std::move(done);
  if (under_way.fetch_add(1) >= kLookUpsMax) {
    --under_way;
    Waiting::told(waiting_, "too many names are being looked up", {});
    return;
  }
  try {
    std::thread([waiting = waiting_, host, port, resolver = std::move(resolver)] {
      Endpoints found;
      const auto fault = resolver(host, port, found);
      --under_way;
      Waiting::told(waiting, fault, found);
    }).detach();
  } catch (const std::system_error& error) {
    --under_way;
    Waiting::told(waiting_, error.what(), {});
  }
}

LookUp::~LookUp() {
  const std::lock_guard lock(waiting_->mutex);
  waiting_->done = nullptr;
}

}  // namespace bridge
