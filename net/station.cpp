#include "net/station.h"

#include <exception>

namespace net {
namespace {

// The most messages that one source may hand in before the next source's turn, and before the effects are sent.
constexpr int kMessagesPerTurn = 256;
constexpr std::size_t kBytesPerTurn = 4 * 1024 * 1024;

}  // namespace

Station::Station(Shared& shared, const Sockets& sockets, base::Core& core) : shared_(shared), core_(core) {
  if (!sockets.serve.empty() || !sockets.known_as.empty()) router_.emplace(shared_.context);
  for (const auto& endpoint : sockets.serve) shared_.listeners.add(router_->socket(), endpoint);
  bind_all(publish_, kPublish, sockets.publish_bind);
  bind_all(subscribe_, kHearBeats, sockets.subscribe_bind);
  has_subscribers_ = publish_.has_value();
  if (has_subscribers_) publish_->zmq.set(zmq::sockopt::xpub_verbose, true);
  if (subscribe_) {
    for (const auto& topic : sockets.topics) subscribe_->zmq.set(zmq::sockopt::subscribe, topic);
  }
  seat_.outbox = &outbox_;
  seat_.router = router_ ? &*router_ : nullptr;
  shared_.bus.join(seat_, sockets);
  for (const auto& endpoint : sockets.publish_connect) publish_to(endpoint);
  for (const auto& endpoint : sockets.subscribe_connect) subscribe_to(endpoint);
}

Station::~Station() {
  shared_.bus.leave(seat_);
  if (router_) shared_.listeners.forget(router_->socket());
  if (publish_) shared_.listeners.forget(publish_->zmq);
  if (subscribe_) shared_.listeners.forget(subscribe_->zmq);
}

void Station::bind_all(std::optional<Socket>& socket, const Kind& kind, const std::vector<base::Endpoint>& endpoints) {
  if (endpoints.empty()) return;
  socket.emplace(make_socket(shared_.context, kind));
  for (const auto& endpoint : endpoints) shared_.listeners.add(socket->zmq, endpoint);
}

void Station::subscribe_to(const base::Endpoint& publisher) {
  if (shared_.bus.subscribe(seat_, publisher)) return;
  if (!subscribe_) {
    subscribe_.emplace(make_socket(shared_.context, kSubscribe));
    for (const auto& topic : seat_.topics) subscribe_->zmq.set(zmq::sockopt::subscribe, topic);
  }
  connect(subscribe_->zmq, publisher);
  subscribe_->readiness.used();
}

void Station::publish_to(const base::Endpoint& subscriber) {
  if (shared_.bus.publish_to(seat_, subscriber)) return;
  if (!publish_) publish_.emplace(make_socket(shared_.context, kBeat));
  connect(publish_->zmq, subscriber);
}

void Station::watch(int fd, Watcher ready) { watched_.push_back({fd, std::move(ready)}); }

void Station::wait_with(Waiter& waiter) {
  if (router_) waiter.add(router_->readiness());
  if (subscribe_) waiter.add(subscribe_->readiness);
  if (has_subscribers_) waiter.add(publish_->readiness);
  for (auto& [endpoint, dialled] : dialled_) {
    dialled.socket.readiness.wait_for_room(!dialled.unsent.empty());
    waiter.add(dialled.socket.readiness);
  }
  for (auto& watched : watched_) waiter.add(watched.fd, watched.is_ready);
}

void Station::turn() {
  take_from_bus();
  if (router_) router_->tell(core_, outbox_);
  if (subscribe_ && subscribe_->readiness.begin_reading()) take_publications();
  if (has_subscribers_ && publish_->readiness.begin_reading()) take_subscribers();
  for (auto& [endpoint, dialled] : dialled_) {
    if (dialled.socket.readiness.begin_reading()) take_replies(endpoint, dialled);
  }
  for (auto& watched : watched_) {
    if (std::exchange(watched.is_ready, false)) watched.ready({base::now(), outbox_});
  }
}

void Station::tick(base::Now now) {
  core_.on_tick({now, outbox_});
  if (router_) router_->on_tick(outbox_);
}

void Station::take_from_bus() {
  const auto tell_reply = [this](const base::Endpoint& from, base::BytesView frame) {
    core_.on_reply(from, frame, {base::now(), outbox_});
  };
  const auto tell_publication = [this](const base::Publication& publication) {
    core_.on_published(publication.topic, publication.payload, {base::now(), outbox_});
  };
  std::size_t bytes = 0;
  for (int i = 0; i < kMessagesPerTurn && bytes < kBytesPerTurn && !seat_.lanes.empty(); ++i) {
    bytes += seat_.lanes.tell_next(tell_reply, tell_publication);
  }
}

void Station::take_subscribers() {
  if (const auto cut = subscribers_.take(publish_->zmq)) outbox_.loop_counters()["subscribers_cut_off"] += cut;
}

void Station::take_publications() {
  std::size_t bytes = 0;
  for (int i = 0; i < kMessagesPerTurn && bytes < kBytesPerTurn; ++i) {
    if (!receive(subscribe_->zmq, frames_)) return subscribe_->readiness.drained();
    const auto frame = view(frames_.front());
    bytes += frame.size();
    if (frames_.size() == 1 && !frame.empty()) {
      core_.on_published(frame.substr(0, 1), frame.substr(1), {base::now(), outbox_});
    } else {
      ++outbox_.loop_counters()["publications_malformed"];
    }
  }
}

void Station::take_replies(const base::Endpoint& endpoint, Dialled& dialled) {
  std::size_t bytes = 0;
  for (int i = 0; i < kMessagesPerTurn && bytes < kBytesPerTurn; ++i) {
    if (!receive(dialled.socket.zmq, frames_)) return dialled.socket.readiness.drained();
    bytes += frames_.front().size();
    if (frames_.size() == 1) {
      core_.on_reply(endpoint, view(frames_.front()), {base::now(), outbox_});
    } else {
      ++outbox_.loop_counters()["replies_malformed"];
    }
  }
}

void Station::carry_out() {
  for (auto& [to, batches] : outbox_.replies()) {
    for (auto& frame : batches) reply(to, std::move(frame));
  }
  for (auto& [to, batches] : outbox_.sends()) {
    for (auto& frame : batches) send(to, std::move(frame));
  }
  for (auto& publication : outbox_.publications()) publish(std::move(publication));
  for (const auto& endpoint : outbox_.hang_ups()) hang_up(endpoint);
  for (const auto& broker : outbox_.follows()) {
    subscribe_to(publish_endpoint(broker));
    publish_to(heartbeat_endpoint(broker));
  }
  outbox_.clear();
  for (auto& [endpoint, dialled] : dialled_) drain(dialled);
}

void Station::reply(const base::ClientId& to, base::Bytes frame) {
  if (!router_) return;
  if (!Bus::is_local(to.routing)) return router_->reply(to, std::move(frame), outbox_);
  if (frame.size() > msg::kFrameBytesMax) return Router::drop(outbox_);
  auto held = router_->hold(to, std::move(frame), outbox_);
  if (held && !shared_.bus.reply(to.routing, std::move(held))) Router::drop(outbox_);
}

void Station::send(const base::Endpoint& to, base::Bytes frame) {
  if (!shared_.bus.knows(to)) return queue(to, std::move(frame));
  if (frame.size() > msg::kRequestFrameBytesMax) {
    ++outbox_.loop_counters()["sends_dropped"];
    return;
  }
  shared_.bus.send(seat_, to, std::move(frame));
}

void Station::publish(base::Publication publication) {
  std::size_t dropped = 0;
  if (publish_ && (!has_subscribers_ || subscribers_.want(publication.topic))) {
    if (!net::publish(publish_->zmq, publication)) ++dropped;
    publish_->readiness.used();
  }
  dropped += shared_.bus.publish(seat_, std::move(publication));
  if (dropped > 0) outbox_.loop_counters()["publications_dropped"] += dropped;
}

void Station::hang_up(const base::Endpoint& endpoint) {
  dialled_.erase(endpoint);
  shared_.bus.hang_up(seat_, endpoint);
}

void Station::queue(const base::Endpoint& to, base::Bytes frame) {
  auto found = dialled_.find(to);
  if (found == dialled_.end()) {
    try {
      auto socket = make_socket(shared_.context, kDial);
      connect(socket, to);
      found = dialled_.try_emplace(to, std::move(socket)).first;
    } catch (const std::exception&) {
      // A server learns the endpoint from a heartbeat, so the endpoint may be any text; a client gets it from its user.
      if (!router_) throw;
      ++outbox_.loop_counters()["sends_dropped"];
      return;
    }
  }
  auto& dialled = found->second;
  dialled.unsent_bytes += frame.size();
  dialled.unsent.emplace_back(base::now().mono, std::move(frame));
}

void Station::drain(Dialled& dialled) {
  while (!dialled.unsent.empty()) {
    const auto& [queued, frame] = dialled.unsent.front();
    std::vector<zmq::message_t> message;
    message.emplace_back(frame.data(), frame.size());
    dialled.socket.readiness.used();
    if (net::send(dialled.socket.zmq, std::move(message)) != Sent::kYes) {
      if (dialled.unsent_bytes <= Loop::kUnsentBytesMax && base::now().mono < queued + Loop::kUnsentAge) return;
      ++outbox_.loop_counters()["sends_dropped"];
    }
    dialled.unsent_bytes -= frame.size();
    dialled.unsent.pop_front();
  }
}

}  // namespace net
