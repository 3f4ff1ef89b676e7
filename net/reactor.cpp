#include "net/reactor.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <stdexcept>

#include "net/listeners.h"
#include "net/memory.h"
#include "net/router.h"
#include "net/sockets.h"
#include "net/subscribers.h"

namespace net {
namespace {

// Bounds for one socket in a round, before the next socket's turn and before the effects are sent.
constexpr int kMessagesPerRound = 256;
constexpr std::size_t kBytesPerRound = 4 * 1024 * 1024;

int& stop_signal_fd() {
  static int fd = -1;
  return fd;
}

// A DEALER to one endpoint, and the frames that could not be sent yet.
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
    if (!sockets.serve.empty()) router_.emplace(context_);
    for (const auto& endpoint : sockets.serve) listeners_.add(router_->socket(), endpoint);
    bind_all(publish_, kPublish, sockets.publish_bind);
    bind_all(subscribe_, kHearBeats, sockets.subscribe_bind);
    has_subscribers_ = publish_.has_value();
    if (has_subscribers_) publish_->set(zmq::sockopt::xpub_verbose, true);
    connect_all(publish_, kBeat, sockets.publish_connect);
    connect_all(subscribe_, kSubscribe, sockets.subscribe_connect);
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
  const base::Counters& counters() { return outbox_.loop_counters(); }

 private:
  using Socket = std::optional<zmq::socket_t>;

  void bind_all(Socket& socket, const Kind& kind, const std::vector<base::Endpoint>& endpoints) {
    if (endpoints.empty()) return;
    socket = make_socket(context_, kind);
    for (const auto& endpoint : endpoints) listeners_.add(*socket, endpoint);
  }

  void connect_all(Socket& socket, const Kind& kind, const std::vector<base::Endpoint>& endpoints) {
    if (endpoints.empty()) return;
    if (!socket) socket = make_socket(context_, kind);
    for (const auto& endpoint : endpoints) connect(*socket, endpoint);
  }

  // Waits, takes messages in, lets the core settle, and carries out its effects.
  void round(base::Mono until) {
    wait(more_requests_ ? base::Mono{} : until);
    if (router_) take_requests();
    if (subscribe_) take_publications();
    if (has_subscribers_) take_subscribers();
    for (auto& [endpoint, dialled] : dialled_) take_replies(endpoint, dialled);
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      if (poll_items_[i].revents & ZMQ_POLLIN) watched_[i].second(base::now(), outbox_);
    }
    const auto now = base::now();
    if (now.mono >= next_tick_) {
      core_.on_tick(now, outbox_);
      look_after(now.mono);
      next_tick_ = now.mono + base::kTick;
    }
    core_.on_settled(now, outbox_);
    carry_out();
  }

  void wait(base::Mono until) {
    poll_items_.clear();
    for (const auto& [fd, ready] : watched_) poll_items_.push_back({nullptr, fd, ZMQ_POLLIN, 0});
    if (router_) poll_items_.push_back({router_->socket().handle(), 0, ZMQ_POLLIN, 0});
    if (subscribe_) poll_items_.push_back({subscribe_->handle(), 0, ZMQ_POLLIN, 0});
    if (has_subscribers_) poll_items_.push_back({publish_->handle(), 0, ZMQ_POLLIN, 0});
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
    router_->take_in(core_, outbox_);
    more_requests_ = router_->tell(core_, outbox_);
  }

  void take_subscribers() {
    if (const auto cut = take_subscriptions(*publish_)) outbox_.loop_counters()["subscribers_cut_off"] += cut;
  }

  void look_after(base::Mono now) {
    listeners_.on_tick(now);
    if (!router_) return;
    router_->on_tick(outbox_);
    memory_.on_tick(router_->bytes(), now);
  }

