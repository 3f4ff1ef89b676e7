// The parts that the tasks of items, of orders and of holds have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "tasks/money.h"
#include "tasks/tasks.h"

namespace tasks {

std::string key_or_new(const std::string& key);

// Parses "7" or "7:3" each: an item's id, and a quantity.
base::Result<std::vector<msg::DemandLine>> parse_lines(const std::vector<std::string>& texts);

// Makes the price that is expected (a text of the command line) that of the only line.
base::Result<void> expect_price(std::vector<msg::DemandLine>& lines, const std::string& price,
                                const Currency& currency);

// The store names the price of a refused order or hold in minor units, because its processes write no amounts for
// people. This is the refusal with an amount.
msg::Refusal with_amount(msg::Refusal refusal, const Currency& currency);

int show_order(const Common& common, client::Client& store, const client::Reply<msg::OrderReply>& reply,
               const std::string& key = {});
// `delta`: by how much a count has changed the stock, if that is known.
int show_item(const Common& common, client::Client& store, const client::Reply<msg::ItemReply>& reply,
              const std::string& key = {}, std::optional<base::Quantity> delta = {});

}  // namespace tasks
