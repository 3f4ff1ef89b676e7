#include "net/reactor.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <stdexcept>

#include "base/log.h"
#include "net/sockets.h"

namespace net {
namespace {

// How many messages one socket may hand in before the next socket's turn, and before what they cause is sent.
constexpr int kMessagesPerRound = 256;

// 0xc1 is the one byte that is never MessagePack: a message whose frames are wrong becomes this, and is answered as
// malformed by the same code as every other.
constexpr base::BytesView kNoFrame("\xc1", 1);

int& stop_signal_fd() {
  static int fd = -1;
  return fd;
}

// A DEALER to one endpoint, and what could not be sent yet.
struct Dialled {
  zmq::socket_t socket;
  std::deque<std::pair<base::Mono, base::Bytes>> unsent;
  std::size_t unsent_bytes = 0;
};

}  // namespace

int block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  stop_signal_fd() = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  return stop_signal_fd();
}

class Reactor::Impl {
 public:
  Impl(const Sockets& sockets, base::Core& core) : core_(core), context_(1) {
    if (!sockets.serve.empty()) bind_all(router_, zmq::socket_type::router, sockets.serve);
    if (!sockets.publish_bind.empty()) bind_all(publish_, zmq::socket_type::pub, sockets.publish_bind);
    if (!sockets.subscribe_bind.empty()) bind_all(subscribe_, zmq::socket_type::sub, sockets.subscribe_bind);
    connect_all(publish_, zmq::socket_type::pub, sockets.publish_connect);
    connect_all(subscribe_, zmq::socket_type::sub, sockets.subscribe_connect);
    if (subscribe_) {
      for (const auto& topic : sockets.topics) subscribe_->set(zmq::sockopt::subscribe, topic);
    }
  }

  void watch(int fd, std::function<void(base::Now, base::Outbox&)> ready) {
    watched_.emplace_back(fd, std::move(ready));
  }

  std::string run() {
    if (stop_signal_fd() >= 0) {
      watch(stop_signal_fd(), [this](base::Now now, base::Outbox& out) {
        signalfd_siginfo info{};
        if (::read(stop_signal_fd(), &info, sizeof info) == sizeof info) core_.on_stop(now, out);
      });
    }
    while (!outbox_.stopped()) round(next_tick_);
    return *outbox_.stopped();
  }

  void run_until(const std::function<bool()>& done, base::Mono deadline) {
    carry_out();
    while (!done() && base::now().mono < deadline) round(std::min(next_tick_, deadline));
  }

  base::Outbox& outbox() { return outbox_; }
  const std::map<std::string, std::uint64_t>& counters() const { return counters_; }

 private:
  using Socket = std::optional<zmq::socket_t>;

  void bind_all(Socket& socket, zmq::socket_type type, const std::vector<base::Endpoint>& endpoints) {
    if (!socket) socket = make_socket(context_, type);
    for (const auto& endpoint : endpoints) bind(*socket, endpoint);
  }

  void connect_all(Socket& socket, zmq::socket_type type, const std::vector<base::Endpoint>& endpoints) {
    if (endpoints.empty()) return;
    if (!socket) socket = make_socket(context_, type);
    for (const auto& endpoint : endpoints) connect(*socket, endpoint);
  }

