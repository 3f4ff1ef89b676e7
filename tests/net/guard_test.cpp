// Loops with keys over real TCP: who gets in, whom a message proves, and what a change of the list does to connections
// that are open. Each step runs the loops until its condition holds.
#include "net/guard.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <zmq.hpp>

#include "net/sockets.h"
#include "tests/net/fixture.h"
#include "tests/net/keys.h"
#include "tests/support/ports.h"

namespace {

using base::KeyRole;

// Keeps whom each message proved, and answers each request.
class Noter : public net_test::QuietCore {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    requests.emplace_back(frame);
    note(turn);
    turn.out.reply(from) += "answer";
  }
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn turn) override {
    ++replies;
    named_replies += turn.sender ? 1 : 0;
  }
  void on_published(std::string_view, base::BytesView payload, base::Turn turn) override {
    published.emplace_back(payload);
    note(turn);
  }
  void on_barred(const base::Endpoint&, base::Bar bar, base::Turn) override { bars.push_back(bar); }
  void on_tick(base::Turn turn) override {
    if (!beat.empty()) turn.out.publish("H", beat);
    counters = turn.out.loop_counters();
  }

  std::vector<std::string> requests, published;
  std::vector<std::optional<base::Sender>> senders;
  std::vector<base::Bar> bars;
  int replies = 0, named_replies = 0;
  std::string beat;
  base::Counters counters{base::kOfLoop};

 private:
  void note(base::Turn turn) { senders.push_back(turn.sender ? std::optional(*turn.sender) : std::nullopt); }
};

// Nothing can be opened while it lives.
class NoFreeDescriptor {
 public:
  NoFreeDescriptor() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{256, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int used = ::dup(0); used >= 0; used = ::dup(0)) used_.push_back(used);
  }
  ~NoFreeDescriptor() {
    for (const int used : used_) ::close(used);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoFreeDescriptor(const NoFreeDescriptor&) = delete;
  NoFreeDescriptor& operator=(const NoFreeDescriptor&) = delete;

 private:
  rlimit before_{};
  std::vector<int> used_;
};

class GuardTest : public net_test::SocketsTest<net::Loop> {
 protected:
  GuardTest() {
    ann = ring.key("order", "order-1");
    ring.admit(ann, KeyRole::kOrder);
  }
  // A server with a ROUTER, the stream's PUB and the SUB of heartbeats.
  void start() {
    net::Sockets sockets{
        .serve = {at(0), endpoint("a")}, .publish_bind = {at(1)}, .subscribe_bind = {at(2)}, .topics = {"H"}};
    sockets.serves_clients = serves_clients;
    server.emplace(-1, ring.store());
    server->add(sockets, core);
  }
  base::Endpoint at(int place) const { return fmt::format("tcp://127.0.0.1:{}", ports.at(place)); }

  // A loop that dials with this key and sends one request.
  void dial(const std::optional<net::Key>& key, net::Sockets sockets = {}) {
    sockets.key = key;
    client.emplace();
    client->add(sockets, peer);
  }
  void ask(const base::Endpoint& endpoint) { client->outbox(peer).send(endpoint) += "question"; }
  bool until(const std::function<bool()>& done) { return run({&*server, &*client}, done); }
  // The other end may close the connection before this one has read why, and so a few times in a row.
  bool until_told(base::Bar bar) {
    return until([&] { return std::count(peer.bars.begin(), peer.bars.end(), bar) > 0; });
  }
  bool until_looked_at_list() {
    const auto later = base::now().mono + 2 * net::Guard::kLookEvery;
    return until([&] { return base::now().mono >= later; });
  }
  // Asks again after each round in which the reply with this number has not come.
  bool until_answered(int replies = 1) {
    return until([this, replies] {
      if (peer.replies == replies - 1) ask(at(0));
      return peer.replies >= replies;
    });
  }
  bool until_refused(std::uint64_t count = 1) {
    return until([&] { return core.counters["handshakes_refused"] >= count; });
  }

  support::Ports ports;
  net_test::KeyRing ring;
  net::Key ann;
  bool serves_clients = false;
  Noter core, peer;
  std::optional<net::Loop> server, client;
};

TEST_F(GuardTest, AKeyOnTheListGetsInAndProvesItsMessages) {
  start();
  dial(ann);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  EXPECT_EQ(core.senders.at(0), (base::Sender{KeyRole::kOrder, "order-1", ann.pair.open}));
  EXPECT_EQ(peer.named_replies, 0) << "the server proved its key before";
  EXPECT_TRUE(peer.bars.empty());
}

TEST_F(GuardTest, AHeartbeatIsProvedToo) {
  start();
  dial(ann, {.publish_connect = {at(2)}});
  peer.beat = "beat";
  ASSERT_TRUE(until([&] { return !core.published.empty(); }));
  EXPECT_EQ(core.senders.at(0), (base::Sender{KeyRole::kOrder, "order-1", ann.pair.open}));
}

