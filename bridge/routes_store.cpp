// The routes of the store itself: status, events, health, metrics, traces, and the demonstration's operations on
// processes.
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "base/random.h"
#include "bridge/exchange.h"
#include "bridge/guard.h"
#include "bridge/schema.h"
#include "msg/effects.h"
#include "text/fold.h"

namespace bridge {
namespace {

Step show_status(Exchange& exchange) {
  return exchange.call(msg::Status{}, [](Exchange& self, const msg::StatusReply& reply) {
    return self.answer(200, json::status_of(reply));
  });
}

// All prices are whole minor units, and only this route tells people how to read them. So it never guesses a currency.
// The currency is for all who may see a price. It never changes.
Step show_store(Exchange& exchange) {
  return exchange.call(msg::DescribeStore{}, [](Exchange& self, const msg::StoreReply& reply) {
    return self.answer(200, StoreAnswer{reply.store, json::currency_of(reply)});
  });
}

// --- events ---

std::optional<std::string> read_filter(const Exchange& exchange, Filter& filter) {
  filter.types = exchange.parameters("type");
  for (const auto& type : filter.types) {
    if (std::find(msg::kEventTypes.begin(), msg::kEventTypes.end(), type) == msg::kEventTypes.end()) {
      return fmt::format("type: there are no events '{}'", type);
    }
  }
  for (const auto& item : exchange.parameters("item")) filter.items.emplace_back(*base::decimal(item));
  filter.topics = exchange.parameters("topic");
  filter.customers = exchange.parameters("customer");
  for (auto* names : {&filter.topics, &filter.customers}) {
    for (auto& name : *names) name = text::folded(name);
  }
  return std::nullopt;
}

Step stream_events(Exchange& exchange) {
  EventStream stream;
  if (const auto wrong = read_filter(exchange, stream.filter)) return exchange.refuse(msg::Code::kInvalid, *wrong);
  if (const auto from = exchange.number("from")) stream.from = msg::Seq(std::max<std::uint64_t>(1, *from));
  // A browser that reconnects by itself sends the header, and the query unchanged. A page that connects anew can name
  // the id only in the query.
  const std::string header(exchange.request.header("Last-Event-ID"));
  if (const auto last = header.empty() ? exchange.parameter("after") : std::optional(header)) {
    stream.seen = json::event_id_of(*last);
    if (!stream.seen) return exchange.refuse(msg::Code::kInvalid, fmt::format("'{}' is not the id of an event", *last));
  }
  return guarded(exchange, msg::Events::kType, [stream](Exchange& self, const msg::WhoAmIReply& who) -> Step {
    // Without a lease the frontend may not know of a revocation, and the events show more than `status` does.
    if (who.credential && !who.leased) {
      return self.refuse(msg::Code::kUnavailable, "no frontend with a lease could tell whose token this is");
    }
    if (self.events_are_denied()) {
      return self.refuse(msg::Code::kUnavailable,
                         "this bridge gets no events: it needs an operator's token (--bridge-token)");
    }
    const auto viewer = msg::viewer_of(who.credential, who.anonymous);
    return owned(self, who, [&stream, &viewer](std::optional<Owner> owner) -> Step {
      auto begun = stream;
      begun.owner = std::move(owner);
      begun.filter.viewer = viewer;
      return begun;
    });
  });
}

Step show_recent(Exchange& exchange) {
  return guarded(exchange, msg::Status::kType, [](Exchange& self, const msg::WhoAmIReply&) {
    return self.respond({200, "application/json", self.metrics().recent().json(), {}});
  });
}

std::string recent_schema() { return R"({"$ref":"#/components/schemas/Recent"})"; }

Step stream_metrics(Exchange& exchange) {
  return guarded(exchange, msg::Status::kType, [](Exchange& self, const msg::WhoAmIReply& who) {
    return owned(self, who, [](std::optional<Owner> owner) -> Step { return LiveStream{std::move(owner)}; });
  });
}

// --- health ---

Step alive(Exchange& exchange) { return exchange.respond({200, "text/plain", "ok\n", {}}); }

Step not_ready(Exchange& exchange, const msg::Refusal& refusal) {
  return exchange.refuse(msg::Code::kUnavailable, fmt::format("{}: {}", msg::word(refusal.code), refusal.message));
}

Step is_ready(Exchange& exchange) { return exchange.answer(200, ReadyAnswer{.ready = true}); }

// A store that wants a token answers. Its frontends tell about themselves.
Step refused_ready(Exchange& exchange, const msg::Refusal& refusal) {
  return msg::is_denial(refusal.code) ? is_ready(exchange) : not_ready(exchange, refusal);
}

// Asking for an unknown key voids it, which is the smallest write.
Step try_store(Exchange& exchange) {
  const client::Options options{.timeout = Api::kReadyWait};
  return exchange.call(
      msg::Outcome{"ready-" + base::new_key()},
      [options](Exchange& self, const msg::OutcomeReply&) {
        return self.call(
            msg::Search{{}, {}, {}, 1}, [](Exchange& at, const msg::ItemsReply&) { return is_ready(at); },
            refused_ready, options);
      },
      refused_ready, options);
}

Step ready(Exchange& exchange) {
  const auto recent = [&](const std::optional<base::Mono>& worked) {
    return worked && exchange.now() < *worked + Api::kReadyFor;
  };
  const auto [read, write] = exchange.last_worked();
  return recent(read) && recent(write) ? is_ready(exchange) : try_store(exchange);
}

Step show_metrics(Exchange& exchange) {
  return guarded(exchange, msg::Status::kType, [](Exchange& self, const msg::WhoAmIReply&) {
    return self.respond({200, "text/plain; version=0.0.4", self.metrics().prometheus(self.now()), {}});
  });
}

// --- one request, with its time per tier ---

template <class Reply>
Step show_trace(Exchange& exchange, TraceKind kind, const Reply&) {
  return exchange.answer(200, TraceAnswer{kind, exchange.seq(), exchange.spans()});
}

Step trace(Exchange& exchange) {
  msg::Refusal refusal;
  const auto body = exchange.body<TraceBody>(refusal);
  if (!body) return exchange.refuse(refusal);
  const client::Options options{.trace = true};
  if (body->request == TraceKind::kLookup) {
    return exchange.call_with(
        msg::Lookup{body->item, {}},
        [](Exchange& self, const msg::ItemReply& reply) { return show_trace(self, TraceKind::kLookup, reply); },
        options);
  }
  exchange.use_key(base::new_key());
  const msg::PlaceOrder order{exchange.key(), msg::OrderType::kBuy, {}, {{body->item, msg::Quantity(1), {}}}};
  return exchange.call_with(
      order, [](Exchange& self, const msg::OrderReply& reply) { return show_trace(self, TraceKind::kBuy, reply); },
      options);
}

// --- the demonstration ---

Step show_done(Exchange& exchange) {
  return exchange.answer(202, OperationAnswer{exchange.path_value(0), exchange.path_value(1)});
}

// Has the store note who did this to the process, and calls then(exchange), also if the store cannot note it.
// `refused` gets the refusal of a visitor who may not do it.
template <class Then, class Refused>
Step noted(Exchange& exchange, msg::Act act, Then then, Refused refused) {
  return exchange.call(
      msg::Note{base::new_key(), act, exchange.path_value(0)},
      [then](Exchange& self, const msg::NoteReply&) { return then(self); },
      [then, refused](Exchange& self, const msg::Refusal& refusal) -> Step {
        return msg::is_denial(refusal.code) ? refused(self, refusal) : then(self);
      },
      {.timeout = Api::kNoteWait});
}

// The act has happened.
Step noted(Exchange& exchange, msg::Act act) {
  return noted(exchange, act, show_done, [](Exchange& self, const msg::Refusal&) { return show_done(self); });
}

std::optional<Step> not_operated(Exchange& exchange) {
  const auto why = exchange.operate()(exchange.path_value(0), exchange.path_value(1));
  return why ? std::optional(exchange.refuse(404, "not_found", *why)) : std::nullopt;
}

// An act that may stop the store is noted before, because a store that stands still notes nothing. The others may make
// it go on, so they are noted afterwards.
Step operate_noted(Exchange& exchange) {
  const auto act = *msg::from_word<msg::Act>(exchange.path_value(1));
  if (act == msg::Act::kKill || act == msg::Act::kPause) {
    return noted(
        exchange, act,
        [](Exchange& self) {
          const auto refused = not_operated(self);
          return refused ? *refused : show_done(self);
        },
        [](Exchange& self, const msg::Refusal& refusal) { return self.refuse(refusal); });
  }
  if (const auto refused = not_operated(exchange)) return *refused;
  return noted(exchange, act);
}

Step operate(Exchange& exchange) {
  const auto& operate = exchange.operate();
  if (!operate) {
    return exchange.refuse(403, "not_allowed", "this is for a store of `pygmy up --demo` only");
  }
  const auto& action = exchange.path_value(1);
  if (action == "forget") {
    return exchange.call(msg::Forget{exchange.path_value(0)},
                         [](Exchange& self, const msg::ForgetReply&) { return noted(self, msg::Act::kForget); });
  }
  if (action != "kill" && action != "pause" && action != "resume" && action != "restart") {
    return exchange.refuse(404, "not_found", "write kill, pause, resume, restart or forget");
  }
  return guarded(exchange, msg::Forget::kType,
                 [](Exchange& self, const msg::WhoAmIReply&) { return operate_noted(self); });
}

// --- pages ---

Step show_openapi(Exchange& exchange) {
  static const std::string text = openapi_json(exchange.site());
  return exchange.respond({200, "application/json", text, {{"Cache-Control", "no-cache"}}});
}

Step show_docs(Exchange& exchange) {
  const auto page = docs_page(exchange.site(), exchange.request.header("Host"));
  return exchange.respond(
      {200,
       "text/html; charset=utf-8",
       page,
       {{"Cache-Control", "no-cache"},
        {"Content-Security-Policy",
         "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'"}}});
}

Step show_style(Exchange& exchange) {
  return exchange.respond({200, "text/css", docs_style(), {{"Cache-Control", "no-cache"}}});
}

Step show_script(Exchange& exchange) {
  return exchange.respond({200, "text/javascript", docs_script(), {{"Cache-Control", "no-cache"}}});
}

}  // namespace

void add_store_routes(std::vector<Route>& table) {
  table.push_back({.method = "GET",
                   .path = "/v1/status",
                   .name = "getStatus",
                   .what = "The status of all processes, as a frontend hears it; the same as `pygmy status --json`",
                   .handle = show_status,
                   .answer = schema_of<json::StoreStatus>});
  table.push_back({.method = "GET",
                   .path = "/v1/store",
                   .name = "getStore",
                   .what = "The name of the store, and the currency of its prices if it has one",
                   .handle = show_store,
                   .answer = schema_of<StoreAnswer>});
  table.push_back({.method = "GET",
                   .path = "/v1/events",
                   .name = "streamEvents",
                   .what = "The stream's events, up to the watermark, as server-sent events",
                   .handle = stream_events,
                   .query = {{"from", Kind::kNumber, "the first seq; missing: from now on"},
                             {"after", Kind::kText, "the id of the last event seen; Last-Event-ID goes before it"},
                             {"type", Kind::kText, "of the event", true},
                             {"item", Kind::kNumber, "an item that the event is about", true},
                             {"topic", Kind::kText, "the topic of such an item, whole, without case", true},
                             {"customer", Kind::kText, "whose order it is, without case", true}},
                   .type = "text/event-stream"});
  table.push_back({.method = "GET",
                   .path = "/v1/metrics/live",
                   .name = "streamMetrics",
                   .what = "The figures of the control room (`Live`) once a second, as server-sent events",
                   .handle = stream_metrics,
                   .type = "text/event-stream"});
  table.push_back({.method = "GET",
                   .path = "/v1/metrics/recent",
                   .name = "getRecentMetrics",
                   .what = "These figures of the last 15 minutes, with the states of the processes",
                   .handle = show_recent,
                   .answer = recent_schema});
  table.push_back({.method = "POST",
                   .path = "/v1/trace",
                   .name = "traceRequest",
                   .what = "One lookup, or one order of one piece, with its time per tier",
                   .handle = trace,
                   .body = request_schema_of<TraceBody>,
                   .answer = schema_of<TraceAnswer>,
                   .also = {404, 409, 422}});
  table.push_back({.method = "GET",
                   .path = "/healthz",
                   .name = "isAlive",
                   .what = "200 while the bridge runs",
                   .handle = alive,
                   .type = "text/plain",
                   .is_probe = true,
                   .any_host = true,
                   .asks_store = false,
                   .for_all = true});
  table.push_back({.method = "GET",
                   .path = "/readyz",
                   .name = "isReady",
                   .what = "200 if a write and a read have worked within the last seconds; otherwise it tries them",
                   .handle = ready,
                   .answer = schema_of<ReadyAnswer>,
                   .effect = true,
                   .is_probe = true});
  table.push_back({.method = "GET",
                   .path = "/metrics",
                   .name = "getMetrics",
                   .what = "The whole store for Prometheus",
                   .handle = show_metrics,
                   .type = "text/plain"});
  table.push_back({.method = "GET",
                   .path = "/openapi.json",
                   .name = "getOpenapi",
                   .what = "This description",
                   .handle = show_openapi,
                   .answer = schema_of<OpenapiBody>,
                   .asks_store = false,
                   .for_all = true});
  table.push_back({.method = "GET",
                   .path = "/docs",
                   .name = "getDocs",
                   .what = "This description for people",
                   .handle = show_docs,
                   .type = "text/html",
                   .asks_store = false,
                   .for_all = true});
  table.push_back({.method = "GET",
                   .path = "/docs.css",
                   .name = "getDocsStyle",
                   .what = "The style sheet of that page",
                   .handle = show_style,
                   .type = "text/css",
                   .asks_store = false,
                   .for_all = true});
  table.push_back({.method = "GET",
                   .path = "/docs.js",
                   .name = "getDocsScript",
                   .what = "Applies the theme that was chosen on the other pages",
                   .handle = show_script,
                   .type = "text/javascript",
                   .asks_store = false,
                   .for_all = true});
  table.push_back({.method = "POST",
                   .path = "/ops/processes/{instance}/{action}",
                   .name = "operateProcess",
                   .what = "kill, pause, resume or restart a process, or forget a silent one; with `--demo` only",
                   .handle = operate,
                   .success = 202,
                   .answer = schema_of<OperationAnswer>});
}

}  // namespace bridge
