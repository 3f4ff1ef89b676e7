// Limits that every process enforces (PROTOCOL 3). A value outside them is `invalid`.
//
// Tests: tests/msg/well_formed_test.cpp, tests/ledger/command_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>

namespace msg {

constexpr std::uint64_t kItemIdMax = (std::uint64_t{1} << 53) - 1;
constexpr std::int64_t kStockMax = 1'000'000'000;                     // pieces
constexpr std::int64_t kPriceMaxCents = 1'000'000'000;                // 10 million of the currency's units
constexpr std::int64_t kTotalMaxCents = (std::int64_t{1} << 53) - 1;  // a greater number is not exact in every JSON
constexpr std::int64_t kLineQuantityMax = 1'000'000;                  // pieces
constexpr std::size_t kOrderLinesMax = 100;
constexpr std::size_t kCancellationsMax = 100;  // of one order
// Pieces in one line of a cancellation, which may take back what all lines of an order bought.
constexpr std::int64_t kCancelledQuantityMax = kLineQuantityMax * std::int64_t{kOrderLinesMax};
constexpr std::int64_t kHoldMsMax = 86'400'000;        // from the placing of a hold to its end: a day
constexpr std::size_t kHoldsMax = 10'000;              // open at the same time, in a store
constexpr std::size_t kHoldsOfCustomerMax = 100;       // open at the same time, of one customer
constexpr std::size_t kItemsAddedMax = 256;            // items in one `add`
constexpr std::size_t kSubscriptionsMax = 100;         // in a store
constexpr std::size_t kSubscriptionNameBytesMax = 64;  // letters, digits, '.', '_' and '-'
constexpr std::size_t kSubscriptionTypesMax = 32;      // of one subscription
constexpr std::size_t kEventTypeBytesMax = 64;
constexpr std::int64_t kSubscriptionMsMax = 31'622'400'000;   // without an acknowledgement: 366 days
constexpr std::int64_t kSubscriptionMsDefault = 604'800'000;  // 7 days
constexpr std::int64_t kAcknowledgeMsMin = 1000;              // from one acknowledgement of a subscription to the next
constexpr std::int64_t kTermsWindowMsMax = 31'622'400'000;    // 366 days
constexpr std::size_t kPlacesMax = 64;                        // besides `main`, that have pieces of one item
constexpr std::size_t kPortionsMax = 1000;                    // of places, in all lines of one order or cancellation
constexpr std::size_t kKeyBytesMax = 64;
constexpr std::size_t kCustomerBytesMax = 128;
constexpr std::size_t kTitleBytesMax = 400;
constexpr std::size_t kTopicBytesMax = 100;
constexpr std::size_t kTopicsMax = 8;  // of an item, with the first one
constexpr std::size_t kDescriptionBytesMax = 4096;
constexpr std::size_t kAttributesMax = 32;  // of an item
constexpr std::size_t kAttributeNameBytesMax = 64;
constexpr std::size_t kAttributeBytesMax = 256;           // of a value
constexpr std::size_t kAddedDetailsBytesMax = 64 * 1024;  // details of all items of one `add`: details_bytes()
constexpr std::size_t kReasonBytesMax = 200;
constexpr std::size_t kPlaceBytesMax = 64;
constexpr std::size_t kTextBytesMax = 200;     // of a search
constexpr std::size_t kSubjectBytesMax = 200;  // of an act of an operator
constexpr std::size_t kWhoBytesMax = 64;       // the name of a key
constexpr std::uint32_t kPageMax = 1000;       // rows in one answer
constexpr std::uint32_t kPageDefault = 100;

}  // namespace msg