TEST_F(GuardTest, AMemberGetsTheStream) {
  start();
  core.beat = "block";
  dial(ann, {.subscribe_connect = {at(1)}, .topics = {"H"}});
  ASSERT_TRUE(until([&] { return !peer.published.empty(); }));
  EXPECT_EQ(peer.published.at(0), "block");
}

// Processes of this user need no key on ipc, and are not named.
TEST_F(GuardTest, AnIpcEndpointIsOpenToThisUser) {
  start();
  dial(std::nullopt);
  ask(endpoint("a"));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  EXPECT_EQ(core.senders.at(0), std::nullopt);
}

TEST_F(GuardTest, AClientWithoutAKeyIsToldSo) {
  start();
  dial(std::nullopt);
  ask(at(0));
  EXPECT_TRUE(until_told(base::Bar::kWantsKey));
  EXPECT_TRUE(until_refused());
  EXPECT_TRUE(core.requests.empty());
}

TEST_F(GuardTest, AKeyThatIsNotOnTheListDoesNotGetIn) {
  start();
  dial(ring.key("order", "order-1"));
  ask(at(0));
  ASSERT_TRUE(until_refused());
  EXPECT_TRUE(core.requests.empty());
}

TEST_F(GuardTest, AnUnknownClientOfAFrontendIsToldSo) {
  serves_clients = true;
  start();
  dial(ring.key("client", "bob"));
  ask(at(0));
  EXPECT_TRUE(until_told(base::Bar::kDenied));
  EXPECT_TRUE(core.requests.empty());
}

TEST_F(GuardTest, AClientOpensAFrontendAlone) {
  const auto bob = ring.key("client", "bob");
  ring.admit(bob, KeyRole::kClient);
  serves_clients = true;
  start();
  core.beat = "block";
  dial(bob, {.publish_connect = {at(2)}, .subscribe_connect = {at(1)}, .topics = {"H"}});
  peer.beat = "beat";
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  EXPECT_EQ(core.senders.at(0), (base::Sender{KeyRole::kClient, "bob", bob.pair.open}));
  ASSERT_TRUE(until_refused(2)) << "the stream and the heartbeats are for members";
  EXPECT_TRUE(core.published.empty());
  EXPECT_TRUE(peer.published.empty());
}

TEST_F(GuardTest, AKeyOfAnotherStoreIsOfNoUse) {
  start();
  auto other = ann;
  other.store = net::new_key_pair().open;
  dial(other);
  ask(at(0));
  ASSERT_TRUE(until([&] { return !peer.bars.empty(); }));
  EXPECT_EQ(peer.bars.at(0), base::Bar::kClosed);
  EXPECT_TRUE(core.requests.empty());
}

TEST_F(GuardTest, AProcessWithKeysDoesNotTalkToOneWithout) {
  server.emplace();
  server->add({.serve = {at(0)}}, core);
  dial(ann);
  ask(at(0));
  EXPECT_TRUE(until_told(base::Bar::kHasNone));
}

// libzmq gives up after such a handshake; the loop dials anew.
TEST_F(GuardTest, AProcessThatGetsItsKeysLaterIsReached) {
  server.emplace();
  server->add({.serve = {at(0)}, .publish_bind = {at(1)}}, core);
  dial(ann, {.subscribe_connect = {at(1)}, .topics = {"H"}});
  ASSERT_TRUE(until([&] { return !peer.bars.empty(); }));
  server.reset();
  core.beat = "block";
  start();
  ASSERT_TRUE(until([&] { return !peer.published.empty(); }));
}

TEST_F(GuardTest, AKeyThatIsAddedLaterGetsIn) {
  start();
  const auto late = ring.key("catalog", "catalog-1");
  dial(late);
  ask(at(0));
  ASSERT_TRUE(until_refused());
  ring.admit(late, KeyRole::kCatalog);
  ASSERT_TRUE(until_answered());
}

TEST_F(GuardTest, AKeyThatWasAddedAMomentAgoGetsInAtOnce) {
  start();
  dial(ann);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));  // the list was read a moment ago
  const auto late = ring.key("catalog", "catalog-1");
  ring.admit(late, KeyRole::kCatalog);
  dial(late);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 1 || core.counters["handshakes_refused"] > 0; }));
  EXPECT_EQ(core.counters["handshakes_refused"], 0U);
}

