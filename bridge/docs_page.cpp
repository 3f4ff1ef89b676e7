// /docs: the routes for people, from the same table and the same schemas as /openapi.json.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bridge/routes.h"

namespace bridge {
namespace {

using Schemas = nlohmann::ordered_json;

// Stands for the host under which the reader asks.
constexpr std::string_view kHost = "HOST_OF_THE_BRIDGE";

struct Group {
  std::string_view tag;
  std::string_view title;
  std::string_view what;
};
constexpr Group kGroups[] = {
    {"shop", "The shop",
     "Prices are integer cents. A write needs an Idempotency-Key: a new one for each purpose, the same one for each "
     "repetition. The write takes effect once."},
    {"store", "The store", "Events, health, metrics, and the status of the processes."},
    {"labs", "The labs' paths", "For the clients of the course's labs. Prices are decimal numbers here."}};

std::string html(std::string_view plain) {
  std::string out;
  for (const char c : plain) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

// Escapes `plain` for HTML and turns `text` between backquotes into <code>.
std::string prose(std::string_view plain) {
  std::string out;
  bool code = false;
  for (const char c : html(plain)) {
    if (c == '`') code = !code;
    out += c != '`' ? std::string(1, c) : code ? "<code>" : "</code>";
  }
  return out;
}

// The description of a member; it is the same in every schema.
std::string_view about(std::string_view member) {
  constexpr std::pair<std::string_view, std::string_view> kAll[] = {
      {"price", "cents for one piece"},
      {"was", "cents for one piece, before"},
      {"total", "cents"},
      {"stock", "pieces on hand, right after the event; in a refusal: pieces that are available"},
      {"held", "pieces of the stock that open holds keep"},
      {"ttl", "milliseconds from the decision to the end"},
      {"expires", "milliseconds since 1970 UTC: the end"},
      {"version", "`seq` of the last event that touched the item"},
      {"retired", "true: it is not for sale, and lists do not show it"},
      {"terms", "terms of sale; `{}`: none"},
      {"per_order", "most pieces in one order or hold"},
      {"per_customer", "most pieces that a customer buys within `window` and holds"},
      {"window", "milliseconds"},
      {"from", "milliseconds since 1970 UTC: it is for sale from then on"},
      {"until", "milliseconds since 1970 UTC: it is for sale before then"},
      {"allowed", "pieces: so many may be asked for"},
      {"seq", "place in the stream"},
      {"at", "milliseconds since 1970 UTC"},
      {"next", "if present, more rows follow: ask again with `after` = `next`"},
      {"customer", "whose order it is"},
      {"reason", "for people"},
      {"us", "microseconds"}};
  for (const auto& [name, what] : kAll) {
    if (name == member) return what;
  }
  return {};
}

std::string row(std::string_view name, std::string_view kind, std::string_view what) {
  return fmt::format("<tr><th scope=\"row\"><code>{}</code></th><td class=\"kind\">{}</td><td>{}</td></tr>\n",
                     html(name), html(kind), prose(what));
}

// /docs does not list the files that only the page itself needs.
bool is_shown(const Route& route, const Site& site, std::string_view tag) {
  return route.tag == tag && is_served(route, site) && route.type != "text/css" && route.type != "text/javascript";
}

std::string table(std::string_view title, const std::string& rows) {
  if (rows.empty()) return {};
  return fmt::format("<h4>{}</h4>\n<table><tbody>\n{}</tbody></table>\n", title, rows);
}

// "1 to 9" followed by `what`, the unit; empty if the schema has no upper limit.
std::string range_of(const Schemas& schema, const char* least, const char* most, std::string_view what) {
  if (!schema.contains(most)) return {};
  return fmt::format("{} to {}{}", schema.contains(least) ? schema[least].dump() : "0", schema[most].dump(), what);
}

// Returns the schema itself, or the schema in components.schemas to which it only refers.
Schemas resolved(const Schemas& schema) {
  static const auto all = Schemas::parse(component_schemas());
  const auto ref = schema.value("$ref", std::string());
  return ref.empty() ? schema : all.at(ref.substr(ref.rfind('/') + 1));
}

// The first type of a schema; a second one is null.
std::string type_of(const Schemas& schema) {
  if (!schema.contains("type")) return {};
  const auto& type = schema["type"];
  return type.is_array() ? type.front().get<std::string>() : type.get<std::string>();
}

std::string kind_of(const Schemas& schema) {
  if (schema.contains("enum")) {
    std::string words;
    for (const auto& word : schema["enum"]) words += (words.empty() ? "" : " or ") + word.get<std::string>();
    return words;
  }
  const auto type = schema.contains("type") ? type_of(schema) : "any";
  const std::string null = schema.contains("type") && schema["type"].is_array() ? " or null" : "";
  const auto range = type == "integer"  ? range_of(schema, "minimum", "maximum", "")
                     : type == "string" ? range_of(schema, "minLength", "maxLength", " bytes")
                     : type == "array"  ? range_of(schema, "minItems", "maxItems", "")
                                        : std::string();
  return type + (range.empty() ? "" : ", " + range) + null;
}

// Adds a row for each member, and for the members inside it: lines[].item.
void append_members(std::string& rows, const std::string& before, const Schemas& of) {
  const auto schema = resolved(of);
  if (!schema.contains("properties")) return;
  const auto required = schema.value("required", Schemas::array());
  for (const auto& [name, member] : schema["properties"].items()) {
    const bool must = std::find(required.begin(), required.end(), name) != required.end();
    const bool list = member.contains("items");
    const auto path = before + name + (list ? "[]" : "");
    const auto what = std::string(about(name));
    rows += row(path, kind_of(resolved(member)), must ? what : "optional" + (what.empty() ? "" : "; " + what));
    append_members(rows, path + ".", list ? member["items"] : member);
  }
}

std::string members(std::string_view title, Schema schema) {
  std::string rows;
  if (schema) append_members(rows, "", Schemas::parse(schema()));
  return table(title, rows);
}

// A sample value for a member of this name; without one, the smallest that the schema takes.
Schemas value_of(const Schemas& schema, std::string_view member) {
  constexpr std::pair<std::string_view, std::string_view> kTexts[] = {{"title", "RPCs for Dummies"},
                                                                      {"topic", "distributed systems"},
                                                                      {"name", "RPCs for Dummies"},
                                                                      {"Item", "RPCs for Dummies"},
                                                                      {"customer", "ann"},
                                                                      {"key", "a-new-one"},
                                                                      {"reason", "delivered"},
                                                                      {"tier", "frontend"},
                                                                      {"instance", "order-1"},
                                                                      {"endpoint", "tcp://127.0.0.1:7450"},
                                                                      {"status", "ok"},
                                                                      {"message", "there is no such item"},
                                                                      {"BuyStatus", "Success"},
                                                                      {"Order status", "Success"},
                                                                      {"Date", "2026-11-21 18:42:48"},
                                                                      {"openapi", "3.1.0"}};
  constexpr std::pair<std::string_view, std::int64_t> kNumbers[] = {
      {"price", 4995},           {"was", 4495}, {"total", 4995}, {"stock", 999}, {"version", 9}, {"seq", 9},
      {"at", 1763712345678},     {"us", 120},   {"items", 3},    {"count", 999}, {"held", 1},    {"ttl", 600000},
      {"expires", 1763712945678}};
  const auto type = type_of(schema);
  for (const auto& [name, text] : kTexts) {
    if (type == "string" && name == member) return text;
  }
  for (const auto& [name, number] : kNumbers) {
    if (type == "integer" && name == member) return number;
  }
  if (type == "integer") return std::max<std::int64_t>(1, schema.value("minimum", std::int64_t{1}));
  if (type == "number") return 49.95;
  if (type == "boolean") return true;
  return "text";
}

// An example that the schema takes: the members that must be there, or else the first one.
Schemas example_of(const Schemas& of, std::string_view member = {}) {
  const auto schema = resolved(of);
  if (schema.contains("enum")) return schema["enum"].front();
  if (schema.contains("items")) return Schemas::array({example_of(schema["items"])});
  if (!schema.contains("properties"))
    return schema.contains("additionalProperties") ? Schemas::object() : value_of(schema, member);
  auto all = Schemas::object();
  for (const auto& each : schema.value("required", Schemas::array())) {
    const auto name = each.get<std::string>();
    all[name] = example_of(schema["properties"][name], name);
  }
  const auto first = schema["properties"].begin();
  if (all.empty() && first != schema["properties"].end()) all[first.key()] = example_of(first.value(), first.key());
  return all;
}

std::string path_example(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto open = path.find('{');
    out += path.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto name = path.substr(open + 1, path.find('}') - open - 1);
    out += name == "id" || name == "no" ? "1" : name == "instance" ? "order-1" : name == "action" ? "restart" : "NAME";
    path.remove_prefix(path.find('}') + 1);
  }
  return out;
}

std::string curl(const Route& route) {
  auto target = path_example(route.path);
  for (const auto& each : route.query) {
    if (each.required || each.in_example)
      target += fmt::format("{}{}=1", target.find('?') == std::string::npos ? "?" : "&", each.name);
  }
  std::string out = "curl";
  if (route.type == "text/event-stream") out += " -N";
  if (route.method != "GET" && !(route.method == "POST" && route.body)) out += fmt::format(" -X {}", route.method);
  if (route.keyed) out += " -H 'Idempotency-Key: a-new-one'";
  if (!route.example.empty()) {
    out += fmt::format(" --json '{}'", route.example);
  } else if (route.body) {
    out += fmt::format(" --json '{}'", example_of(Schemas::parse(route.body())).dump());
  }
  return fmt::format("{} 'http://{}{}'", out, kHost, target);
}

std::string parameters(const Route& route) {
  std::string rows;
  for (const auto& each : route.query) {
    const auto kind = fmt::format("{}{}", each.kind == Kind::kNumber ? "integer" : "string",
                                  each.repeatable ? ", as often as wanted" : "");
    rows += row(each.name, kind, fmt::format("{}{}", each.what, each.required ? "; required" : ""));
  }
  if (route.keyed) rows += row("Idempotency-Key", "header, 1 to 64 bytes", "required");
  if (route.conditional) {
    rows += row(route.method == "GET" ? "If-None-Match" : "If-Match", "header", "the item's ETag");
  }
  if (route.may_be_stale) {
    rows += row("X-Pygmy-Stale-Ok", "header",
                "60s, 500ms, 2m: accept an answer up to this old if no current one is available");
  }
  return table("Parameters", rows);
}

std::string sample(const Route& route) {
  if (!route.answer) return {};
  return fmt::format("<pre tabindex=\"0\" class=\"sample\"><code>{}</code></pre>\n",
                     html(example_of(Schemas::parse(route.answer())).dump()));
}

// The statuses of refusals that not every route has, if this one has them.
std::string refused_with(const Route& route) {
  constexpr std::array kTold{404U, 409U, 412U, 415U, 422U};
  std::string all;
  for (const auto status : refusals_of(route)) {
    if (std::find(kTold.begin(), kTold.end(), status) == kTold.end()) continue;
    all += fmt::format("{}<code>{}</code>", all.empty() ? "" : ", ", status);
  }
  return all.empty() ? all : fmt::format("<p>Also refused with {}.</p>\n", all);
}

std::string section(const Route& route) {
  return fmt::format(
      "<section class=\"operation\" id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h3 id=\"{0}-title\"><span "
      "class=\"method "
      "{1}\">{1}</span> <code>{2}</code></h3>\n<p>{3}.</p>\n<pre "
      "tabindex=\"0\"><code>{4}</code></pre>\n{5}{6}{7}{8}{9}</section>\n",
      route.name, route.method, html(route.path), prose(route.what), html(curl(route)), parameters(route),
      members("Body", route.body), members(fmt::format("Answer {}", route.success), route.answer), sample(route),
      refused_with(route));
}

std::string contents(const Site& site) {
  std::string out = "<nav class=\"contents\" aria-label=\"Paths\">\n";
  for (const auto& group : kGroups) {
    if (group.tag == "labs" && !site.labs) continue;
    out += fmt::format("<p><a href=\"#{}\">{}</a></p>\n<ul>\n", group.tag, html(group.title));
    for (const auto& route : routes()) {
      if (!is_shown(route, site, group.tag)) continue;
      out += fmt::format("<li><a href=\"#{0}\"><span class=\"method {1}\">{1}</span> {2}</a></li>\n", route.name,
                         route.method, html(route.path));
    }
    out += "</ul>\n";
  }
  return out + "</nav>\n";
}

constexpr std::string_view kBegin =
    R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>HTTP interface · Pygmy</title>
<link rel="stylesheet" href="/docs.css"><script src="/docs.js"></script></head><body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/" aria-label="Pygmy shop"><span class="brand-mark" aria-hidden="true">P</span>
<span>Pygmy</span></a><nav aria-label="Pages"><a href="/">Shop</a> <a href="/ops">Control room</a> <a href="/openapi.json">openapi.json</a></nav></header>
<div class="columns">
)";
constexpr std::string_view kIntroduction =
    R"(<main id="main"><h1>HTTP interface</h1>
<p>JSON over HTTP. <code>X-Pygmy-Seq</code> says which event of the stream an answer reveals last. A refusal is
<code>application/problem+json</code>: its <code>type</code> is stable, and it says what is left.</p>
<table class="statuses"><tbody>
<tr><th scope="row">400</th><td>the request cannot be read, or a value cannot be; <code>detail</code> says where</td></tr>
<tr><th scope="row">404</th><td>there is no such thing</td></tr>
<tr><th scope="row">409</th><td>sold out, another price, an id that is taken: nothing happened</td></tr>
<tr><th scope="row">412</th><td>the version is another one: nothing happened</td></tr>
<tr><th scope="row">422</th><td>the key belongs to another request</td></tr>
<tr><th scope="row">429</th><td>this address asks too often: nothing happened, again after <code>Retry-After</code></td></tr>
<tr><th scope="row">503</th><td>too much is under way: nothing happened, again after <code>Retry-After</code></td></tr>
<tr><th scope="row">504</th><td>it is not known what happened: send the same again with the same key, or ask <code>Location</code></td></tr>
</tbody></table>
)";

