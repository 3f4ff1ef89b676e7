// Names: finds the addresses of a name without holding others up.
//
// The system's resolver waits for silent servers of names, for many seconds, and cannot be interrupted. So each name is
// looked up in a thread of its own. The one who waits may go away meanwhile; then the thread ends without effect.
//
// Private to bridge/. Bounds: kLookUpsMax at once. Threads: any. Tests: tests/bridge/names_test.cpp
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bridge {

constexpr int kLookUpsMax = 64;

// Waits for the addresses of one name. Its end takes back what it waits for.
class LookUp {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  // `fault`: why there are none; empty: there are some.
  using Done = std::function<void(const std::string& fault, const Endpoints& found)>;
  // As getaddrinfo() does; a test has another one. Called in another thread.
  using Resolver = std::function<std::string(const std::string& host, std::uint16_t port, Endpoints& found)>;

  // Calls `done` once in the thread of `io`, unless this object has ended before. `io` lives longer than this object.
  LookUp(boost::asio::io_context& io, const std::string& host, std::uint16_t port, Done done);
  LookUp(boost::asio::io_context& io, const std::string& host, std::uint16_t port, Done done, Resolver resolver);
  ~LookUp();
  LookUp(const LookUp&) = delete;
  LookUp& operator=(const LookUp&) = delete;

 private:
  struct Waiting;
  std::shared_ptr<Waiting> waiting_;
};

}  // namespace bridge
