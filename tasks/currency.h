// The currency of the store that a command talks to. All other answers have whole minor units.
#pragma once

#include "client/client.h"
#include "tasks/money.h"

namespace tasks {

struct AskedCurrency {
  Currency currency;
  std::optional<msg::Refusal> refusal;  // set if no frontend has told it
};
AskedCurrency ask_currency(client::Client& store);

// For an answer that is to be shown. If the currency cannot be learned, it says so on standard error, and the amounts
// are shown with two decimals.
Currency shown_currency(client::Client& store);

}  // namespace tasks