TEST_F(GuardTest, ARevokedKeyIsCutWhileItIsConnected) {
  start();
  core.beat = "block";
  dial(ann, {.publish_connect = {at(2)}, .subscribe_connect = {at(1)}, .topics = {"H"}});
  peer.beat = "beat";
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0 && !peer.published.empty() && !core.published.empty(); }));
  ring.revoke("order-1");
  ASSERT_TRUE(until_refused(3)) << "all three connections are cut, and do not come back";
  core.requests.clear(), core.published.clear(), peer.published.clear();
  ask(at(0));
  ASSERT_TRUE(until_refused(4));
  EXPECT_TRUE(core.requests.empty());
  EXPECT_TRUE(core.published.empty());
  EXPECT_TRUE(peer.published.empty());
}

TEST_F(GuardTest, AfterAStandstillARevokedKeyIsNotServed) {
  start();
  dial(ann);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  ring.revoke("order-1");
  ask(at(0));
  client->run_until([] { return false; }, base::now().mono + 2 * net::Guard::kLookEvery);
  ASSERT_TRUE(until_refused());
  EXPECT_EQ(core.requests.size(), 1U);
}

TEST_F(GuardTest, OtherConnectionsGoOnWhenAKeyIsRevoked) {
  ring.admit(ring.key("order", "order-2"), KeyRole::kOrder);
  start();
  dial(ann);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  ring.revoke("order-2");
  ASSERT_TRUE(until_looked_at_list());
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 1; }));
  EXPECT_EQ(core.counters["handshakes_refused"], 0U);
}

TEST_F(GuardTest, AListThatCannotBeReadChangesNothing) {
  start();
  ring.write_list("nonsense\n");
  dial(ann);
  ASSERT_TRUE(until_looked_at_list());
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
}

// `scp` empties a file before it writes it, and whoever reads the list meanwhile sees only a part of it.
TEST_F(GuardTest, AListThatIsJustBeingCopiedRevokesNobody) {
  ring.admit(ring.key("order", "order-2"), KeyRole::kOrder);
  start();
  dial(ann);
  const auto whole = ring.list();
  for (std::size_t end = 0; end != whole.size(); end = whole.find('\n', end) + 1) {
    SCOPED_TRACE(whole.substr(0, end));
    ring.write_list(whole.substr(0, end));
    ASSERT_TRUE(until_looked_at_list());
    const auto before = peer.replies;
    ask(at(0));
    ASSERT_TRUE(until([&] { return peer.replies > before || core.counters["handshakes_refused"] > 0; }));
    ASSERT_EQ(core.counters["handshakes_refused"], 0U);
  }
  ring.revoke("order-1");
  ASSERT_TRUE(until_refused());
}

// A program of a release before writes no last line, so its list may have been cut short.
TEST_F(GuardTest, AnUncountedListAdmitsFurtherKeysAndRevokesNone) {
  ring.counts = false;
  ring.admit(ring.key("order", "order-2"), KeyRole::kOrder);
  start();
  const auto late = ring.key("catalog", "catalog-1");
  ring.admit(late, KeyRole::kCatalog);
  dial(late);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  ring.revoke("catalog-1");
  ASSERT_TRUE(until_looked_at_list());
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 1; }));
  ring.counts = true;
  ring.revoke("order-2");
  ASSERT_TRUE(until_refused());
}

TEST_F(GuardTest, AListWhoseModeIsMendedIsReadAgain) {
  start();
  const auto late = ring.key("catalog", "catalog-1");
  ring.admit(late, KeyRole::kCatalog);
  ASSERT_EQ(::chmod(ring.list_path().c_str(), 0620), 0);
  dial(late);
  ask(at(0));
  ASSERT_TRUE(until_refused());
  ASSERT_EQ(::chmod(ring.list_path().c_str(), 0600), 0);
  ASSERT_TRUE(until_answered());
}

// The file itself does not change when there are descriptors again.
TEST_F(GuardTest, AListThatCouldNotBeOpenedIsReadLater) {
  start();
  dial(ann);
  ask(at(0));
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
  const auto late = ring.key("catalog", "catalog-1");
  ring.admit(late, KeyRole::kCatalog);
  {
    const NoFreeDescriptor none;
    ASSERT_TRUE(until_looked_at_list());
  }
  dial(late);
  ask(at(0));
  ASSERT_TRUE(until_answered(2));
}

// A frame of the largest size has some bytes more under CURVE.
TEST_F(GuardTest, LargeMessagesPass) {
  start();
  dial(ann);
  client->outbox(peer).send(at(0)) += std::string(msg::kRequestFrameBytesMax, '\xc1');
  ASSERT_TRUE(until([&] { return peer.replies > 0; }));
}

// --- the error paths ---

TEST_F(GuardTest, AStoreWithoutAListDoesNotStart) {
  ring.write_list("nonsense\n");
  EXPECT_THROW(start(), std::runtime_error);
  EXPECT_THROW(net::Loop(-1, net::StoreKeys{net::new_key_pair(), "/no/such"}), std::runtime_error);
}

}  // namespace
