#include "tests/msg/examples.h"

#include "msg/cancellations.h"
#include "msg/codec.h"

namespace examples {

msg::Item item() { return {ItemId(2), "RPCs for Dummies", "distributed systems", Cents(4995), Quantity(100), Seq(12)}; }

msg::Item held_item() {
  auto held = item();
  held.held = Quantity(3);
  return held;
}

msg::Item edited_item() {
  auto edited = item();
  edited.retired = true;
  edited.edited = Seq(12);
  return edited;
}

msg::Terms terms() { return {Quantity(2), Quantity(1), 86'400'000, 1'700'000'000'000, 1'800'000'000'000}; }

msg::Item item_with_terms() {
  auto limited = item();
  limited.edited = Seq(12);
  limited.terms = terms();
  return limited;
}

msg::Item item_with_details() {
  auto detailed = item();
  detailed.description = "One line\nand another";
  detailed.topics = msg::Topics{"networks", "fun"};
  detailed.attributes = msg::Attributes{{"pages", "214"}, {"signed", ""}};
  detailed.low = Quantity(4);
  return detailed;
}

msg::EditItem edit_of_details() {
  msg::EditItem edit{.key = "key-13", .item = ItemId(2), .terms = msg::Terms{.per_order = Quantity(2)}};
  edit.rules = std::vector<std::string>{"per_order", "until"};
  edit.description = "";
  edit.topics = msg::Topics{"networks", "fun"};
  edit.attributes = msg::AttributeChanges{{"colour", std::nullopt}, {"pages", "214"}};
  return edit;
}

msg::Item item_with_places() {
  auto spread = item();
  spread.places = msg::Places{{"annex", Quantity(4)}, {"north", Quantity(7)}};
  return spread;
}

msg::Hold hold() {
  return {.no = HoldNo(4),
          .seq = Seq(42),
          .version = Seq(43),
          .at = 1'700'000'000'000,
          .expires = 1'700'000'600'000,
          .state = msg::HoldState::kConfirmed,
          .key = "key-9",
          .customer = "ann",
          .lines = {{ItemId(2), Quantity(3), Cents(4995), Quantity(3)}},
          .order = OrderNo(17),
          .by = Seq(41)};
}

msg::Order order() {
  return {.no = OrderNo(17),
          .seq = Seq(42),
          .at = 1'700'000'000'000,
          .type = msg::OrderType::kBuy,
          .key = "key-1",
          .customer = "ann",
          .lines = {{ItemId(2), Quantity(2), Cents(4995), Quantity(98)}},
          .total = Cents(9990)};
}

msg::Order order_from_places() {
  auto split = order();
  split.lines.front().places = msg::Places{{"north", Quantity(1)}};
  return split;
}

msg::Movement movement() {
  return {.item = ItemId(2),
          .seq = Seq(42),
          .at = 1'700'000'000'000,
          .kind = msg::MovementKind::kConfirmed,
          .delta = Quantity(-2),
          .stock = Quantity(98),
          .held_delta = Quantity(-3),
          .held = Quantity(1),
          .order = OrderNo(17),
          .hold = HoldNo(4),
          .reason = "damaged",
          .by = Seq(41)};
}

msg::Movement movement_of_places() {
  auto transferred = movement();
  transferred.places = msg::Places{{"annex", Quantity(-7)}, {"north", Quantity(7)}};
  return transferred;
}

msg::Subscription subscription() {
  return {.name = "stock",
          .id = Seq(42),
          .version = Seq(45),
          .at = 1'700'000'000'000,
          .cursor = Seq(44),
          .types = {"stock_moved"},
          .ttl = 60'000,
          .acknowledged = 1'700'000'001'000,
          .by = Seq(41)};
}

msg::Order cancelled_order() {
  auto cancelled = order();
  msg::add_cancellation(cancelled, {.no = OrderNo(17),
                                    .seq = Seq(50),
                                    .at = 1'700'000'000'001,
                                    .kind = msg::CancelKind::kReturn,
                                    .key = "key-8",
                                    .lines = {{ItemId(2), Quantity(1), Cents(4995), Quantity(99)}},
                                    .total = Cents(4995),
                                    .reason = "too many",
                                    .by = Seq(41)});
  return cancelled;
}

msg::Credential credential() {
  return {.id = Seq(42),
          .hash = {std::string(32, 'h')},
          .role = msg::ClientRole::kBuyer,
          .customer = "ann",
          .label = "a till",
          .at = 1'700'000'000'000,
          .expires = 1'800'000'000'000,
          .revoked = Seq(43)};
}

msg::Leadership leadership() {
  return {.term = Term(3),
          .commit = Seq(42),
          .mark = Seq(41),
          .epoch = Epoch(9),
          .writer = "order-2",
          .producer = ProducerNo(30),
          .holders = 2};
}

msg::Heartbeat heartbeat() {
  auto leader = leadership();
  leader.diverged = {"catalog-2"};
  leader.begins = Seq(40);
  return {.role = msg::Role::kBroker,
          .instance = "broker-1",
          .incarnation = Incarnation(0x1122334455667788),
          .store = "store-a",
          .host = "host-a",
          .tcp = "tcp://10.0.0.1:7400",
          .ipc = "ipc:///run/pygmy/broker-1",
          .pid = 4711,
          .state = msg::State::kCatchingUp,
          .applied = Seq(42),
          .durable = Seq(41),
          .digest = msg::DigestAt{Seq(42), 0xffffffffffffffff, 1},
          .round_digest = msg::DigestAt{Seq(256), 2, 3},
          .diverged = "orders: order 3 of 5 is not there",
          .leader = leader,
          .counters = {{"requests", 1000}}};
}

msg::Heartbeat frontend_heartbeat() {
  return {.role = msg::Role::kFrontend,
          .instance = "frontend-1",
          .incarnation = Incarnation(8),
          .store = "store-a",
          .host = "host-a",
          .tcp = "tcp://10.0.0.1:7410",
          .pid = 4712,
          .state = msg::State::kLive,
          .applied = Seq(42),
          .counters = {{"answers", 3}},
          .latency = std::vector<msg::Latency>{{"read", 1500, {1, 0, 2}}},
          .silent = msg::Silent{{"a heartbeat"}, 61'000},
          .forgotten = std::vector<msg::Life>{{"order-3", Incarnation(9)}}};
}

msg::Header request_header() {
  return {.t = "lookup", .id = 7, .ttl = 5000, .min = Seq(41), .stale_ok = 60'000, .fresh = true, .trace = false};
}

msg::Header reply_header() {
  return {.t = "reply",
          .id = 7,
          .seq = Seq(42),
          .err = "out_of_stock",
          .stale_ms = 300,
          .spans = std::vector<msg::Span>{{"catalog", 120}}};
}

msg::Refusal refusal() {
  return {.message = "not enough of it",
          .item = ItemId(2),
          .stock = Quantity(1),
          .price = Cents(4995),
          .expected = ProducerNo(4),
          .version = Seq(42)};
}

msg::Block block() {
  msg::Block block{.no = base::BlockNo(5),
                   .first = Seq(40),
                   .count = 9,
                   .term = Term(3),
                   .at = 1'700'000'000'001,
                   .epoch = Epoch(9),
                   .producer = ProducerNo(30),
                   .prev = {msg::Hash(msg::kHashBytes, 'p')}};
  for_each_event([&](const char*, const msg::Event& event) { msg::encode(event, block.events.bytes); });
  msg::encode_block(block);
  return block;
}

}  // namespace examples
