// A replica that is far behind begins with a peer's view. The tests fetch by hand, and test the disk's part alone.
#include "tests/sim/snapshots.h"

#include "ledger/items.h"
#include "ledger/orders.h"
#include "tests/sim/store_fixture.h"

namespace sim {
namespace {

class SnapshotsTest : public StoreTest {
 protected:
  explicit SnapshotsTest(Shape shape = {.snapshot_behind = 20}) : StoreTest(shape) {
    for (int i = 0; i < 40; ++i) EXPECT_TRUE(buy("client-1", 2, 1));
    pass(1s);  // long enough for the views to commit
  }
  void lose_disk(const std::string& name) {
    cluster.kill(name);
    cluster.wipe(name);
    cluster.start(name);
  }
  void spoil(Spoiled how) { cluster.snapshot_faults().spoiled = how; }
};

TEST_F(SnapshotsTest, AReplicaWithoutADiskBeginsWithThePeersView) {
  for (const std::string name : {"order-2", "catalog-1"}) {
    lose_disk(name);
    run_until_level();
  }
  EXPECT_EQ(times("snapshot: fetched"), 2U);
  const auto order = buy("client-1", 1, 1);
  ASSERT_TRUE(order);
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(SnapshotsTest, AReplicaThatIsNotFarBehindReplays) {
  cluster.kill("order-2");
  cluster.start("order-2");
  run_until_level();
  EXPECT_EQ(times("snapshot: fetched") + times("snapshot: none to be had, replayed"), 0U);
}

TEST_F(SnapshotsTest, WithoutAPeerItReplays) {
  cluster.kill("catalog-2");
  lose_disk("catalog-1");
  pass(4s);
  EXPECT_EQ(times("snapshot: none to be had, replayed"), 1U);
  cluster.start("catalog-2");
  run_until_level();
}

TEST_F(SnapshotsTest, AnotherPeerIsAskedWhenTheFirstIsKilled) {
  std::string giver;
  cluster.snapshot_faults().at_next_part = [&](const std::string& name) { cluster.kill(giver = name); };
  lose_disk("order-3");
  ASSERT_TRUE(world.run_until([&] { return !giver.empty(); }, 5s));
  pass(6s);
  EXPECT_EQ(times("snapshot: fetched"), 1U);
  cluster.start(giver);
  run_until_level();
}

TEST_F(SnapshotsTest, AUselessCopyIsNotTaken) {
  for (const auto how : {Spoiled::kDamaged, Spoiled::kForeign, Spoiled::kOtherFormat}) {
    spoil(how);
    for (const std::string name : {"catalog-1", "catalog-2"}) {
      lose_disk(name);
      run_until_level();
    }
    EXPECT_EQ(times("snapshot: fetched"), 0U);
  }
  EXPECT_GE(times("snapshot: not what it was said to be"), 1U);
}

class SnapshotsOfAClusterTest : public SnapshotsTest {
 protected:
  SnapshotsOfAClusterTest() : SnapshotsTest({.shared = true, .first_broker_only = true, .snapshot_behind = 20}) {}
};

TEST_F(SnapshotsOfAClusterTest, AReplicaThatKnowsOnlyAStandbyHearsOfTheLeader) {
  if (cluster.leader() == "broker-1") {
    cluster.kill("broker-1");
    ASSERT_TRUE(world.run_until([&] { return cluster.leads("broker-2"); }, 5s));
    cluster.start("broker-1");
    run_until_level();
  }
  lose_disk("order-2");
  run_until_level();
  EXPECT_EQ(times("snapshot: fetched"), 1U);
}

// --- the disk's side ---

class CopyTest : public testing::Test {
 protected:
  CopyTest() {
    const msg::Item item{base::ItemId(1), "Title", "topic", base::Cents(5), base::Quantity(7), base::Seq(2)};
    ledger::Items items;
    items.put(item);
    view.put_item(item);
    view.put_order(order);
    view.put_key("k", record);
    totals.keys.add("k", record);
    view.put_cancellation(cancellation);
    totals.orders_digest += ledger::row_digest(cancellation);
    view.put_hold(hold);
    totals.holds = {hold.no, 0, ledger::row_digest(hold)};
    const msg::Movement added{.item = item.id, .seq = item.version, .delta = item.stock, .stock = item.stock};
    view.put_movement(added);
    totals.movements.add(added);
    view.commit({"store-a", base::Seq(6), base::BlockNo(2), std::string(32, 'h'), 9}, totals, items.digest());
  }
  base::Bytes image() const { return view.image(view.durable()); }

  const msg::Order order{base::OrderNo(1), base::Seq(3), 9, {}, "k", "ann", {}, base::Cents(5)};
  const ledger::KeyRecord record{msg::OutcomeKind::kOrder, base::Seq(3), 77, base::OrderNo(1), {}, {}, {}};
  const msg::Cancellation cancellation{order.no, base::Seq(4), 9, {}, "c", {}, {}, "", {}};
  const msg::Hold hold{
      base::HoldNo(1), base::Seq(5), base::Seq(6), 9, 99, msg::HoldState::kReleased, "h", "", {}, {}, {}};
  order::Totals totals{base::OrderNo(1), ledger::row_digest(order), {}};

  MemoryOrderStore view;
  MemoryOrderStore other;
};

TEST_F(CopyTest, HasAllThatWasCommittedAndNothingElse) {
  const auto before = image();
  view.put_item({base::ItemId(2), "Not yet", "topic", base::Cents(5), base::Quantity(7), base::Seq(4)});
  EXPECT_EQ(image(), before);
  other.install(image() + "zeros behind it");
  EXPECT_EQ(other.image(other.durable()), before);
  EXPECT_EQ(other.order(base::OrderNo(1)), view.order(base::OrderNo(1)));
  EXPECT_EQ(other.key("k"), view.key("k"));
  EXPECT_EQ(other.totals().keys, totals.keys);
  EXPECT_EQ(other.position().applied, base::Seq(6));
}

TEST_F(CopyTest, ACopyWithASpoiltRowIsNotInstalled) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    MemoryOrderStore spoilt;
    spoilt.install(image());
    World world(seed);
    const auto what = spoilt.spoil_row(world);
    ASSERT_TRUE(what);
    EXPECT_THROW(other.install(spoilt.image(spoilt.durable())), std::runtime_error) << what->what;
  }
  EXPECT_EQ(other.position().applied, base::Seq());
}

TEST_F(CopyTest, HalfACopyIsNotInstalled) {
  const auto whole = image();
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_THROW(other.install(whole.substr(0, size)), std::runtime_error) << size;
  }
  EXPECT_EQ(other.position().applied, base::Seq());
}

}  // namespace
}  // namespace sim
