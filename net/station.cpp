#include "net/station.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/log.h"

namespace net {
namespace {

// The most messages that one source may hand in before the next source's turn, and before the effects are sent.
constexpr int kMessagesPerTurn = 256;
constexpr std::size_t kBytesPerTurn = 4 * 1024 * 1024;

// A process that ends or that has no descriptor left closes connections as well, but not so often in a row.
constexpr int kClosedMax = 3;

std::string_view reason(base::Bar bar) {
  switch (bar) {
    case base::Bar::kWantsKey:
      return "it has keys, and this process has none: start it with --keys DIR";
    case base::Bar::kHasNone:
      return "it has no keys, and this process has some: start that one with --keys DIR";
    case base::Bar::kDenied:
      return "the key of this process is not on its list: see pygmy keys list";
    case base::Bar::kClosed:
      return "the key of this process may not be on its list, or may be of another store";
  }
  return {};
}

}  // namespace

Station::Station(Shared& shared, const Sockets& sockets, base::Core& core)
    : shared_(shared),
      core_(core),
      key_(sockets.key),
      is_member_(!sockets.known_as.empty() || !sockets.serve.empty() || !sockets.subscribe_connect.empty()),
      each_max_(sockets.connections_of_address) {
  if (!sockets.serve.empty() || !sockets.known_as.empty()) {
    router_.emplace(shared_.context, shared_.guard ? &*shared_.guard : nullptr);
    listen(router_->socket(), sockets.serve, sockets.serves_clients ? Domain::kAll : Domain::kStore);
  }
  bind_all(publish_, kPublish, sockets.publish_bind);
  bind_all(subscribe_, kHearBeats, sockets.subscribe_bind);
  has_subscribers_ = publish_.has_value();
  hears_anybody_ = subscribe_.has_value();
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
  socket.emplace(make_socket(shared_.context, kind, is_encrypted()));
  listen(socket->zmq, endpoints, Domain::kMembers);
}

void Station::listen(zmq::socket_t& socket, const std::vector<base::Endpoint>& endpoints, Domain domain) {
  if (!endpoints.empty()) doors_.emplace_back(shared_.context, socket, each_max_);
  auto ordered = endpoints;  // those that need no key are bound first (net/sockets.h)
  std::stable_partition(ordered.begin(), ordered.end(), [](const auto& endpoint) { return !needs_key(endpoint); });
  for (const auto& endpoint : ordered) {
    if (shared_.guard) shared_.guard->watch(socket, endpoint, domain);
    shared_.listeners.add(socket, endpoint);
  }
}

void Station::dial(zmq::socket_t& socket, Calls& calls, const base::Endpoint& endpoint) {
  const bool is_tcp = needs_key(endpoint);
  if (is_tcp && !calls.monitor) calls.monitor.emplace(shared_.context, socket, false);
  if (is_tcp && key_) {
    show_key(socket, *key_);
  } else {
    use_no_keys(socket);
  }
  connect(socket, endpoint);
  calls.endpoints.push_back(endpoint);
}

// libzmq gave up one of the endpoints. It does not tell which, so all are dialled again.
void Station::dial_again(zmq::socket_t& socket, Calls& calls) {
  calls.again.reset();
  for (const auto& endpoint : std::exchange(calls.endpoints, {})) {
    zmq_disconnect(socket.handle(), endpoint.c_str());
    dial(socket, calls, endpoint);
  }
}

std::optional<base::Bar> Station::look_at(Calls& calls, base::Mono now) const {
  std::optional<base::Bar> bar;
  Monitor::Event handshake{};
  while (calls.monitor && calls.monitor->next(handshake)) {
    calls.closed = handshake.outcome == Monitor::Outcome::kDone ? 0 : calls.closed + 1;
    if (handshake.ended && !calls.again) calls.again = now + Loop::kBarredFor;
    if (handshake.outcome == Monitor::Outcome::kMechanism) bar = key_ ? base::Bar::kHasNone : base::Bar::kWantsKey;
    if (handshake.outcome == Monitor::Outcome::kDenied) bar = base::Bar::kDenied;
    if (handshake.outcome == Monitor::Outcome::kClosed && calls.closed >= kClosedMax) bar = base::Bar::kClosed;
  }
  return bar;
}

void Station::look_at_calls(base::Now now) {
  const auto barred = [&](const Calls& calls, base::Bar bar) {
    const auto& endpoint = calls.endpoints.front();
    core_.on_barred(endpoint, bar, {now, outbox_});
    if (is_member_) warn(now.mono, fmt::format("{} does not let this process in: {}", endpoint, reason(bar)));
  };
  for (auto* calls : {&published_to_, &subscribed_to_}) {
    if (const auto bar = look_at(*calls, now.mono)) barred(*calls, *bar);
  }
  if (published_to_.again && now.mono >= *published_to_.again) dial_again(publish_->zmq, published_to_);
  if (subscribed_to_.again && now.mono >= *subscribed_to_.again) {
    dial_again(subscribe_->zmq, subscribed_to_);
    subscribe_->readiness.used();
  }
  for (auto& [endpoint, dialled] : dialled_) {
    if (const auto bar = look_at(dialled.calls, now.mono)) barred(dialled.calls, *bar);
    if (!dialled.calls.again || now.mono < *dialled.calls.again) continue;
    dial_again(dialled.socket.zmq, dialled.calls);
    dialled.socket.readiness.used();
  }
}

void Station::look_at_doors(base::Mono now) {
  Monitor::Event event{};
  for (auto& door : doors_) {
    while (door.monitor.next(event)) {
      if (event.outcome == Monitor::Outcome::kCame) {
        door.callers.came(event.descriptor);
      } else if (event.outcome == Monitor::Outcome::kLeft) {
        door.callers.left(event.descriptor);
      } else if (event.outcome != Monitor::Outcome::kDone && shared_.guard) {
        ++outbox_.loop_counters()["handshakes_refused"];
      }
    }
    const auto cut = door.callers.cut();
    if (cut.empty()) continue;
    outbox_.loop_counters()["connections_refused"] += cut.size();
    warn(now,
         fmt::format("{} has as many connections here as an address may have ({}; --client-connections at a frontend): "
                     "further ones are closed",
                     cut.front(), each_max_));
  }
}

void Station::warn(base::Mono now, const std::string& what) {
  if (now < log_next_) return;
  log_next_ = now + Loop::kLogEvery;
  base::log::warn("{}", what);
}

void Station::subscribe_to(const base::Endpoint& publisher) {
  if (shared_.bus.subscribe(seat_, publisher)) return;
  if (!subscribe_) {
    subscribe_.emplace(make_socket(shared_.context, kSubscribe, is_encrypted()));
    for (const auto& topic : seat_.topics) subscribe_->zmq.set(zmq::sockopt::subscribe, topic);
  }
  dial(subscribe_->zmq, subscribed_to_, publisher);
  subscribe_->readiness.used();
}

void Station::publish_to(const base::Endpoint& subscriber) {
  if (shared_.bus.publish_to(seat_, subscriber)) return;
  if (!publish_) publish_.emplace(make_socket(shared_.context, kBeat, is_encrypted()));
  dial(publish_->zmq, published_to_, subscriber);
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
  look_at_calls(now);
  look_at_doors(now.mono);
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
  if (const auto cut = subscribers_.take(publish_->zmq, shared_.guard ? &*shared_.guard : nullptr))
    outbox_.loop_counters()["subscribers_cut_off"] += cut;
}

void Station::take_publications() {
  std::size_t bytes = 0;
  for (int i = 0; i < kMessagesPerTurn && bytes < kBytesPerTurn; ++i) {
    if (!receive(subscribe_->zmq, frames_)) return subscribe_->readiness.drained();
    const auto frame = view(frames_.front());
    bytes += frame.size();
    const auto proof = hears_anybody_ && shared_.guard ? shared_.guard->proof_of(frames_.front()) : Proof{};
    const auto* sender = proof.by ? &proof.by->sender : nullptr;
    if (!proof.counts) {
      ++outbox_.loop_counters()["frames_revoked"];
    } else if (frames_.size() == 1 && !frame.empty()) {
      core_.on_published(frame.substr(0, 1), frame.substr(1), {base::now(), outbox_, sender});
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
  for (const auto& broker : outbox_.follows()) follow(broker);
  outbox_.clear();
  for (auto& [endpoint, dialled] : dialled_) drain(dialled);
}

// Another process has announced this endpoint, so it may be any text.
void Station::follow(const base::Endpoint& broker) {
  try {
    subscribe_to(publish_endpoint(broker));
    publish_to(heartbeat_endpoint(broker));
  } catch (const std::exception& error) {
    ++outbox_.loop_counters()["sends_dropped"];
    warn(base::now().mono, fmt::format("a broker that was announced is not followed: {}", error.what()));
  }
}

void Station::reply(const base::ClientId& to, base::Bytes frame) {
  if (!router_) return;
  if (!Bus::is_local(to.routing)) return router_->reply(to, std::move(frame), outbox_);
  if (frame.size() > msg::kFrameBytesMax) return Router::drop(outbox_);
  auto held = router_->hold(to, std::move(frame), outbox_);
  if (held && !shared_.bus.reply(to.routing, std::move(held))) Router::drop(outbox_);
}

void Station::send(const base::Endpoint& to, base::Bytes frame) {
  if (frame.size() > msg::kRequestFrameBytesMax) {
    ++outbox_.loop_counters()["sends_dropped"];
    return;
  }
  if (!shared_.bus.knows(to)) return queue(to, std::move(frame));
  shared_.bus.send(seat_, to, std::move(frame));
}

void Station::publish(base::Publication publication) {
  const auto bytes = static_cast<std::int64_t>(publication.topic.size() + publication.payload.size());
  if (bytes > (has_subscribers_ ? kSubscribe : kHearBeats).bytes_max) {
    ++outbox_.loop_counters()["publications_dropped"];
    return warn(base::now().mono,
                fmt::format("a publication of {} bytes is larger than its receivers take: it is dropped", bytes));
  }
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
      found = dialled_.try_emplace(to, make_socket(shared_.context, kDial, is_encrypted())).first;
      dial(found->second.socket.zmq, found->second.calls, to);
    } catch (const std::exception& error) {
      dialled_.erase(to);
      // A server learns the endpoint from a heartbeat, so the endpoint may be any text; a client gets it from its user.
      if (!is_member_) throw;
      ++outbox_.loop_counters()["sends_dropped"];
      warn(base::now().mono, fmt::format("an endpoint that was announced is not dialled: {}", error.what()));
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