  void take_publications() {
    std::size_t bytes = 0;
    for (int i = 0; i < kMessagesPerRound && bytes < kBytesPerRound && receive(*subscribe_, frames_); ++i) {
      const auto frame = view(frames_.front());
      bytes += frame.size();
      if (frames_.size() == 1 && !frame.empty()) {
        core_.on_published(frame.substr(0, 1), frame.substr(1), base::now(), outbox_);
      } else {
        ++outbox_.loop_counters()["publications_malformed"];
      }
    }
  }

  void take_replies(const base::Endpoint& endpoint, Dialled& dialled) {
    std::size_t bytes = 0;
    for (int i = 0; i < kMessagesPerRound && bytes < kBytesPerRound && receive(dialled.socket, frames_); ++i) {
      bytes += frames_.front().size();
      if (frames_.size() == 1) {
        core_.on_reply(endpoint, view(frames_.front()), base::now(), outbox_);
      } else {
        ++outbox_.loop_counters()["replies_malformed"];
      }
    }
  }

  void carry_out() {
    for (auto& [to, batches] : outbox_.replies()) {
      for (auto& frame : batches) {
        if (router_) router_->reply(to, std::move(frame), outbox_);
      }
    }
    for (auto& [to, batches] : outbox_.sends()) {
      for (auto& frame : batches) queue(to, std::move(frame));
    }
    for (const auto& publication : outbox_.publications()) {
      if (publish_ && !publish(*publish_, publication)) ++outbox_.loop_counters()["publications_dropped"];
    }
    for (const auto& endpoint : outbox_.hang_ups()) dialled_.erase(endpoint);
    for (const auto& broker : outbox_.follows()) {
      if (subscribe_) connect(*subscribe_, publish_endpoint(broker));
      if (publish_) connect(*publish_, heartbeat_endpoint(broker));
    }
    outbox_.clear();
    for (auto& [endpoint, dialled] : dialled_) drain(dialled);
  }

  void queue(const base::Endpoint& to, base::Bytes frame) {
    auto found = dialled_.find(to);
    if (found == dialled_.end()) {
      try {
        auto socket = make_socket(context_, kDial);
        connect(socket, to);
        found = dialled_.emplace(to, Dialled{std::move(socket), {}, 0}).first;
      } catch (const std::exception&) {
        // A server has the endpoint from a heartbeat, which may hold anything; a client has it from its user.
        if (!router_) throw;
        ++outbox_.loop_counters()["sends_dropped"];
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
      std::vector<zmq::message_t> message;
      message.emplace_back(frame.data(), frame.size());
      if (send(dialled.socket, std::move(message)) != Sent::kYes) {
        if (dialled.unsent_bytes <= kUnsentBytesMax && base::now().mono < queued + kUnsentAge) return;
        ++outbox_.loop_counters()["sends_dropped"];
      }
      dialled.unsent_bytes -= frame.size();
      dialled.unsent.pop_front();
    }
  }

  base::Core& core_;
  zmq::context_t context_;
  std::optional<Router> router_;
  Socket publish_;
  Socket subscribe_;
  bool has_subscribers_ = false;  // publish_ is an XPUB
  Listeners listeners_;
  Memory memory_;
  std::map<base::Endpoint, Dialled> dialled_;
  std::vector<std::pair<int, std::function<void(base::Now, base::Outbox&)>>> watched_;
  std::vector<zmq::pollitem_t> poll_items_;
  std::vector<zmq::message_t> frames_;
  base::Outbox outbox_;
  base::Mono next_tick_{};
  bool more_requests_ = false;
};

Reactor::Reactor(const Sockets& sockets, base::Core& core) : impl_(std::make_unique<Impl>(sockets, core)) {}
Reactor::~Reactor() = default;
void Reactor::watch(int fd, std::function<void(base::Now, base::Outbox&)> ready) { impl_->watch(fd, std::move(ready)); }
std::string Reactor::run() { return impl_->run(); }
void Reactor::run_until(const std::function<bool()>& done, base::Mono deadline) { impl_->run_until(done, deadline); }
base::Outbox& Reactor::outbox() { return impl_->outbox(); }
const base::Counters& Reactor::counters() const { return impl_->counters(); }

}  // namespace net
