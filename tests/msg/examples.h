// Examples of every message. Each field is set in at least one of them, so that each test of the codec covers it.
#pragma once

#include <string>

#include "msg/block.h"
#include "msg/envelope.h"
#include "msg/events.h"
#include "msg/internal.h"
#include "msg/requests.h"
#include "msg/rows.h"
#include "msg/snapshot.h"

namespace examples {

msg::Item item();
msg::Item held_item();
msg::Item edited_item();
msg::Terms terms();
msg::Item item_with_terms();
msg::Item item_with_places();
msg::Item item_with_details();
msg::EditItem edit_of_details();
msg::Order order_from_places();
msg::Hold hold();
msg::Order order();
msg::Movement movement();
msg::Movement movement_of_places();
msg::Subscription subscription();
msg::Leadership leadership();
msg::Order cancelled_order();
msg::Heartbeat heartbeat();
msg::Heartbeat frontend_heartbeat();
msg::Credential credential();
msg::Header request_header();
msg::Header reply_header();
msg::Refusal refusal();
msg::Block block();

using base::Cents;
using base::Epoch;
using base::HoldNo;
using base::Incarnation;
using base::ItemId;
using base::OrderNo;
using base::ProducerNo;
using base::Quantity;
using base::Seq;
using base::Term;

// Calls visit(name, value); the name is that of the golden file.
template <class Visit>
void for_each_request(Visit&& visit) {
  visit("lookup", msg::Lookup{ItemId(2), "RPCs for Dummies"});
  visit("search", msg::Search{"distributed systems", "rpc", ItemId(1), 100});
  visit("place", msg::PlaceOrder{"key-1", msg::OrderType::kSell, "ann", {{ItemId(2), Quantity(3), Cents(4995)}}});
  visit("add", msg::AddItems{"key-2", {{ItemId(8), "Café au lait", "food", Cents(250), Quantity(10)}}});
  visit("price", msg::ChangePrice{"key-3", ItemId(2), Cents(4500)});
  visit("price_version", msg::ChangePrice{"key-3", ItemId(2), Cents(4500), Seq(41)});
  visit("edit", msg::EditItem{"key-13", ItemId(2), "RPCs for Everybody", "systems", true, Seq(41)});
  visit("edit_title", msg::EditItem{"key-13", ItemId(2), "RPCs for Everybody", {}, {}, {}});
  visit("edit_terms", msg::EditItem{"key-13", ItemId(2), {}, {}, {}, {}, terms()});
  visit("edit_no_terms", msg::EditItem{"key-13", ItemId(2), {}, {}, {}, {}, msg::Terms{}});
  visit("edit_details", edit_of_details());
  visit("add_details", msg::AddItems{"key-2",
                                     {{{},
                                       "Café au lait",
                                       "food",
                                       Cents(250),
                                       Quantity(10),
                                       "Hot\nand strong",
                                       msg::Topics{"drinks"},
                                       msg::Attributes{{"cup", "large"}}}}});
  visit("edit_low", msg::EditItem{.key = "key-13", .item = ItemId(2), .low = Quantity(4)});
  visit("edit_no_low", msg::EditItem{.key = "key-13", .item = ItemId(2), .low = msg::kNoLow});
  visit("search_low", msg::Search{.low = true});
  visit("search_retired", msg::Search{{}, {}, ItemId(1), 100, true});
  visit("restock", msg::Restock{"key-4", ItemId(2), Quantity(-7), "damaged"});
  visit("restock_version", msg::Restock{"key-4", ItemId(2), Quantity(-7), "damaged", Seq(41)});
  visit("count", msg::CountStock{"key-14", ItemId(2), Quantity(93), "damaged", Seq(41)});
  visit("movements", msg::ListMovements{ItemId(2), Seq(42), 10});
  visit("place_place", msg::PlaceOrder{"key-1", msg::OrderType::kBuy, {}, {{ItemId(2), Quantity(2), {}, "north"}}});
  visit("restock_place", msg::Restock{"key-4", ItemId(2), Quantity(7), {}, {}, "north", true});
  visit("count_place", msg::CountStock{"key-14", ItemId(2), Quantity(7), {}, {}, "north", true});
  visit("transfer",
        msg::Transfer{"key-15", ItemId(2), Quantity(7), "annex", "north", "nearer to the river", Seq(41), true});
  visit("cancel",
        msg::Cancel{"key-8", OrderNo(17), msg::CancelKind::kReturn, {{{ItemId(2), Quantity(1)}}}, "too many"});
  visit("hold", msg::PlaceHold{"key-9", "ann", {{ItemId(2), Quantity(3), Cents(4995)}}, 600'000});
  visit("confirm", msg::ConfirmHold{"key-10", HoldNo(4), {{{ItemId(2), Quantity(1)}}}});
  visit("extend", msg::ExtendHold{"key-11", HoldNo(4), 600'000});
  visit("release", msg::ReleaseHold{"key-12", HoldNo(4)});
  visit("show_hold", msg::GetHold{HoldNo(4)});
  visit("holds", msg::ListHolds{"ann", HoldNo(3), 10});
  visit("subscribe", msg::Subscribe{"key-15", "stock", Seq(42), std::vector<std::string>{"stock_moved"}, 60'000});
  visit("acknowledge", msg::Acknowledge{"key-16", "stock", Seq(44)});
  visit("unsubscribe", msg::Unsubscribe{"key-17", "stock"});
  visit("subscriptions", msg::ListSubscriptions{"stock"});
  visit("order", msg::GetOrder{OrderNo(17)});
  visit("orders", msg::ListOrders{"ann", OrderNo(16), 10});
  visit("outcome", msg::Outcome{"key-1"});
  visit("events", msg::Events{Seq(42), 65536, 1000});
  visit("events_partly", msg::Events{Seq(42), 65536, 1000, true});
  visit("grant",
        msg::Grant{"key-6", {std::string(32, 'h')}, msg::ClientRole::kBuyer, "ann", "a till", 1'700'000'000'000});
  visit("revoke", msg::Revoke{"key-7", Seq(42)});
  visit("note", msg::Note{"key-8", msg::Act::kTrim, "before seq 1000"});
  visit("credentials", msg::ListCredentials{Seq(41), 10});
  visit("credential", msg::FindCredential{{std::string(32, 'h')}});
  visit("status", msg::Status{});
  visit("store", msg::DescribeStore{});
  visit("forget", msg::Forget{"order-2"});
  visit("whoami", msg::WhoAmI{});
  visit("append", msg::Append{Epoch(9), ProducerNo(3), 2, 1'700'000'000'000, {"\x80\x80"}});
  visit("replay", msg::Replay{Seq(10), Seq(20), 524288});
  visit("lease", msg::LeaseRequest{"frontend-1", Incarnation(0xffffffffffffffff), Seq(41)});
  visit("ack", msg::Ack{"frontend-1", Incarnation(77), Seq(42)});
  visit("resign", msg::Resign{"order-2", Epoch(9)});
  visit("announce", msg::Announce{{"a heartbeat"}});
  visit("trim", msg::Trim{"store-a", Seq(1000), true});
  visit("snapshot", msg::Snapshot{"b0rk", 262144, 262144, "a0rk"});
  visit("rows", msg::Rows{msg::Table::kKeys, OrderNo(17), "key-1", 1000});
  visit("rows_movements", msg::Rows{msg::Table::kMovements, {}, "", 1000, ItemId(2), Seq(42)});
}

template <class Visit>
void for_each_answer(Visit&& visit) {
  visit("item_reply", msg::ItemReply{item()});
  visit("item_reply_change", msg::ItemReply{item(), 1'700'000'000'000, Cents(4995)});
  visit("items_reply", msg::ItemsReply{{item(), item()}, ItemId(2)});
  visit("items_reply_change", msg::ItemsReply{{item()}, {}, 1'700'000'000'000});
  visit("order_reply", msg::OrderReply{order()});
  visit("order_reply_cancelled", msg::OrderReply{cancelled_order()});
  visit("orders_reply", msg::OrdersReply{{order()}, OrderNo(17)});
  visit("outcome_reply", msg::OutcomeReply{msg::OutcomeKind::kOrder, Seq(42), order()});
  visit("item_reply_held", msg::ItemReply{held_item()});
  visit("item_reply_edited", msg::ItemReply{edited_item()});
  visit("item_reply_terms", msg::ItemReply{item_with_terms()});
  visit("item_reply_details", msg::ItemReply{item_with_details()});
  visit("item_reply_places", msg::ItemReply{item_with_places()});
  visit("order_reply_places", msg::OrderReply{order_from_places()});
  visit("hold_reply", msg::HoldReply{hold()});
  visit("holds_reply", msg::HoldsReply{{hold()}, HoldNo(4)});
  visit("movements_reply", msg::MovementsReply{{movement()}, Seq(42)});
  visit("movements_reply_places", msg::MovementsReply{{movement_of_places()}, {}});
  visit("subscription_reply", msg::SubscriptionReply{Seq(45), subscription()});
  visit("subscriptions_reply", msg::SubscriptionsReply{{subscription()}, Seq(46)});
  visit("outcome_reply_hold", msg::OutcomeReply{msg::OutcomeKind::kChange, Seq(42), {}, hold()});
  visit("events_reply", msg::EventsReply{{{"one"}, {"two"}}, Seq(42)});
  visit("events_reply_parts",
        msg::EventsReply{
            {}, Seq(42), {{{Seq(41), 2, {std::string(32, 'p')}, {std::string(32, 'h')}, {{Seq(42), {"an event"}}}}}}});
  visit("note_reply", msg::NoteReply{Seq(42)});
  visit("credential_reply", msg::CredentialReply{credential()});
  visit("credentials_reply", msg::CredentialsReply{{credential()}, Seq(42)});
  visit("status_reply",
        msg::StatusReply{"frontend-1", true, 450, Seq(42), Seq(41), "order-2", base::Epoch(40), {{heartbeat(), 12}}});
  visit("whoami_reply", msg::WhoAmIReply{msg::Anonymous::kBuyer, true, credential()});
  visit("store_reply", msg::StoreReply{"store-a", msg::Currency{"JPY", 0}});
  visit("forget_reply", msg::ForgetReply{{"order-2", Incarnation(7)}});
  visit("replay_reply", msg::ReplayReply{{{"one"}}, Seq(42), msg::Trimmed{Seq(40), "store-a"}});
  visit("trim_reply", msg::TrimReply{Seq(990)});
  visit("lease_reply", msg::LeaseReply{Term(3), Seq(42), 500});
  visit(
      "snapshot_reply",
      msg::SnapshotReply{"b0rk", "catalog-2", "store-a", 2, Seq(42), 262147, {std::string(32, 's')}, 262144, {"end"}});
  visit("rows_reply", msg::RowsReply{{{OrderNo(17), "key-1", Seq(42), 0xfeedfacecafebeef}}});
  visit("rows_reply_movements",
        msg::RowsReply{{{OrderNo(17), "", Seq(42), 0xfeedfacecafebeef, ItemId(2), Quantity(-2), true}}});
  visit("refusal", refusal());
  visit("refusal_terms", msg::Refusal{.message = "not enough of it",
                                      .item = ItemId(2),
                                      .allowed = Quantity(1),
                                      .from = terms().from,
                                      .until = terms().until});
  visit("refusal_retry", msg::Refusal{.message = "not so often", .retry_ms = 250});
  visit("header_request", request_header());
  visit("header_reply", reply_header());
  visit("mark", msg::Mark{Term(3), Seq(41), Seq(42)});
  visit("mark_times", msg::Mark{Term(3), Seq(41), Seq(42), msg::BlockTimes{17, 120, 4'711'000'000'000}});
  visit("heartbeat", heartbeat());
  visit("heartbeat_frontend", frontend_heartbeat());
  visit("control_currency",
        msg::Control{"store-a", Epoch(9), "order-2", Incarnation(7), {}, 500, msg::Currency{"JPY", 0}});
  visit("control", msg::Control{"store-a", Epoch(9), "order-2", Incarnation(7), {{"frontend-1", Incarnation(8)}}, 500});
}

template <class Visit>
void for_each_event(Visit&& visit) {
  constexpr std::int64_t at = 1'700'000'000'000;
  const auto event = [&](auto what) { return msg::Event{at, std::move(what)}; };
  visit("event_store_created", event(msg::StoreCreated{"store-a"}));
  visit("event_writer_appointed", event(msg::WriterAppointed{"order-2", Incarnation(7)}));
  visit("event_holder_joined", event(msg::HolderJoined{"frontend-1", Incarnation(8)}));
  visit("event_holder_left", event(msg::HolderLeft{"frontend-1", Incarnation(8)}));
  visit("event_items_added",
        event(msg::ItemsAdded{"key-2", 0xfeedfacecafebeef, {{ItemId(8), "Café", "food", Cents(250), Quantity(10)}}}));
  visit("event_price_changed", event(msg::PriceChanged{"key-3", 5, ItemId(2), Cents(4500), Cents(4995)}));
  visit("event_stock_moved", event(msg::StockMoved{"key-4", 6, ItemId(2), Quantity(-7), Quantity(93), "damaged"}));
  visit("event_order_placed",
        event(msg::OrderPlaced{"key-1", 7, OrderNo(17), msg::OrderType::kBuy, "ann", order().lines, Cents(9990)}));
  visit("event_key_voided", event(msg::KeyVoided{"key-5"}));
}

// Events with a digest (ADR 19), a currency (ADR 39), about credentials (ADR 46), cancellations (ADR 51), acts,
// holds (ADR 53), edits, with a mark that they counted the pieces (ADR 55), subscriptions (ADR 56), or with places
// (ADR 57). The events above
// are as earlier releases wrote them.
template <class Visit>
void for_each_event_with_more(Visit&& visit) {
  const auto event = [&](auto what) { return msg::Event{1'700'000'000'000, std::move(what)}; };
  const msg::Blob hash{std::string(32, 'h')};
  visit("event_credential_granted", event(msg::CredentialGranted{"key-6", 9, hash, msg::ClientRole::kBuyer, "ann",
                                                                 "a till", 1'800'000'000'000, hash}));
  visit("event_credential_revoked", event(msg::CredentialRevoked{"key-7", 10, Seq(42), hash}));
  visit("event_order_cancelled",
        event(msg::OrderCancelled{"key-8", 11, OrderNo(17), msg::CancelKind::kReturn, "ann",
                                  cancelled_order().cancellations->front().lines, Cents(4995), "too many", hash}));
  const auto held = hold().lines;
  visit("event_hold_placed", event(msg::HoldPlaced{"key-9", 12, HoldNo(4), "ann", held, 1'700'000'600'000, hash}));
  visit("event_hold_extended",
        event(msg::HoldExtended{"key-11", 13, HoldNo(4), "ann", 1'700'000'900'000, 1'700'000'600'000, hash}));
  visit("event_hold_confirmed",
        event(msg::HoldConfirmed{"key-10", 14, HoldNo(4), OrderNo(17), "ann", order().lines, Cents(9990), held, hash}));
  visit("event_hold_ended", event(msg::HoldEnded{"key-12", 15, HoldNo(4), "ann", held, hash}));
  visit("event_hold_expired", event(msg::HoldEnded{{}, 0, HoldNo(4), "ann", held, {}}));
  visit("event_item_edited", event(msg::ItemEdited{"key-13", 16, ItemId(2), "RPCs for Everybody", "systems",
                                                   "distributed systems", true, hash}));
  visit("event_item_edited_back", event(msg::ItemEdited{"key-13", 16, ItemId(2), {}, {}, {}, false, hash}));
  visit("event_item_edited_terms", event(msg::ItemEdited{"key-13", 16, ItemId(2), {}, {}, {}, {}, hash, terms()}));
  visit("event_item_edited_details", event(msg::ItemEdited{.key = "key-13",
                                                           .req = 16,
                                                           .item = ItemId(2),
                                                           .description = "",
                                                           .topics = msg::Topics{"networks", "fun"},
                                                           .topics_was = msg::Topics{},
                                                           .attributes = msg::Attributes{{"pages", "214"}}}));
  visit("event_items_added_details", event(msg::ItemsAdded{"key-2",
                                                           8,
                                                           {{ItemId(8), "Café", "food", Cents(250), Quantity(10), "Hot",
                                                             msg::Topics{"drinks"}, msg::Attributes{{"cup", "large"}}}},
                                                           {}}));
  visit("event_item_edited_low",
        event(msg::ItemEdited{.key = "key-13", .req = 16, .item = ItemId(2), .low = Quantity(4)}));
  visit("event_stock_low", event(msg::StockLow{ItemId(2), Quantity(3), Quantity(4)}));
  visit("event_stock_ok", event(msg::StockOk{ItemId(2), Quantity(5), Quantity(4)}));
  visit("event_subscription_made",
        event(msg::SubscriptionMade{"key-15", 18, "stock", Seq(42), {"stock_moved"}, 60'000, hash}));
  visit("event_subscription_acknowledged",
        event(msg::SubscriptionAcknowledged{"key-16", 19, "stock", Seq(44), Seq(41), hash}));
  visit("event_subscription_ended", event(msg::SubscriptionEnded{"key-17", 20, "stock", hash}));
  visit("event_subscription_dropped", event(msg::SubscriptionEnded{{}, 0, "stock", {}}));
  auto acted = event(msg::KeyVoided{"key-5"});
  acted.by = Seq(42);
  visit("event_key_voided_by", acted);
  visit("event_store_created_currency", event(msg::StoreCreated{"store-a", msg::Currency{"EUR", 2}}));
  const msg::Blob digest{"sixteen \x80\xff bytes"};
  visit("event_items_added_digest",
        event(msg::ItemsAdded{"key-2", 8, {{ItemId(8), "Café", "food", Cents(250), Quantity(10)}}, digest}));
  visit("event_price_changed_digest",
        event(msg::PriceChanged{"key-3", 5, ItemId(2), Cents(4500), Cents(4995), digest}));
  visit("event_stock_moved_digest",
        event(msg::StockMoved{"key-4", 6, ItemId(2), Quantity(-7), Quantity(93), "damaged", digest}));
  visit("event_stock_moved_counted",
        event(msg::StockMoved{"key-14", 17, ItemId(2), Quantity(-7), Quantity(93), "damaged", digest, true}));
  visit("event_stock_moved_transferred",
        event(msg::StockMoved{"key-15",
                              18,
                              ItemId(2),
                              Quantity(0),
                              Quantity(93),
                              "",
                              digest,
                              {},
                              msg::Places{{"annex", Quantity(-7)}, {"north", Quantity(7)}},
                              {},
                              true}));
  visit("event_stock_moved_counted_place",
        event(msg::StockMoved{"key-14", 17, ItemId(2), Quantity(-7), Quantity(93), "", digest, true,
                              msg::Places{{"north", Quantity(-7)}}, Quantity(3)}));
  visit("event_act_noted", event(msg::ActNoted{"key-8", 11, msg::Act::kTrim, "before seq 1000", "operator", digest}));
  visit("event_order_placed_digest", event(msg::OrderPlaced{"key-1", 7, OrderNo(17), msg::OrderType::kBuy, "ann",
                                                            order().lines, Cents(9990), digest}));
}

// Messages with fields that came later. Those above are as earlier releases wrote them.
template <class Visit>
void for_each_message_with_more(Visit&& visit) {
  const std::vector<msg::Life> lives{{"order-3", Incarnation(9)}};
  auto leader = leadership();
  leader.diverged = {"order-3"};
  leader.guilty = lives;
  leader.currency = msg::Currency{"JPY", 0};
  visit("header_request_token",
        msg::Header{
            .t = "lookup", .id = 7, .ttl = 5000, .token = msg::Blob{std::string("pygmy_\0\xff", 8)}, .by = Seq(42)});
  visit("header_request_who", msg::Header{.t = "note", .id = 7, .who = "operator"});
  auto by_a_client = order();
  by_a_client.by = Seq(41);
  visit("order_reply_by", msg::OrderReply{by_a_client});
  visit("lease_release", msg::LeaseRequest{"frontend-1", Incarnation(0xffffffffffffffff), Seq(41), true});
  visit("heartbeat_trouble", msg::Heartbeat{.role = msg::Role::kBroker,
                                            .instance = "broker-1",
                                            .incarnation = Incarnation(7),
                                            .store = "store-a",
                                            .host = "host-a",
                                            .tcp = "tcp://10.0.0.1:7400",
                                            .pid = 4711,
                                            .state = msg::State::kLive,
                                            .applied = Seq(42),
                                            .at = 1'700'000'000'000,
                                            .trouble = std::vector<std::string>{"the disk is full"},
                                            .leader = leader});
  visit("heartbeat_release", msg::Heartbeat{.role = msg::Role::kOrder,
                                            .instance = "order-1",
                                            .incarnation = Incarnation(7),
                                            .store = "store-a",
                                            .host = "host-a",
                                            .tcp = "tcp://10.0.0.1:7450",
                                            .pid = 4711,
                                            .state = msg::State::kLive,
                                            .applied = Seq(42),
                                            .release = "0.1.0 (1a2b3c4d5e6f)"});
  visit("status_reply_forgotten",
        msg::StatusReply{
            .edge = "frontend-1", .applied = Seq(42), .mark = Seq(41), .epoch = Epoch(40), .forgotten = lives});
}

template <class Visit>
void for_each(Visit&& visit) {
  for_each_request(visit);
  for_each_answer(visit);
  for_each_message_with_more(visit);
  for_each_event(visit);
  for_each_event_with_more(visit);
  visit("block", block());
}

}  // namespace examples
