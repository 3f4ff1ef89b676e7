#include "bridge/token_quotas.h"

#include "msg/sha256.h"

namespace bridge {

TokenQuotas::TokenQuotas(const TokenLimits& limits)
    : any_(limits.rate + limits.requests + limits.streams > 0),
      pace_(limits.rate, limits.burst),
      requests_(std::make_shared<Tally>(limits.requests)),
      streams_(std::make_shared<Tally>(limits.streams)) {}

std::string TokenQuotas::name_of(const std::string& token) { return token.empty() ? token : msg::sha256(token); }

}  // namespace bridge