std::string page_of(const Site& site) {
  auto out = std::string(kBegin) + contents(site) + std::string(kIntroduction);
  for (const auto& group : kGroups) {
    if (group.tag == "labs" && !site.labs) continue;
    out += fmt::format("<h2 id=\"{}\">{}</h2>\n<p>{}</p>\n", group.tag, html(group.title), html(group.what));
    for (const auto& route : routes()) {
      if (is_shown(route, site, group.tag)) out += section(route);
    }
  }
  return out + "</main></div></body></html>\n";
}

}  // namespace

// Making a page takes some milliseconds, so it is made once. The host is filled in for each reader.
std::string docs_page(const Site& site, std::string_view host) {
  static const std::array kPages{page_of({.labs = false}), page_of({.labs = true})};
  const auto here = host.empty() ? "localhost:8080" : html(host);
  const std::string_view page = kPages[site.labs ? 1 : 0];
  std::string out;
  std::size_t from = 0;
  for (auto at = page.find(kHost); at != page.npos; at = page.find(kHost, from)) {
    out.append(page.substr(from, at - from)).append(here);
    from = at + kHost.size();
  }
  return out.append(page.substr(from));
}

// Applies the theme that was chosen on the other pages (web/src/shared/theme.tsx).
std::string docs_script() {
  return "const theme = localStorage.getItem(\"pygmy.theme\");\n"
         "if (theme) document.documentElement.dataset.theme = theme;\n";
}

}  // namespace bridge