  // Waits, takes in, lets the core settle, carries out what it wants.
  void round(base::Mono until) {
    wait(until);
    if (router_) take_requests();
    if (subscribe_) take_publications();
    for (auto& [endpoint, dialled] : dialled_) take_replies(endpoint, dialled);
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      if (poll_items_[i].revents & ZMQ_POLLIN) watched_[i].second(base::now(), outbox_);
    }
    const auto now = base::now();
    if (now.mono >= next_tick_) {
      core_.on_tick(now, outbox_);
      next_tick_ = now.mono + base::kTick;
    }
    core_.on_settled(now, outbox_);
    carry_out();
  }

  void wait(base::Mono until) {
    poll_items_.clear();
    for (const auto& [fd, ready] : watched_) poll_items_.push_back({nullptr, fd, ZMQ_POLLIN, 0});
    if (router_) poll_items_.push_back({router_->handle(), 0, ZMQ_POLLIN, 0});
    if (subscribe_) poll_items_.push_back({subscribe_->handle(), 0, ZMQ_POLLIN, 0});
    for (auto& [endpoint, dialled] : dialled_) {
      const auto events = dialled.unsent.empty() ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT;
      poll_items_.push_back({dialled.socket.handle(), 0, static_cast<short>(events), 0});
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::now().mono);
    try {
      zmq::poll(poll_items_, std::max(left, std::chrono::milliseconds(0)));
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
  }

  void take_requests() {
    for (int i = 0; i < kMessagesPerRound && receive(*router_, frames_); ++i) {
      base::ClientId from{frames_[0].to_string(), false};
      auto payload = kNoFrame;
      if (frames_.size() == 2) payload = view(frames_[1]);
      if (frames_.size() == 3 && frames_[1].empty()) {
        from.delimited = true;
        payload = view(frames_[2]);
      }
      if (payload.empty()) payload = kNoFrame;
      core_.on_request(from, payload, base::now(), outbox_);
    }
  }

  void take_publications() {
    for (int i = 0; i < kMessagesPerRound && receive(*subscribe_, frames_); ++i) {
      const auto frame = view(frames_.front());
      if (frames_.size() == 1 && !frame.empty()) {
        core_.on_published(frame.substr(0, 1), frame.substr(1), base::now(), outbox_);
      } else {
        ++counters_["publications_malformed"];
      }
    }
  }

  void take_replies(const base::Endpoint& endpoint, Dialled& dialled) {
    for (int i = 0; i < kMessagesPerRound && receive(dialled.socket, frames_); ++i) {
      if (frames_.size() == 1) {
        core_.on_reply(endpoint, view(frames_.front()), base::now(), outbox_);
      } else {
        ++counters_["replies_malformed"];
      }
    }
  }

  void carry_out() {
    for (auto& [to, batches] : outbox_.replies()) {
      for (const auto& frame : batches) reply(to, frame);
    }
    for (auto& [to, batches] : outbox_.sends()) {
      for (auto& frame : batches) queue(to, std::move(frame));
    }
    for (const auto& publication : outbox_.publications()) {
      if (publish_ && !publish(*publish_, publication)) ++counters_["publications_dropped"];
    }
    for (const auto& endpoint : outbox_.hang_ups()) dialled_.erase(endpoint);
    for (const auto& broker : outbox_.follows()) {
      if (subscribe_) connect(*subscribe_, publish_endpoint(broker));
      if (publish_) connect(*publish_, heartbeat_endpoint(broker));
    }
    outbox_.clear();
    for (auto& [endpoint, dialled] : dialled_) drain(dialled);
  }

  void reply(const base::ClientId& to, const base::Bytes& frame) {
    if (!router_) return;
    const bool sent = to.delimited ? send(*router_, {to.routing, {}, frame}) : send(*router_, {to.routing, frame});
    if (!sent) ++counters_["replies_dropped"];
  }

  void queue(const base::Endpoint& to, base::Bytes frame) {
    auto found = dialled_.find(to);
    if (found == dialled_.end()) {
      try {
        auto socket = make_socket(context_, zmq::socket_type::dealer);
        connect(socket, to);
        found = dialled_.emplace(to, Dialled{std::move(socket), {}, 0}).first;
      } catch (const std::exception&) {
        // Who serves others has the endpoint from a heartbeat, which may say anything; a client has it from its user.
        if (!router_) throw;
        ++counters_["sends_dropped"];
        return;
      }
    }
    auto& dialled = found->second;
    dialled.unsent_bytes += frame.size();
    dialled.unsent.emplace_back(base::now().mono, std::move(frame));
  }

  void drain(Dialled& dialled) {
    while (!dialled.unsent.empty()) {
      const auto& [queued, frame] = dialled.unsent.front();
      if (!send(dialled.socket, {frame})) {
        if (dialled.unsent_bytes <= kUnsentBytesMax && base::now().mono < queued + kUnsentAge) return;
        ++counters_["sends_dropped"];
      }
      dialled.unsent_bytes -= frame.size();
      dialled.unsent.pop_front();
    }
  }

  base::Core& core_;
  zmq::context_t context_;
  Socket router_;
  Socket publish_;
  Socket subscribe_;
  std::map<base::Endpoint, Dialled> dialled_;
  std::vector<std::pair<int, std::function<void(base::Now, base::Outbox&)>>> watched_;
  std::vector<zmq::pollitem_t> poll_items_;
  std::vector<zmq::message_t> frames_;
  base::Outbox outbox_;
  base::Mono next_tick_{};
  std::map<std::string, std::uint64_t> counters_;
};

Reactor::Reactor(const Sockets& sockets, base::Core& core) : impl_(std::make_unique<Impl>(sockets, core)) {}
Reactor::~Reactor() = default;
void Reactor::watch(int fd, std::function<void(base::Now, base::Outbox&)> ready) { impl_->watch(fd, std::move(ready)); }
std::string Reactor::run() { return impl_->run(); }
void Reactor::run_until(const std::function<bool()>& done, base::Mono deadline) { impl_->run_until(done, deadline); }
base::Outbox& Reactor::outbox() { return impl_->outbox(); }
const std::map<std::string, std::uint64_t>& Reactor::counters() const { return impl_->counters(); }

}  // namespace net
