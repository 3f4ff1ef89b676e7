// An operation of a client, as the history records it.
#pragma once

#include <string>

#include "client/core.h"
#include "history/operation.h"
#include "msg/catalogue.h"
#include "tests/sim/reference.h"

namespace sim {

// Those that the history checker judges, transfers, lists of movements, and those about subscriptions.
using Request = decltype(msg::CatalogRequests() + msg::OrderRequests() + msg::WriterRequests() + msg::EventRequests() +
                         msg::HoldChanges() + msg::HoldRequests() + msg::ItemChanges() + msg::MovementRequests() +
                         msg::SubscriptionChanges() + msg::SubscriptionRequests())::Variant;

struct Operation {
  std::uint64_t no = 0;
  std::string client;
  Request request;
  client::Options options;
  bool plain = false;  // its client believes the first answer and never retries
  Duration invoked{};
  Prefix floor;    // the least prefix that may answer it
  Prefix durable;  // the durable prefix when it was invoked
};

// The request for the history checker; nothing if it does not judge such requests.
std::optional<history::Request> judged_by_history(const Request& request);
// The key of a write; empty for a read.
std::string key_of(const Request& request);
// The version of an item that a write expects; nothing if it expects none.
std::optional<base::Seq> expected_version(const Request& request);
// The type and the body's bytes.
std::string body_of(const Request& request);
// Returns whether the event is the effect that this request asks for.
bool is_effect_of(const msg::Event& event, const Request& request);

// The terms and attributes of an item after this edit.
msg::Terms terms_after(msg::Terms terms, const msg::EditItem& edit);
msg::Attributes attributes_after(msg::Attributes attributes, const msg::EditItem& edit);

std::string describe(const msg::Event& event);
std::string describe(const Request& request);
std::string describe(const Operation& operation);
std::string describe(const client::Answer& answer, const Request& request);

}  // namespace sim
