#include "tasks/currency.h"

#include <fmt/format.h>

#include "base/notice.h"
#include "json/status.h"
#include "msg/refusal.h"

namespace tasks {

AskedCurrency ask_currency(client::Client& store) {
  const auto described = store.call(msg::DescribeStore{});
  if (described.refusal) return {{}, described.refusal};
  return {json::currency_of(*described), {}};
}

Currency shown_currency(client::Client& store) {
  const auto asked = ask_currency(store);
  if (asked.refusal) {
    base::notice("pygmy: the store does not tell its currency, so amounts are shown with two decimals: {}: {}\n",
                 msg::word(asked.refusal->code), asked.refusal->message);
  }
  return asked.currency;
}

}  // namespace tasks
