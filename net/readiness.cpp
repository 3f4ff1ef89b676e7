#include "net/readiness.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace net {
namespace {

constexpr base::Duration kSecond = std::chrono::seconds(1);
constexpr base::Duration kWaitMax = std::chrono::minutes(1);

}  // namespace

Readiness::Readiness(zmq::socket_t& socket) : socket_(&socket), fd_(socket.get(zmq::sockopt::fd)) {}

void Readiness::ask() {
  const int events = socket_->get(zmq::sockopt::events);
  readable_ = (events & ZMQ_POLLIN) != 0;
  writable_ = (events & ZMQ_POLLOUT) != 0;
  used_ = false;
}

void Waiter::begin() {
  fds_.clear();
  sockets_.clear();
  plain_.clear();
}

void Waiter::add(Readiness& socket) { sockets_.push_back(&socket); }

void Waiter::add(int fd, bool& ready) {
  ready = false;
  plain_.emplace_back(fd, &ready);
}

void Waiter::wait(base::Mono until) {
  bool ready = false;
  for (auto* socket : sockets_) {
    socket->ask_if_used();
    ready |= socket->is_ready();
    fds_.push_back({socket->fd(), POLLIN, 0});
  }
  for (const auto& [fd, flag] : plain_) fds_.push_back({fd, POLLIN, 0});
  const auto left = ready ? base::Duration{} : std::clamp(until - base::now().mono, base::Duration{}, kWaitMax);
  const timespec timeout{left / kSecond, (left % kSecond).count()};
  if (::ppoll(fds_.data(), fds_.size(), &timeout, nullptr) < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "ppoll");
  }
  for (std::size_t i = 0; i < fds_.size(); ++i) {
    if (fds_[i].revents == 0) continue;
    if (i < sockets_.size()) {
      sockets_[i]->ask();
    } else {
      *plain_[i - sockets_.size()].second = true;
    }
  }
}

}  // namespace net
