#include "bridge/exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"

namespace bridge {
namespace {

// The order of the tiers, the outermost first. A tier without a name here is part of a replica, before the gate.
int depth(std::string_view tier) {
  constexpr std::array<std::string_view, 4> kOuter{"client", "frontend", "catalog", "order"};
  const auto found = std::find(kOuter.begin(), kOuter.end(), tier);
  if (tier == "gate") return 6;
  return found == kOuter.end() ? 5 : static_cast<int>(found - kOuter.begin());
}

}  // namespace

std::optional<std::uint32_t> duration_ms(std::string_view text) {
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  const auto unit = text.substr(digits.size());
  const auto number = base::decimal(digits);
  const std::uint64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 0;
  if (!number || factor == 0 || *number > 86'400'000 / factor) return std::nullopt;
  return static_cast<std::uint32_t>(*number * factor);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

namespace {

bool is_quoted(std::string_view text) { return text.size() >= 2 && text.front() == '"' && text.back() == '"'; }

}  // namespace

std::string key_of(const std::string& written) {
  return is_quoted(written) ? written.substr(1, written.size() - 2) : written;
}

std::string outcome_path(const std::string& key) {
  return "/v1/outcomes/" + escaped(is_quoted(key) ? '"' + key + '"' : key);
}

std::string lab_error(Manner manner, unsigned status, std::string_view message) {
  LabErrorBody body{{status, std::string(message)}, {}, {}};
  if (manner == Manner::kLabBuy && status != 504) body.buy_status = body.order_status = "Failure";
  return json::to_text(body);
}

bool names_tag(std::string_view list, std::string_view tag, Comparison comparison) {
  while (!list.empty()) {
    auto each = trimmed(take_until(list, ','));
    if (comparison == Comparison::kWeak && each.substr(0, 2) == "W/") each.remove_prefix(2);
    if (each == tag || each == "*") return true;
  }
  return false;
}

// A browser sends the cookie of its own accord, also for a page of another site that has found a way. So the cookie
// alone changes nothing.
std::optional<Step> Exchange::admit(std::optional<Asker> asker) {
  if (route.is_probe) return std::nullopt;
  if (asker) {
    asker_ = std::move(*asker);
  } else if (!route.for_all) {
    return refuse(msg::Code::kUnauthenticated,
                  request.has("Authorization")
                      ? fmt::format("Authorization: write Bearer and a token of at most {} bytes", msg::kTokenBytesMax)
                      : "you are signed out");
  }
  if (asker_.sign_in.empty() || !changes(route) || is_of_own_page(site(), request)) return std::nullopt;
  return respond(refusal_of(route, 403, "other_site",
                            "the browser does not say that a page of this site sent this: programs send a token in "
                            "Authorization instead of a cookie"));
}

std::optional<msg::Refusal> Exchange::read(const Target& target, std::vector<std::string> path_values) {
  path_values_ = std::move(path_values);
  read_traceparent();
  if (auto refusal = read_query(target)) return refusal;
  return read_headers();
}

std::optional<msg::Refusal> Exchange::read_query(const Target& target) {
  const auto invalid = [](std::string message) {
    return msg::Refusal{.code = msg::Code::kInvalid, .message = std::move(message)};
  };
  for (const auto& [name, value] : target.query) {
    if (name == "trace") {
      trace_ = value == "1" || value == "true";
      continue;
    }
    const auto known = std::find_if(route.query.begin(), route.query.end(),
                                    [&, n = std::string_view(name)](const Parameter& each) { return each.name == n; });
    if (known == route.query.end()) return invalid(fmt::format("this path has no parameter '{}'", name));
    if (known->kind == Kind::kNumber && !base::decimal(value))
      return invalid(fmt::format("{}: '{}' is not a number", name, value));
    if (!known->repeatable && parameter(name)) return invalid(fmt::format("{}: given twice", name));
    query_.emplace_back(name, value);
  }
  for (const auto& each : route.query) {
    if (each.required && !parameter(each.name)) return invalid(fmt::format("the parameter '{}' is missing", each.name));
  }
  return std::nullopt;
}

std::optional<msg::Refusal> Exchange::read_headers() {
  const auto stale = request.header("X-Pygmy-Stale-Ok");
  if (!stale.empty() && route.may_be_stale) {
    stale_ok_ms_ = duration_ms(stale);
    if (!stale_ok_ms_) {
      return msg::Refusal{.code = msg::Code::kInvalid, .message = "X-Pygmy-Stale-Ok: write 60s, 500ms or 2m"};
    }
  }
  const auto is_key = [](const auto& header) { return same_word(header.first, "Idempotency-Key"); };
  if (std::count_if(request.headers.begin(), request.headers.end(), is_key) > 1) {
    return msg::Refusal{.code = msg::Code::kInvalid, .message = "there is more than one Idempotency-Key header"};
  }
  key_ = key_of(request.header("Idempotency-Key"));
  if (route.keyed && key_.empty()) {
    return msg::Refusal{.code = msg::Code::kInvalid,
                        .message =
                            "a write needs an Idempotency-Key header: a new random key for each purpose, the "
                            "same key for each repetition"};
  }
  return std::nullopt;
}

// An answer names the trace that the request belongs to, or the one that begins here.
void Exchange::read_traceparent() {
  const auto text = request.header("traceparent");
  const auto parent = traceparent_of(text);
  if (parent && text.size() == kTraceparentBytes) traceparent_ = text;
  if (shared_.tracer && !route.is_probe) traced_ = shared_.tracer->begin(parent, now_);
  if (!traced_) return;
  if (!parent) traceparent_ = traced_->traceparent();
  traced_->method = request.method;
  traced_->route = route.path;
  traced_->tls = site().tls;
}

std::optional<std::string> Exchange::parameter(std::string_view name) const {
  for (const auto& [each, value] : query_) {
    if (each == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Exchange::parameters(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [each, value] : query_) {
    if (each == name) values.push_back(value);
  }
  return values;
}

std::optional<std::uint64_t> Exchange::number(std::string_view name) const {
  const auto text = parameter(name);
  return text ? base::decimal(*text) : std::nullopt;
}

// Returns a refusal if this address asks for the outcomes of too many keys. A frontend counts those of a token.
std::optional<Step> Exchange::refuse_outcome() {
  if (!asker_.token.empty() || happened_) return std::nullopt;
  const auto quota = shared_.outcomes.ask(visitor_, now_);
  if (!quota || quota->granted) return std::nullopt;
  auto refusal = refusal_of(route, 429, "too_many_requests",
                            "this address asks for the outcomes of too many keys: wait as Retry-After says");
  refusal.headers.emplace_back("Retry-After", fmt::format("{}", quota->wait_s));
  return respond(std::move(refusal));
}

client::Options Exchange::prepared(client::Options options) const {
  options.stale_ok_ms = stale_ok_ms_;
  if (!options.token) options.token = asker_.token;
  options.trace = options.trace || trace_ || traced_ || ++shared_.calls % Api::kTraceEvery == 0;
  return options;
}

void Exchange::heard(const client::Answer& answer, bool is_write, bool is_health) {
  now_ += answer.took;
  seq_ = std::max(seq_, answer.header.seq.value_or(msg::Seq()));
  stale_ms_ = std::max(stale_ms_, answer.header.stale_ms);  // a missing age compares as the least
  const bool worked = is_health && !answer.refusal && !answer.header.stale_ms;
  if (worked) (is_write ? shared_.write_worked : shared_.read_worked) = now_;
  if (!answer.header.spans) return;
  spans_ = *answer.header.spans;
  spans_.insert(spans_.begin(), {"client", base::micros(answer.took)});
  std::stable_sort(spans_.begin(), spans_.end(),
                   [](const msg::Span& a, const msg::Span& b) { return depth(a.tier) < depth(b.tier); });
  for (const auto& span : spans_) shared_.metrics.tier(span.tier, span.us);
}

std::string Exchange::server_timing() const {
  std::string text;
  for (const auto& span : spans_) {
    const auto name = escaped(span.tier);
    text += fmt::format("{}{};dur={}.{:03}", text.empty() ? "" : ", ", name, span.us / 1000, span.us % 1000);
  }
  return text;
}

Step Exchange::respond(Response response) {
  auto& headers = response.headers;
  if (seq_) headers.emplace_back("X-Pygmy-Seq", std::to_string(seq_.value()));
  if (stale_ms_) headers.emplace_back("X-Pygmy-Stale-Ms", std::to_string(*stale_ms_));
  if (!traceparent_.empty()) headers.emplace_back("traceparent", traceparent_);
  if (trace_ && !spans_.empty()) headers.emplace_back("Server-Timing", server_timing());
  const auto has = [&](std::string_view name) {
    return std::any_of(headers.begin(), headers.end(), [&](const auto& each) { return each.first == name; });
  };
  if (!has("Cache-Control")) headers.emplace_back("Cache-Control", has("ETag") ? "no-cache" : "no-store");
  return Answered{std::move(response), route.label, traced_};
}

// The store takes the token no more, or the cookie stands for nothing.
void Exchange::forget_sign_in(Response& response) const {
  const auto name = sign_in_named(request, site());
  if (!name) return;
  shared_.sign_ins.end(*name);
  response.headers.emplace_back("Set-Cookie", cookie_of_none(request, site()));
}

Step Exchange::refuse(msg::Refusal refusal) {
  const bool of_the_key = refusal.code == msg::Code::kKeyReused || refusal.code == msg::Code::kKeyVoided;
  if (happened_ && !of_the_key) {
    refusal = {.code = msg::Code::kUnknown,
               .message = "the request took effect, but its answer is not available at the moment: " + refusal.message};
  }
  if (refusal.code == msg::Code::kInvalid) {
    for (const auto& [name, of_body] : route.renamed) {
      if (!refusal.message.starts_with(fmt::format("{}: ", name))) continue;
      refusal.message.replace(0, name.size(), of_body);
      break;
    }
  }
  const auto [status, title] = said(refusal.code);
  ProblemBody body{.type = {std::string(msg::word(refusal.code))},
                   .title = std::string(title),
                   .status = status,
                   .detail = refusal.message,
                   .item = refusal.item,
                   .stock = refusal.stock,
                   .price = refusal.price,
                   .version = refusal.version,
                   .allowed = refusal.allowed,
                   .from = refusal.from,
                   .until = refusal.until};
  Response response{status, "application/problem+json", {}, {}};
  if (status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pygmy\"");
    if (!request.has("Authorization")) forget_sign_in(response);
  }
  if (status == 503) {
    const auto wait_s = (refusal.retry_ms.value_or(1'000) + 999ULL) / 1000;
    response.headers.emplace_back("Retry-After", fmt::format("{}", wait_s));
  }
  if (status == 504 && !key_.empty()) {
    body.outcome = outcome_path(key_);
    response.headers.emplace_back("Location", *body.outcome);
  }
  if (is_lab(route.manner)) {
    response.type = "application/json";
    response.body = lab_error(route.manner, status, refusal.message);
  } else {
    response.body = json::to_text(body);
  }
  return respond(std::move(response));
}

Step Exchange::refuse(unsigned status, OwnWord word, std::string detail) {
  return respond(problem(status, word, std::move(detail)));
}

Response problem(unsigned status, OwnWord word, std::string detail) {
  const ProblemBody body{.type = {std::string(word.text)},
                         .title = std::string(reason(status)),
                         .status = status,
                         .detail = std::move(detail)};
  return {status, "application/problem+json", json::to_text(body), {}};
}

}  // namespace bridge
