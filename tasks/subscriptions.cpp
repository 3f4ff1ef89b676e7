// subscribe, acknowledge, unsubscribe, subscriptions.
#include "base/notice.h"
#include "base/print.h"
#include "tasks/output.h"
#include "tasks/shop.h"

namespace tasks {
namespace {

int show(const Common& common, const client::Reply<msg::SubscriptionReply>& reply, const std::string& key) {
  if (reply.refusal) return complain(common, *reply.refusal, key);
  const auto& subscription = reply.body->subscription;
  if (common.json) {
    print_json(to_json(*reply.body));
  } else if (subscription) {
    print_subscription(*subscription, subscription->version);
  } else {
    base::print("the subscription has ended\n");
  }
  return kDone;
}

}  // namespace

int subscribe(const Common& common, const SubscribeTask& task) {
  msg::Subscribe request{.key = key_or_new(task.key), .name = task.name};
  if (task.from) request.from = base::Seq(*task.from);
  if (!task.types.empty()) request.types = task.types;
  if (task.ttl_ms) request.ttl = static_cast<std::int64_t>(*task.ttl_ms);
  auto store = common.connect();
  return show(common, store.call(request), request.key);
}

int acknowledge(const Common& common, const AcknowledgeTask& task) {
  const msg::Acknowledge request{key_or_new(task.key), task.name, base::Seq(task.cursor)};
  auto store = common.connect();
  return show(common, store.call(request), request.key);
}

int unsubscribe(const Common& common, const UnsubscribeTask& task) {
  const msg::Unsubscribe request{key_or_new(task.key), task.name};
  auto store = common.connect();
  return show(common, store.call(request), request.key);
}

int subscriptions(const Common& common) {
  auto store = common.connect();
  const auto reply = store.call(msg::ListSubscriptions{});
  if (reply.refusal) return complain(common, *reply.refusal);
  const auto& all = reply.body->subscriptions;
  if (common.json) {
    print_json(to_json(*reply.body));
    return kDone;
  }
  for (const auto& each : all) print_subscription(each, reply.body->last);
  if (all.empty()) base::notice("no subscriptions\n");
  return kDone;
}

}  // namespace tasks
